"""VALID, names of units as a property: any blank name and any name that is too long is refused."""

from __future__ import annotations

import json
from collections.abc import Generator, Iterator

import pytest
from hypothesis import strategies as st

from ..checks import expect
from ..checks.inputs.texts import JSON_STRINGS, letters, texts
from ..checks.properties import judge_all
from ..checks.run_protocol import Run
from ..checks.update_effects import violation_of
from ..checks.violation import Violation, still_present
from ..contract.operation_ids import CREATE_UNIT, DELETE_UNIT, LIST_UNITS, RENAME_UNIT
from ..target.exchange import Exchange
from ..target.run_units import search_units
from ..target.target import Target
from ..target.unit import Unit

# White space in the sense of Unicode and of regular expressions alike.
_BLANKS = " \t\n\r\u000b\u000c\u00a0\u1680\u2000\u2003\u2009\u2028\u202f\u205f\u3000"
_SURPLUS = 60


def _bad_endings(longest: int) -> st.SearchStrategy[str]:
    """Return texts that make a name too long, given the length of the rest that the contract permits."""
    text = st.one_of(letters(), texts(longest), st.text(st.sampled_from(" -é"), min_size=1))
    length = st.integers(longest + 1, longest + _SURPLUS)
    return st.builds(lambda text, length: (text * length)[: length - 1] + "x", text, length)


def _units_of_refusal(run: Run, beginning: str, exchange: Exchange) -> Iterator[Violation]:
    """Yield a violation if a unit exists whose name begins as a refused one, and delete it. A target may cut names."""
    if not run.target.serves(LIST_UNITS):
        return
    for entry in search_units(run.target, beginning).entries("business_units"):
        if str(entry.get("name")).startswith(beginning):
            got = f"one with the name {entry['name']!r}"[:300]
            yield still_present("no business unit created", got, exchange, rule="VALID-16")
            run.target.call(DELETE_UNIT, path={"id": str(entry.get("id"))})


@pytest.mark.rule("VALID-22")
@pytest.mark.property
def test_any_blank_or_too_long_name_is_refused(run: Run, unit: Unit) -> None:
    operations = [CREATE_UNIT]
    if run.target.serves(RENAME_UNIT):
        operations.append(RENAME_UNIT)
        expect.succeeded(run.target.call(RENAME_UNIT, {"name": run.units.new_name()}, path=unit.path))
    before, prefix = unit.read(), f"{run.units.new_name()}-"
    names = _forbidden_names(run.target, prefix)
    if not names:
        pytest.skip("the contract in use permits names of any length, also blank ones")

    def check(values: tuple[str, str, int]) -> Generator[Violation]:
        operation_id, name, form = values
        raw = f'{{"name": {JSON_STRINGS[form](name)}}}'.encode()
        exchange = run.target.call(operation_id, raw=raw, path=unit.path)
        yield from violation_of("VALID-22", expect.status, exchange, 400)
        if operation_id == CREATE_UNIT:
            created = run.units.register(exchange)
            if created is not None:
                run.units.delete(created)
            elif not exchange.ok:
                yield from _units_of_refusal(run, prefix, exchange)
        elif not exchange.ok and (changed := expect.find_change(unit, before, exchange, rule="VALID-22")):
            yield changed

    forms = st.integers(0, len(JSON_STRINGS) - 1)
    judge_all(run, st.tuples(st.sampled_from(operations), st.one_of(names), forms), check)


def _forbidden_names(target: Target, prefix: str) -> list[st.SearchStrategy[str]]:
    """Return strategies for the kinds of names that the contract forbids. Long names have the prefix."""
    kinds = []
    for example, strategy in (("", st.just("")), (" ", st.text(st.sampled_from(_BLANKS), min_size=3, max_size=12))):
        if not target.operation(CREATE_UNIT).permits(json.dumps({"name": example}).encode()):
            kinds.append(strategy)
    if longest := target.contract.longest_name:
        kinds.append(_bad_endings(longest - len(prefix)).map(lambda ending: prefix + ending))
    return kinds
