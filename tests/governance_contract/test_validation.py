"""VALID: requests that must be refused, and that leave everything as it was."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from typing import Any

import pytest

from . import expect
from .connections import Oddity
from .exchange import Exchange
from .expect import Violation
from .plugin import Judge
from .samples import BUDGET, OTHER_BUDGET, OTHER_RATE_LIMIT, RATE_LIMIT, SETTINGS
from .search import for_all
from .strategies import (
    breaks_schema,
    broken_in_each_way,
    documented_units,
    forbidden_bodies,
    settable,
    spoilt_updates,
)
from .target import Target, Unreachable
from .units import Unit, Units

_PUT = "updateBusinessUnitGovernance"
_POST = "createBusinessUnitGovernance"

# Values of each JSON type. Null is left open, and so is 1.0 where a whole number is wanted.
_OF_TYPE: dict[str, list[Any]] = {
    "string": ["", "7", "1d", "true", "null"],
    "number": [0, 1, 7, -3],
    "boolean": [True, False],
    "array": [[], [1], [{}]],
    "object": [{}, {"value": 7}],
}
_NOT_JSON: dict[str, list[bytes]] = {
    "cut short": [b"{", b'{"budget": {}', b'{"budget": {"max_limit": 5, "reset_duration": "1M"}', b'{"budget', b'"'],
    "more after it": [b"{} {}", b"{}x", b"{}]", b'{"budget": {"max_limit": 5, "reset_duration": "1M"}};'],
    "names without quotes": [b"{budget: {}}", b'{budget: {"max_limit": 5, "reset_duration": "1M"}}'],
    "single quotes": [b"{'budget': {}}", b"{'budget': {'max_limit': 5, 'reset_duration': '1M'}}"],
    "comments": [b"/* nothing */ {}", b'{"budget": {}} // gone', b'{"budget": {} # gone\n}'],
    "commas too many": [b'{"budget": {},}', b'{,"budget": {}}', b'{"budget": {},, "rate_limit": {}}'],
    "no value": [b" \n", b"budget", b"None", b"undefined", b"budget=7", b"<budget/>", b"\x00", b"]"],
    "no number": [
        b'{"budget": {"max_limit": ' + number + b', "reset_duration": "1M"}}'
        for number in (b"NaN", b"Infinity", b"-Infinity", b"007", b"+7", b".5", b"5.", b"0x10", b"1e", b"1_000")
    ],
}
_UNKNOWN_DURATIONS = ["", "1x", "d", "1D", "1W", "1y", "1 d", " 1d", "1d ", "daily", "P1M", "1mo", "60", "1d12h"]
_NO_DURATIONS = ["0s", "0d", "0M", "-1h", "-1d"]
_BEYOND_INT64 = [2**63, 2**64, 10**30, -(2**63) - 1, -(10**30)]
_HUGE = 2 * 1024 * 1024  # bytes
_DEEP = 2000
_LONGEST_NAME = 255


class Refuser:
    """A business unit to which bad bodies are sent, by an update or as first governance."""

    def __init__(self, judge: Judge, unit: Unit, operation_id: str) -> None:
        """Bring the unit into a state in which the operation could succeed."""
        self._judge, self._unit, self._operation_id = judge, unit, operation_id
        governed = operation_id == _PUT
        self._before = unit.establish(budget=BUDGET if governed else None, rate_limit=RATE_LIMIT if governed else None)

    def refuses(self, body: Any = None, *, raw: bytes | None = None, expected: Sequence[int] = (400,)) -> None:
        """Expect that a body is refused; what it changed all the same is for another rule to say."""
        exchange = self._send(body, raw)
        expect.status(exchange, *expected)
        self._nothing_changed(exchange)

    def refuses_each(self, bodies: Iterable[Any]) -> None:
        """Expect that each of some bodies, bytes as they are, is refused, and look once at what they changed."""
        sent = [body if isinstance(body, bytes) else json.dumps(body).encode() for body in bodies]
        exchanges = [expect.status(self._send(None, raw), 400) for raw in sent]
        try:
            expect.unchanged(self._unit, self._before, exchanges[-1], rule="VALID-16")
        except Violation:
            self._before = self._unit.read()
            for raw in sent:  # one of them it was
                self._nothing_changed(self._send(None, raw))

    def _send(self, body: Any, raw: bytes | None) -> Exchange:
        return self._unit.target.call(self._operation_id, body, raw=raw, path=self._unit.path)

    def _nothing_changed(self, exchange: Exchange) -> None:
        try:
            expect.unchanged(self._unit, self._before, exchange, rule="VALID-16")
        except Violation as violation:
            self._judge.observe_violation(violation)
            self._before = self._unit.read()


@pytest.fixture
def update(judge: Judge, unit: Unit) -> Refuser:
    """Updates of a unit that has both components."""
    return Refuser(judge, unit, _PUT)


@pytest.fixture(params=[_PUT, _POST])
def either(request: pytest.FixtureRequest, judge: Judge, unit: Unit) -> Refuser:
    """Updates, and first governance where the target serves its creation."""
    operation_id: str = request.param
    if not judge.target.serves(operation_id):
        pytest.skip(f"the target does not serve {operation_id}")
    return Refuser(judge, unit, operation_id)


def _with(target: Target, ending: str, values: Sequence[Any]) -> Iterator[dict[str, Any]]:
    """Yield complete components in which a field is spoilt, for each field whose name ends so."""
    for component, field in settable(target.contract):
        for value in values if field.endswith(ending) else ():
            yield {component: {**SETTINGS[component][1], field: value}}


def _counts(target: Target, values: Sequence[Any]) -> Iterator[dict[str, Any]]:
    yield from (body for body in _with(target, "max_limit", values) if "budget" not in body)


def _short_durations(target: Target) -> list[str]:
    facts = target.contract.resolve("#/components/schemas/UpdateBudgetRequest/properties/calendar_aligned")
    units = [unit for unit in documented_units(target.contract) if unit not in facts["x-calendar-alignment"]["units"]]
    return [f"{count}{unit}" for unit in units for count in (1, 20)] + ["1h30m"]


@pytest.mark.rule("VALID-01")
@pytest.mark.parametrize("kind", list(_OF_TYPE))
def test_a_wrong_type_is_refused(update: Refuser, target: Target, kind: str) -> None:
    components = dict(settable(target.contract))
    bodies = [{name: value} for name in components for value in _OF_TYPE[kind]]
    bodies += _with(target, "", _OF_TYPE[kind])
    update.refuses_each(body for body in bodies if breaks_schema(target.contract, _PUT, json.dumps(body).encode()))


@pytest.mark.rule("VALID-02")
@pytest.mark.parametrize("kind", [kind for kind in _OF_TYPE if kind != "object"])
def test_a_body_that_is_no_object_is_refused(update: Refuser, kind: str) -> None:
    update.refuses_each(_OF_TYPE[kind])


@pytest.mark.rule("VALID-03")
@pytest.mark.parametrize("kind", list(_NOT_JSON))
def test_a_body_that_is_not_json_is_refused(update: Refuser, kind: str) -> None:
    update.refuses_each(_NOT_JSON[kind])


@pytest.mark.rule("VALID-04")
def test_an_empty_body_is_refused(update: Refuser) -> None:
    update.refuses(raw=b"")


@pytest.mark.rule("VALID-04")
def test_a_missing_body_is_refused(update: Refuser) -> None:
    # Such a request names no media type either, which may be what is refused (RFC 9110 section 15.5.16).
    update.refuses(None, expected=(400, 415))


@pytest.mark.rule("VALID-05")
def test_a_negative_limit_is_refused(either: Refuser, target: Target) -> None:
    either.refuses_each(_with(target, "max_limit", [-1, -1_000_000]))
    either.refuses({"budget": {**OTHER_BUDGET, "max_limit": -0.01}})


@pytest.mark.rule("VALID-06")
def test_a_limit_of_zero_is_refused(either: Refuser, target: Target) -> None:
    either.refuses_each(_with(target, "max_limit", [0]))


@pytest.mark.rule("VALID-07")
def test_a_duration_in_no_known_form_is_refused(either: Refuser, target: Target) -> None:
    either.refuses_each(_with(target, "reset_duration", _UNKNOWN_DURATIONS))


@pytest.mark.rule("VALID-08")
def test_a_duration_of_zero_or_less_is_refused(either: Refuser, target: Target) -> None:
    either.refuses_each(_with(target, "reset_duration", _NO_DURATIONS))


@pytest.mark.rule("VALID-09")
def test_a_count_that_is_not_whole_is_refused(either: Refuser, target: Target) -> None:
    either.refuses_each(_counts(target, [1.5, 0.5, 99.999]))


@pytest.mark.rule("VALID-10")
def test_a_count_beyond_int64_is_refused(either: Refuser, target: Target) -> None:
    either.refuses_each(_counts(target, _BEYOND_INT64))


@pytest.mark.rule("VALID-11")
@pytest.mark.parametrize("stored", [None, BUDGET, {"max_limit": 3, "reset_duration": "1h"}], ids=["none", "1M", "1h"])
def test_alignment_needs_a_day(unit: Unit, target: Target, stored: dict[str, Any] | None) -> None:
    unit.establish(budget=stored)
    for duration in _short_durations(target):
        body = {"budget": {"max_limit": 5, "reset_duration": duration, "calendar_aligned": True}}
        expect.refuses_body(unit, (400,), lambda: unit.put(body))  # noqa: B023  called at once


@pytest.mark.rule("VALID-11")
def test_alignment_of_first_governance_needs_a_day(unit: Unit, target: Target) -> None:
    if not target.serves(_POST):
        pytest.skip(f"the target does not serve {_POST}")
    unit.establish()
    for duration in _short_durations(target):
        body = {"budget": {"max_limit": 5, "reset_duration": duration, "calendar_aligned": True}}
        expect.refuses_body(unit, (400,), lambda: target.call(_POST, body, path=unit.path))  # noqa: B023


@pytest.mark.rule("VALID-12")
def test_alignment_needs_a_stored_day(unit: Unit, target: Target) -> None:
    for duration in _short_durations(target):
        unit.establish(budget={"max_limit": 5, "reset_duration": duration})
        expect.refuses_body(unit, (400,), lambda: unit.put({"budget": {"max_limit": 6, "calendar_aligned": True}}))


@pytest.mark.rule("VALID-12")
def test_a_short_duration_needs_no_stored_alignment(unit: Unit, target: Target) -> None:
    unit.establish(budget=BUDGET)
    expect.succeeded(unit.put({"budget": {**BUDGET, "calendar_aligned": True}}))
    for duration in _short_durations(target):
        body = {"budget": {"reset_duration": duration}}
        expect.refuses_body(unit, (400,), lambda: unit.put(body))  # noqa: B023  called at once


@pytest.mark.rule("VALID-13")
@pytest.mark.parametrize(
    "raw",
    [
        b'{"note": "' + b"x" * _HUGE + b'"}',
        b'{"budget": {"max_limit": 5, "reset_duration": "' + b"9" * _HUGE + b'd"}}',
        b'{"note": ' + b"[" * _DEEP + b"]" * _DEEP + b"}",
        b'{"budget": ' + b'{"budget": ' * _DEEP + b"7" + b"}" * _DEEP + b"}",
    ],
    ids=["huge unknown member", "huge duration", "deep arrays", "deep objects"],
)
def test_a_huge_or_deep_body_does_no_harm(unit: Unit, raw: bytes) -> None:
    control = unit.look()
    expect.succeeded(control)
    # Nothing says how large a member that no schema names may be. The connection may be closed instead of an answer
    # (RFC 9110 section 15.5.14).
    with suppress(Unreachable):
        expect.status(unit.put(raw=raw), 200, 400, 413)
    _still_answers(unit, control)


@pytest.mark.rule("VALID-13")
def test_a_huge_body_is_not_taken_for_another(unit: Unit) -> None:
    """Accepted in full, or not at all."""
    before = unit.establish(budget=BUDGET)
    raw = json.dumps({"budget": OTHER_BUDGET, "note": "x" * _HUGE}).encode()
    try:
        exchange = unit.put(raw=raw)
    except Unreachable:
        _still_answers(unit, unit.look())
        return
    if exchange.ok:
        expect.shows(unit.read(), "budget", OTHER_BUDGET, exchange)
    else:
        expect.status(exchange, 400, 413)
        expect.unchanged(unit, before, exchange, rule="VALID-16")


def _still_answers(unit: Unit, control: Exchange) -> None:
    """Expect an answer; the first attempt may meet the connection that the target is just closing."""
    for _ in range(2):
        try:
            expect.succeeded(unit.look())
        except Unreachable:
            continue
        return
    raise Violation("an answer to the next request", "none", control)


@pytest.mark.rule("VALID-23")
def test_a_body_that_is_not_utf_8_is_refused(update: Refuser) -> None:
    text = json.dumps({"budget": OTHER_BUDGET, "note": "x"})
    update.refuses_each([text.replace("x", "\xff").encode("latin-1"), text.encode("utf-16"), b'{"\xc3\x28": 7}'])


@pytest.mark.rule("VALID-24")
def test_alignment_needs_a_unit_of_the_calendar(unit: Unit) -> None:
    unit.establish(budget=BUDGET)
    for duration in ("24h", "48h", "720h"):
        body = {"budget": {"max_limit": 5, "reset_duration": duration, "calendar_aligned": True}}
        expect.refuses_body(unit, (400,), lambda: unit.put(body))  # noqa: B023  called at once


@pytest.mark.rule("VALID-14")
@pytest.mark.parametrize(
    "state",
    [
        {},
        {"budget": BUDGET},
        {"budget": {**BUDGET, "calendar_aligned": True}},
        {"rate_limit": RATE_LIMIT},
        {"budget": BUDGET, "rate_limit": RATE_LIMIT},
    ],
    ids=["none", "budget", "aligned budget", "rate limit", "both"],
)
@pytest.mark.parametrize(
    ("good", "bad"),
    [
        ({"rate_limit": OTHER_RATE_LIMIT}, {"budget": 7}),
        ({"rate_limit": OTHER_RATE_LIMIT}, {"budget": {**OTHER_BUDGET, "max_limit": ["much"]}}),
        ({"rate_limit": {}}, {"budget": {**OTHER_BUDGET, "reset_duration": {}}}),
        ({"budget": OTHER_BUDGET}, {"rate_limit": "none"}),
        ({"budget": {}}, {"rate_limit": {**OTHER_RATE_LIMIT, "request_max_limit": ["many"]}}),
        (
            {"rate_limit": OTHER_RATE_LIMIT},
            {"budget": {**OTHER_BUDGET, "reset_duration": "1h", "calendar_aligned": True}},
        ),
    ],
    ids=["budget", "limit", "duration", "rate limit", "count", "alignment"],
)
def test_one_bad_component_spoils_both(
    unit: Unit, state: dict[str, Any], good: dict[str, Any], bad: dict[str, Any]
) -> None:
    before = unit.establish(**state)
    for body in ({**good, **bad}, {**bad, **good}):
        exchange = expect.status(unit.put(body), 400)
        expect.unchanged(unit, before, exchange, rule="VALID-14")


@pytest.mark.rule("VALID-15")
def test_whatever_breaks_the_schema_is_refused(update: Refuser, target: Target) -> None:
    update.refuses_each(broken_in_each_way(target.contract, _PUT))
    bodies = forbidden_bodies(target.contract, _PUT) | spoilt_updates(target.contract, _PUT)
    for_all(bodies, lambda raw: update.refuses(raw=raw))


@pytest.mark.rule("VALID-16")
def test_a_refused_update_changes_nothing(unit: Unit) -> None:
    before = unit.establish(budget=BUDGET, rate_limit=RATE_LIMIT)
    bodies = [
        b'{"budget": {}, "rate_limit": {}',
        b'[{"budget": {}}]',
        b'{"budget": {}, "rate_limit": 7}',
        b'{"budget": {"max_limit": "1", "reset_duration": "1d"}, "rate_limit": {}}',
        b'{"budget": {"max_limit": 1, "reset_duration": "1h", "calendar_aligned": true}}',
        b'{"budget": {"max_limit": -1}}',
        b'{"rate_limit": {"request_max_limit": 1.5, "request_reset_duration": "1d"}, "budget": {}}',
    ]
    for raw in bodies:
        exchange = unit.put(raw=raw)
        if exchange.ok:  # that it is refused at all is another rule
            before = unit.read()
        else:
            expect.unchanged(unit, before, exchange, rule="VALID-16")


@pytest.mark.rule("VALID-16")
@pytest.mark.parametrize(
    "refused",
    [
        {"budget": {"max_limit": 7.77, "reset_duration": "1h", "calendar_aligned": True}},
        {"budget": {"max_limit": 7.77, "reset_duration": "1d"}, "rate_limit": 7},
        {"budget": {"max_limit": -7.77, "reset_duration": "1d"}},
        {"budget": {}, "rate_limit": {**OTHER_RATE_LIMIT, "request_max_limit": "many"}},
    ],
    ids=["alignment", "rate limit", "limit", "removal"],
)
def test_a_refused_update_does_not_come_with_the_next(unit: Unit, refused: dict[str, Any]) -> None:
    """A refusal that is kept in memory shows once the unit is saved again."""
    unit.establish(budget=BUDGET, rate_limit=RATE_LIMIT)
    if unit.put(refused).ok:  # that it is refused at all is another rule
        return
    exchange = unit.put({"rate_limit": OTHER_RATE_LIMIT})
    expect.shows(expect.succeeded(exchange), "budget", BUDGET, exchange)
    expect.shows(unit.read(), "budget", BUDGET, exchange)
    expect.shows(unit.read(), "rate_limit", OTHER_RATE_LIMIT, exchange)


@pytest.mark.rule("VALID-16")
def test_refused_first_governance_leaves_none(unit: Unit, target: Target) -> None:
    if not target.serves(_POST):
        pytest.skip(f"the target does not serve {_POST}")
    before = unit.establish()
    bodies: list[dict[str, Any]] = [
        {"budget": BUDGET, "rate_limit": 7},
        {"rate_limit": RATE_LIMIT, "budget": {"max_limit": "1", "reset_duration": "1d"}},
        {"rate_limit": RATE_LIMIT, "budget": {"max_limit": 1, "reset_duration": "1h", "calendar_aligned": True}},
    ]
    for body in bodies:
        exchange = target.call(_POST, body, path=unit.path)
        if exchange.ok:
            unit.establish()
        else:
            expect.unchanged(unit, before, exchange, rule="VALID-16")


@pytest.mark.rule("VALID-17")
def test_a_name_must_be_text(units: Units, target: Target) -> None:
    units.forget(units.create())
    bodies: list[Any] = [{}, *({"name": value} for kind in _OF_TYPE if kind != "string" for value in _OF_TYPE[kind])]
    bodies += [[], [{"name": units.new_name()}], units.new_name(), 7, True]
    for body in bodies:
        expect.status(target.call("createBusinessUnit", body), 400)
    for raw in (b"", b"{", b"{'name': 'x'}"):
        expect.status(target.call("createBusinessUnit", raw=raw), 400)


@pytest.mark.rule("VALID-17")
def test_whatever_is_no_new_unit_is_refused(target: Target) -> None:
    bodies = forbidden_bodies(target.contract, "createBusinessUnit")
    for_all(bodies, lambda raw: _refused(target.call("createBusinessUnit", raw=raw)))


@pytest.mark.rule("VALID-20")
def test_a_new_name_must_be_text(unit: Unit, units: Units, target: Target) -> None:
    expect.succeeded(target.call("updateBusinessUnit", {"name": units.new_name()}, path=unit.path))
    before = unit.read()
    bodies: list[Any] = [{}, *({"name": value} for kind in _OF_TYPE if kind != "string" for value in _OF_TYPE[kind])]
    payloads = [json.dumps(body).encode() for body in [*bodies, [], "name", 7, True]]
    for raw in [*payloads, b"", b"{", b"{'name': 'x'}"]:
        exchange = expect.status(target.call("updateBusinessUnit", raw=raw, path=unit.path), 400)
        expect.unchanged(unit, before, exchange, rule="VALID-20")


@pytest.mark.rule("VALID-22")
@pytest.mark.parametrize("operation_id", ["createBusinessUnit", "updateBusinessUnit"])
def test_a_name_has_something_to_read(unit: Unit, units: Units, target: Target, operation_id: str) -> None:
    if not target.serves(operation_id):
        pytest.skip(f"the target does not serve {operation_id}")
    path = {} if operation_id == "createBusinessUnit" else unit.path
    expect.succeeded(target.call(operation_id, {"name": units.new_name()}, path=path))
    for name in ("", "   ", "\t\n", f"{units.new_name()}-{'x' * _LONGEST_NAME}"):
        expect.status(target.call(operation_id, {"name": name}, path=path), 400)


@pytest.mark.rule("VALID-21")
@pytest.mark.parametrize(
    "media_type", [None, "", "text/plain", "application/x-www-form-urlencoded", "text/json", "nonsense"]
)
def test_another_media_type(unit: Unit, target: Target, media_type: str | None) -> None:
    """Some gateways look at the body alone, others at what it says to be."""
    before = unit.establish(budget=BUDGET, rate_limit=RATE_LIMIT)
    body = {"budget": OTHER_BUDGET, "rate_limit": OTHER_RATE_LIMIT}
    with target.connect(Oddity(typed=media_type is not None)) as connections:
        headers = {"Content-Type": media_type or ""}
        exchange = target.call(_PUT, body, path=unit.path, headers=headers, over=connections)
    expect.status(exchange, 200, 400, 415)
    if not exchange.ok:
        expect.unchanged(unit, before, exchange, rule="VALID-21")
        return
    for name, wanted in body.items():
        expect.shows(expect.succeeded(exchange), name, wanted, exchange)
        expect.shows(unit.read(), name, wanted, exchange)


@pytest.mark.rule("VALID-18")
def test_a_team_id_must_be_text(unit: Unit, target: Target) -> None:
    bodies: list[Any] = [{}, *({"team_id": value} for kind in _OF_TYPE if kind != "string" for value in _OF_TYPE[kind])]
    for body in [*bodies, [], ["team"], "team", 7, True]:
        expect.status(target.call("assignTeamToBusinessUnit", body, path=unit.path), 400)
    for raw in (b"", b"{", b"{'team_id': 'x'}"):
        expect.status(target.call("assignTeamToBusinessUnit", raw=raw, path=unit.path), 400)
    for_all(
        forbidden_bodies(target.contract, "assignTeamToBusinessUnit"),
        lambda raw: _refused(target.call("assignTeamToBusinessUnit", raw=raw, path=unit.path)),
    )


@pytest.mark.rule("VALID-19")
def test_whatever_is_no_first_governance_is_refused(unit: Unit, target: Target) -> None:
    unit.establish()

    def refused(raw: bytes) -> None:
        exchange = target.call(_POST, raw=raw, path=unit.path)
        if exchange.ok:
            unit.establish()  # else the next body would meet a conflict instead
        _refused(exchange)

    bodies: list[Any] = [
        {},
        {"budget": {}},
        {"budget": {**BUDGET, "max_limit": "1"}},
        {"rate_limit": 7},
        {"budget": []},
    ]
    for body in bodies:
        refused(json.dumps(body).encode())
    for raw in (b"", b"{", b"{'budget': {}}", *broken_in_each_way(target.contract, _POST)):
        refused(raw)
    for_all(forbidden_bodies(target.contract, _POST) | spoilt_updates(target.contract, _POST), refused)


@pytest.mark.rule("VALID-25")
def test_a_duration_that_is_too_long_is_refused(update: Refuser, target: Target) -> None:
    longest = target.contract.resolve("#/components/schemas/ResetDuration")["maxLength"]
    durations = ["0" * (length - 2) + "1d" for length in (longest + 1, 2 * longest, 20 * longest)]
    update.refuses_each(_with(target, "reset_duration", durations))


def _refused(exchange: Exchange) -> None:
    expect.status(exchange, 400)
