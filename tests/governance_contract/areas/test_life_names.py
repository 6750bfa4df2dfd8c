"""LIFE, names of units as a property: creations, renames and deletions with generated names, compared with a model."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import pytest
from hypothesis import strategies as st

from ..checks import expect
from ..checks.generation import current_generation
from ..checks.inputs.sample_settings import BUDGET, permitted_body
from ..checks.inputs.texts import JSON_STRINGS, has_only_letters, letters, longest_name, texts
from ..checks.list_model import loosely
from ..checks.properties import judge_all
from ..checks.run_protocol import Run
from ..checks.steps import StepJudge
from ..checks.update_effects import violation_of
from ..checks.violation import Violation, still_present, wrong_status
from ..contract.components import COMPONENTS
from ..contract.operation_ids import DELETE_UNIT, GET_UNIT, LIST_UNITS, RENAME_UNIT
from ..target.exchange import Exchange, unit_in
from ..target.target import Target
from ..target.unit import NO_SUCH_TEAM, Unit, component_of

# fmt: off
_RULES = (
    "LIFE-01", "LIFE-02", "LIFE-03", "LIFE-06", "LIFE-07", "LIFE-13", "LIFE-14", "LIFE-15", "LIFE-16", "LIFE-17",
    "LIFE-18",
)
# fmt: on
_NAMES = 4
_DIVIDE_BY = 3
"""Divides the number of examples, because each example has several steps."""
_MOST_STEPS, _STEPS_OF_A_QUICK_RUN = 6, 1
_MOST_SHRINKS = 15
_LENGTH_OF_MARKER = 50
_LIKENESSES = ("none", "none", "the same beginning", "the same words", "the same letters")
"""What two of the names have in common."""
_LENGTH_OF_BEGINNING = 80


class NameStepKind(StrEnum):
    """What a step does, in the words of a violation."""

    CREATE = "create"
    RENAME = "rename"
    RENAME_UNKNOWN = "rename an unknown unit"
    GIVE_BACK = "rename to its own name, take the name, delete, and take the name again"
    INHERIT = "set governance, delete, and rename another unit to the name"
    CHAIN = "rename to each free name, and give away the earlier ones"
    DELETE = "delete"
    UPDATE = "update"


@dataclass(frozen=True)
class NameStep:
    """One step: what is done, to which unit (counted modulo their number), and with which of the names."""

    kind: NameStepKind
    unit: int = 0
    name: int = 0

    def __str__(self) -> str:
        number = self.name if self.kind is NameStepKind.CREATE else f"unit {self.unit}, name {self.name}"
        return f"{self.kind} ({number})"


@dataclass
class NamedUnit:
    """A unit and its name."""

    unit: Unit
    name: int
    """The number of the name that it was given last."""
    shown: str
    """The name that the target showed last. Later steps must not change it."""
    had: set[int]
    """The names that it was given so far."""
    renamed: bool = False
    governed: bool = False
    """Whether its governance was set."""


class NameJudge(StepJudge[NameStep]):
    """Gives a few names to units and compares what the target does with what the contract says."""

    def __init__(self, run: Run, endings: Sequence[str], write: Callable[[str], str]) -> None:
        """Make names that no other unit has. ``write`` writes them in JSON.

        Two names in a row end in the same number, and differ in the text before it alone.
        """
        super().__init__()
        self._run, self._target, self._write = run, run.target, write
        self._marker = run.units.joined(run.units.new_name(), "Name")
        self._names = []
        for number, ending in enumerate(endings):
            differs = number % 2 and loosely(ending) != loosely(endings[number - 1])
            end = run.units.joined("", str(number - 1 if differs else number))
            self._names.append(f"{self._marker}{ending}{end}")
        self._live: list[NamedUnit] = []
        self._freed: dict[int, str] = {}
        """Names that became free again, each with the rule that its refusal breaks."""
        self._unusable: set[int] = set()
        """Names that the target refused or changed. Only the first violation of each is of interest."""
        self._actions: dict[NameStepKind, Callable[[NameStep], Iterator[Violation]]] = {
            NameStepKind.CREATE: self._create,
            NameStepKind.RENAME: self._rename,
            NameStepKind.RENAME_UNKNOWN: self._rename_unknown,
            NameStepKind.CHAIN: self._chain,
            NameStepKind.GIVE_BACK: self._give_back,
            NameStepKind.INHERIT: self._inherit,
            NameStepKind.DELETE: self._delete,
            NameStepKind.UPDATE: self._update,
        }

    def take(self, step: NameStep) -> Iterator[Violation]:
        """Give a name, or free it, as the step says."""
        return self._actions[step.kind](step)

    def delete(self) -> None:
        """Delete the units."""
        for named in self._live:
            self._run.units.delete(named.unit)

    # -- steps ----------------------------------------------------------------------------------------------------

    def _create(self, step: NameStep) -> Iterator[Violation]:
        """Create a unit: a conflict if another unit has the name."""
        if step.name in self._unusable:
            return
        holder = next((other for other in self._live if other.name == step.name), None)
        exchange = self._run.units.send_creation(self._names[step.name], raw=self._body(step.name))
        unit = self._run.units.register(exchange)
        if holder is not None:
            yield from violation_of("LIFE-17" if holder.renamed else "LIFE-02", expect.status, exchange, 409)
            if unit is not None:
                self._run.units.delete(unit)
            yield from self._keeps(holder, "LIFE-02", holder.unit.fetch())
        elif unit is None:
            yield from self._refusal(step.name, exchange)
        else:
            created = NamedUnit(unit, step.name, self._names[step.name], {step.name})
            self._live.append(created)
            self._freed.pop(step.name, None)
            yield from self._has_new_name(created, _rule_of(self._names[step.name]), exchange)

    def _refusal(self, number: int, exchange: Exchange) -> Iterator[Violation]:
        """Yield the violation that a free name is refused. A refused name creates nothing."""
        name, rule = self._names[number], _rule_of(self._names[number])
        self._unusable.add(number)
        yield wrong_status(f"success with {name!r}", exchange, (200,), rule=self._freed.get(number, rule))
        listing = self._listing()
        if listing is not None and name in _names_by_id(listing).values():
            yield still_present(f"no unit with the refused name {name!r}", "one is listed", listing, rule=rule)

    def _rename(self, step: NameStep) -> Iterator[Violation]:
        """Rename a unit: a conflict if another unit has the name."""
        if not self._live or step.name in self._unusable:
            return
        named = self._live[step.unit % len(self._live)]
        taken = any(unit.name == step.name and unit is not named for unit in self._live)
        exchange = self._target.call(RENAME_UNIT, raw=self._body(step.name), path=named.unit.path)
        if taken:
            yield from violation_of("LIFE-07", expect.status, exchange, 409)
            yield from self._keeps(named, "LIFE-07", named.unit.fetch())
            yield from self._create(NameStep(NameStepKind.CREATE, name=named.name))  # its own name is still in use
            return
        yield from violation_of("LIFE-18" if step.name == named.name else "LIFE-06", expect.succeeded, exchange)
        if exchange.ok:
            before = named.name
            named.name = step.name
            yield from self._has_new_name(named, "LIFE-06", exchange)
            if step.name in self._unusable:
                named.name = before
            elif step.name != before:
                named.renamed = True
                named.had.add(step.name)
                self._freed.pop(step.name, None)
                self._freed[before] = "LIFE-06"

    def _rename_unknown(self, step: NameStep) -> Iterator[Violation]:
        """Give a name to a unit that does not exist, which leaves the name free. ERROR-01 judges the refusal."""
        nowhere = self._run.units.nowhere()
        exchange = self._target.call(RENAME_UNIT, raw=self._body(step.name), path=nowhere.path)
        created = self._run.units.register(exchange)
        if created is not None:
            self._run.units.delete(created)
            self._unusable.add(step.name)
        elif step.name in self._free():
            self._freed.setdefault(step.name, "LIFE-06")
            yield from self._create(step)

    def _chain(self, step: NameStep) -> Iterator[Violation]:
        """Rename a unit to each free name in turn, then create units with the names that it gave up."""
        if not self._live:
            return
        at = step.unit % len(self._live)
        free, given_up = self._free(), [self._live[at].name]
        for name in free:
            yield from self._rename(NameStep(NameStepKind.RENAME, at, name))
            given_up.append(name)
        for name in given_up[:-1]:
            if name in self._free():
                yield from self._create(NameStep(NameStepKind.CREATE, name=name))

    def _give_back(self, _: NameStep) -> Iterator[Violation]:
        """Rename a unit to its own name, which stays in use until the unit is deleted."""
        if not self._live:
            return
        at = max(range(len(self._live)), key=lambda at: self._live[at].renamed)
        name = self._live[at].name
        if self._target.serves(RENAME_UNIT):
            yield from self._rename(NameStep(NameStepKind.RENAME, at, name))
            if len(self._live) > 1:
                # A conflict with the name of another unit.
                yield from self._rename(NameStep(NameStepKind.RENAME, at + 1, name))
        yield from self._create(NameStep(NameStepKind.CREATE, name=name))
        self._govern(self._live[at])
        yield from self._delete(NameStep(NameStepKind.DELETE, at))
        yield from self._create(NameStep(NameStepKind.CREATE, name=name))
        yield from self._create(NameStep(NameStepKind.CREATE, name=name))  # a conflict again

    def _inherit(self, step: NameStep) -> Iterator[Violation]:
        """Rename a unit without governance to the name of a deleted unit that had some."""
        if (len(self._live) == 1 or all(unit.governed for unit in self._live)) and (free := self._free()):
            yield from self._create(NameStep(NameStepKind.CREATE, name=free[0]))
        heir = next((unit for unit in self._live if not unit.governed), None)
        others = [unit for unit in self._live if unit is not heir]
        if heir is None or not others or not self._target.serves(RENAME_UNIT):
            return
        former = others[step.unit % len(others)]
        self._govern(former)
        yield from self._delete(NameStep(NameStepKind.DELETE, self._live.index(former)))
        if former.name in self._free():
            yield from self._rename(NameStep(NameStepKind.RENAME, self._live.index(heir), former.name))

    def _delete(self, step: NameStep) -> Iterator[Violation]:
        """Delete a unit: a read and other operations on it are answered 404, and its names are free."""
        if not self._live:
            return
        named = self._live[step.unit % len(self._live)]
        exchange = self._target.call(DELETE_UNIT, path=named.unit.path)
        yield from violation_of("LIFE-03", expect.succeeded, exchange)
        if not exchange.ok:
            return
        self._live.remove(named)
        served = [one.id for one in self._target.contract.operations.values() if one.needs_unit]
        served = [one for one in served if self._target.serves(one)]
        for operation_id in {GET_UNIT, *served[len(self._taken) % 3 :: 3]} & set(served):
            path = {"team_id": NO_SUCH_TEAM, **named.unit.path}
            late = self._target.call(operation_id, permitted_body(operation_id), path=path)
            yield from violation_of("LIFE-03", expect.status, late, 404)
        self._freed |= dict.fromkeys(named.had & set(self._free()), "LIFE-16")

    def _update(self, step: NameStep) -> Iterator[Violation]:
        """Update the governance of a unit, which leaves its name unchanged."""
        if self._live:
            named = self._live[step.unit % len(self._live)]
            for exchange in (self._govern(named), named.unit.fetch()):
                yield from self._keeps(named, "LIFE-13", exchange)

    def _govern(self, named: NamedUnit) -> Exchange:
        """Give a unit a budget."""
        exchange = named.unit.put({"budget": BUDGET})
        named.governed = True
        return exchange

    def _free(self) -> list[int]:
        """Return the names that no unit has and that the target accepts, as far as it is known."""
        in_use = {unit.name for unit in self._live} | self._unusable
        return [number for number in range(len(self._names)) if number not in in_use]

    # -- expectations ---------------------------------------------------------------------------------------------

    def _body(self, number: int) -> bytes:
        return f'{{"name": {self._write(self._names[number])}}}'.encode()

    def _has_new_name(self, named: NamedUnit, rule: str, response: Exchange) -> Iterator[Violation]:
        """Expect that the response, a read and the list show the name that a unit was given."""
        named.shown = self._names[named.name]
        fetched = named.unit.fetch()
        yield from violation_of(rule, expect.succeeded, fetched)
        violations = [*self._keeps(named, rule, response), *self._keeps(named, rule, fetched)]
        yield from violations[:1]
        yield from self._has_no_other_governance(named, rule, fetched)
        named.shown = (unit_in(fetched) or {}).get("name", named.shown)
        if named.shown != self._names[named.name]:
            self._unusable.add(named.name)
        listing = self._listing()
        if listing is not None:
            listed = _names_by_id(listing).get(named.unit.id, named.shown)  # LIST-01 judges whether it is listed
            if listed != named.shown:
                yield Violation(f"the name {named.shown!r} in the list", repr(listed), listing, rule=rule)

    def _has_no_other_governance(self, named: NamedUnit, rule: str, fetched: Exchange) -> Iterator[Violation]:
        """Expect that a unit whose governance was never set has none, whatever an earlier unit with its name had."""
        shown = [component for component in COMPONENTS if component_of(unit_in(fetched), component) is not None]
        if shown and not named.governed:
            rule = rule if rule == "LIFE-06" else "LIFE-01"
            yield still_present(
                f"the unit {named.shown!r} without governance", f"with {shown}"[:300], fetched, rule=rule
            )
            named.governed = True

    def _keeps(self, named: NamedUnit, rule: str, exchange: Exchange) -> Iterator[Violation]:
        """Expect that a response shows the name that the unit has. A failed request shows none."""
        shown = (unit_in(exchange) or {}).get("name", named.shown) if exchange.ok else named.shown
        if shown != named.shown:
            yield Violation(f"the name {named.shown!r}", repr(shown), exchange, rule=rule)

    def _listing(self) -> Exchange | None:
        """List the units of this example, if the target serves the list."""
        if not self._target.serves(LIST_UNITS):
            return None
        limit = self._target.contract.pages(LIST_UNITS).limit_bounds.most
        return self._target.call(LIST_UNITS, query={"search": self._marker, "limit": limit})


def _names_by_id(listing: Exchange) -> dict[Any, Any]:
    return {entry.get("id"): entry.get("name") for entry in listing.entries("business_units")}


def _rule_of(name: str) -> str:
    """Return the rule that requires that a name is accepted and stored unchanged."""
    return "LIFE-14" if has_only_letters(name) else "LIFE-15"


def _alike(text: str, other: str, likeness: str, longest: int) -> tuple[str, str]:
    """Return two texts that a target may take for equal although they differ beyond doubt, or the given ones."""
    match likeness:
        case "the same beginning":
            beginning = (text * _LENGTH_OF_BEGINNING)[: min(_LENGTH_OF_BEGINNING, longest - 1)]
            return f"{beginning}a", f"{beginning}b"
        case "the same words":
            return text, " ".join(reversed(text.split(" ")))
        case "the same letters":
            return text, text[::-1]
        case _:
            return text, other


_FIRST = (NameStep(NameStepKind.CREATE), NameStep(NameStepKind.CREATE))


def _steps(target: Target) -> st.SearchStrategy[list[NameStep]]:
    """Return steps that begin with two creations with the same name, and end with the reuse of a deleted name."""
    numbers = st.integers(0, _NAMES - 1)
    renames = (
        [NameStepKind.RENAME, NameStepKind.RENAME, NameStepKind.CHAIN, NameStepKind.RENAME_UNKNOWN]
        if target.serves(RENAME_UNIT)
        else []
    )
    kinds = st.sampled_from(
        [NameStepKind.CREATE, NameStepKind.CREATE, *renames, NameStepKind.DELETE, NameStepKind.UPDATE]
    )
    count = _MOST_STEPS if current_generation().profile.every_case else _STEPS_OF_A_QUICK_RUN
    drawn = st.lists(st.builds(NameStep, kinds, numbers, numbers), min_size=count // 2, max_size=count)
    last = st.lists(st.builds(NameStep, st.just(NameStepKind.INHERIT), numbers), max_size=1)
    return st.builds(lambda steps, last: [*_FIRST, *steps, *last, NameStep(NameStepKind.GIVE_BACK)], drawn, last)


@pytest.mark.rule(*_RULES)
@pytest.mark.property
@pytest.mark.units(4)
def test_any_names_are_kept_and_freed_as_a_plain_model_says(run: Run) -> None:
    def check(values: tuple[tuple[str, ...], Callable[[str], str], list[NameStep], str]) -> Generator[Violation]:
        endings, write, steps, likeness = values
        names = [*endings[:2], *_alike(endings[2], endings[3], likeness, longest)]
        return NameJudge(run, names, write).judge(steps)

    longest = longest_name(run.target.contract) - _LENGTH_OF_MARKER
    endings = st.tuples(*[letters() | texts(longest)] * _NAMES)
    values = st.tuples(endings, st.sampled_from(JSON_STRINGS), _steps(run.target), st.sampled_from(_LIKENESSES))
    judge_all(run, values, check, divide_by=_DIVIDE_BY, max_shrinks=_MOST_SHRINKS)
