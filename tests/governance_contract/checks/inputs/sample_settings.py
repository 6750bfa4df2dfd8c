"""Settings of components that tests start from and change to, and sample values of each JSON type."""

from __future__ import annotations

from typing import Any, NamedTuple

from ...contract.document import Contract
from ...contract.fitted_settings import fit
from ...contract.operation_ids import ASSIGN_TEAM, CREATE_GOVERNANCE, RENAME_UNIT, UPDATE_GOVERNANCE
from ...target.unit import NO_SUCH_TEAM

# The durations are long, so that no window ends during a test.
BUDGET: dict[str, Any] = {"max_limit": 250.75, "reset_duration": "1M"}
OTHER_BUDGET: dict[str, Any] = {"max_limit": 990.01, "reset_duration": "1Y", "calendar_aligned": False}
RATE_LIMIT: dict[str, Any] = {
    "token_max_limit": 90_000,
    "token_reset_duration": "1w",
    "request_max_limit": 700,
    "request_reset_duration": "1M",
}
OTHER_RATE_LIMIT: dict[str, Any] = {
    "token_max_limit": 120_001,
    "token_reset_duration": "1M",
    "request_max_limit": 33,
    "request_reset_duration": "1Y",
}


class Samples(NamedTuple):
    """Two complete settings of a component, which differ in each member."""

    usual: dict[str, Any]
    other: dict[str, Any]


SETTINGS = {"budget": Samples(BUDGET, OTHER_BUDGET), "rate_limit": Samples(RATE_LIMIT, OTHER_RATE_LIMIT)}
"""The samples of each component."""
SECURITY_SCHEME: dict[str, Any] = {}
"""The security scheme of the contract in use, with the forms of credentials. Empty without a run."""
_PERMITTED_BODIES: dict[str, Any] = {
    RENAME_UNIT: {"name": "no such unit"},
    ASSIGN_TEAM: {"team_id": NO_SUCH_TEAM},
    CREATE_GOVERNANCE: {"budget": BUDGET},
    UPDATE_GOVERNANCE: {"budget": BUDGET, "rate_limit": RATE_LIMIT},
}


def half_of_rate_limit(half: str) -> dict[str, Any]:
    """Return the usual limit and duration of one half of a rate limit, ``token`` or ``request``."""
    return {field: value for field, value in RATE_LIMIT.items() if field.startswith(half)}


def fit_to(contract: Contract) -> None:
    """Bring the settings within the bounds of the contract in use. Called before the tests are imported."""
    for component, samples in SETTINGS.items():
        for settings in samples:
            settings.update(fit(contract, component, settings, alignable=settings is BUDGET))


def permitted_body(operation_id: str) -> Any:
    """Return a body that the contract permits for an operation on a business unit; None if it takes no body."""
    return _PERMITTED_BODIES.get(operation_id)


# Values of each JSON type. The contract leaves open what null means, and whether 1.0 is an integer.
VALUES_BY_JSON_TYPE: dict[str, list[Any]] = {
    "string": ["", "7", "1d", "true", "null"],
    "number": [0, 1, 7, -3],
    "boolean": [True, False],
    "array": [[], [1], [{}]],
    "object": [{}, {"value": 7}],
}
