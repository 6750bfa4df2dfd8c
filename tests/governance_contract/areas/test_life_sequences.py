"""LIFE: random sequences of operations, compared with a model after each step."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    initialize,
    multiple,
    precondition,
    rule,
)

from ..checks import expect
from ..checks.inputs.sample_settings import BUDGET, RATE_LIMIT
from ..checks.run_protocol import NAMED, Run
from ..checks.steps import ShortestSequence
from ..checks.teams import Team
from ..checks.unit_model import Model
from ..checks.violation import Violation, still_present, wrong_value
from ..contract.components import COMPONENTS
from ..contract.operation_ids import (
    CREATE_GOVERNANCE,
    DELETE_GOVERNANCE,
    DELETE_UNIT,
    GET_UNIT,
    LIST_TEAMS,
    LIST_UNITS,
    RENAME_UNIT,
    UPDATE_GOVERNANCE,
)
from ..contract.rules import Need
from ..target.errors import Blocked
from ..target.exchange import Exchange
from ..target.run_units import Units, search_units
from ..target.target import Target
from ..target.unit import Unit, UnitState, component_of, require_unit_in, settings_in, settings_of

_MOST_UNITS = 3
"""A small number, so that several steps concern the same unit."""
_STEPS_BETWEEN_LISTS = 4
_DIVIDE_BY = 3
"""Divides the number of examples of the profile, because each example has many steps."""

# Components are complete, because other rules judge incomplete ones. Durations are long, so that no window ends while
# the machine runs.
_DURATIONS = st.sampled_from(["1M", "1d", "1w", "1Y"])
_DOLLARS = st.sampled_from([1, 12.5, 250.75, 0.01, 999_999.99])
_COUNTS = st.sampled_from([1, 700, 90_000, 2**53 + 1])
_BUDGETS = st.fixed_dictionaries(
    {"max_limit": _DOLLARS, "reset_duration": _DURATIONS, "calendar_aligned": st.booleans()}
)
_RATE_LIMITS = st.fixed_dictionaries(
    {
        "token_max_limit": _COUNTS,
        "token_reset_duration": _DURATIONS,
        "request_max_limit": _COUNTS,
        "request_reset_duration": _DURATIONS,
    }
)
_REMOVAL: st.SearchStrategy[dict[str, Any]] = st.just({})
_UPDATES = st.fixed_dictionaries({}, optional={"budget": _BUDGETS | _REMOVAL, "rate_limit": _RATE_LIMITS | _REMOVAL})
_CREATIONS = st.fixed_dictionaries({}, optional={"budget": _BUDGETS, "rate_limit": _RATE_LIMITS}).filter(bool)
_BAD_UPDATES: tuple[dict[str, Any], ...] = (
    {"budget": 7},
    {"budget": {"max_limit": "12", "reset_duration": "1M"}},
    {"budget": {"max_limit": 12, "reset_duration": "1h", "calendar_aligned": True}},
    {"rate_limit": ["none"]},
    {"rate_limit": {**RATE_LIMIT, "token_max_limit": "many"}},
    {"budget": {}, "rate_limit": {**RATE_LIMIT, "request_max_limit": "many"}},
    {"budget": BUDGET, "rate_limit": 7},
)
_MOVES_OF_TEAM = (("assign",), ("remove",), ("assign", "remove"), ("remove", "assign"), ("assign", "remove", "assign"))
_AFTER_DELETION: dict[str, Any] = {
    GET_UNIT: None,
    UPDATE_GOVERNANCE: {"budget": BUDGET},
    CREATE_GOVERNANCE: {"rate_limit": RATE_LIMIT},
    DELETE_GOVERNANCE: None,
    DELETE_UNIT: None,
}


@dataclass
class MachineSession(ShortestSequence):
    """What the examples of the state machine share: the target, and the shortest sequence that breaks the rule."""

    target: Target = field(kw_only=True)
    units: Units = field(kw_only=True)
    team: Team | None = None
    """A team to assign, if there is one."""


class BusinessUnitMachine(RuleBasedStateMachine):
    """A state machine that creates, changes and deletes business units. A subclass sets ``session``."""

    session: MachineSession

    live: Bundle[str] = Bundle("live")
    gone: Bundle[str] = Bundle("gone")

    def __init__(self) -> None:
        """Start without units."""
        super().__init__()
        self._model = Model()
        self._own: dict[str, Unit] = {}
        self._steps_taken: list[str] = []
        self._next_other = 0
        self._listed_after = 0
        self._numbers = itertools.count(1)
        self._marker = self.session.units.joined(self.session.units.new_name(), "life")

    # -- steps ------------------------------------------------------------------------------------------------

    @initialize(target=live, bodies=st.tuples(_UPDATES, _UPDATES))
    def begin(self, bodies: tuple[dict[str, Any], ...]) -> Any:
        """Create two units."""
        labels = [self._create() for _ in bodies]
        for label, body in zip(labels, bodies, strict=True):
            if body:
                self.update(label, [body])
        return multiple(*labels)

    @precondition(lambda self: len(self._model.labels) < _MOST_UNITS)
    @rule(target=live)
    def create(self) -> str:
        """Create a unit."""
        return self._create()

    @rule(of=live)
    def create_with_a_taken_name(self, of: str) -> None:
        """Expect a conflict."""
        if self._model[of].renamed:
            return
        with self._step(f"create a unit with the name of {of}", of):
            exchange = self.session.units.send_creation(self._model[of].name)
            self.session.units.register(exchange)
            expect.status(exchange, 409)

    @rule(target=gone, of=consumes(live))
    def delete(self, of: str) -> str:
        """Delete a unit."""
        with self._step(f"delete {of}"):
            expect.succeeded(self._call(DELETE_UNIT, of))
            self._model.delete(of)
            self._expect_not_found(of, GET_UNIT)
        return of

    @rule(of=gone)
    def use_after_deletion(self, of: str) -> None:
        """Expect 404 from each operation on a deleted unit."""
        for operation, body in _AFTER_DELETION.items():
            with self._step(f"{operation} of the deleted {of}"):
                self._expect_not_found(of, operation, body)

    @rule(of=live, bodies=st.lists(_UPDATES, min_size=1, max_size=3))
    def update(self, of: str, bodies: list[dict[str, Any]]) -> None:
        """Set, replace or remove components, or send an empty update."""
        for body in (body for body in bodies if self._permits(UPDATE_GOVERNANCE, body)):
            with self._step(f"update {of} with {body}", of):
                exchange = self._own[of].put(body)
                if exchange.rule_of_refusal:  # other rules judge whether an update sets or removes an absent component
                    continue
                response = expect.succeeded(exchange)
                self._model[of].update(body)
                self._expect_settings(of, response, exchange)

    @rule(of=live, body=st.sampled_from(_BAD_UPDATES))
    def update_badly(self, of: str, body: dict[str, Any]) -> None:
        """Expect that a refused update changes nothing. Other rules judge whether it is refused."""
        with self._step(f"update {of} badly with {body}", of):
            if self._own[of].put(body).ok:
                self._copy_from_target(of)

    @precondition(lambda self: self.session.target.serves(CREATE_GOVERNANCE))
    @rule(of=live, body=_CREATIONS)
    def create_governance(self, of: str, body: dict[str, Any]) -> None:
        """Create governance, or expect a conflict if the unit has some."""
        if not self._permits(CREATE_GOVERNANCE, body):
            return
        with self._step(f"create governance of {of} with {body}", of):
            exchange = self._call(CREATE_GOVERNANCE, of, body)
            if self._model[of].has_governance:
                expect.status(exchange, 409)
            else:
                response = expect.succeeded(exchange)
                self._model[of].update(body)
                self._expect_settings(of, response, exchange)

    @precondition(lambda self: self.session.target.serves(DELETE_GOVERNANCE))
    @rule(of=live)
    def delete_governance(self, of: str) -> None:
        """Remove both components, or expect 404 if the unit has none."""
        with self._step(f"delete the governance of {of}", of):
            exchange = self._call(DELETE_GOVERNANCE, of)
            if self._model[of].has_governance:
                expect.succeeded(exchange)
                self._model[of].remove_governance()
            else:
                expect.status(exchange, 404)

    @precondition(lambda self: self.session.target.serves(RENAME_UNIT))
    @rule(of=live)
    def rename(self, of: str) -> None:
        """Rename a unit. Other rules judge the rename itself, which the published contract does not have."""
        with self._step(f"rename {of}"):
            self._call(RENAME_UNIT, of, {"name": self._fresh_name()})
            self._model[of].renamed = True
            self._copy_from_target(of)

    @precondition(lambda self: self.session.team is not None)
    @rule(of=live, moves=st.sampled_from(_MOVES_OF_TEAM))
    def move_the_team(self, of: str, moves: tuple[str, ...]) -> None:
        """Assign and remove the team, which belongs to one unit at most."""
        for move in moves:
            words = f"assign the team to {of}" if move == "assign" else f"remove the team from {of}"
            with self._step(words, of):
                home = self._model.home
                self._assign_the_team(of) if move == "assign" else self._remove_the_team(of)
                for label in dict.fromkeys((of, home or of)):
                    self._team.expect_listed(self._own[label], listed=self._model.home == label)

    @precondition(lambda self: self.session.target.serves(LIST_UNITS) and self._should_list())
    @rule()
    def list_all(self) -> None:
        """Expect each existing unit once in the list."""
        self._listed_after = len(self._steps_taken)
        with self._step("list the units", disturbs=False):
            exchange = search_units(self._target, self._marker, 100)
            expect.succeeded(exchange)
            self._expect_listed(exchange)

    def teardown(self) -> None:
        """Delete the units of this example. If the target is lost, the end of the run tries again."""
        if self.session.blocked_by is None:
            if self.session.team is not None:
                self.session.team.release()
            for unit in self._own.values():
                self.session.units.delete(unit)

    # -- steps in general -------------------------------------------------------------------------------------

    @property
    def _target(self) -> Target:
        return self.session.target

    def _should_list(self) -> bool:
        """Whether enough steps were taken since the last list. Hypothesis would choose this rule too often."""
        return len(self._steps_taken) - self._listed_after >= _STEPS_BETWEEN_LISTS

    @property
    def _team(self) -> Team:
        assert self.session.team is not None  # a precondition of the steps with the team
        return self.session.team

    @contextmanager
    def _step(self, words: str, touched: str | None = None, *, disturbs: bool = True) -> Iterator[None]:
        """Take a step, then expect that the touched unit and another unit match the model."""
        with self.session.step(self._steps_taken, words):
            yield
            if touched is not None:
                self._expect_read(touched)
            if disturbs:
                self._expect_another_read(touched)

    def _permits(self, operation: str, body: Any) -> bool:
        """Whether the contract in use permits a body. Its bounds may differ from those of the built-in contract."""
        return self._target.operation(operation).permits(json.dumps(body).encode())

    def _fresh_name(self) -> str:
        return self.session.units.joined(self._marker, str(next(self._numbers)))

    def _create(self) -> str:
        name = self._fresh_name()
        with self._step("create a unit"):
            exchange = self.session.units.send_creation(name)
            expect.succeeded(exchange)
            unit = self.session.units.register(exchange)
            if unit is None:
                raise Blocked("the response to a creation has no id", exchange)
            label = self._model.create(name)
            self._own[label] = unit
            self._steps_taken[-1] = f"create {label}"
            self._expect_read(label)
        return label

    def _call(self, operation: str, of: str, body: Any = None) -> Exchange:
        return self._target.call(operation, body, path=self._own[of].path)

    # -- expectations -----------------------------------------------------------------------------------------

    def _expect_not_found(self, of: str, operation: str, body: Any = None) -> None:
        if self._target.serves(operation):
            expect.status(self._call(operation, of, body), 404)

    def _expect_settings(self, of: str, entity: UnitState, exchange: Exchange) -> None:
        for component in COMPONENTS:
            wanted = self._model[of].governance[component]
            present = component_of(entity, component)  # other rules judge a component that is null
            if wanted is not None:
                expect.shows(entity, component, wanted, exchange)
            elif present is not None:
                raise still_present(
                    f"{of} without {component}",
                    f"{component} = {settings_of(component, present)}",
                    exchange,
                    place=component,
                )

    def _expect_read(self, of: str) -> None:
        fetched = self._own[of].fetch()
        entity = expect.succeeded(fetched)
        if entity.get("id", self._own[of].id) != self._own[of].id:
            raise Violation(f"{of}, with id {self._own[of].id!r}", repr(entity["id"]), fetched)
        if not self._model[of].renamed and entity.get("name", self._model[of].name) != self._model[of].name:
            raise Violation(f"{of} named {self._model[of].name!r}", repr(entity["name"]), fetched)
        self._expect_settings(of, entity, fetched)

    def _expect_another_read(self, touched: str | None) -> None:
        """Read one of the units that the step did not touch, in turn."""
        others = [label for label in self._model.labels if label != touched]
        if others:
            self._next_other += 1
            self._expect_read(others[self._next_other % len(others)])

    def _copy_from_target(self, of: str) -> None:
        fetched = self._own[of].fetch()
        entity = require_unit_in(fetched)
        self._model[of].update({component: settings_in(entity, component) for component in COMPONENTS})

    def _assign_the_team(self, of: str) -> None:
        exchange = self._team.assign(self._own[of])
        if self._model.home is None:
            expect.succeeded(exchange)
            self._model.home = of
        elif self._model.home != of or not exchange.ok:  # assigning a team to its own unit may succeed
            expect.status(exchange, 409)

    def _remove_the_team(self, of: str) -> None:
        exchange = self._team.remove(self._own[of])
        if self._model.home == of:
            expect.succeeded(exchange)
            self._model.home = None
        else:
            expect.status(exchange, 404, 400)

    def _expect_listed(self, exchange: Exchange) -> None:
        listed = [entry.get("id") for entry in exchange.entries("business_units")]
        for label, unit in self._own.items():
            wanted = int(label in self._model)
            if listed.count(unit.id) != wanted:
                raise Violation(f"{label} listed {wanted} times", f"{listed.count(unit.id)} times", exchange)
        total = exchange.member("total")
        # LIST-04 judges units that do not match the search.
        if isinstance(total, int) and len(listed) == len(self._model.labels) and total != len(listed):
            raise wrong_value("total", len(listed), total, exchange)


def _a_team_to_move(run: Run, unit: Unit) -> Team | None:
    """Return the team that the user named, or None if it cannot be assigned. Other rules judge that."""
    if Need.TEAM in run.missing or not run.target.serves(LIST_TEAMS):
        return None
    team = Team(run)
    try:
        team.ensure_assigned(unit)
    except Blocked:
        return None
    finally:
        team.release()
    return team


@pytest.mark.rule("LIFE-13")
@pytest.mark.property
@pytest.mark.together(NAMED)
@pytest.mark.units(4)
def test_any_sequence_of_operations(run: Run, unit: Unit, target: Target, units: Units) -> None:
    # Blocked if an update does not set a first component: no sequence could be judged.
    unit.set_state(budget=BUDGET)
    unit.set_state(rate_limit=RATE_LIMIT)
    session = MachineSession(target=target, units=units, team=_a_team_to_move(run, unit))
    session.run_machine(type("BoundMachine", (BusinessUnitMachine,), {"session": session}), divide_by=_DIVIDE_BY)
