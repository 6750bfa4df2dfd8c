"""Hypothesis strategies of sequences of operations on one business unit.

A sequence takes its settings from a small pool, so that it returns to earlier values, and often concerns one component.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from hypothesis import strategies as st

from ..contract.document import Contract
from ..contract.operation_ids import UPDATE_GOVERNANCE
from ..target.business_units import COMPONENTS, other_component
from .strategies import Body, breaks_schema, budgets, rate_limits, updates_with_one_bad_value
from .values import dollars, durations, short_units

_FEWEST_STEPS, _MOST_STEPS = 6, 16
_INCOMPLETE: Body = {"max_limit": 5, "reset_duration": "1M"}
"""Fields of a budget. Each alone is incomplete."""
_SETTINGS = 2
"""The number of settings of a component that one sequence uses."""


class Kind(StrEnum):
    """What a step does."""

    UPDATE = "update"
    BAD_UPDATE = "update that must be refused"
    REPEAT = "repeat the last update"
    CREATE = "create governance"
    BAD_CREATE = "create governance without a required field"
    DELETE = "delete governance"
    RENAME = "rename"
    NEIGHBOUR = "update another unit"


@dataclass(frozen=True)
class Action:
    """One step of a sequence: what it does, and its body."""

    kind: Kind
    body: Any = None
    rule: str = ""
    """The rule that requires the refusal of a bad request."""

    def __str__(self) -> str:
        """Return the step in words."""
        return self.kind if self.body is None else f"{self.kind} {json.dumps(self.body, ensure_ascii=False)}"


_WEIGHTS: Mapping[Kind, int] = {
    Kind.UPDATE: 9,
    Kind.BAD_UPDATE: 4,
    Kind.REPEAT: 1,
    Kind.CREATE: 2,
    Kind.BAD_CREATE: 1,
    Kind.DELETE: 1,
    Kind.RENAME: 1,
    Kind.NEIGHBOUR: 2,
}


@st.composite
def sequences(draw: st.DrawFn, contract: Contract, kinds: Sequence[Kind]) -> list[Action]:
    """Return a sequence of steps.

    Args:
        draw: drawn by Hypothesis.
        contract: the contract in use.
        kinds: the kinds of steps that the target serves.
    """
    pool = {
        "budget": draw(st.lists(budgets(contract), min_size=_SETTINGS, max_size=_SETTINGS)),
        "rate_limit": draw(st.lists(rate_limits(contract), min_size=_SETTINGS, max_size=_SETTINGS)),
    }
    focus = draw(st.sampled_from([*COMPONENTS, None, None]))
    update = _updates(contract, pool, focus)
    # Unlike an update, a creation cannot have a null flag.
    budget = _budgets(contract, pool).filter(lambda body: body.get("calendar_aligned", False) is not None)
    given = {"budget": budget, "rate_limit": st.sampled_from(pool["rate_limit"])}
    whole = st.fixed_dictionaries({}, optional=given).filter(bool)
    steps: dict[Kind, st.SearchStrategy[list[Action]]] = {
        Kind.UPDATE: update.map(lambda body: [Action(Kind.UPDATE, body)]),
        Kind.BAD_UPDATE: _refused_updates(contract, pool).map(lambda action: [action]),
        Kind.CREATE: st.builds(_creation, _removals(kinds), whole),
        Kind.BAD_CREATE: st.builds(_bad_creation, _removals(kinds), whole, st.sampled_from(sorted(_INCOMPLETE))),
        Kind.NEIGHBOUR: update.map(lambda body: [Action(Kind.NEIGHBOUR, body)]),
    }
    weighted = [
        steps.get(kind, st.just([Action(kind)]))
        for kind, weight in _WEIGHTS.items()
        if kind in kinds
        for _ in range(weight)
    ]
    parts = draw(st.lists(st.one_of(weighted), min_size=_FEWEST_STEPS, max_size=_MOST_STEPS))
    return [step for part in parts for step in part][:_MOST_STEPS]


def _updates(contract: Contract, pool: Mapping[str, list[Body]], focus: str | None) -> st.SearchStrategy[Body]:
    """Return updates whose components are omitted, removed, complete or incomplete."""
    removal: st.SearchStrategy[Body] = st.just({})
    given = {
        name: st.one_of(whole, whole, whole, removal, whole.flatmap(_parts))
        for name, whole in (("budget", _budgets(contract, pool)), ("rate_limit", st.sampled_from(pool["rate_limit"])))
    }
    updates: st.SearchStrategy[Body] = st.fixed_dictionaries({}, optional=given)
    one = [st.fixed_dictionaries({name: given[name]}) for name in COMPONENTS if focus in (name, None)]
    return st.one_of(updates, *one)


def _budgets(contract: Contract, pool: Mapping[str, list[Body]]) -> st.SearchStrategy[Body]:
    """Return budgets of the pool with any value of ``calendar_aligned`` that the contract permits with the duration."""
    flags = (True, False, None, _NOT_SENT)
    variants = [
        {**budget, "calendar_aligned": flag}
        for budget in pool["budget"]
        for flag in (flags if budget["reset_duration"][-1] in contract.calendar_alignment.units else (False,))
    ]
    for budget in variants:
        if budget["calendar_aligned"] == _NOT_SENT:
            del budget["calendar_aligned"]
    return st.sampled_from(variants)


_NOT_SENT = "not sent"


def _parts(whole: Body) -> st.SearchStrategy[Body]:
    """Return a component without some of its fields."""
    some = st.sampled_from(sorted(whole)).map(lambda field: {field}) | st.sets(
        st.sampled_from(sorted(whole)), min_size=1
    )
    return some.map(lambda kept: {field: value for field, value in whole.items() if field in kept})


def _refused_updates(contract: Contract, pool: Mapping[str, list[Body]]) -> st.SearchStrategy[Action]:
    """Return updates that are refused in every state. Most also have a component that is valid alone."""
    wrong = updates_with_one_bad_value(contract, UPDATE_GOVERNANCE).map(lambda raw: ("VALID-15", json.loads(raw)))
    alone = st.builds(_alone, wrong, st.sampled_from(COMPONENTS)).filter(
        lambda bad: breaks_schema(contract, UPDATE_GOVERNANCE, json.dumps(bad[1]).encode())
    )
    short = st.builds(
        lambda amount, duration: (
            "VALID-11",
            {"budget": {"max_limit": amount, "reset_duration": duration, "calendar_aligned": True}},
        ),
        dollars(),
        durations(contract, short_units(contract)),
    )

    def with_other(bad: tuple[str, Body], choice: int, first: bool) -> Action:
        rule, body = bad
        if len(body) == 1 and choice < len(others):
            other = other_component(next(iter(body)))
            added = {other: [{}, *pool[other]][choice]}
            body = {**added, **body} if first else {**body, **added}
        return Action(Kind.BAD_UPDATE, body, rule)

    others = range(_SETTINGS + 1)
    return st.builds(with_other, st.one_of(alone, short, wrong), st.integers(0, len(others)), st.booleans())


def _alone(bad: tuple[str, Body], name: str) -> tuple[str, Body]:
    """Return a bad update without the component that it has beside ``name``."""
    rule, body = bad
    return rule, {name: body[name]} if name in body else body


def _removals(kinds: Sequence[Kind]) -> st.SearchStrategy[list[Action]]:
    """Return ways to remove all governance, or none of it."""
    both = Action(Kind.UPDATE, {"budget": {}, "rate_limit": {}})
    one_by_one = [Action(Kind.UPDATE, {name: {}}) for name in COMPONENTS]
    ways: list[list[Action]] = [[], [both], one_by_one]
    return st.sampled_from([*ways, [Action(Kind.DELETE)]] if Kind.DELETE in kinds else ways)


def _creation(removals: list[Action], body: Body) -> list[Action]:
    return [*removals, Action(Kind.CREATE, body)]


def _bad_creation(removals: list[Action], body: Body, sent: str) -> list[Action]:
    """Return a creation whose budget lacks a required field, then a creation with it."""
    whole = body.get("budget", {})
    bad = {**body, "budget": {sent: whole.get(sent, _INCOMPLETE[sent])}}
    return [*removals, Action(Kind.BAD_CREATE, bad, "CREATE-10"), Action(Kind.CREATE, body)]
