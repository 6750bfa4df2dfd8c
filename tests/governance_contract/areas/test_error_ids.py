"""ERROR as properties: any id that no unit has, any near miss of an id, any octets in its place, and any taken name."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import strategies as st

from ..checks import expect
from ..checks.inputs.sample_settings import BUDGET, permitted_body
from ..checks.inputs.strategies import updates_with_one_bad_value
from ..checks.inputs.texts import has_only_letters, is_plain, longest_name, plain_punctuation, texts
from ..checks.properties import for_all, judge_all
from ..checks.run_protocol import Run
from ..checks.update_effects import violation_of
from ..checks.violation import Violation, wrong_status
from ..contract.operation import Operation
from ..contract.operation_ids import CREATE_GOVERNANCE, CREATE_UNIT, GET_UNIT, RENAME_UNIT, UPDATE_GOVERNANCE
from ..contract.rules import Need
from ..target.exchange import Exchange
from ..target.target import Target
from ..target.unit import NO_SUCH_TEAM, Unit

_LONGEST_ID, _VERY_LONG = 200, 4000
_SHORTEST_ID_TO_CHANGE = 9
"""The change of a shorter id could give the id of another client's unit."""
_SEPARATORS = "/\\"
"""A router may decode these before it splits the path, so another operation would be addressed."""
_NOT_FOUND, _MALFORMED, _TOO_LONG = 404, 400, (414, 431)


def _needing_a_unit(target: Target) -> list[Operation]:
    operations = target.contract.operations.values()
    return [operation for operation in operations if operation.needs_unit and target.serves(operation.id)]


def _send(operation: Operation, unit: Unit, body: Any = None, raw: bytes | None = None) -> Exchange:
    """Send a permitted request for an operation, or one with another body."""
    path = {"team_id": NO_SUCH_TEAM, **unit.path}
    return unit.target.call(operation.id, body or permitted_body(operation.id), raw=raw, path=path)


class Neighbour:
    """A real unit beside the ids that no unit has. No request of these tests may change it."""

    def __init__(self, run: Run, unit: Unit) -> None:
        """Give the unit a budget."""
        self._run = run
        self.unit, self._before = unit, unit.prepare_state(budget=BUDGET)

    def unchanged(self, exchange: Exchange, rule: str) -> Iterator[Violation]:
        """Yield a violation if the unit has changed; then take a new one."""
        violation = expect.find_change(self.unit, self._before, exchange, rule=rule)
        if violation is not None:
            yield violation
            if Need.OWN_UNITS not in self._run.missing:
                self._run.units.delete(self.unit)
                self.unit = self._run.units.create()
            self._before = self.unit.prepare_state(budget=BUDGET)

    def delete(self) -> None:
        """Delete the unit, if the run created it."""
        self._run.units.delete(self.unit)


# -- ids that no unit has -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Unknown:
    """A request for a unit that does not exist."""

    operation: Operation
    unit_id: str
    bad_body: bytes | None


def _unknown(run: Run) -> st.SearchStrategy[Unknown]:
    """Return requests with ids of any text around the prefix of the run, so that no unit has them."""
    any_text = texts(_LONGEST_ID // 2) | plain_punctuation()
    parts = any_text.map(lambda text: "".join("-" if c in _SEPARATORS else c for c in text))
    ids = st.builds(lambda before, after: f"{before}{run.units.prefix}{after}", st.just("") | parts, parts)
    long = st.integers(_LONGEST_ID, _VERY_LONG).map(lambda length: run.units.prefix + "x" * length)

    def bodies(operation: Operation) -> st.SearchStrategy[bytes | None]:
        if operation.id not in (UPDATE_GOVERNANCE, CREATE_GOVERNANCE):
            return st.none()
        return st.none() | updates_with_one_bad_value(run.target.contract, operation.id) | st.binary(max_size=9)

    operations = _needing_a_unit(run.target)
    # These are drawn more often, for the sake of their bodies.
    operations += [candidate for candidate in operations if candidate.id in (UPDATE_GOVERNANCE, CREATE_GOVERNANCE)] * 3
    return st.sampled_from(operations).flatmap(
        lambda operation: st.builds(Unknown, st.just(operation), st.one_of(ids, ids, ids, long), bodies(operation))
    )


def _accepted_statuses(unit_id: str) -> tuple[int, ...]:
    """Return the permitted statuses for an id that no unit has: 404, and others if a server may refuse the id."""
    return (
        _NOT_FOUND,
        *(() if is_plain(unit_id) or has_only_letters(unit_id) else (_MALFORMED,)),
        *(_TOO_LONG if len(unit_id) > _LONGEST_ID else ()),
    )


@pytest.mark.rule("ERROR-01", "ERROR-10")
@pytest.mark.property
def test_no_operation_finds_an_unknown_id(run: Run, unit: Unit) -> None:
    neighbour = Neighbour(run, unit)

    def check(unknown: Unknown) -> Generator[Violation]:
        nowhere, rule = Unit(run.target, unknown.unit_id, None), "ERROR-10" if unknown.bad_body else "ERROR-01"
        exchange = _send(unknown.operation, nowhere, raw=unknown.bad_body or None)
        accepted = {*_accepted_statuses(unknown.unit_id), *([_MALFORMED] if unknown.bad_body else [])}
        yield from violation_of(rule, expect.status, exchange, *sorted(accepted))
        if unknown.operation.writes:
            yield from violation_of(rule, expect.status, nowhere.fetch(), *_accepted_statuses(unknown.unit_id))
            yield from neighbour.unchanged(exchange, rule)

    judge_all(run, _unknown(run), check)
    neighbour.delete()


# -- near misses of an id -------------------------------------------------------------------------------------------

_ONE_REPLACED = "a pattern in place of a character"
_PART_OR_PATTERN: dict[str, Callable[[str, int, str], str]] = {
    "the beginning": lambda text, at, _: text[: max(len(text) // 2, at)],
    "the end": lambda text, at, _: text[-max(len(text) // 2, at) :],
    _ONE_REPLACED: lambda text, at, character: text[:at] + character + text[at + 1 :],
    "a pattern in place of the end": lambda text, at, character: text[: max(len(text) // 2, at)] + character,
    "a pattern beside it": lambda text, at, character: text + character,
    "a condition": lambda text, at, character: f"{text}' OR '{at}'='{at}",
}
_INEXACT: dict[str, Callable[[str, int, str], str]] = {
    "the other case": lambda text, at, _: text[:at] + text[at:].swapcase(),
    "something before it": lambda text, at, character: character + text,
    "something after it": lambda text, at, character: text + character,
    "something within it": lambda text, at, character: text[:at] + character + text[at:],
    "an encoded character": lambda text, at, _: f"{text[:at]}%{ord(text[at]) % 256:02X}{text[at + 1 :]}",
    "wide characters": lambda text, at, _: text[:at] + "".join(map(_wide, text[at:])),
    "decomposed letters": lambda text, at, _: unicodedata.normalize("NFD", text),
    "without its hyphens": lambda text, at, _: text.replace("-", ""),
    "in braces": lambda text, at, _: f"{{{text}}}",
    "as a URN": lambda text, at, _: f"urn:uuid:{text}",
    "doubled": lambda text, at, _: text + text,
    "the id twice, with a comma": lambda text, at, _: f"{text},{text}",
}
# Blanks, control and invisible characters, and characters that end a text in some layer.
_BESIDE = (" ", "\t", "\n", "\x00", "\u00a0", "\u200b", "\u00ad", "\u0301", "\ufeff", ";", ";a=b", "#", "?", *"0+-")
_WILDCARDS = ("%", "_", "*", "?", ".*", "[^/]")


def _wide(character: str) -> str:
    return chr(ord(character) + 0xFEE0) if "!" <= character <= "~" else character


@dataclass(frozen=True)
class NearMiss:
    """How an id is made of that of a real unit."""

    kind: str
    at: int
    character: str

    @property
    def rule(self) -> str:
        """The rule that forbids that the id addresses the unit."""
        return "ERROR-11" if self.kind in _PART_OR_PATTERN else "ERROR-12"

    def of(self, unit_id: str) -> str | None:
        """Return the id, or None if it might be the id of another unit."""
        made = {**_PART_OR_PATTERN, **_INEXACT}[self.kind](unit_id, self.at % len(unit_id), self.character)
        is_short = len(unit_id) < _SHORTEST_ID_TO_CHANGE
        return (
            None
            if made == unit_id or (is_short and ((made.isascii() and made.isalnum()) or self.rule == "ERROR-11"))
            else made
        )


def _near_misses() -> st.SearchStrategy[NearMiss]:
    other = st.characters(exclude_categories=["Cs", "L", "N"], exclude_characters=f"{_SEPARATORS}.")
    beside = st.sampled_from(_BESIDE) | other
    patterns = st.just(_ONE_REPLACED) | st.sampled_from([*_PART_OR_PATTERN])
    return st.one_of(
        st.builds(NearMiss, patterns, st.integers(0, 40), st.sampled_from(_WILDCARDS)),
        st.builds(NearMiss, st.sampled_from([*_INEXACT]), st.integers(0, 40), beside),
    )


@pytest.mark.rule("ERROR-11", "ERROR-12")
@pytest.mark.property
def test_no_operation_takes_a_near_miss_for_an_id(run: Run, unit: Unit) -> None:
    neighbour = Neighbour(run, unit)
    is_own = Need.OWN_UNITS not in run.missing and len(unit.id) >= _SHORTEST_ID_TO_CHANGE
    # Where the unit of another client could be addressed, the requests change nothing.
    harmless = [
        needing for needing in _needing_a_unit(run.target) if is_own or needing.id in (GET_UNIT, UPDATE_GOVERNANCE)
    ]

    def check(values: list[tuple[Operation, NearMiss]]) -> Generator[Violation]:
        for operation, miss in values:
            unit_id = miss.of(neighbour.unit.id)
            if unit_id is None:
                continue
            body = {"name": run.units.new_name()} if operation.id == RENAME_UNIT else None
            raw = None if is_own or operation.id == GET_UNIT else b"{}"
            exchange = _send(operation, Unit(run.target, unit_id, None), body, raw)
            yield from violation_of(miss.rule, expect.status, exchange, _NOT_FOUND, _MALFORMED)
            if operation.writes:
                yield from neighbour.unchanged(exchange, miss.rule)

    judge_all(run, st.lists(st.tuples(st.sampled_from(harmless), _near_misses()), min_size=3, max_size=5), check)
    neighbour.delete()


# -- octets in place of an id ---------------------------------------------------------------------------------------


# A lone octet, cut and overlong UTF-8 sequences, a surrogate, a character beyond Unicode, and a control character.
_NOT_TEXT = ("%FF", "%C3%28", "%F0%9F%98", "%C0%AE", "%ED%A0%80", "%F4%90%80%80", "%00")


def _octets() -> st.SearchStrategy[str]:
    """Return percent-encoded octets, most of them no UTF-8."""
    octet = st.integers(0, 255).filter(lambda octet: chr(octet) not in _SEPARATORS).map(lambda octet: f"%{octet:02X}")
    return st.lists(octet | st.sampled_from(_NOT_TEXT), min_size=1, max_size=6).map("".join)


@pytest.mark.rule("ERROR-06")
@pytest.mark.property
def test_no_octets_in_an_id_cause_a_server_error(run: Run, unit: Unit) -> None:
    expect.succeeded(unit.fetch())
    target = run.target

    def check(values: tuple[Operation, str]) -> None:
        operation, octets = values
        location = operation.path.replace("{id}", f"{run.units.prefix}{octets}")
        location = location.replace("{team_id}", NO_SUCH_TEAM)
        body = permitted_body(operation.id)
        raw = None if body is None else json.dumps(body).encode()
        exchange = target.send(operation.method, location, raw, operation=operation)
        expect.no_failure(exchange)
        if exchange.ok:
            raise wrong_status("a refusal (404)", exchange, (404,), rule="ERROR-01")

    for_all(st.tuples(st.sampled_from(_needing_a_unit(target)), _octets()), check)


# -- conflicts over any name ----------------------------------------------------------------------------------------


@pytest.mark.rule("ERROR-02")
@pytest.mark.property
def test_the_conflict_over_any_name_has_an_error_body(run: Run) -> None:
    """`checks.every_response` judges the body. LIFE rules judge whether names are accepted, and the status."""
    if Need.OWN_UNITS in run.missing:
        pytest.skip(run.missing[Need.OWN_UNITS])
    prefix = f"{run.units.new_name()}-Taken"

    def check(text: str) -> None:
        body = {"name": prefix + text}
        created = [run.units.register(run.target.call(CREATE_UNIT, body)) for _ in range(2)]
        for unit in filter(None, created):
            run.units.delete(unit)

    for_all(texts(longest_name(run.target.contract) - len(prefix)) | plain_punctuation(), check, divide_by=2)
