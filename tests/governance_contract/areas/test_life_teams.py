"""LIFE, teams as a property: sequences of assignments and removals of the named team among a few units."""

from __future__ import annotations

import json
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import pytest
from hypothesis import strategies as st

from ..checks import expect
from ..checks.generation import current_generation
from ..checks.inputs.sample_settings import BUDGET
from ..checks.properties import judge_all
from ..checks.run_protocol import Run
from ..checks.steps import StepJudge
from ..checks.teams import Team
from ..checks.update_effects import violation_of
from ..checks.violation import Violation
from ..contract.operation import fill_path
from ..contract.operation_ids import CREATE_UNIT, DELETE_UNIT, LIST_TEAMS, RENAME_UNIT
from ..target.errors import Blocked
from ..target.exchange import Exchange
from ..target.unit import Unit

_RULES = ("LIFE-08", "LIFE-09", "LIFE-10", "LIFE-11", "LIFE-19", "LIFE-21")
_DIVIDE_BY = 4
"""Divides the number of examples, because each example has several steps."""
_MOST_STEPS, _STEPS_OF_A_QUICK_RUN = 14, 5
_MOST_SHRINKS = 15
_METHODS = ("DELETE", "PUT", "PATCH")


class TeamStepKind(StrEnum):
    """What a step does, in the words of a violation. HOME is the unit that the team is assigned to."""

    ASSIGN = "assign"
    REMOVE = "remove"
    DELETE = "delete"
    UPDATE = "update"
    RENAME = "rename"
    ASSIGN_AGAIN = "assign again"
    REMOVE_AT_HOME = "remove where it is assigned"
    DELETE_HOME = "delete where it is assigned"
    ASSIGN_UNKNOWN = "assign an unknown team"
    REMOVE_UNKNOWN = "remove an unknown team"
    ASSIGN_NOWHERE = "assign to a unit that does not exist"
    REMOVE_NOWHERE = "remove from a unit that does not exist"
    RENAME_HOME = "rename where it is assigned"
    UPDATE_HOME = "update where it is assigned"
    UNDECLARED_AT_HOME = "send a method that the list of teams does not have"


_AT_HOME = frozenset(
    {
        TeamStepKind.ASSIGN_AGAIN,
        TeamStepKind.REMOVE_AT_HOME,
        TeamStepKind.DELETE_HOME,
        TeamStepKind.RENAME_HOME,
        TeamStepKind.UPDATE_HOME,
        TeamStepKind.UNDECLARED_AT_HOME,
    }
)
"""The steps that concern the unit that the team is assigned to, if there is one."""


_DRAWN = (
    *[TeamStepKind.ASSIGN] * 4,
    *[TeamStepKind.REMOVE_AT_HOME, TeamStepKind.REMOVE_AT_HOME, TeamStepKind.REMOVE, TeamStepKind.ASSIGN_AGAIN],
    *[
        TeamStepKind.DELETE,
        TeamStepKind.DELETE_HOME,
        TeamStepKind.DELETE_HOME,
        TeamStepKind.UPDATE,
        TeamStepKind.RENAME,
    ],
    *[
        TeamStepKind.ASSIGN_UNKNOWN,
        TeamStepKind.REMOVE_UNKNOWN,
        TeamStepKind.ASSIGN_NOWHERE,
        TeamStepKind.REMOVE_NOWHERE,
    ],
)
"""The steps that are drawn, some more often than others."""


@dataclass(frozen=True)
class TeamStep:
    """One step, and the number of the unit that it concerns."""

    kind: TeamStepKind
    unit: int

    def __str__(self) -> str:
        return f"{self.kind} (unit {self.unit})"


class TeamJudge(StepJudge[TeamStep]):
    """Assigns the team to units, and compares their lists of teams with what the contract says."""

    def __init__(self, run: Run, team: Team) -> None:
        """Create two units. The named unit, if it has teams, is the third one."""
        super().__init__()
        self._run, self._team = run, team
        self._units = [run.units.create(), run.units.create()]
        self._others: list[list[Any]] = [[], []]
        """The other teams of each unit, which must stay."""
        self._limit = run.target.contract.pages(LIST_TEAMS).limit_bounds.most
        if run.named_units:
            teams = team.list_teams(run.units.named(), limit=self._limit)[1]
            if 0 < len(teams) < self._limit:
                self._units.append(run.units.named())
                self._others.append(teams)
        self._home: Unit | None = None
        """The unit that the team is assigned to."""
        self._last_home: Unit | None = None
        """The same, before the step."""
        self._freed_by_deletion = False
        self._absent = run.units.nowhere()
        """A unit that does not exist: the last one that was deleted, or one that never was."""
        self._actions: dict[TeamStepKind, Callable[[int, Unit], Iterator[Violation]]] = {
            TeamStepKind.ASSIGN: self._assign,
            TeamStepKind.REMOVE: self._remove,
            TeamStepKind.ASSIGN_AGAIN: self._assign,
            TeamStepKind.REMOVE_AT_HOME: self._remove,
            TeamStepKind.DELETE: self._delete,
            TeamStepKind.DELETE_HOME: self._delete,
            TeamStepKind.UPDATE: self._update,
            TeamStepKind.RENAME: self._rename,
            TeamStepKind.RENAME_HOME: self._rename,
            TeamStepKind.UPDATE_HOME: self._update,
            TeamStepKind.UNDECLARED_AT_HOME: self._send_undeclared,
            TeamStepKind.ASSIGN_UNKNOWN: self._assign_unknown,
            TeamStepKind.REMOVE_UNKNOWN: self._remove_unknown,
            TeamStepKind.ASSIGN_NOWHERE: lambda *_: self._refused_nowhere(self._team.assign),
            TeamStepKind.REMOVE_NOWHERE: lambda *_: self._refused_nowhere(self._team.remove),
        }

    def take(self, step: TeamStep) -> Iterator[Violation]:
        """Assign or remove the team, or change a unit, as the step says."""
        self._last_home = self._home
        at = self._units.index(self._home) if self._home and step.kind in _AT_HOME else step.unit % len(self._units)
        return self._actions[step.kind](at, self._units[at])

    def delete(self) -> None:
        """Remove the team from the units, and delete those that the run created."""
        self._team.release()
        for unit in self._units:
            self._run.units.delete(unit)

    # -- steps ----------------------------------------------------------------------------------------------------

    def _assign(self, _: int, unit: Unit) -> Iterator[Violation]:
        exchange = self._team.assign(unit)
        if self._home not in (None, unit):
            yield from violation_of("LIFE-09", expect.status, exchange, 409)
            yield from self._listed("LIFE-09", unit, exchange)
        elif self._home == unit and not exchange.ok:  # assigning a team to its own unit again may be a conflict
            yield from violation_of("LIFE-08", expect.status, exchange, 409)
            yield from self._listed("LIFE-08", unit, exchange)
        else:
            rule = "LIFE-11" if self._freed_by_deletion else "LIFE-08"
            yield from violation_of(rule, expect.succeeded, exchange)
            self._home = unit if exchange.ok else self._home
            self._freed_by_deletion = False
            yield from self._listed(rule, unit, exchange)

    def _remove(self, _: int, unit: Unit) -> Iterator[Violation]:
        exchange = self._team.remove(unit)
        if self._home != unit:  # the contract declares both statuses
            yield from violation_of("LIFE-10", expect.status, exchange, 404, 400)
            yield from self._listed("LIFE-10", unit, exchange)
            return
        yield from violation_of("LIFE-08", expect.succeeded, exchange)
        self._home = None if exchange.ok else unit
        yield from self._listed("LIFE-08", unit, exchange)

    def _delete(self, at: int, unit: Unit) -> Iterator[Violation]:
        """Delete a unit of the run, which frees its team, and put a new one in its place, with its name if possible."""
        if self._others[at]:
            return
        exchange = unit.target.call(DELETE_UNIT, path=unit.path)
        if exchange.ok:
            self._absent = unit
            namesake = self._run.units.register(unit.target.call(CREATE_UNIT, {"name": unit.name}))
            self._units[at] = namesake or self._run.units.create()
            if self._home == unit:
                self._home, self._freed_by_deletion = None, True
            yield from self._listed("LIFE-11", self._units[at], exchange)

    def _update(self, at: int, unit: Unit) -> Iterator[Violation]:
        if not self._others[at]:
            yield from self._listed("LIFE-08", unit, unit.put({"budget": BUDGET}))

    def _rename(self, at: int, unit: Unit) -> Iterator[Violation]:
        if not self._others[at] and unit.target.serves(RENAME_UNIT):
            body = {"name": self._run.units.new_name()}
            yield from self._listed("LIFE-19", unit, unit.target.call(RENAME_UNIT, body, path=unit.path))

    def _send_undeclared(self, at: int, unit: Unit) -> Iterator[Violation]:
        """Send methods that the list of teams does not have. HTTP-01 judges whether they are refused."""
        path, operations = unit.target.operation(LIST_TEAMS).path, unit.target.contract.operations.values()
        declared = {operation.method for operation in operations if operation.path == path}
        if self._others[at]:
            return
        for method in sorted(set(_METHODS) - declared):
            body = None if method == "DELETE" else json.dumps({"team_id": self._team.unknown_id()}).encode()
            exchange = unit.target.send(method, fill_path(path, unit.path), body)
            if exchange.ok:  # a later edition may have the method
                self._home = unit if self._team.id in self._team.list_teams(unit)[1] else None
                return
        yield from self._listed("LIFE-08", unit, exchange)

    def _assign_unknown(self, _: int, unit: Unit) -> Iterator[Violation]:
        exchange = self._team.assign(unit, self._team.unknown_id())
        yield from violation_of("LIFE-10", expect.status, exchange, 404)
        yield from self._listed("LIFE-10", unit, exchange)

    def _remove_unknown(self, _: int, unit: Unit) -> Iterator[Violation]:
        exchange = self._team.remove(unit, self._team.unknown_id())
        yield from violation_of("LIFE-10", expect.status, exchange, 404)
        yield from self._listed("LIFE-10", unit, exchange)

    def _refused_nowhere(self, send: Callable[[Unit], Exchange]) -> Iterator[Violation]:
        exchange = send(self._absent)
        yield from violation_of("LIFE-10", expect.status, exchange, 404)
        yield from self._listed("LIFE-10", self._absent, exchange)

    # -- expectations ---------------------------------------------------------------------------------------------

    def _listed(self, rule: str, touched: Unit, exchange: Exchange) -> Iterator[Violation]:
        """Expect that the units of a step list their own teams, and only its unit the team. Then follow the target."""
        shown: list[Unit] = []
        for unit, others in zip(self._units, self._others, strict=True):
            if unit not in (touched, self._home, self._last_home):
                continue
            listing, ids = self._team.list_teams(unit, limit=self._limit)
            if lost := set(others) - set(ids):
                yield Violation(f"the teams {others}", f"{ids}, after {exchange.method}", listing, rule="LIFE-21")
                for team_id in lost:
                    self._team.assign(unit, team_id)
            times, wanted = ids.count(self._team.id), int(self._home == unit)
            if times != wanted or listing.member("total") not in (len(ids), None):
                yield Violation(f"the team {wanted} times in the unit", f"{times} times", listing, rule=rule)
            shown += [unit] * (times > 0)
        self._home = shown[0] if shown else None


def _life_of_a_home() -> st.SearchStrategy[list[TeamStep]]:
    """Return steps that assign the team, change its unit in several ways, delete it, and assign the team again."""

    def steps(unit: int, changes: list[TeamStepKind]) -> list[TeamStep]:
        return [
            TeamStep(kind, unit)
            for kind in (TeamStepKind.ASSIGN, *changes, TeamStepKind.DELETE_HOME, TeamStepKind.ASSIGN)
        ]

    # The named unit, which may be the third one, is never renamed or deleted.
    return st.builds(
        steps,
        st.integers(0, 1),
        st.permutations([TeamStepKind.RENAME_HOME, TeamStepKind.UNDECLARED_AT_HOME, TeamStepKind.UPDATE_HOME]),
    )


@pytest.mark.rule(*_RULES)
@pytest.mark.property
def test_a_team_is_where_a_plain_model_says(run: Run, unit: Unit) -> None:
    run.target.require(LIST_TEAMS)
    control = Team(run)
    try:
        control.ensure_assigned(unit)
    except Blocked:
        pytest.skip("the team cannot be assigned, which the other tests of these rules report")
    finally:
        control.release()
    run.units.team_to_remove = run.team if run.named_units else None

    def check(steps: list[TeamStep]) -> Generator[Violation]:
        return TeamJudge(run, Team(run)).judge(steps)

    count = _MOST_STEPS if current_generation().profile.every_case else _STEPS_OF_A_QUICK_RUN
    drawn = st.lists(st.builds(TeamStep, st.sampled_from(_DRAWN), st.integers(0, 2)), min_size=count, max_size=count)
    steps = st.builds(list.__add__, drawn, _life_of_a_home())
    judge_all(run, steps, check, divide_by=_DIVIDE_BY, max_shrinks=_MOST_SHRINKS)
    run.units.team_to_remove = None
