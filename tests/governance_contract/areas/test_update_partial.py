"""UPDATE: components that come incomplete, spelled otherwise, or with more than the contract knows."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import combinations
from typing import Any

import pytest

from ..checks import expect
from ..checks.expect import Violation
from ..checks.sample_settings import BUDGET, OTHER_RATE_LIMIT, RATE_LIMIT, SETTINGS, other_component
from ..target.business_units import COMPONENTS, Unit, component
from ..target.target import Target

_ALIGNED = {**BUDGET, "calendar_aligned": True}
_STATES: dict[str, dict[str, dict[str, Any]]] = {
    "none": {},
    "budget": {"budget": BUDGET},
    "aligned budget": {"budget": _ALIGNED},
    "rate limit": {"rate_limit": RATE_LIMIT},
    "both": {"budget": BUDGET, "rate_limit": RATE_LIMIT},
    "both, aligned": {"budget": _ALIGNED, "rate_limit": RATE_LIMIT},
}
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
_DURATIONS = ("1h30m", "90m", "1.5d", "36.5h", "2h45m30s", "24h", "7d", "60m", "12M", "2h30m15s500ms", "60000000µs")


def _subsets(name: str) -> Iterator[dict[str, Any]]:
    """Yield every choice of a component's fields but none; a flag that is chosen comes both ways."""
    fields = SETTINGS[name][1]
    for size in range(1, len(fields) + 1):
        for chosen in combinations(fields, size):
            subset = {field: fields[field] for field in chosen}
            yield subset
            if "calendar_aligned" in subset:
                yield {**subset, "calendar_aligned": True}


@pytest.mark.rule("UPDATE-21")
@pytest.mark.parametrize("state", list(_STATES))
@pytest.mark.parametrize("name", COMPONENTS)
def test_any_part_of_a_component(unit: Unit, state: str, name: str) -> None:
    """What a part means, and whether it is enough, is open: that it is told truly, and to what it applies, is not."""
    other = other_component(name)
    before = unit.establish(**_STATES[state])
    for subset in _subsets(name):
        exchange = expect.status(unit.put({name: subset}), 200, 400)
        if not exchange.ok:
            expect.unchanged(unit, before, exchange, rule="VALID-16")
            continue
        after = unit.read()
        expect.agree(expect.succeeded(exchange), after, exchange)
        expect.same(component(before, other), component(after, other), f"the other component, {other}", exchange)
        before = unit.establish(**_STATES[state])


@pytest.mark.rule("UPDATE-22")
@pytest.mark.parametrize("spelling", list(_SPELLINGS))
def test_json_that_is_spelled_otherwise(unit: Unit, spelling: str) -> None:
    unit.establish()
    expect.succeeded(unit.put(_WANTED))
    unit.establish(budget=_ALIGNED)
    raw = _SPELLINGS[spelling].replace(b"%(rate_limit)s", json.dumps(_WANTED["rate_limit"]).encode())
    exchange = unit.put(raw=raw)
    answered = expect.succeeded(exchange)
    for name, wanted in _WANTED.items():
        expect.shows(answered, name, wanted, exchange)
        expect.shows(unit.read(), name, wanted, exchange)


@pytest.mark.rule("UPDATE-22")
@pytest.mark.parametrize("stored", [{"max_limit": 3, "reset_duration": "1h"}, None], ids=["1h", "none"])
def test_the_order_of_members_says_nothing(unit: Unit, stored: dict[str, Any] | None) -> None:
    """Applied one by one, the flag of the first would meet the stored duration, or none."""
    wanted = {"calendar_aligned": True, "max_limit": 100, "reset_duration": "1d"}
    for fields in (wanted, dict(reversed(wanted.items()))):
        unit.establish()  # else the flag that is stored would stay
        unit.establish(budget=stored)
        exchange = unit.put({"budget": fields})
        expect.shows(expect.succeeded(exchange), "budget", wanted, exchange)


@pytest.mark.rule("UPDATE-23")
@pytest.mark.parametrize("state", ["none", "both"])
def test_unknown_members_are_ignored(unit: Unit, state: str) -> None:
    """Members of the answer, sent back as clients do that read, change and write, are unknown to the request, too."""
    before = unit.establish(**_STATES[state])
    known = {name: SETTINGS[name][1] for name in COMPONENTS}
    exchange = unit.put(
        {
            "x-note": {"budget": {}, "text": "x" * 6000},
            "budget": {**known["budget"], "note": [1], "id": "mine", "current_usage": 77.5},
            "rate_limit": {**known["rate_limit"], "note": None, "id": "mine", "token_current_usage": 5},
        }
    )
    answered = expect.succeeded(exchange)
    for name in COMPONENTS:
        found = expect.shows(answered, name, known[name], exchange)
        if found.get("id") == "mine":
            raise Violation(f"{name}.id that the gateway gave", "the id in the request", exchange)
        was = component(before, name) or {}
        used = [field for field in found if field.endswith("current_usage")]
        expect.same(
            {field: was.get(field, 0) for field in used}, {field: found[field] for field in used}, name, exchange
        )
    expect.agree(answered, unit.read(), exchange)


@pytest.mark.rule("UPDATE-24")
def test_durations_with_a_fraction_or_several_units(unit: Unit) -> None:
    for duration in _DURATIONS:
        wanted = {"max_limit": 5, "reset_duration": duration}
        exchange = unit.put({"budget": wanted})
        expect.shows(expect.succeeded(exchange), "budget", wanted, exchange)
        expect.shows(unit.read(), "budget", wanted, exchange)
        pairs = {**RATE_LIMIT, "token_reset_duration": duration, "request_reset_duration": duration}
        exchange = unit.put({"rate_limit": pairs})
        expect.shows(expect.succeeded(exchange), "rate_limit", pairs, exchange)


@pytest.mark.rule("UPDATE-25")
@pytest.mark.parametrize(
    "media_type", ["application/json; charset=utf-8", "application/json;charset=UTF-8", "Application/JSON"]
)
def test_the_media_type_in_other_words(unit: Unit, target: Target, media_type: str) -> None:
    unit.establish(budget=BUDGET)
    headers = {"Content-Type": media_type}
    exchange = target.call("updateBusinessUnitGovernance", _WANTED, path=unit.path, headers=headers)
    answered = expect.succeeded(exchange)
    for name, wanted in _WANTED.items():
        expect.shows(answered, name, wanted, exchange)
