"""Hypothesis strategies that follow the contract: permitted updates, and bodies that must be refused.

Schemathesis generates other requests from the contract; see `schema.py`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from typing import Any

from hypothesis import strategies as st

from ...contract.components import HALVES
from ...contract.document import Contract
from ...contract.operation_ids import ASSIGN_TEAM, CREATE_GOVERNANCE, CREATE_UNIT, UPDATE_GOVERNANCE
from .values import counts, dollars, durations, short_time_units

Body = dict[str, Any]

RULES_OF_BAD_BODIES = {
    UPDATE_GOVERNANCE: "VALID-15",
    CREATE_UNIT: "VALID-17",
    ASSIGN_TEAM: "VALID-18",
    CREATE_GOVERNANCE: "VALID-19",
}
"""By operation, the rule that a body breaks which violates the published schema and is not refused."""
_UPDATE = "UpdateBusinessUnitGovernanceRequest"
_REMOVAL = st.just(Body())
# All text that UTF-8 can encode. `st.characters(codec="utf-8")` is equivalent, but takes over a second without a cache.
_TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
_JSON_VALUES = st.recursive(
    st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | _TEXT,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(_TEXT, inner, max_size=2),
    max_leaves=3,
)


# -- updates that must be accepted ------------------------------------------------------------------------------------


@cache
def permitted_updates(contract: Contract) -> st.SearchStrategy[Body]:
    """Return updates of governance that the contract permits in every state of the unit.

    Each component is complete, empty (a removal) or omitted. The contract leaves nothing open about these updates.
    """
    updates: st.SearchStrategy[Body] = st.fixed_dictionaries(
        {}, optional={"budget": budgets(contract) | _REMOVAL, "rate_limit": rate_limits(contract) | _REMOVAL}
    )
    return updates.filter(lambda body: contract.is_valid(contract.schema(_UPDATE), body, published=False))


@cache
def budgets(contract: Contract) -> st.SearchStrategy[Body]:
    """Return complete budgets that the contract permits in every state of the unit; most can be aligned."""
    alignable = alignable_budgets(contract)
    return alignable | alignable | short_budgets(contract)


@cache
def short_budgets(contract: Contract) -> st.SearchStrategy[Body]:
    """Return complete budgets with a duration that cannot be aligned to the calendar."""
    return st.fixed_dictionaries(
        {
            "max_limit": dollars(),
            "reset_duration": durations(contract, short_time_units(contract)),
            # Sent explicitly: with a stored true, the target must refuse the shorter duration.
            "calendar_aligned": st.just(False),
        }
    )


@cache
def alignable_budgets(contract: Contract) -> st.SearchStrategy[Body]:
    """Return complete budgets with a duration that can be aligned to the calendar."""
    return st.fixed_dictionaries(
        {"max_limit": dollars(), "reset_duration": durations(contract, contract.calendar_alignment.time_units)},
        optional={"calendar_aligned": st.booleans()},
    )


@cache
def rate_limits(contract: Contract) -> st.SearchStrategy[Body]:
    """Return rate limits in which each limit has its duration."""
    token, request = (
        st.fixed_dictionaries({f"{half}_max_limit": counts(contract), f"{half}_reset_duration": durations(contract)})
        for half in HALVES
    )
    both = st.builds(lambda first, second: {**first, **second}, token, request)
    equal = token.map(lambda half: {**half, **{name.replace("token", "request"): half[name] for name in half}})
    return token | request | both | equal


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
        value is not None for value in contract.values_in_error(pointer, body, published=True)
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


@cache
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
