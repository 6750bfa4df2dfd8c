"""Schemathesis' schema of the contract in use, and judging a response with Schemathesis' checks.

Nothing is registered with Schemathesis, whose checks, hooks and authentication are shared by a whole process. The
configuration is explicit, so that no `schemathesis.toml` and no profile of Hypothesis changes it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import requests
import schemathesis
from schemathesis import GenerationMode
from schemathesis.config import SchemathesisConfig
from schemathesis.core.failures import Failure, FailureGroup, MalformedJson
from schemathesis.generation.meta import CONTENT_TYPE_PROBES, CoveragePhaseData, TestPhase
from schemathesis.openapi import from_dict

from ..contract.document import Contract
from ..contract.indexing import METHODS
from ..contract.operation import Operation
from ..contract.operation_ids import ASSIGN_TEAM, CREATE_UNIT, RENAME_UNIT, UPDATE_GOVERNANCE
from ..target.exchange import Exchange, about_status
from ..target.unit import NO_SUCH_TEAM
from ..vocabulary import About, Difference
from .every_response import LEFT_OPEN, RULES_OF_REFUSALS, RULES_OF_SUCCESSES
from .generation import GenerationSettings, current_generation, derived_seed
from .inputs.strategies import RULES_OF_BAD_BODIES
from .run_protocol import Run
from .violation import Violation, wrong_status

Case = schemathesis.Case[Any]
Schema = schemathesis.BaseSchema

CHECKS_OF_PERMITTED = ("positive_data_acceptance", "not_a_server_error", "status_code_conformance")
"""Checks of a response to data that must be accepted. Its body is left to `checks.every_response`, since a schema of
the full view states more than the published page."""
CHECKS_OF_ANY = ("not_a_server_error", "status_code_conformance")
"""Checks of a response to any data."""
CHECKS_OF_FORBIDDEN = (
    "negative_data_rejection",
    *CHECKS_OF_ANY,
    "content_type_conformance",
    "response_schema_conformance",
)
"""Checks of a response to data of the published view that must be refused."""


# -- the schema -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class RequestKind:
    """Which requests a schema generates."""

    mode: Literal["positive", "negative", "all"]
    published: bool
    """Whether the schema is the published view, or the full one."""
    every_operation: bool = False
    """Whether a quick run has all operations, too, as links need them."""
    only_fuzzing: bool = False
    """Whether the phases `examples` and `coverage` are left out, as a test with strategies of its own needs it."""
    judges_bodies: bool = field(default=True, repr=False)
    """Whether the body decides about the response. If not, a text of a quick run need not match a `pattern`."""
    divide_by: int = 3
    """Divides the number of inputs that the profile has for a property, for each operation."""

    @property
    def purpose(self) -> str:
        """A text for ``derived_seed``. It begins with an earlier name of the class, so that seeds keep their inputs."""
        return repr(self).replace(type(self).__name__, "Data", 1)


def schema_for(run: Run, kind: RequestKind) -> Schema:
    """Return Schemathesis' schema of the contract in use, with the seed of the run: it derives one for an operation."""
    return schema_of(run.target.contract, kind, replace(current_generation(), seed=run.seed))


def schema_of(contract: Contract, kind: RequestKind, generation: GenerationSettings) -> Schema:
    """Return Schemathesis' schema of a contract.

    Args:
        contract: the contract in use.
        kind: the requests to generate.
        generation: gives the seed and the number of inputs. A quick run has no phase `coverage`, and covers the update
            of governance and an operation that the seed chooses: preparing the strategies of an operation, and those
            of patterns above all, takes as long as many requests.
    """
    document = dict(contract.published if kind.published else contract.document)
    if not (kind.judges_bodies or generation.profile.every_case):
        document = _without_patterns(document)
    if not (generation.profile.every_case or kind.every_operation):
        document["paths"] = _paths_of_two_operations(document["paths"], derived_seed(generation.seed, kind.purpose))
    schema: Schema = from_dict(document, config=_configuration(contract, kind, generation))
    return schema


def _without_patterns(node: Any) -> Any:
    if isinstance(node, dict):
        kept = {name: value for name, value in node.items() if name != "pattern" or not isinstance(value, str)}
        return {name: _without_patterns(value) for name, value in kept.items()}
    return [_without_patterns(value) for value in node] if isinstance(node, list) else node


def _paths_of_two_operations(paths: Mapping[str, Any], seed: int) -> dict[str, Any]:
    """Return paths with the update of governance and one other operation."""
    known = [item[method].get("operationId", "") for item in paths.values() for method in METHODS if method in item]
    others = sorted({*known} - {UPDATE_GOVERNANCE}, key=lambda operation: derived_seed(seed, operation))
    chosen = {UPDATE_GOVERNANCE, *others[:1]}

    def is_kept(name: str, value: Any) -> bool:
        return name not in METHODS or value.get("operationId") in chosen

    some = {path: {name: value for name, value in item.items() if is_kept(name, value)} for path, item in paths.items()}
    return {path: item for path, item in some.items() if {*METHODS, "$ref"} & item.keys()}


def _configuration(contract: Contract, kind: RequestKind, generation: GenerationSettings) -> SchemathesisConfig:
    profile = generation.profile
    refusals = sorted({str(operation.declared(400)) for operation in contract.operations.values()})
    config = SchemathesisConfig.from_dict(
        {
            "seed": generation.seed,
            "suppress-health-check": ["all"],  # a target may be slow
            "cache": {"enabled": False},
            "phases": {
                "examples": {"enabled": not kind.only_fuzzing},
                "coverage": {"enabled": profile.every_case and not kind.only_fuzzing, "unexpected-methods": []},
                "fuzzing": {"enabled": True},
            },
            # Schemathesis accepts every refusal of bad data, and a server error. The contract declares only one.
            "checks": {
                "negative_data_rejection": {"expected-statuses": refusals},
                "positive_data_acceptance": {"expected-statuses": ["2xx"]},
            },
        }
    )
    # These are attributes, since a value in the dictionary above would hide the codec, which cannot be None there.
    configured = config.projects.default.generation
    mode = kind.mode if profile.every_case or kind.mode != "all" else "positive"
    configured.modes = list(GenerationMode) if mode == "all" else [GenerationMode(mode)]
    configured.max_examples = profile.reduced_examples(kind.divide_by)
    configured.database = "none"
    configured.with_security_parameters = False  # the AUTH rules test credentials
    configured.codec = None  # all text that UTF-8 can encode; naming the codec takes over a second without a cache
    return config


# -- cases ------------------------------------------------------------------------------------------------------------


def operation_of(case: Case, contract: Contract) -> Operation:
    """Return the contract's operation of a case."""
    return contract.operations[case.operation.definition.raw["operationId"]]


def raw_body(case: Case) -> bytes | None:
    """Return the body of a case as it is sent; None if it has none."""
    if isinstance(case.body, bytes):
        return case.body
    try:
        return json.dumps(case.body).encode()
    except TypeError:  # the marker of Schemathesis for a missing body
        return None


def is_generated(case: Case) -> bool:
    """Whether Hypothesis generated a case and can simplify it, rather than the contract giving it."""
    return case.meta is not None and case.meta.phase.name is TestPhase.FUZZING


def changes_media_type(case: Case) -> bool:
    """Whether a case is a correct request but for its media type, which the requests of the checks do not take over."""
    data = case.meta.phase.data if case.meta else None
    return isinstance(data, CoveragePhaseData) and data.scenario in CONTENT_TYPE_PROBES


def confined(run: Run, operation: Operation, body: Any) -> dict[str, Any] | None:
    """Return the body of a permitted request, changed so that no unit gets the name of another and no team moves."""
    members = body if isinstance(body, dict) else None
    if operation.id in (CREATE_UNIT, RENAME_UNIT):
        return {**(members or {}), "name": f"{run.units.new_name()} {(members or {}).get('name', '')}"}
    return {**(members or {}), "team_id": NO_SUCH_TEAM} if operation.id == ASSIGN_TEAM else members


# -- judging ----------------------------------------------------------------------------------------------------------


def validate(contract: Contract, exchange: Exchange, case: Case, checks: Iterable[str], *, status_rule: str) -> None:
    """Judge a response with checks of Schemathesis.

    A status that the contract leaves open is not a violation. Neither is one that only the full view declares.

    Args:
        contract: the contract in use.
        exchange: the request that the checks sent for the case, and its response.
        case: the case.
        checks: names of checks. The violation of the first one that fails is raised.
        status_rule: the rule that an undeclared status, a server error or no response breaks, beside the rules that
            ``checks.every_response`` judges.

    Raises:
        Violation: the response fails a check. It names the rule that the check belongs to.
    """
    if exchange.response is None:
        raise wrong_status("a response", exchange, rule=status_rule)
    response = response_of(exchange)
    for name in checks:
        try:
            case.validate_response(response, checks=[getattr(schemathesis.checks, name)])
        except FailureGroup as group:
            if name == "status_code_conformance" and _is_tolerated(contract, exchange, case):
                continue
            failure = group.exceptions[0]
            operation = operation_of(case, contract)
            rule = status_rule if name in CHECKS_OF_ANY else _rule(name, failure, exchange, operation)
            about = _about(name, exchange, operation)
            raise Violation(_expected(failure), exchange.outcome, exchange, rule=rule, about=about) from None


def response_of(exchange: Exchange) -> schemathesis.Response:
    """Return the response of an exchange, which has one, as Schemathesis represents it."""
    assert exchange.response is not None  # noqa: S101  see the docstring
    return schemathesis.Response(
        status_code=exchange.response.status,
        headers={name: [value] for name, value in exchange.headers.items()},
        content=exchange.body,
        request=requests.Request(exchange.method, exchange.url).prepare(),
        elapsed=0.0,
        verify=True,
    )


def _is_tolerated(contract: Contract, exchange: Exchange, case: Case) -> bool:
    declared = operation_of(case, contract).responses
    return str(exchange.status) in declared or exchange.status in LEFT_OPEN


def _rule(check: str, failure: Failure, exchange: Exchange, operation: Operation) -> str:
    """Return the rule that a failed check belongs to."""
    if check == "negative_data_rejection":
        return RULES_OF_BAD_BODIES[operation.id]
    if check == "positive_data_acceptance":
        return "UPDATE-20"
    rules = RULES_OF_SUCCESSES if exchange.ok else RULES_OF_REFUSALS
    if check == "content_type_conformance":
        return rules.media_type
    *_, keyword = getattr(failure, "schema_path", None) or [""]
    return rules.by_validator.get(str(keyword), rules.published)


def _about(check: str, exchange: Exchange, operation: Operation) -> About:
    """Return what the violation of a check is about."""
    declared = tuple(int(status) for status in operation.responses if status.isdecimal())
    match check:
        case "not_a_server_error":
            return about_status(exchange)
        case "status_code_conformance":
            return about_status(exchange, *declared)
        case "negative_data_rejection":
            return about_status(exchange, *(status for status in declared if status >= 400))
        case "positive_data_acceptance":
            return about_status(exchange, *(status for status in declared if status < 300))
        case "content_type_conformance":
            return About("Content-Type", Difference.FORM)
        case _:
            return About()


def _expected(failure: Failure) -> str:
    """Return the text of a failure in one line."""
    if isinstance(failure, MalformedJson):
        return "a body that is one JSON document"
    return re.sub(r"\s+", " ", f"{failure.title}: {failure.message}").strip(": ")[:300]
