"""Settings of components that tests start from and change to, and sample values of each JSON type."""

from __future__ import annotations

from typing import Any

from ..target.business_units import COMPONENTS

# The durations are long, so that no window ends during a test.
BUDGET = {"max_limit": 250.75, "reset_duration": "1M"}
OTHER_BUDGET = {"max_limit": 990.01, "reset_duration": "1Y", "calendar_aligned": False}
RATE_LIMIT = {
    "token_max_limit": 90_000,
    "token_reset_duration": "1w",
    "request_max_limit": 700,
    "request_reset_duration": "1M",
}
OTHER_RATE_LIMIT = {
    "token_max_limit": 120_001,
    "token_reset_duration": "1M",
    "request_max_limit": 33,
    "request_reset_duration": "1Y",
}
SETTINGS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "budget": (BUDGET, OTHER_BUDGET),
    "rate_limit": (RATE_LIMIT, OTHER_RATE_LIMIT),
}


def other_component(name: str) -> str:
    """Return ``rate_limit`` for ``budget``, and the reverse."""
    return next(other for other in COMPONENTS if other != name)


# Values of each JSON type. The contract leaves open what null means, and whether 1.0 is an integer.
VALUES_BY_JSON_TYPE: dict[str, list[Any]] = {
    "string": ["", "7", "1d", "true", "null"],
    "number": [0, 1, 7, -3],
    "boolean": [True, False],
    "array": [[], [1], [{}]],
    "object": [{}, {"value": 7}],
}
