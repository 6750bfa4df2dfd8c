"""Hypothesis strategies that follow the contract: permitted updates, forbidden bodies, whole requests.

Schemathesis generates some of the inputs. A quick run does not use it, because importing it and preparing its
strategies takes as long as several hundred requests.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

from ..contract.document import Contract
from ..contract.operation_ids import UPDATE_GOVERNANCE
from .search import current

if TYPE_CHECKING:
    from schemathesis import Case

Body = dict[str, Any]

_UPDATE = "UpdateBusinessUnitGovernanceRequest"
_DIGITS = 10**12  # with up to six decimals, a double keeps every digit
_DECIMALS = (0, 1, 2, 4, 6)
_REMOVAL = st.just(Body())
# The range of multiples for each unit. No duration is shorter than an hour, so that no window ends during a test.
_MULTIPLES: Mapping[str, tuple[int, int]] = {
    "s": (3600, 99_999),
    "m": (60, 9_999),
    "h": (1, 999),
    "d": (1, 400),
    "w": (1, 60),
    "M": (1, 36),
    "Y": (1, 20),
}
# All text that UTF-8 can encode. `st.characters(codec="utf-8")` is equivalent, but takes over a second without a cache.
_TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
_JSON_VALUES = st.recursive(
    st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | _TEXT,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(_TEXT, inner, max_size=2),
    max_leaves=3,
)


# -- updates that must be accepted ------------------------------------------------------------------------------------


def permitted_updates(contract: Contract) -> st.SearchStrategy[Body]:
    """Return updates of governance that the contract permits in every state of the unit.

    Each component is complete, empty (a removal) or omitted. The contract leaves nothing open about these updates.
    """
    updates: st.SearchStrategy[Body] = st.fixed_dictionaries(
        {}, optional={"budget": _budgets(contract) | _REMOVAL, "rate_limit": _rate_limits(contract) | _REMOVAL}
    )
    return updates.filter(lambda body: not contract.errors(contract.schema(_UPDATE), body, published=False))


def _budgets(contract: Contract) -> st.SearchStrategy[Body]:
    alignable = contract.calendar_alignment.units
    dollars = _dollars()
    return st.fixed_dictionaries(
        {"max_limit": dollars, "reset_duration": _durations(contract, alignable)},
        optional={"calendar_aligned": st.booleans()},
    ) | st.fixed_dictionaries(
        {
            "max_limit": dollars,
            "reset_duration": _durations(contract, [unit for unit in _MULTIPLES if unit not in alignable]),
            # Sent explicitly: with a stored true, the target must refuse the shorter duration.
            "calendar_aligned": st.just(False),
        }
    )


def _rate_limits(contract: Contract) -> st.SearchStrategy[Body]:
    token, request = (
        st.fixed_dictionaries(
            {f"{what}_max_limit": _counts(contract), f"{what}_reset_duration": _durations(contract, list(_MULTIPLES))}
        )
        for what in ("token", "request")
    )
    return token | request | st.builds(lambda one, other: {**one, **other}, token, request)


def _dollars() -> st.SearchStrategy[float]:
    """Return positive amounts of every size, whole or with decimals."""
    return st.builds(
        lambda digits, decimals: digits / 10**decimals if decimals else digits,
        st.integers(1, _DIGITS),
        st.sampled_from(_DECIMALS),
    )


def _counts(contract: Contract) -> st.SearchStrategy[int]:
    bounds = contract.resolve(contract.schema("MaxLimitCount"))
    return st.integers(bounds.get("minimum", 1), bounds.get("maximum", 2**63 - 1))


def _durations(contract: Contract, units: Sequence[str]) -> st.SearchStrategy[str]:
    """Return multiples of the documented units among some units."""
    documented = documented_time_units(contract)
    return st.sampled_from([unit for unit in units if unit in documented]).flatmap(
        lambda unit: st.integers(*_MULTIPLES.get(unit, (1, 3))).map(lambda count: f"{count}{unit}")
    )


def documented_time_units(contract: Contract) -> list[str]:
    """Return the letters that end the contract's examples of durations."""
    return [example[-1] for example in contract.resolve(f"{contract.schema('ResetDuration')}/examples")]


# -- bodies that must be refused --------------------------------------------------------------------------------------


def settable(contract: Contract) -> Iterator[tuple[str, str]]:
    """Yield each pair of a component that an update can set and one of its fields."""
    for component, reference in contract.resolve(f"{contract.schema(_UPDATE)}/properties").items():
        for field in contract.resolve(reference["$ref"])["properties"]:
            yield component, field


def breaks_schema(contract: Contract, operation_id: str, raw: bytes) -> bool:
    """Whether a JSON request body certainly breaks the published schema.

    Null instead of a component or a field does not count, because gateways may treat it as absent. A body that is not
    JSON does not count either.
    """
    pointer = contract.operations[operation_id].body_schema
    try:
        body = json.loads(raw)
    except (ValueError, RecursionError):
        return False
    return pointer is not None and any(
        shortfall.instance is not None for shortfall in contract.errors(pointer, body, published=True)
    )


@cache
def broken_in_each_way(contract: Contract, operation_id: str) -> list[bytes]:
    """Return one body for each way to break an operation's published schema with a wrong type.

    The whole body, each component and each field is replaced in turn by a value of each JSON type except null.
    """
    samples: tuple[Any, ...] = ("text", 7, 1.5, True, ["text"], {"text": 7})
    fields = list(settable(contract))
    whole: Body = {component: {field: 7 for of, field in fields if of == component} for component, _ in fields}
    places = [(component,) for component in whole] + fields
    bodies = [*samples, *(_replaced(whole, place, value) for place in places for value in samples)]
    written = [json.dumps(body).encode() for body in bodies]
    return [raw for raw in written if breaks_schema(contract, operation_id, raw)]


def forbidden_bodies(contract: Contract, operation_id: str) -> st.SearchStrategy[bytes]:
    """Return JSON request bodies that break an operation's published schema.

    Schemathesis also generates bodies that are not JSON. They are left out.
    """
    if not current().profile.every_case:
        return st.sampled_from(broken_in_each_way(contract, operation_id))
    cases = _cases(_schema_of_bodies(contract), operation_id, "negative")
    return cases.map(_serialized).filter(lambda raw: breaks_schema(contract, operation_id, raw))


def updates_with_one_bad_value(contract: Contract, operation_id: str) -> st.SearchStrategy[bytes]:
    """Return permitted updates in which one component or field is replaced, so that they break the schema."""
    fields = list(settable(contract))
    places = [(component,) for component in dict(fields)] + fields
    updates = st.builds(_replaced, permitted_updates(contract), st.sampled_from(places), _JSON_VALUES)
    return updates.map(lambda body: json.dumps(body).encode()).filter(
        lambda raw: breaks_schema(contract, operation_id, raw)
    )


def _replaced(body: Body, place: tuple[str, ...], value: Any) -> Body:
    component, *field = place
    return {**body, component: {**body.get(component, {}), field[0]: value} if field else value}


def _serialized(case: Case[Any]) -> bytes:
    try:
        return case.body if isinstance(case.body, bytes) else json.dumps(case.body).encode()
    except TypeError:  # the marker of Schemathesis for a missing body
        return b""


# -- whole requests ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Generated:
    """A generated request: a path parameter, a query and a body."""

    unit_id: str
    query: Mapping[str, Any] | None
    body: Any


def published_requests(contract: Contract, operation_id: str) -> st.SearchStrategy[Generated]:
    """Return requests for an operation that follow its published description."""
    if operation_id == UPDATE_GOVERNANCE and not current().profile.every_case:
        return st.builds(Generated, _TEXT, st.none(), permitted_updates(contract))
    return _cases(_published_schema(contract), operation_id, "positive").map(
        lambda case: Generated(str(next(iter((case.path_parameters or {}).values()), "")), case.query, case.body)
    )


def _cases(schema: Any, operation_id: str, mode: str) -> st.SearchStrategy[Case[Any]]:
    """Return cases that Schemathesis generates for an operation, with ``positive`` or ``negative`` data."""
    from schemathesis import GenerationMode

    cases: st.SearchStrategy[Case[Any]] = schema.find_operation_by_id(operation_id).as_strategy(
        generation_mode=GenerationMode(mode)
    )
    return cases


@cache
def _published_schema(contract: Contract) -> Any:
    return _prepared(contract.published)


@cache
def _schema_of_bodies(contract: Contract) -> Any:
    """Prepare the published contract without parameters, so that Schemathesis only negates bodies."""
    paths = {
        location: {
            method: {name: value for name, value in described.items() if name != "parameters"}
            for method, described in item.items()
            if method != "parameters"
        }
        for location, item in contract.published["paths"].items()
    }
    return _prepared({**contract.published, "paths": paths})


def _prepared(document: Mapping[str, Any]) -> Any:
    from schemathesis.config import SchemathesisConfig
    from schemathesis.openapi import from_dict

    # An explicit configuration, so that no file in the working directory is used. No codec: see _TEXT.
    config = SchemathesisConfig()
    config.projects.default.generation.codec = None
    config.projects.default.generation.with_security_parameters = False  # the AUTH rules test credentials
    return from_dict(dict(document), config=config)
