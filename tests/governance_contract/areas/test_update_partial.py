"""UPDATE: incomplete components, alternative JSON spellings, and unknown members."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import combinations
from typing import Any

import pytest

from ..checks import expect
from ..checks.inputs.sample_settings import BUDGET, OTHER_RATE_LIMIT, RATE_LIMIT, SETTINGS
from ..checks.inputs.unusual_requests import EQUIVALENT_MEDIA_TYPES
from ..checks.violation import Violation, wrong_value
from ..contract.components import COMPONENTS, USAGE
from ..contract.operation_ids import UPDATE_GOVERNANCE
from ..target.target import Target
from ..target.unit import Unit, component_of
from ..vocabulary import About

_ALIGNED = {**BUDGET, "calendar_aligned": True}
_STATES: dict[str, dict[str, dict[str, Any]]] = {
    "none": {},
    "budget": {"budget": BUDGET},
    "aligned budget": {"budget": _ALIGNED},
    "rate limit": {"rate_limit": RATE_LIMIT},
    "both": {"budget": BUDGET, "rate_limit": RATE_LIMIT},
    "both, aligned": {"budget": _ALIGNED, "rate_limit": RATE_LIMIT},
}
_STATES_FOR_A_RATE_LIMIT = ("none", "aligned budget", "rate limit", "both, aligned")
_WANTED: dict[str, dict[str, Any]] = {
    "budget": {"max_limit": 100, "reset_duration": "1M", "calendar_aligned": False},
    "rate_limit": OTHER_RATE_LIMIT,
}
_SPELLINGS: dict[str, bytes] = {
    "escapes": (
        rb'{"\u0062udget": {"max\u005flimit": 100, "reset_duration": "1\u004d", "\u0063alendar_aligned": false},'
        rb' "rate\u005Flimit": %(rate_limit)s}'
    ),
    "white space": (
        b'\r\n\t {\n  "budget"\t:\r\n{ "max_limit" : 100 ,\n"reset_duration" :"1M","calendar_aligned" :false\n}\n,'
        b'"rate_limit":%(rate_limit)s \n}\r\n\t '
    ),
    "another order": (
        b'{"rate_limit":%(rate_limit)s,"budget":{"calendar_aligned":false,"reset_duration":"1M","max_limit":100}}'
    ),
    **{
        f"the number {number}": (
            b'{"budget":{"max_limit":' + number.encode() + b',"reset_duration":"1M","calendar_aligned":false},'
            b'"rate_limit":%(rate_limit)s}'
        )
        for number in ("1e2", "1.0E+2", "100.00", "10000e-2")
    },
}
_DURATIONS = (
    *("1h30m", "90m", "1.5d", "36.5h", "2h45m30s", "24h", "7d", "60m", "12M", "2h30m15s500ms", "60000000µs"),
    *("1h0m", "0h5m"),
)


def _subsets(component: str) -> Iterator[dict[str, Any]]:
    """Yield every non-empty subset of the fields of a component, with both values of ``calendar_aligned``."""
    fields = SETTINGS[component].other
    for size in range(1, len(fields) + 1):
        for chosen in combinations(fields, size):
            subset = {field: fields[field] for field in chosen}
            yield subset
            if "calendar_aligned" in subset:
                yield {**subset, "calendar_aligned": True}


@pytest.mark.rule("UPDATE-21")
@pytest.mark.parametrize(
    ("component", "state"),
    [*(("budget", state) for state in _STATES), *(("rate_limit", state) for state in _STATES_FOR_A_RATE_LIMIT)],
)
@pytest.mark.many_requests
def test_every_subset_of_the_fields(unit: Unit, component: str, state: str) -> None:
    """The contract leaves open what an incomplete component means.

    A later read must still match the response, and the other component must not change.
    """
    before = unit.set_state(**_STATES[state])
    for subset in _subsets(component):
        exchange = expect.status(unit.put({component: subset}), 200, 400)
        if not exchange.ok:
            expect.unchanged(unit, before, exchange, rule="VALID-16")
            continue
        after = unit.read()
        expect.read_agrees(unit, expect.succeeded(exchange), after, exchange)
        expect.other_component_unchanged(unit, before, after, component, exchange)
        before = unit.set_state(**_STATES[state])


@pytest.mark.rule("UPDATE-22")
@pytest.mark.parametrize("spelling", list(_SPELLINGS))
def test_equivalent_json_spellings(unit: Unit, spelling: str) -> None:
    unit.set_state()
    expect.succeeded(unit.put(_WANTED))
    unit.set_state(budget=_ALIGNED)
    raw = _SPELLINGS[spelling].replace(b"%(rate_limit)s", json.dumps(_WANTED["rate_limit"]).encode())
    exchange = unit.put(raw=raw)
    response = expect.succeeded(exchange)
    for component, wanted in _WANTED.items():
        expect.shows(response, component, wanted, exchange)
        expect.shows(unit.read(), component, wanted, exchange)


@pytest.mark.rule("UPDATE-22")
@pytest.mark.parametrize("stored", [{"max_limit": 3, "reset_duration": "1h"}, None], ids=["1h", "none"])
def test_the_order_of_members_has_no_effect(unit: Unit, stored: dict[str, Any] | None) -> None:
    """A target that applies members one by one would combine the flag with the stored duration, or with none."""
    wanted = {"calendar_aligned": True, "max_limit": 100, "reset_duration": "1d"}
    for fields in (wanted, dict(reversed(wanted.items()))):
        unit.set_state()  # otherwise the stored flag would remain
        unit.set_state(budget=stored)
        exchange = unit.put({"budget": fields})
        expect.shows(expect.succeeded(exchange), "budget", wanted, exchange)


@pytest.mark.rule("UPDATE-23")
@pytest.mark.parametrize("state", ["none", "both"])
def test_unknown_members_are_ignored(unit: Unit, state: str) -> None:
    """Members of a response are also unknown in a request. Clients that read, change and write send them back."""
    before = unit.set_state(**_STATES[state])
    complete = {component: SETTINGS[component].other for component in COMPONENTS}
    exchange = unit.put(
        {
            "x-note": {"budget": {}, "text": "x" * 6000},
            "budget": {**complete["budget"], "note": [1], "id": "mine", "current_usage": 77.5},
            "rate_limit": {**complete["rate_limit"], "note": None, "id": "mine", "token_current_usage": 5},
        }
    )
    response = expect.succeeded(exchange)
    for component in COMPONENTS:
        shown = expect.shows(response, component, complete[component], exchange)
        if shown.get("id") == "mine":
            expected, about = f"{component}.id as the target assigned it", About(f"{component}.id")
            raise Violation(expected, "the id in the request", exchange, about=about)
        was = component_of(before, component) or {}
        for field in (field for field in shown if field in USAGE):
            earlier, later = was.get(field, 0), shown[field]
            is_applied = later in (77.5, 5) or not expect.may_be_traffic(unit, field, earlier, later)
            if later != earlier and is_applied:
                raise wrong_value(f"{component}.{field}", earlier, later, exchange)
    expect.read_agrees(unit, response, unit.read(), exchange)


@pytest.mark.rule("UPDATE-24")
@pytest.mark.many_requests
def test_durations_with_a_fraction_or_several_units(unit: Unit) -> None:
    for duration in _DURATIONS:
        wanted = {"max_limit": 5, "reset_duration": duration}
        exchange = unit.put({"budget": wanted})
        expect.shows(expect.succeeded(exchange), "budget", wanted, exchange, as_sent=True)
        expect.shows(unit.read(), "budget", wanted, exchange, as_sent=True)
        pairs = {**RATE_LIMIT, "token_reset_duration": duration, "request_reset_duration": duration}
        exchange = unit.put({"rate_limit": pairs})
        expect.shows(expect.succeeded(exchange), "rate_limit", pairs, exchange, as_sent=True)


@pytest.mark.rule("UPDATE-25")
@pytest.mark.parametrize("media_type", EQUIVALENT_MEDIA_TYPES)
def test_equivalent_media_types(unit: Unit, target: Target, media_type: str) -> None:
    unit.prepare_state(budget=BUDGET)
    headers = {"Content-Type": media_type}
    exchange = target.call(UPDATE_GOVERNANCE, _WANTED, path=unit.path, headers=headers)
    response = expect.succeeded(exchange)
    for name, wanted in _WANTED.items():
        expect.shows(response, name, wanted, exchange)
