"""Hypothesis strategies of sequences of operations on one business unit.

A sequence takes its settings from a small pool, so that it returns to earlier values, and often concerns one component.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cache
from random import Random
from typing import Any

from hypothesis import strategies as st

from ...contract.components import COMPONENTS, HALVES
from ...contract.document import Contract
from ...contract.operation_ids import UPDATE_GOVERNANCE
from ...target.unit import other_component
from ..update_effects import is_complete
from .strategies import Body, alignable_budgets, breaks_schema, rate_limits, short_budgets, updates_with_one_bad_value
from .values import counts, dollars, durations, short_time_units, similar_durations

_PARTS = 10
_BAD_UPDATES = 4
_SHARES = ((9, 1, 0), (6, 3, 1), (4, 4, 0), (6, 1, 4))
_SHARES_OF_ABSENT = (12, 2, 1)
_IS_KEPT = st.sampled_from([False, *[True] * 11])  # simplified sequences lack steps
_PRESENT = 0.6
"""The probability that a kind of step other than an update is part of a sequence."""
_CHANGES = 0.3
"""The probability that an update is a change from one complete setting of a component to another."""
_INCOMPLETE: Body = {"max_limit": 5, "reset_duration": "1M"}
"""Fields of a budget. Each alone is incomplete."""
_FLAGS, _SHORT_FLAGS = (True, True, False, None), (False, False)
"""The values of ``calendar_aligned`` that a sequence uses. Those whose order matters most are there twice."""


class GovernanceStepKind(StrEnum):
    """What a step does."""

    UPDATE = "update"
    BAD_UPDATE = "update that must be refused"
    REPEAT = "repeat the last update"
    CREATE = "create governance"
    BAD_CREATE = "create governance without a required field"
    DELETE = "delete governance"
    RENAME = "rename"
    NEIGHBOUR = "update another unit"
    READ_NEIGHBOUR = "read another unit"


@dataclass(frozen=True)
class GovernanceStep:
    """One step of a sequence: what it does, and its body."""

    kind: GovernanceStepKind
    body: Any = None
    rule: str = ""
    """The rule that requires the refusal of a bad request."""

    def __str__(self) -> str:
        """Return the step in words."""
        return self.kind if self.body is None else f"{self.kind} {json.dumps(self.body, ensure_ascii=False)}"


_WEIGHTS: Mapping[GovernanceStepKind, int] = {
    GovernanceStepKind.UPDATE: 9,
    GovernanceStepKind.BAD_UPDATE: 5,
    GovernanceStepKind.REPEAT: 1,
    GovernanceStepKind.CREATE: 2,
    GovernanceStepKind.BAD_CREATE: 1,
    GovernanceStepKind.DELETE: 1,
    GovernanceStepKind.RENAME: 1,
    GovernanceStepKind.NEIGHBOUR: 2,
}


@dataclass(frozen=True)
class _Pool:
    """The settings and the bad updates of one sequence."""

    budgets: list[Body]
    """With each value of ``calendar_aligned`` that the contract permits with the duration."""
    rate_limits: list[Body]
    bad_updates: list[GovernanceStep]
    shares: tuple[int, int, int]
    """How many of the components in updates are complete, removed, and incomplete."""
    focus: str | None
    """A component that many updates concern."""

    def of(self, component: str) -> list[Body]:
        """Return the settings of a component."""
        return self.budgets if component == "budget" else self.rate_limits


@st.composite
def sequences(draw: st.DrawFn, contract: Contract, kinds: Sequence[GovernanceStepKind]) -> list[GovernanceStep]:
    """Return a sequence of steps.

    Hypothesis draws the settings, and which steps are taken. The steps are a random sample: drawn one by one, most
    would be the simplest ones. Each depends on the components that the unit has then.

    Args:
        draw: drawn by Hypothesis.
        contract: the contract in use.
        kinds: the kinds of steps that the target serves.
    """
    some_budgets, some_limits = draw(_two_budgets(contract)), draw(_two_limits(contract))
    bad = draw(st.lists(_refused_updates(contract, some_limits), min_size=_BAD_UPDATES, max_size=_BAD_UPDATES))
    random = Random(draw(st.integers(0, 2**32 - 1)))  # noqa: S311  a sample, not a secret
    focus = random.choice([*COMPONENTS, None])
    pool = _Pool(_with_flags(contract, some_budgets), some_limits, bad, random.choice(_SHARES), focus)
    # Some kinds are left out of each sequence, so that the others meet more often.
    weights = [_WEIGHTS[kind] * (kind is GovernanceStepKind.UPDATE or random.random() < _PRESENT) for kind in kinds]
    present: frozenset[str] = frozenset()
    parts: list[list[GovernanceStep]] = []
    for kind in random.choices(kinds, weights, k=_PARTS):
        parts.append(_part(kind, kinds, pool, present, random))
        for step in parts[-1]:
            present = _after(step, present)
    kept = draw(st.tuples(*[_IS_KEPT] * _PARTS))
    return [step for part, is_kept in zip(parts, kept, strict=True) if is_kept for step in part]


@cache
def _two_budgets(contract: Contract) -> st.SearchStrategy[list[Body]]:
    """Return two complete budgets. Some differ only in the unit of the duration."""
    alignable = alignable_budgets(contract)
    two = st.tuples(alignable, alignable | short_budgets(contract)).map(list)
    similar = st.builds(
        lambda amount, pair: [{"max_limit": amount, "reset_duration": duration} for duration in pair],
        dollars(),
        similar_durations(contract),
    )
    return two | two | similar


@cache
def _two_limits(contract: Contract) -> st.SearchStrategy[list[Body]]:
    """Return two complete rate limits. Some differ only in the unit of the duration."""
    two = st.lists(rate_limits(contract), min_size=2, max_size=2)
    similar = st.builds(
        lambda half, count, two: [{f"{half}_max_limit": count, f"{half}_reset_duration": duration} for duration in two],
        st.sampled_from(HALVES),
        counts(contract),
        similar_durations(contract),
    )
    return two | two | similar


def _after(step: GovernanceStep, present: frozenset[str]) -> frozenset[str]:
    """Return the components that a unit has after a step, if it had some before and each step is accepted."""
    match step.kind:
        case GovernanceStepKind.DELETE:
            return frozenset()
        case GovernanceStepKind.UPDATE:
            changed = {component for component, sent in step.body.items() if is_complete(component, sent)}
            return (present | changed) - {component for component, sent in step.body.items() if not sent}
        case GovernanceStepKind.CREATE if not present:
            return frozenset(step.body)
        case _:
            return present


def _part(
    kind: GovernanceStepKind, kinds: Sequence[GovernanceStepKind], pool: _Pool, present: frozenset[str], random: Random
) -> list[GovernanceStep]:
    """Return a step of a kind on a unit with some components, and the steps that prepare it."""
    match kind:
        case GovernanceStepKind.UPDATE if random.random() < _CHANGES:
            component = pool.focus or random.choice(COMPONENTS)
            return [GovernanceStep(kind, {component: settings}) for settings in random.sample(pool.of(component), 2)]
        case GovernanceStepKind.UPDATE:
            return [GovernanceStep(kind, _update(pool, present, random))]
        case GovernanceStepKind.NEIGHBOUR:
            return [GovernanceStep(kind, _update(pool, frozenset(COMPONENTS), random))]
        case GovernanceStepKind.BAD_UPDATE:
            return [random.choice(pool.bad_updates)]
        case GovernanceStepKind.CREATE | GovernanceStepKind.BAD_CREATE:
            return [*_removal(kinds, random), *_creation(kind, pool, random)]
        case _:
            return [GovernanceStep(kind)]


def _update(pool: _Pool, present: frozenset[str], random: Random) -> Body:
    """Return an update whose components are omitted, removed, complete or incomplete."""
    focus = [[pool.focus]] * 3 if pool.focus else [[]]
    names = random.choice([*focus, *([component] for component in COMPONENTS), list(COMPONENTS)])
    shares = {True: pool.shares, False: _SHARES_OF_ABSENT}
    return {
        component: _given(random.choice(pool.of(component)), shares[component in present], random)
        for component in names
    }


def _given(whole: Body, shares: tuple[int, int, int], random: Random) -> Body:
    """Return a component as it is, empty, or without some of its fields."""
    how = random.choices(("whole", "removed", "part"), shares)[0]
    if how == "part":
        fields = random.sample(sorted(whole), random.randint(1, len(whole)))
        if "reset_duration" in fields and whole.get("calendar_aligned") is False:
            fields.append("calendar_aligned")  # else an aligned budget may get a duration that cannot be aligned
        return {field: value for field, value in whole.items() if field in fields}
    return whole if how == "whole" else {}


def _removal(kinds: Sequence[GovernanceStepKind], random: Random) -> list[GovernanceStep]:
    """Return a way to remove all governance, or no step."""
    both = GovernanceStep(GovernanceStepKind.UPDATE, {"budget": {}, "rate_limit": {}})
    one_by_one = [GovernanceStep(GovernanceStepKind.UPDATE, {component: {}}) for component in COMPONENTS]
    deletion = [GovernanceStep(GovernanceStepKind.DELETE)] if GovernanceStepKind.DELETE in kinds else [both]
    return random.choice([[], [both], one_by_one, deletion])


def _creation(kind: GovernanceStepKind, pool: _Pool, random: Random) -> list[GovernanceStep]:
    """Return a creation; for a bad one, a creation whose budget lacks a required field comes before it."""
    names = random.choice([*([component] for component in COMPONENTS), list(COMPONENTS)])
    # Unlike an update, a creation cannot have a null flag.
    without_null = [budget for budget in pool.budgets if budget.get("calendar_aligned", False) is not None]
    body = {
        component: random.choice(without_null if component == "budget" else pool.rate_limits) for component in names
    }
    if kind is GovernanceStepKind.CREATE:
        return [GovernanceStep(kind, body)]
    sent = random.choice(sorted(_INCOMPLETE))
    incomplete = {sent: body.get("budget", _INCOMPLETE)[sent]}
    return [
        GovernanceStep(kind, {**body, "budget": incomplete}, "CREATE-10"),
        GovernanceStep(GovernanceStepKind.CREATE, body),
    ]


def _with_flags(contract: Contract, settings: list[Body]) -> list[Body]:
    """Return budgets with any value of ``calendar_aligned`` that the contract permits with the duration."""
    budgets = []
    for budget in settings:
        fields = {field: value for field, value in budget.items() if field != "calendar_aligned"}
        alignable = fields["reset_duration"][-1] in contract.calendar_alignment.time_units
        budgets += [{**fields, "calendar_aligned": flag} for flag in (_FLAGS if alignable else _SHORT_FLAGS)]
        budgets += [fields] if alignable else []
    return budgets


def _refused_updates(contract: Contract, limits: list[Body]) -> st.SearchStrategy[GovernanceStep]:
    """Return updates that are refused in every state. Most also have a component that is valid alone, or a removal."""

    def with_other(bad: GovernanceStep, other: Body | None, first: bool) -> GovernanceStep:
        names = list(bad.body)
        if other is None or len(names) != 1 or (other and names == ["rate_limit"]):
            return bad
        added = {other_component(names[0]): other}
        return replace(bad, body={**added, **bad.body} if first else {**bad.body, **added})

    others = st.sampled_from([{}, {}, *limits, None])
    return st.builds(with_other, _wrong_updates(contract), others, st.booleans())


@cache
def _wrong_updates(contract: Contract) -> st.SearchStrategy[GovernanceStep]:
    """Return updates with one value that is refused in every state."""
    short = st.builds(
        lambda amount, duration: GovernanceStep(
            GovernanceStepKind.BAD_UPDATE,
            {"budget": {"max_limit": amount, "reset_duration": duration, "calendar_aligned": True}},
            "VALID-11",
        ),
        dollars(),
        durations(contract, short_time_units(contract)),
    )
    wrong = st.builds(
        lambda raw, component: GovernanceStep(
            GovernanceStepKind.BAD_UPDATE, _alone(json.loads(raw), component), "VALID-15"
        ),
        updates_with_one_bad_value(contract, UPDATE_GOVERNANCE),
        st.sampled_from([*COMPONENTS, None]),
    ).filter(lambda action: breaks_schema(contract, UPDATE_GOVERNANCE, json.dumps(action.body).encode()))
    return short | wrong


def _alone(body: Body, component: str | None) -> Body:
    """Return only one component of a body, if it is there."""
    return {component: body[component]} if component in body else body
