"""Sequences of operations on one business unit: each step does what the contract says, and nothing else.

Hypothesis draws the sequences. `checks.update_effects` says what an update does; this module adds the other operations.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from typing import Any

import pytest

from ..checks import expect
from ..checks.inputs.sample_settings import BUDGET, RATE_LIMIT
from ..checks.inputs.sequences import GovernanceStep, GovernanceStepKind, sequences
from ..checks.inputs.strategies import Body
from ..checks.properties import judge_all
from ..checks.run_protocol import Run
from ..checks.steps import StepJudge
from ..checks.update_effects import AppliedUpdate, changed_omitted, is_complete, violation_of, wrong_effects
from ..checks.violation import Violation, wrong_status
from ..contract.components import COMPONENTS
from ..contract.operation_ids import CREATE_GOVERNANCE, DELETE_GOVERNANCE, RENAME_UNIT, UPDATE_GOVERNANCE
from ..contract.rules import Need
from ..target.exchange import Exchange
from ..target.unit import Unit, UnitState, component_of, require_unit_in, settings_of

_MOST_SHRINKS = 25  # each example has many requests
# fmt: off
# The rules that the steps and `checks.update_effects` name, except UPDATE-09: the units of a sequence have no usage, so
# it would count as judged without a look at usage. One line or two for each area.
_RULES = (
    "UPDATE-01", "UPDATE-02", "UPDATE-03", "UPDATE-04", "UPDATE-05", "UPDATE-06", "UPDATE-07", "UPDATE-08",
    "UPDATE-10", "UPDATE-11", "UPDATE-12", "UPDATE-13", "UPDATE-14", "UPDATE-15", "UPDATE-16", "UPDATE-17",
    "UPDATE-18", "UPDATE-20", "UPDATE-21",
    "REMOVE-01", "REMOVE-02", "REMOVE-03", "REMOVE-04", "REMOVE-05", "REMOVE-06", "REMOVE-07", "REMOVE-08",
    "REMOVE-09", "REMOVE-10",
    "CREATE-01", "CREATE-04", "CREATE-06", "CREATE-07", "CREATE-08", "CREATE-10", "CREATE-11",
    "ALIGN-01", "ALIGN-03", "ALIGN-04", "ALIGN-06", "ALIGN-07", "ALIGN-08", "ALIGN-09", "ALIGN-10",
    "VALID-11", "VALID-14", "VALID-15", "VALID-16",
    "LIFE-04", "LIFE-05", "LIFE-06",
)
# fmt: on


def _kinds(run: Run) -> list[GovernanceStepKind]:
    """Return the kinds of steps that the target serves. Without units of its own, a run sends only updates."""
    served = {GovernanceStepKind.UPDATE, GovernanceStepKind.BAD_UPDATE, GovernanceStepKind.REPEAT}
    if Need.OWN_UNITS not in run.missing:
        served.add(GovernanceStepKind.NEIGHBOUR)
        serves = run.target.serves
        served |= {GovernanceStepKind.CREATE, GovernanceStepKind.BAD_CREATE} if serves(CREATE_GOVERNANCE) else set()
        served |= {GovernanceStepKind.DELETE} if serves(DELETE_GOVERNANCE) else set()
        served |= {GovernanceStepKind.RENAME} if serves(RENAME_UNIT) else set()
    return [kind for kind in GovernanceStepKind if kind in served]


class SequenceJudge(StepJudge[GovernanceStep]):
    """Sends the steps of one sequence to a unit and compares each with what the contract says."""

    def __init__(self, run: Run, unit: Unit, neighbour: Unit | None) -> None:
        """Start with the state that the target shows."""
        super().__init__()
        self._run, self._unit, self._neighbour = run, unit, neighbour
        self._shown = unit.read()
        self._neighbour_shown = neighbour.read() if neighbour else None
        self._removed: dict[str, UnitState] = {}
        self._last: Body = {}
        self._actions: dict[GovernanceStepKind, Callable[[Any], Iterator[Violation]]] = {
            GovernanceStepKind.UPDATE: self._update,
            GovernanceStepKind.REPEAT: self._repeat,
            GovernanceStepKind.CREATE: self._create_governance,
            GovernanceStepKind.DELETE: self._delete_governance,
            GovernanceStepKind.RENAME: self._rename,
            GovernanceStepKind.NEIGHBOUR: self._update_neighbour,
            GovernanceStepKind.READ_NEIGHBOUR: self._read_neighbour,
        }

    def take(self, step: GovernanceStep) -> Iterator[Violation]:
        """Send a request, which must do what it says and nothing else."""
        return self._refuses(step) if step.rule else self._actions[step.kind](step.body)

    def delete(self) -> None:
        """Delete the unit, if the run created it."""
        self._run.units.delete(self._unit)

    # -- updates -----------------------------------------------------------------------------------------------

    def _update(self, body: Body) -> Iterator[Violation]:
        exchange = self._unit.put(body)
        if exchange.ok:
            yield from self._applied(body, exchange)
        else:
            yield from self._refused(exchange, self._rule_of_refusal(body, exchange), "VALID-16")
        self._last = body

    def _rule_of_refusal(self, body: Body, exchange: Exchange) -> str | None:
        """Return the rule that the refusal of an update breaks; None if the contract leaves it open."""
        if exchange.meaning == 400 and any(
            sent and not is_complete(component, sent) for component, sent in body.items()
        ):
            return None
        return exchange.rule_of_refusal or "UPDATE-20"

    def _applied(self, body: Body, exchange: Exchange, *, creates: bool = False) -> Iterator[Violation]:
        """Compare an accepted update with what it must do, and keep what the target shows now."""
        step = AppliedUpdate(self._unit, self._shown, body, exchange, self._unit.fetch(), dict(self._removed), creates)
        for component in COMPONENTS:
            before, sent = component_of(self._shown, component), body.get(component)
            if sent:
                self._removed.pop(component, None)
            elif sent is not None and before is not None:
                self._removed[component] = before
        self._shown = require_unit_in(step.fetched)
        yield from wrong_effects(step)

    def _refused(self, exchange: Exchange, rule: str | None, rule_of_change: str) -> Iterator[Violation]:
        """Expect that a refused request was rightly refused and changed nothing."""
        if rule is not None:
            yield wrong_status("success (200)", exchange, (200,), rule=rule)
        yield from self._unchanged(exchange, rule_of_change)

    def _unchanged(self, exchange: Exchange, rule: str) -> Iterator[Violation]:
        violation = expect.find_change(self._unit, self._shown, exchange, rule=rule)
        if violation is not None:
            self._shown = self._unit.read()
            yield violation

    def _refuses(self, step: GovernanceStep) -> Iterator[Violation]:
        """Expect 400 and no change. A creation for a unit that has governance is also a conflict."""
        creates = step.kind is GovernanceStepKind.BAD_CREATE
        exchange = self._unit.create_governance(step.body) if creates else self._unit.put(step.body)
        yield from violation_of(step.rule, expect.status, exchange, *((400, 409) if creates else (400,)))
        if exchange.ok:
            self._shown = self._unit.read()
        else:
            yield from self._unchanged(exchange, "VALID-14" if len(step.body) > 1 and not creates else "VALID-16")

    def _repeat(self, _: None) -> Iterator[Violation]:
        """Send the last update again: it changes no setting (RFC 9110 section 9.2.2)."""
        before, exchange = self._shown, self._unit.put(self._last)
        if not exchange.ok:
            yield from self._unchanged(exchange, "VALID-16")
            return
        fetched = self._unit.fetch()
        self._shown = require_unit_in(fetched)
        yield from changed_omitted(AppliedUpdate(self._unit, before, self._last, exchange, fetched, self._removed))
        for component in COMPONENTS:
            earlier, later = component_of(before, component), component_of(self._shown, component)
            if self._last.get(component) and earlier is not None:
                yield from violation_of(
                    "UPDATE-17",
                    expect.same,
                    settings_of(component, earlier),
                    settings_of(component, later),
                    component,
                    exchange,
                )

    # -- other operations --------------------------------------------------------------------------------------

    def _create_governance(self, body: Body) -> Iterator[Violation]:
        exchange = self._unit.create_governance(body)
        if any(component_of(self._shown, component) is not None for component in COMPONENTS):
            yield from violation_of("CREATE-08", expect.status, exchange, 409)
            yield from self._unchanged(exchange, "CREATE-08")
        elif exchange.ok:
            yield from self._applied(body, exchange, creates=True)
            self._last = {}  # to repeat an update from before the creation may change a setting
        else:
            yield from self._refused(exchange, "CREATE-11" if self._removed else "CREATE-07", "VALID-16")

    def _delete_governance(self, _: None) -> Iterator[Violation]:
        present = {
            component: shown for component in COMPONENTS if (shown := component_of(self._shown, component)) is not None
        }
        exchange = self._unit.target.call(DELETE_GOVERNANCE, path=self._unit.path)
        if not present:
            yield from violation_of("LIFE-05", expect.status, exchange, 404)
            yield from self._unchanged(exchange, "LIFE-05")
            return
        yield from violation_of("LIFE-04", expect.status, exchange, 200)
        fetched = self._unit.fetch()
        self._shown = require_unit_in(fetched)
        self._removed |= present
        for component in present:
            yield from violation_of("LIFE-04", expect.absent, self._shown, component, fetched)

    def _rename(self, _: None) -> Iterator[Violation]:
        """Rename the unit: its governance is unchanged."""
        body = {"name": self._run.units.new_name()}
        exchange = self._unit.target.call(RENAME_UNIT, body, path=self._unit.path)
        before, self._shown = self._shown, self._unit.read()
        if exchange.ok:
            wanted = {**before, **body}
            yield from violation_of(
                "LIFE-06", expect.same, wanted, self._shown, "the unit", exchange, without=("updated_at", "config_hash")
            )

    def _update_neighbour(self, body: Body) -> Iterator[Violation]:
        assert self._neighbour is not None  # only drawn with units of the run
        exchange = self._neighbour.put(body)
        self._neighbour_shown = self._neighbour.read()
        yield from self._unchanged(exchange, "UPDATE-11")

    def _read_neighbour(self, _: None) -> Iterator[Violation]:
        """Expect that the steps have not changed the other unit."""
        if self._neighbour and self._neighbour_shown is not None:
            fetched = self._neighbour.fetch()
            yield from violation_of("UPDATE-11", expect.unchanged_in, self._neighbour, self._neighbour_shown, fetched)


@pytest.mark.rule(*_RULES)
@pytest.mark.property
@pytest.mark.units(3)
def test_each_step_of_a_sequence_does_what_the_contract_says(
    run: Run, unit: Unit, create_unit: Callable[..., Unit]
) -> None:
    run.target.require(UPDATE_GOVERNANCE)
    neighbour = None if Need.OWN_UNITS in run.missing else create_unit()
    if neighbour:
        neighbour.put({"budget": BUDGET, "rate_limit": RATE_LIMIT})

    def check(steps: list[GovernanceStep]) -> Generator[Violation]:
        judge = SequenceJudge(run, run.units.create() if neighbour else unit, neighbour)
        return judge.judge([*steps, GovernanceStep(GovernanceStepKind.READ_NEIGHBOUR)])

    judge_all(run, sequences(run.target.contract, _kinds(run)), check, max_shrinks=_MOST_SHRINKS)
