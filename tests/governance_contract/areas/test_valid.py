"""VALID: invalid bodies are refused and change nothing."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from functools import partial
from typing import Any

import pytest

from ..checks import expect
from ..checks.generation import current_generation
from ..checks.inputs.sample_settings import (
    BUDGET,
    OTHER_BUDGET,
    OTHER_RATE_LIMIT,
    RATE_LIMIT,
    SETTINGS,
    VALUES_BY_JSON_TYPE,
)
from ..checks.inputs.strategies import (
    breaks_schema,
    broken_in_each_way,
    settable,
)
from ..checks.inputs.unusual_requests import MEDIA_TYPES_NOT_OF_JSON, NOT_JSON, UPDATES_WITH_A_VALID_PART
from ..checks.inputs.values import short_time_units
from ..checks.refusals import RefusedRequests, on_reused_unit
from ..checks.run_protocol import Run
from ..checks.violation import Violation, wrong_value
from ..contract.components import COMPONENTS
from ..contract.operation_ids import CREATE_GOVERNANCE, UPDATE_GOVERNANCE
from ..target.connections import RequestOptions
from ..target.errors import Unreachable
from ..target.exchange import Exchange
from ..target.target import Target
from ..target.unit import Unit, UnitState

_UNKNOWN_DURATIONS = ["", "1x", "d", "1D", "1W", "1y", "1 d", " 1d", "1d ", "daily", "P1M", "1mo", "60", "1d12h"]
_NO_DURATIONS = ["0s", "0d", "0M", "-1h", "-1d"]
_BEYOND_INT64 = [2**63, 2**64, 10**30, -(2**63) - 1, -(10**30)]
# Removals come first: a later update cannot restore a component that one of them removed.
_GOOD_AND_BAD: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({"rate_limit": {}}, {"budget": {**OTHER_BUDGET, "reset_duration": {}}}),
    ({"budget": {}}, {"rate_limit": {**OTHER_RATE_LIMIT, "request_max_limit": ["many"]}}),
    ({"rate_limit": OTHER_RATE_LIMIT}, {"budget": 7}),
    ({"rate_limit": OTHER_RATE_LIMIT}, {"budget": {**OTHER_BUDGET, "max_limit": ["much"]}}),
    ({"budget": OTHER_BUDGET}, {"rate_limit": "none"}),
    ({"rate_limit": OTHER_RATE_LIMIT}, {"budget": {**OTHER_BUDGET, "reset_duration": "1h", "calendar_aligned": True}}),
]
_BROKEN_IN_EACH_WAY = "bodies that break the schema in each way"
"""The key of the exchanges of these bodies in ``Run.once``."""
_HUGE_BODY_BYTES = 2 * 1024 * 1024
_NESTING_DEPTH = 2000


def _refused_updates(
    run: Run, unit: Unit, operation_id: str = UPDATE_GOVERNANCE, *, rule: str = "VALID-16", **state: Any
) -> RefusedRequests:
    """Start refused requests: updates of a unit with both components, or first governance, unless a state is given."""
    usual = {"budget": BUDGET, "rate_limit": RATE_LIMIT} if operation_id == UPDATE_GOVERNANCE else {}
    return RefusedRequests(run, operation_id, unit, state or usual, rule=rule)


@pytest.fixture
def updates(run: Run) -> Iterator[RefusedRequests]:
    """Updates of a unit that has both components."""
    with on_reused_unit(run, lambda unit: _refused_updates(run, unit)) as requests:
        yield requests


@pytest.fixture(params=[UPDATE_GOVERNANCE, CREATE_GOVERNANCE])
def updates_or_creations(request: pytest.FixtureRequest, run: Run) -> Iterator[RefusedRequests]:
    """Updates of governance, then creations of first governance if the target serves them."""
    operation_id: str = request.param
    run.target.require(operation_id)
    with on_reused_unit(run, lambda unit: _refused_updates(run, unit, operation_id)) as requests:
        yield requests


def _bodies_with(target: Target, ending: str, values: Sequence[Any]) -> Iterator[dict[str, Any]]:
    """Yield complete components in which one field has one of the values, for each field whose name has the ending.

    A quick run distributes the values among the fields.
    """
    fields = [place for place in settable(target.contract) if place[1].endswith(ending)]
    share = 1 if current_generation().profile.every_case or len(values) < len(fields) else len(fields)
    for number, (component, field) in enumerate(fields):
        for value in values[number % share :: share]:
            yield {component: {**SETTINGS[component].other, field: value}}


def _counts(target: Target, values: Sequence[Any]) -> Iterator[dict[str, Any]]:
    yield from (body for body in _bodies_with(target, "max_limit", values) if "budget" not in body)


def _short_durations(target: Target) -> list[str]:
    return [f"{count}{unit}" for unit in short_time_units(target.contract) for count in (1, 20)] + ["1h30m"]


def _exchanges_of_broken_bodies(run: Run, updates: RefusedRequests) -> list[Exchange]:
    bodies = broken_in_each_way(run.target.contract, UPDATE_GOVERNANCE)
    return run.once(_BROKEN_IN_EACH_WAY, lambda: updates.send_all(bodies))


@pytest.mark.rule("VALID-01")
@pytest.mark.many_requests
@pytest.mark.together(_BROKEN_IN_EACH_WAY)
def test_a_wrong_type_is_refused(run: Run, updates: RefusedRequests, target: Target) -> None:
    for exchange in _exchanges_of_broken_bodies(run, updates):
        if isinstance(json.loads(exchange.request_body or b""), dict):
            expect.status(exchange, 400)
    if not current_generation().profile.every_case:
        return
    values = [value for of_type in VALUES_BY_JSON_TYPE.values() for value in of_type]
    bodies: list[Any] = [{name: value} for name in dict(settable(target.contract)) for value in values]
    bodies += _bodies_with(target, "", values)
    updates.expect_bodies_refused(
        body for body in bodies if breaks_schema(target.contract, UPDATE_GOVERNANCE, json.dumps(body).encode())
    )


@pytest.mark.rule("VALID-02")
@pytest.mark.parametrize("kind", [kind for kind in VALUES_BY_JSON_TYPE if kind != "object"])
def test_a_body_that_is_not_an_object_is_refused(updates: RefusedRequests, kind: str) -> None:
    updates.expect_bodies_refused(VALUES_BY_JSON_TYPE[kind])


@pytest.mark.rule("VALID-03")
@pytest.mark.parametrize("kind", list(NOT_JSON))
def test_a_body_that_is_not_json_is_refused(updates: RefusedRequests, kind: str) -> None:
    updates.expect_bodies_refused(NOT_JSON[kind])


@pytest.mark.rule("VALID-04")
def test_an_empty_body_is_refused(run: Run, unit: Unit) -> None:
    # On a new unit, directly after an accepted update, whose body a target may still hold.
    _refused_updates(run, unit).expect_body_refused(raw=b"")


@pytest.mark.rule("VALID-04")
def test_a_missing_body_is_refused(run: Run, unit: Unit) -> None:
    # The request has no media type either, so 415 is also right (RFC 9110 section 15.5.16).
    _refused_updates(run, unit).expect_body_refused(None, expected=(400, 415))


@pytest.mark.rule("VALID-05")
def test_a_negative_limit_is_refused(updates_or_creations: RefusedRequests, target: Target) -> None:
    updates_or_creations.expect_forbidden_refused(_bodies_with(target, "max_limit", [-1, -1_000_000]))
    updates_or_creations.expect_forbidden_refused([{"budget": {**OTHER_BUDGET, "max_limit": -0.01}}])


@pytest.mark.rule("VALID-06")
def test_a_limit_of_zero_is_refused(updates_or_creations: RefusedRequests, target: Target) -> None:
    updates_or_creations.expect_forbidden_refused(_bodies_with(target, "max_limit", [0]))


@pytest.mark.rule("VALID-07")
def test_a_duration_in_an_unknown_format_is_refused(updates_or_creations: RefusedRequests, target: Target) -> None:
    updates_or_creations.expect_forbidden_refused(_bodies_with(target, "reset_duration", _UNKNOWN_DURATIONS))


@pytest.mark.rule("VALID-08")
def test_a_duration_of_zero_or_less_is_refused(updates_or_creations: RefusedRequests, target: Target) -> None:
    updates_or_creations.expect_bodies_refused(_bodies_with(target, "reset_duration", _NO_DURATIONS))


@pytest.mark.rule("VALID-09")
def test_a_count_that_is_not_whole_is_refused(updates_or_creations: RefusedRequests, target: Target) -> None:
    updates_or_creations.expect_forbidden_refused(_counts(target, [1.5, 0.5, 99.999]))


@pytest.mark.rule("VALID-10")
def test_a_count_beyond_int64_is_refused(updates_or_creations: RefusedRequests, target: Target) -> None:
    updates_or_creations.expect_forbidden_refused(_counts(target, _BEYOND_INT64))


@pytest.mark.rule("VALID-11")
@pytest.mark.parametrize("stored", [None, BUDGET, {"max_limit": 3, "reset_duration": "1h"}], ids=["none", "1M", "1h"])
def test_alignment_with_a_short_duration_is_refused(
    run: Run, unit: Unit, target: Target, stored: dict[str, Any] | None
) -> None:
    _refused_updates(run, unit, budget=stored).expect_bodies_refused(map(_aligned, _short_durations(target)))


@pytest.mark.rule("VALID-11")
def test_first_governance_with_a_short_aligned_duration_is_refused(run: Run, unit: Unit, target: Target) -> None:
    target.require(CREATE_GOVERNANCE)
    _refused_updates(run, unit, CREATE_GOVERNANCE).expect_bodies_refused(map(_aligned, _short_durations(target)))


@pytest.mark.rule("VALID-12", "VALID-16")
@pytest.mark.many_requests
def test_alignment_is_refused_if_the_stored_duration_is_short(run: Run, unit: Unit, target: Target) -> None:
    for duration in _short_durations(target):
        stored = {"max_limit": 5, "reset_duration": duration}
        _refused_updates(run, unit, budget=stored).expect_body_refused(
            {"budget": {"max_limit": 6, "calendar_aligned": True}}
        )
    exchange = unit.put({"budget": BUDGET})
    if exchange.ok and unit.read_component("budget").get("calendar_aligned") is True:
        raise wrong_value("budget.calendar_aligned", False, True, exchange, rule="VALID-16")


@pytest.mark.rule("VALID-12")
def test_a_short_duration_is_refused_for_an_aligned_budget(run: Run, unit: Unit, target: Target) -> None:
    bodies = [{"budget": {"reset_duration": duration}} for duration in _short_durations(target)]
    _refused_updates(run, unit, budget={**BUDGET, "calendar_aligned": True}).expect_bodies_refused(bodies)


@pytest.mark.rule("VALID-24")
def test_alignment_with_hours_is_refused(run: Run, unit: Unit) -> None:
    _refused_updates(run, unit, budget=BUDGET).expect_bodies_refused(map(_aligned, ("24h", "48h", "720h")))


def _aligned(duration: str) -> dict[str, Any]:
    return {"budget": {"max_limit": 5, "reset_duration": duration, "calendar_aligned": True}}


@pytest.mark.rule("VALID-13")
@pytest.mark.parametrize(
    "raw",
    [
        b'{"note": "' + b"x" * _HUGE_BODY_BYTES + b'"}',
        b'{"budget": {"max_limit": 5, "reset_duration": "' + b"9" * _HUGE_BODY_BYTES + b'd"}}',
        b'{"note": ' + b"[" * _NESTING_DEPTH + b"]" * _NESTING_DEPTH + b"}",
        b'{"budget": ' + b'{"budget": ' * _NESTING_DEPTH + b"7" + b"}" * _NESTING_DEPTH + b"}",
    ],
    ids=["huge unknown member", "huge duration", "deep arrays", "deep objects"],
)
def test_the_target_responds_after_a_huge_or_deep_body(unit: Unit, raw: bytes) -> None:
    control = unit.fetch()
    expect.succeeded(control)
    # The contract does not limit the size of unknown members. A target may close the connection instead of responding
    # (RFC 9110 section 15.5.14).
    with suppress(Unreachable):
        expect.status(unit.put(raw=raw), 200, 400, 413, or_closed=True)
    _expect_response(unit, control)


@pytest.mark.rule("VALID-13")
def test_a_huge_body_is_applied_in_full_or_refused(unit: Unit) -> None:
    """The target accepts the whole body or refuses it."""
    before, control = unit.prepare_state(budget=BUDGET), unit.fetch()
    raw = json.dumps({"budget": OTHER_BUDGET, "note": "x" * _HUGE_BODY_BYTES}).encode()
    try:
        exchange = unit.put(raw=raw)
    except Unreachable:
        _expect_response(unit, control)
        return
    if exchange.ok:
        expect.shows(unit.read(), "budget", OTHER_BUDGET, exchange)
    else:
        expect.status(exchange, 400, 413, or_closed=True)
        expect.unchanged(unit, before, exchange, rule="VALID-16")


def _expect_response(unit: Unit, control: Exchange) -> None:
    """Expect a response. The first attempt may fail because the target closes the connection."""
    for _ in range(2):
        try:
            expect.succeeded(unit.fetch())
        except Unreachable:
            continue
        return
    raise Violation("a response to the next request", "none", control)


@pytest.mark.rule("VALID-23")
def test_a_body_that_is_not_utf_8_is_refused(updates: RefusedRequests) -> None:
    text = json.dumps({"budget": OTHER_BUDGET, "note": "x"})
    updates.expect_bodies_refused(
        [text.replace("x", "\xff").encode("latin-1"), text.encode("utf-16"), b'{"\xc3\x28": 7}']
    )


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
def test_one_invalid_component_prevents_the_whole_update(run: Run, unit: Unit, state: dict[str, Any]) -> None:
    start = dict.fromkeys(COMPONENTS) | state
    orders = ({**good, **bad} for good, bad in _GOOD_AND_BAD for good, bad in ((good, bad), (bad, good)))
    _refused_updates(run, unit, UPDATE_GOVERNANCE, rule="VALID-14", **start).expect_bodies_refused(orders)


_REFUSED_FOR_THE_STATE: list[tuple[dict[str, Any], dict[str, Any], dict[str, Any]]] = [
    ({}, {"rate_limit": OTHER_RATE_LIMIT}, {"budget": {"max_limit": 1}}),
    ({}, {"rate_limit": OTHER_RATE_LIMIT}, {"budget": {"reset_duration": "1d"}}),
    ({}, {"budget": OTHER_BUDGET}, {"rate_limit": {"request_max_limit": 1}}),
    (
        {"budget": {**BUDGET, "reset_duration": "1h"}},
        {"rate_limit": OTHER_RATE_LIMIT},
        {"budget": {"calendar_aligned": True}},
    ),
]
"""A starting state, a valid component, and one that follows the schema and is refused in this state."""


@pytest.mark.rule("VALID-14")
@pytest.mark.parametrize(
    ("state", "good", "bad"), _REFUSED_FOR_THE_STATE, ids=["no duration", "no limit", "rate limit", "alignment"]
)
def test_a_component_refused_for_the_state_prevents_the_whole_update(
    run: Run, unit: Unit, state: dict[str, Any], good: dict[str, Any], bad: dict[str, Any]
) -> None:
    """CREATE-02, CREATE-03, CREATE-05 and VALID-12 judge whether the target refuses the component."""
    requests = RefusedRequests(run, UPDATE_GOVERNANCE, unit, dict.fromkeys(COMPONENTS) | state, rule="VALID-14")
    exchanges = requests.send_all([json.dumps(body).encode() for body in ({**good, **bad}, {**bad, **good})])
    if any(exchange.ok for exchange in exchanges):
        pytest.skip("the target accepts the component; other CREATE and VALID rules judge that")


@pytest.mark.rule("VALID-15")
@pytest.mark.together(_BROKEN_IN_EACH_WAY)
def test_each_way_to_break_the_schema_is_refused(run: Run, updates: RefusedRequests) -> None:
    """`test_operations` also judges generated bodies."""
    for exchange in _exchanges_of_broken_bodies(run, updates):
        expect.status(exchange, 400)


@pytest.mark.rule("VALID-16")
def test_a_refused_update_changes_nothing(unit: Unit) -> None:
    _expect_no_change_by_refused(
        unit,
        lambda: unit.prepare_state(budget=BUDGET, rate_limit=RATE_LIMIT),
        [partial(unit.put, raw=raw) for raw in UPDATES_WITH_A_VALID_PART],
    )


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
def test_the_next_update_does_not_apply_a_refused_one(unit: Unit, refused: dict[str, Any]) -> None:
    """The next update must not save parts of a refused one that the target kept in memory."""
    unit.set_state(budget=BUDGET, rate_limit=RATE_LIMIT)
    if unit.put(refused).ok:
        pytest.skip("the target accepts the invalid update; other VALID rules judge that")
    exchange = unit.put({"rate_limit": OTHER_RATE_LIMIT})
    expect.stored(unit, "budget", BUDGET, exchange)
    expect.shows(unit.read(), "rate_limit", OTHER_RATE_LIMIT, exchange)


@pytest.mark.rule("VALID-16")
def test_a_refused_creation_of_governance_creates_nothing(unit: Unit, target: Target) -> None:
    target.require(CREATE_GOVERNANCE)
    bodies: list[dict[str, Any]] = [
        {"budget": BUDGET, "rate_limit": 7},
        {"rate_limit": RATE_LIMIT, "budget": {"max_limit": "1", "reset_duration": "1d"}},
        {"rate_limit": RATE_LIMIT, "budget": {"max_limit": 1, "reset_duration": "1h", "calendar_aligned": True}},
    ]
    sends = [partial(unit.create_governance, body) for body in bodies]
    _expect_no_change_by_refused(unit, unit.set_state, sends)


def _expect_no_change_by_refused(
    unit: Unit, start: Callable[[], UnitState], sends: Iterable[Callable[[], Exchange]]
) -> None:
    """Bring the unit into a state, send requests, and expect no change by those that are refused.

    Skips the test if none is: other VALID rules judge that.
    """
    before, refused = start(), 0
    for send in sends:
        exchange = send()
        if exchange.ok:
            before = start()
            continue
        expect.unchanged(unit, before, exchange, rule="VALID-16")
        refused += 1
    if not refused:
        pytest.skip("the target refuses none of the invalid bodies; other VALID rules judge that")


@pytest.mark.rule("VALID-21")
@pytest.mark.parametrize("media_type", MEDIA_TYPES_NOT_OF_JSON)
def test_another_media_type_is_accepted_or_refused(unit: Unit, target: Target, media_type: str | None) -> None:
    """A target may ignore the media type, or refuse the request."""
    before = unit.prepare_state(budget=BUDGET, rate_limit=RATE_LIMIT)
    body = {"budget": OTHER_BUDGET, "rate_limit": OTHER_RATE_LIMIT}
    with target.connect(RequestOptions(content_type=media_type is not None)) as connections:
        headers = {"Content-Type": media_type or ""}
        exchange = target.call(UPDATE_GOVERNANCE, body, path=unit.path, headers=headers, over=connections)
    expect.status(exchange, 200, 400, 415)
    if not exchange.ok:
        expect.unchanged(unit, before, exchange, rule="VALID-21")
        return
    for name, wanted in body.items():
        expect.stored(unit, name, wanted, exchange)


@pytest.mark.rule("VALID-25")
def test_a_duration_that_is_too_long_is_refused(updates: RefusedRequests, target: Target) -> None:
    longest = target.contract.resolve("#/components/schemas/ResetDuration").get("maxLength")
    if longest is None:
        pytest.skip("the contract in use does not limit the length of a duration")
    durations = ["0" * (length - 2) + "1d" for length in (longest + 1, 2 * longest, 20 * longest)]
    updates.expect_bodies_refused(_bodies_with(target, "reset_duration", durations))
