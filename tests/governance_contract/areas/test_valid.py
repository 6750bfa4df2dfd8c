"""VALID: requests that must be refused, and that leave everything as it was."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import strategies as st

from ..checks import expect
from ..checks.expect import Violation
from ..checks.refusals import CREATION, UPDATE, Refuser, reused
from ..checks.run import Run
from ..checks.sample_settings import BUDGET, OF_TYPE, OTHER_BUDGET, OTHER_RATE_LIMIT, RATE_LIMIT, SETTINGS
from ..checks.search import current, for_all
from ..checks.strategies import (
    breaks_schema,
    broken_in_each_way,
    documented_units,
    forbidden_bodies,
    settable,
    spoilt_updates,
)
from ..target.business_units import COMPONENTS, Unit
from ..target.connections import RequestOptions
from ..target.exchange import Exchange
from ..target.target import Target, Unreachable

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
# Removals come first: what one request removed, a later one would not bring back as it was.
_GOOD_AND_BAD: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({"rate_limit": {}}, {"budget": {**OTHER_BUDGET, "reset_duration": {}}}),
    ({"budget": {}}, {"rate_limit": {**OTHER_RATE_LIMIT, "request_max_limit": ["many"]}}),
    ({"rate_limit": OTHER_RATE_LIMIT}, {"budget": 7}),
    ({"rate_limit": OTHER_RATE_LIMIT}, {"budget": {**OTHER_BUDGET, "max_limit": ["much"]}}),
    ({"budget": OTHER_BUDGET}, {"rate_limit": "none"}),
    ({"rate_limit": OTHER_RATE_LIMIT}, {"budget": {**OTHER_BUDGET, "reset_duration": "1h", "calendar_aligned": True}}),
]
_HUGE = 2 * 1024 * 1024  # bytes
_DEEP = 2000
_LONGEST_NAME = 255
_ALL_ACCEPTED = "the target accepts each request that must be refused"


@pytest.fixture
def update(run: Run) -> Iterator[Refuser]:
    """Updates of a unit that has both components."""
    with reused(run, UPDATE, lambda unit: Refuser(run, unit, UPDATE)) as refuser:
        yield refuser


@pytest.fixture(params=[UPDATE, CREATION])
def either(request: pytest.FixtureRequest, run: Run) -> Iterator[Refuser]:
    """Updates, and first governance where the target serves its creation."""
    operation_id: str = request.param
    if not run.target.serves(operation_id):
        pytest.skip(f"the target does not serve {operation_id}")
    with reused(run, operation_id, lambda unit: Refuser(run, unit, operation_id)) as refuser:
        yield refuser


def _with(target: Target, ending: str, values: Sequence[Any]) -> Iterator[dict[str, Any]]:
    """Yield complete components in which a field is spoilt, for each field whose name ends so.

    In a quick run each value comes in one field, and each field has its share of the values.
    """
    fields = [place for place in settable(target.contract) if place[1].endswith(ending)]
    share = 1 if current().profile.every_case or len(values) < len(fields) else len(fields)
    for number, (component, field) in enumerate(fields):
        for value in values[number % share :: share]:
            yield {component: {**SETTINGS[component][1], field: value}}


def _counts(target: Target, values: Sequence[Any]) -> Iterator[dict[str, Any]]:
    yield from (body for body in _with(target, "max_limit", values) if "budget" not in body)


def _short_durations(target: Target) -> list[str]:
    alignable = target.contract.calendar_alignment.units
    units = [unit for unit in documented_units(target.contract) if unit not in alignable]
    return [f"{count}{unit}" for unit in units for count in (1, 20)] + ["1h30m"]


def _answers_to_broken_bodies(run: Run, update: Refuser) -> list[Exchange]:
    bodies = broken_in_each_way(run.target.contract, UPDATE)
    return run.once("each way to break the schema", lambda: update.answers(bodies))


@pytest.mark.rule("VALID-01")
def test_a_wrong_type_is_refused(run: Run, update: Refuser, target: Target) -> None:
    for exchange in _answers_to_broken_bodies(run, update):
        if isinstance(json.loads(exchange.request_body or b""), dict):
            expect.status(exchange, 400)
    if not current().profile.every_case:
        return
    values = [value for of_type in OF_TYPE.values() for value in of_type]
    bodies: list[Any] = [{name: value} for name in dict(settable(target.contract)) for value in values]
    bodies += _with(target, "", values)
    update.refuses_each(body for body in bodies if breaks_schema(target.contract, UPDATE, json.dumps(body).encode()))


@pytest.mark.rule("VALID-02")
@pytest.mark.parametrize("kind", [kind for kind in OF_TYPE if kind != "object"])
def test_a_body_that_is_no_object_is_refused(update: Refuser, kind: str) -> None:
    update.refuses_each(OF_TYPE[kind])


@pytest.mark.rule("VALID-03")
@pytest.mark.parametrize("kind", list(_NOT_JSON))
def test_a_body_that_is_not_json_is_refused(update: Refuser, kind: str) -> None:
    update.refuses_each(_NOT_JSON[kind])


@pytest.mark.rule("VALID-04")
def test_an_empty_body_is_refused(run: Run, unit: Unit) -> None:
    # On a unit of its own: right after an update that was accepted, which may still lie somewhere.
    Refuser(run, unit, UPDATE).refuses(raw=b"")


@pytest.mark.rule("VALID-04")
def test_a_missing_body_is_refused(run: Run, unit: Unit) -> None:
    # Such a request names no media type either, which may be what is refused (RFC 9110 section 15.5.16).
    Refuser(run, unit, UPDATE).refuses(None, expected=(400, 415))


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
def test_alignment_needs_a_day(run: Run, unit: Unit, target: Target, stored: dict[str, Any] | None) -> None:
    Refuser(run, unit, UPDATE, budget=stored).refuses_each(map(_aligned, _short_durations(target)))


@pytest.mark.rule("VALID-11")
def test_alignment_of_first_governance_needs_a_day(run: Run, unit: Unit, target: Target) -> None:
    if not target.serves(CREATION):
        pytest.skip(f"the target does not serve {CREATION}")
    Refuser(run, unit, CREATION).refuses_each(map(_aligned, _short_durations(target)))


@pytest.mark.rule("VALID-12")
def test_alignment_needs_a_stored_day(run: Run, unit: Unit, target: Target) -> None:
    for duration in _short_durations(target):
        stored = {"max_limit": 5, "reset_duration": duration}
        Refuser(run, unit, UPDATE, budget=stored).refuses({"budget": {"max_limit": 6, "calendar_aligned": True}})


@pytest.mark.rule("VALID-12")
def test_a_short_duration_needs_no_stored_alignment(run: Run, unit: Unit, target: Target) -> None:
    bodies = [{"budget": {"reset_duration": duration}} for duration in _short_durations(target)]
    Refuser(run, unit, UPDATE, budget={**BUDGET, "calendar_aligned": True}).refuses_each(bodies)


@pytest.mark.rule("VALID-24")
def test_alignment_needs_a_unit_of_the_calendar(run: Run, unit: Unit) -> None:
    Refuser(run, unit, UPDATE, budget=BUDGET).refuses_each(map(_aligned, ("24h", "48h", "720h")))


def _aligned(duration: str) -> dict[str, Any]:
    return {"budget": {"max_limit": 5, "reset_duration": duration, "calendar_aligned": True}}


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
        expect.status(unit.put(raw=raw), 200, 400, 413, or_closed=True)
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
        expect.status(exchange, 400, 413, or_closed=True)
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
def test_one_bad_component_spoils_both(run: Run, unit: Unit, state: dict[str, Any]) -> None:
    start = dict.fromkeys(COMPONENTS) | state
    orders = ({**good, **bad} for good, bad in _GOOD_AND_BAD for good, bad in ((good, bad), (bad, good)))
    Refuser(run, unit, UPDATE, rule="VALID-14", **start).refuses_each(orders)


@pytest.mark.rule("VALID-15")
@pytest.mark.searches
def test_whatever_breaks_the_schema_is_refused(run: Run, update: Refuser, target: Target) -> None:
    for exchange in _answers_to_broken_bodies(run, update):
        expect.status(exchange, 400)
    spoilt, forbidden = spoilt_updates(target.contract, UPDATE), forbidden_bodies(target.contract, UPDATE)
    # Most of them permitted but for one place: they come closest to what may be taken, and are made quickly.
    bodies = st.integers(1, 4).flatmap(lambda number: forbidden if number == 1 else spoilt)
    for_all(bodies, lambda raw: update.refuses(raw=raw), simplify=0)


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
    exchanges = []
    for raw in bodies:
        exchanges.append(exchange := unit.put(raw=raw))
        if exchange.ok:  # that it is refused at all is another rule
            before = unit.read()
        else:
            expect.unchanged(unit, before, exchange, rule="VALID-16")
    if all(exchange.ok for exchange in exchanges):
        pytest.skip(_ALL_ACCEPTED)


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
        pytest.skip(_ALL_ACCEPTED)
    exchange = unit.put({"rate_limit": OTHER_RATE_LIMIT})
    expect.shows(expect.succeeded(exchange), "budget", BUDGET, exchange)
    expect.shows(unit.read(), "budget", BUDGET, exchange)
    expect.shows(unit.read(), "rate_limit", OTHER_RATE_LIMIT, exchange)


@pytest.mark.rule("VALID-16")
def test_refused_first_governance_leaves_none(unit: Unit, target: Target) -> None:
    if not target.serves(CREATION):
        pytest.skip(f"the target does not serve {CREATION}")
    before = unit.establish()
    bodies: list[dict[str, Any]] = [
        {"budget": BUDGET, "rate_limit": 7},
        {"rate_limit": RATE_LIMIT, "budget": {"max_limit": "1", "reset_duration": "1d"}},
        {"rate_limit": RATE_LIMIT, "budget": {"max_limit": 1, "reset_duration": "1h", "calendar_aligned": True}},
    ]
    exchanges = []
    for body in bodies:
        exchanges.append(exchange := target.call(CREATION, body, path=unit.path))
        if exchange.ok:
            unit.establish()
        else:
            expect.unchanged(unit, before, exchange, rule="VALID-16")
    if all(exchange.ok for exchange in exchanges):
        pytest.skip(_ALL_ACCEPTED)


@pytest.mark.rule("VALID-21")
@pytest.mark.parametrize(
    "media_type", [None, "", "text/plain", "application/x-www-form-urlencoded", "text/json", "nonsense"]
)
def test_another_media_type(unit: Unit, target: Target, media_type: str | None) -> None:
    """Some gateways look at the body alone, others at what it says to be."""
    before = unit.establish(budget=BUDGET, rate_limit=RATE_LIMIT)
    body = {"budget": OTHER_BUDGET, "rate_limit": OTHER_RATE_LIMIT}
    with target.connect(RequestOptions(content_type=media_type is not None)) as connections:
        headers = {"Content-Type": media_type or ""}
        exchange = target.call(UPDATE, body, path=unit.path, headers=headers, over=connections)
    expect.status(exchange, 200, 400, 415)
    if not exchange.ok:
        expect.unchanged(unit, before, exchange, rule="VALID-21")
        return
    for name, wanted in body.items():
        expect.shows(expect.succeeded(exchange), name, wanted, exchange)
        expect.shows(unit.read(), name, wanted, exchange)


@pytest.mark.rule("VALID-25")
def test_a_duration_that_is_too_long_is_refused(update: Refuser, target: Target) -> None:
    longest = target.contract.resolve("#/components/schemas/ResetDuration")["maxLength"]
    durations = ["0" * (length - 2) + "1d" for length in (longest + 1, 2 * longest, 20 * longest)]
    update.refuses_each(_with(target, "reset_duration", durations))
