"""LIFE-13: operations in any order, held against a plain model after each step."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import seed
from hypothesis import strategies as st
from hypothesis.errors import Flaky
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    initialize,
    multiple,
    precondition,
    rule,
    run_state_machine_as_test,
)

from ..checks import expect
from ..checks.expect import Violation
from ..checks.run import Run
from ..checks.sample_settings import BUDGET, RATE_LIMIT
from ..checks.search import Enough, current
from ..checks.teams import Team
from ..checks.unit_model import Model
from ..contract.rules import Need
from ..target.business_units import COMPONENTS, Blocked, Governance, Unit, Units, component, entity_of
from ..target.business_units import settings as shown_settings
from ..target.exchange import Exchange
from ..target.target import OutOfTime, Target, Unreachable

_MOST_UNITS = 3
"""Few, so that steps meet on a unit: there sequences go wrong."""
_STEPS_BETWEEN_LISTS = 4
_SHARE = 3
"""Of so many examples that a property has in this profile, one is tried: each has many steps."""
_STEPS_FOR_A_SHORTER_STORY = 400
"""How long a search for a shorter example may go on: each step is three requests or so to a target that may be slow."""

# Complete settings, and long durations: what an incomplete component means is for other rules, and no window ends
# while the machine runs.
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
_IN, _OUT = "io"
_MOVES = (_IN, _OUT, _IN + _OUT, _OUT + _IN, _IN + _OUT + _IN)
_AFTER_DELETION: dict[str, Any] = {
    "getBusinessUnit": None,
    "updateBusinessUnitGovernance": {"budget": BUDGET},
    "createBusinessUnitGovernance": {"rate_limit": RATE_LIMIT},
    "deleteBusinessUnitGovernance": None,
    "deleteBusinessUnit": None,
}


@dataclass
class Search:
    """Where the examples are tried, and what they found."""

    target: Target
    units: Units
    team: Team | None = None
    """A team to move about, where there is one."""
    violation: Violation | None = None
    """The one with the shortest story so far."""
    steps: int = 0
    """How many steps the shortest story has, where there is one."""
    trouble: Unreachable | OutOfTime | Blocked | None = None
    patience: int = _STEPS_FOR_A_SHORTER_STORY

    def count_step(self) -> None:
        """Take part of the patience, once there is a violation.

        Raises:
            Enough: it is at its end.
        """
        if self.violation is not None:
            self.patience -= 1
        if self.patience < 0:
            raise Enough

    def keep(self, violation: Violation, steps: int) -> None:
        """Keep a violation unless a shorter story led to one."""
        if self.violation is None or steps <= self.steps:
            self.violation, self.steps = violation, steps


class Lives(RuleBasedStateMachine):
    """Business units of our own, led through their lives. A subclass says where."""

    search: Search

    live: Bundle[str] = Bundle("live")
    gone: Bundle[str] = Bundle("gone")

    def __init__(self) -> None:
        """Start without units."""
        super().__init__()
        self._model = Model()
        self._own: dict[str, Unit] = {}
        self._story: list[str] = []
        self._bystander = 0
        self._listed_after = 0
        self._numbers = itertools.count(1)
        self._marker = f"{self.search.units.new_name()}-life"

    # -- steps ------------------------------------------------------------------------------------------------

    @initialize(target=live, bodies=st.tuples(_UPDATES, _UPDATES))
    def begin(self, bodies: tuple[dict[str, Any], ...]) -> Any:
        """Two units: one to touch, one to leave alone."""
        labels = [self._create() for _ in bodies]
        for label, body in zip(labels, bodies, strict=True):
            if body:
                self.update(label, [body])
        return multiple(*labels)

    @precondition(lambda self: len(self._model.labels) < _MOST_UNITS)
    @rule(target=live)
    def create(self) -> str:
        """One more unit."""
        return self._create()

    @rule(of=live)
    def create_with_a_taken_name(self, of: str) -> None:
        """A conflict, and no unit."""
        if self._model[of].renamed:
            return
        with self._step(f"create a unit with the name of {of}", of):
            exchange = self._target.call("createBusinessUnit", {"name": self._model[of].name})
            self.search.units.adopt(exchange)
            expect.status(exchange, 409)

    @rule(target=gone, of=consumes(live))
    def delete(self, of: str) -> str:
        """A unit less."""
        with self._step(f"delete {of}"):
            expect.succeeded(self._call("deleteBusinessUnit", of))
            self._model.delete(of)
            self._is_gone(of, "getBusinessUnit")
        return of

    @rule(of=gone)
    def use_after_deletion(self, of: str) -> None:
        """Not found, whatever is asked."""
        for operation, body in _AFTER_DELETION.items():
            with self._step(f"{operation} of the deleted {of}"):
                self._is_gone(of, operation, body)

    @rule(of=live, bodies=st.lists(_UPDATES, min_size=1, max_size=3))
    def update(self, of: str, bodies: list[dict[str, Any]]) -> None:
        """Sets, replaces and removes components, or nothing at all."""
        for body in bodies:
            with self._step(f"update {of} with {body}", of):
                exchange = self._own[of].put(body)
                answered = expect.succeeded(exchange)
                self._model[of].update(body)
                self._agrees(of, answered, exchange)

    @rule(of=live, body=st.sampled_from(_BAD_UPDATES))
    def update_badly(self, of: str, body: dict[str, Any]) -> None:
        """A refused update changes nothing; that it is refused at all is for other rules to say."""
        with self._step(f"update {of} badly with {body}", of):
            if self._own[of].put(body).ok:
                self._follow(of)

    @precondition(lambda self: self.search.target.serves("createBusinessUnitGovernance"))
    @rule(of=live, body=_CREATIONS)
    def create_governance(self, of: str, body: dict[str, Any]) -> None:
        """First governance; a conflict where there is some."""
        with self._step(f"create governance of {of} with {body}", of):
            exchange = self._call("createBusinessUnitGovernance", of, body)
            if self._model[of].governed:
                expect.status(exchange, 409)
            else:
                answered = expect.succeeded(exchange)
                self._model[of].update(body)
                self._agrees(of, answered, exchange)

    @precondition(lambda self: self.search.target.serves("deleteBusinessUnitGovernance"))
    @rule(of=live)
    def delete_governance(self, of: str) -> None:
        """Both components go; not found where there is none."""
        with self._step(f"delete the governance of {of}", of):
            exchange = self._call("deleteBusinessUnitGovernance", of)
            if self._model[of].governed:
                expect.succeeded(exchange)
                self._model[of].remove_governance()
            else:
                expect.status(exchange, 404)

    @precondition(lambda self: self.search.target.serves("updateBusinessUnit"))
    @rule(of=live)
    def rename(self, of: str) -> None:
        """No operation of the published contract: what it breaks at once is for the rule about it to say."""
        with self._step(f"rename {of}"):
            self._call("updateBusinessUnit", of, {"name": self._fresh_name()})
            self._model[of].renamed = True
            self._follow(of)

    @precondition(lambda self: self.search.team is not None)
    @rule(of=live, moves=st.sampled_from(_MOVES))
    def move_the_team(self, of: str, moves: str) -> None:
        """Into a unit and out of it: a team is in one at most."""
        for move in moves:
            words = f"assign the team to {of}" if move == _IN else f"remove the team from {of}"
            with self._step(words, of):
                home = self._model.home
                self._assign_the_team(of) if move == _IN else self._remove_the_team(of)
                for label in dict.fromkeys((of, home or of)):
                    self._team.is_listed(self._own[label], listed=self._model.home == label)

    @precondition(lambda self: self.search.target.serves("listBusinessUnits") and self._has_news_to_list())
    @rule()
    def list_all(self) -> None:
        """Each unit that exists, once."""
        self._listed_after = len(self._story)
        with self._step("list the units", disturbs=False):
            exchange = self._target.call("listBusinessUnits", query={"search": self._marker, "limit": 100})
            expect.succeeded(exchange)
            self._lists(exchange)

    def teardown(self) -> None:
        """Delete the units of this example; where the target is lost, the end of the run tries again."""
        if self.search.trouble is None:
            if self.search.team is not None:
                self.search.team.release()
            for unit in self._own.values():
                self.search.units.forget(unit)

    # -- how a step is taken ----------------------------------------------------------------------------------

    @property
    def _target(self) -> Target:
        return self.search.target

    def _has_news_to_list(self) -> bool:
        """Whether enough has happened: a step that needs nothing would else be every other one."""
        return len(self._story) - self._listed_after >= _STEPS_BETWEEN_LISTS

    @property
    def _team(self) -> Team:
        assert self.search.team is not None  # a precondition of each step with the team
        return self.search.team

    @contextmanager
    def _step(self, words: str, touched: str | None = None, *, disturbs: bool = True) -> Iterator[None]:
        """Take a step, then expect the touched unit, and one other that it may disturb, to be as the model says."""
        self.search.count_step()
        self._story.append(words)
        try:
            yield
            if touched is not None:
                self._reads(touched)
            if disturbs:
                self._reads_a_bystander(touched)
        except Violation as found:
            story = "; ".join(f"{number}. {step}" for number, step in enumerate(self._story, start=1))
            told = Violation(f"{found.expected}, after: {story}", found.got, found.exchange)
            self.search.keep(told, len(self._story))
            raise told from found
        except (Unreachable, OutOfTime, Blocked) as trouble:
            self.search.trouble = trouble
            raise Enough from trouble

    def _fresh_name(self) -> str:
        return f"{self._marker}-{next(self._numbers)}"

    def _create(self) -> str:
        name = self._fresh_name()
        with self._step("create a unit"):
            exchange = self._target.call("createBusinessUnit", {"name": name})
            expect.succeeded(exchange)
            unit = self.search.units.adopt(exchange)
            if unit is None:
                raise Blocked("a created business unit has no id", exchange)
            label = self._model.create(name)
            self._own[label] = unit
            self._story[-1] = f"create {label}"
            self._reads(label)
        return label

    def _call(self, operation: str, of: str, body: Any = None) -> Exchange:
        return self._target.call(operation, body, path=self._own[of].path)

    # -- what a step is held against --------------------------------------------------------------------------

    def _is_gone(self, of: str, operation: str, body: Any = None) -> None:
        if self._target.serves(operation):
            expect.status(self._call(operation, of, body), 404)

    def _agrees(self, of: str, entity: Governance, exchange: Exchange) -> None:
        for name in COMPONENTS:
            wanted = self._model[of].governance[name]
            found = component(entity, name)
            if wanted is not None:
                expect.shows(entity, name, wanted, exchange)
            elif found is not None:
                raise Violation(f"{of} without {name}", f"{name} = {shown_settings(name, found)}", exchange)

    def _reads(self, of: str) -> None:
        look = self._own[of].look()
        entity = expect.succeeded(look)
        if entity.get("id", self._own[of].id) != self._own[of].id:
            raise Violation(f"{of}, with id {self._own[of].id!r}", repr(entity["id"]), look)
        if not self._model[of].renamed and entity.get("name", self._model[of].name) != self._model[of].name:
            raise Violation(f"{of} named {self._model[of].name!r}", repr(entity["name"]), look)
        self._agrees(of, entity, look)

    def _reads_a_bystander(self, touched: str | None) -> None:
        """Look at one unit that the step did not touch, each time at another."""
        others = [label for label in self._model.labels if label != touched]
        if others:
            self._bystander += 1
            self._reads(others[self._bystander % len(others)])

    def _follow(self, of: str) -> None:
        look = self._own[of].look()
        entity = entity_of(look) or {}
        self._model[of].update({name: shown_settings(name, component(entity, name)) for name in COMPONENTS})

    def _assign_the_team(self, of: str) -> None:
        exchange = self._team.assign(self._own[of])
        if self._model.home is None:
            expect.succeeded(exchange)
            self._model.home = of
        elif self._model.home != of or not exchange.ok:  # left open is whether a team may come where it is already
            expect.status(exchange, 409)

    def _remove_the_team(self, of: str) -> None:
        exchange = self._team.remove(self._own[of])
        if self._model.home == of:
            expect.succeeded(exchange)
            self._model.home = None
        else:
            expect.status(exchange, 404, 400)

    def _lists(self, exchange: Exchange) -> None:
        listed = [entry.get("id") for entry in exchange.entries("business_units")]
        for label, unit in self._own.items():
            wanted = int(label in self._model)
            if listed.count(unit.id) != wanted:
                raise Violation(f"{label} listed {wanted} times", f"{listed.count(unit.id)} times", exchange)
        total = exchange.member("total")
        # Foreign units in the list are for the rule about searching to say.
        if isinstance(total, int) and len(listed) == len(self._model.labels) and total != len(listed):
            raise Violation(f"total {len(listed)}", f"total {total}", exchange)


def _a_team_to_move(run: Run, unit: Unit) -> Team | None:
    """Return the named team, or None where it cannot be moved: that is for other rules to say."""
    if Need.TEAM not in run.capabilities or not run.target.serves("listBusinessUnitTeams"):
        return None
    team = Team(run.target, run.team)
    try:
        team.settle(unit)
    except Blocked:
        return None
    finally:
        team.release()
    return team


@pytest.mark.rule("LIFE-13")
@pytest.mark.searches
@pytest.mark.together("named")
def test_any_sequence_of_operations(run: Run, unit: Unit, target: Target, units: Units) -> None:
    # Where an update sets no first component, no sequence can be judged.
    unit.establish(budget=BUDGET)
    unit.establish(rate_limit=RATE_LIMIT)
    search = Search(target, units, _a_team_to_move(run, unit))
    bound = seed(current().seed)(type("BoundLives", (Lives,), {"search": search}))
    profile = current().profile
    settings = current().settings(max_examples=profile.part(_SHARE), stateful_step_count=profile.steps)
    try:
        run_state_machine_as_test(bound, settings=settings)
    except (Violation, Enough, Flaky) as end:
        # One that was seen once and not again is still an answer that no conforming target gives.
        raise (search.violation or search.trouble or end) from None
