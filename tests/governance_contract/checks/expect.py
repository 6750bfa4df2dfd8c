"""Expectations on exchanges and business units: each function raises a ``Violation`` if the target breaks it.

======================================  ======================================================================
the response                            `succeeded`, `status`, `no_failure`
the credential                          `key_accepted`, `credential_refused`, `shows_units` (proof of access)
a business unit in a response           `names_unit`, `shows`, `shows_all`, `stored` (also in a read), `absent`
a state before and after                `same`, `same_fields`, `unchanged_in` (a read), `other_component_unchanged`
a refused request that changed nothing  `unchanged`, `find_change` (returns the violation), `refuses_body`
a response and a later read             `read_agrees`
usage and dates of a component          `keeps_usage`, `other_keeps_usage`, `created_later`, `window_is_open`
the window of an aligned budget         `starts_with_period`
the words of a violation                `name_of` (returns what it calls a unit)
======================================  ======================================================================
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import timedelta
from typing import Any

from ..contract.calendar import clock_length, may_have_ended, starts_near
from ..contract.components import COMPONENTS, USAGE
from ..contract.operation_ids import GET_UNIT
from ..target.errors import Blocked, skip_if_forbidden
from ..target.exchange import REFUSED as REFUSED
from ..target.exchange import REFUSED_FOR_CONTENT, Exchange, unit_in
from ..target.unit import (
    Unit,
    UnitState,
    component_of,
    instant,
    other_component,
    require_unit_in,
    settings_of,
)
from ..vocabulary import About, Difference
from .first_change import first_change
from .violation import Violation, wrong_status, wrong_value

OTHER_UNIT = "the other business unit"
"""What a violation calls a unit that the request does not name."""
_FRACTION = re.compile(r"\.([0-9]+)")
CLOCK_TOLERANCE = timedelta(minutes=10)
"""The maximum distance between the current time of a target and a timestamp that it has just stored.

``SLACK`` in ``contract/calendar.py`` bounds the error of the current time itself.
"""


def succeeded(exchange: Exchange) -> UnitState:
    """Expect success, and return the business unit in the response, or an empty dictionary if there is none."""
    if not exchange.ok:
        skip_if_forbidden(exchange)
        declared = _declared(exchange, 200)
        expected = f"success ({_in_words(declared)})"
        raise wrong_status(expected, exchange, declared, got=_status(exchange), rule=exchange.rule_of_refusal)
    return unit_in(exchange) or {}


def status(exchange: Exchange, *expected: int, or_closed: bool = False) -> Exchange:
    """Expect one of some usual statuses, or those that the contract declares instead, and return the exchange.

    200 stands for any success: RESP-01 judges which one it is. With ``or_closed``, the target may also close the
    connection without a response. A target that takes no update of the unit may say so instead of 400: the contract
    sets no order.
    """
    is_expected = exchange.meaning in expected or (200 in expected and exchange.ok)
    takes_no_update = exchange.meaning in (404, 409) and exchange.rule_of_refusal is not None
    if not is_expected and not (400 in expected and takes_no_update) and not (or_closed and exchange.status is None):
        if 400 not in expected:
            skip_if_forbidden(exchange)
        declared = _declared(exchange, *expected)
        raise wrong_status(f"status {_in_words(declared)}", exchange, declared, got=_status(exchange))
    return exchange


def _declared(exchange: Exchange, *usual: int) -> tuple[int, ...]:
    operation = exchange.operation
    return tuple(operation.declared(status) if operation else status for status in usual)


def _in_words(statuses: Iterable[int]) -> str:
    return " or ".join(map(str, statuses))


def no_failure(exchange: Exchange) -> None:
    """Expect a response with a status below 500."""
    if exchange.status is None or exchange.is_server_error:
        raise wrong_status("a status below 500", exchange)


def key_accepted(exchange: Exchange, *, rule: str | None = None) -> Exchange:
    """Expect that the management key is accepted, whatever the request does, and return the exchange."""
    if not (exchange.ok or exchange.is_server_error or exchange.meaning in REFUSED_FOR_CONTENT):
        raise wrong_status("the management key accepted", exchange, (200,), got=_status(exchange), rule=rule)
    return exchange


def shows_units(exchange: Exchange, unit_id: str) -> bool:
    """Whether a response is a success that shows business units: a list, the unit with this id, or an updated one.

    A success with other content does not prove access: a health check or a web page may be public.
    """
    shown = exchange.member("business_units") or exchange.member("business_unit")
    return exchange.ok and bool(shown or exchange.member("id") == unit_id)


def credential_refused(exchange: Exchange) -> Exchange:
    """Expect 401 or 403, and return the exchange."""
    if exchange.meaning not in REFUSED:
        raise wrong_status(f"refusal of {exchange.credential.name} (401)", exchange, (401,), got=_status(exchange))
    return exchange


def names_unit(exchange: Exchange, unit: Unit) -> None:
    """Expect that the response to an update or a creation of governance has the id of the unit."""
    shown = exchange.member("business_unit", "id")
    if shown != unit.id:
        raise wrong_value("id", unit.id, shown, exchange)


def shows(
    entity: UnitState, component: str, wanted: Mapping[str, Any], exchange: Exchange, *, as_sent: bool = False
) -> dict[str, Any]:
    """Expect that a unit has a component with at least these settings, and return the component.

    A target may show a duration in other clock units, such as 60m for 1h, unless it must show it ``as_sent``.
    """
    values = component_of(entity, component)
    if values is None:
        about = About(component, Difference.LOST)
        raise Violation(f"{component} with {dict(wanted)}", f"no {component}", exchange, about=about)
    stored = settings_of(component, values)
    for field, value in wanted.items():
        if _left_out(field, values) or (not as_sent and _is_as_long(field, stored.get(field), value)):
            continue
        if stored.get(field) != value or isinstance(stored.get(field), bool) != isinstance(value, bool):
            raise wrong_value(f"{component}.{field}", value, stored.get(field, "absent"), exchange)
    return values


def shows_all(entity: UnitState, wanted: Mapping[str, Mapping[str, Any]], exchange: Exchange) -> None:
    """Expect that a unit has each component with at least its settings, and lacks it if the settings are empty."""
    for component, settings in wanted.items():
        if settings:
            shows(entity, component, settings, exchange)
        else:
            absent(entity, component, exchange)


def stored(unit: Unit, component: str, wanted: Mapping[str, Any], exchange: Exchange) -> None:
    """Expect success, and that the response and a read show a component with at least these settings."""
    shows(succeeded(exchange), component, wanted, exchange)
    shows(unit.read(), component, wanted, exchange)


def absent(entity: UnitState, component: str, exchange: Exchange, *, rule: str | None = None) -> None:
    """Expect that a component is absent from a unit. Null does not count as absent: it breaks the schema."""
    if component in entity:
        got = f"{component} = {entity[component]!r}"[:300]
        difference = Difference.FORM if entity[component] is None else Difference.KEPT
        raise Violation(f"no {component}", got, exchange, rule=rule, about=About(component, difference))


def same(
    before: UnitState | None,
    after: UnitState | None,
    what: str,
    exchange: Exchange,
    *,
    without: Collection[str] = (),
    rule: str | None = None,
) -> None:
    """Expect that two states are equal. Timestamps are compared as instants.

    Args:
        before: the earlier state.
        after: the later state.
        what: the name of the state in a violation.
        exchange: the request in between.
        without: fields that are not compared.
        rule: the broken rule, if it is not the rule under test.
    """
    change = first_change(before, after, without, exchange.knowledge.members)
    if change is not None:
        expected = f"{what} as before"
        place = f"{what}.{change.at}" if change.at and "." in what else change.at or what
        about = About(place, change.kind, is_other_unit=what == OTHER_UNIT, compares_states=True)
        raise Violation(expected, str(change), exchange, rule=rule, about=about)


def same_fields(
    before: UnitState,
    after: UnitState,
    fields: Iterable[str],
    what: str,
    exchange: Exchange,
    *,
    rule: str | None = None,
) -> None:
    """Expect that some fields of two states are equal. Arguments as for ``same``."""
    for field in fields:
        same(before.get(field), after.get(field), f"{what}.{field}", exchange, rule=rule)


def entry_agrees(
    read: UnitState, entry: UnitState, fields: Iterable[str], exchange: Exchange, *, rule: str | None = None
) -> None:
    """Expect that an entry of a list shows some fields as a read does. Timestamps may differ in their precision."""
    for field in fields:
        wanted, shown = read.get(field), entry.get(field)
        if wanted != shown and not (instant(wanted) is not None and _same_instant(wanted, shown)):
            raise wrong_value(f"business_units.{field}", wanted, entry.get(field, "absent"), exchange, rule=rule)


def unchanged(unit: Unit, before: UnitState, exchange: Exchange, *, rule: str) -> None:
    """Expect that a refused request left the unit as it was. A deletion is also a change.

    Args:
        unit: the business unit.
        before: its state before the request.
        exchange: the refused request.
        rule: the rule that forbids the change.

    Only 404 means that the unit was deleted. A read with another status does not show it.

    Raises:
        Blocked: the unit cannot be read.
    """
    try:
        unchanged_in(unit, before, unit.fetch(), exchange, rule=rule)
    except Blocked as reason:
        if reason.exchange.meaning in REFUSED:
            key_accepted(reason.exchange, rule="AUTH-19")
        if reason.exchange.meaning != 404:
            raise
        about = About(difference=Difference.CHANGED)
        raise Violation("the business unit still exists", str(reason), exchange, rule=rule, about=about) from None


def find_change(unit: Unit, before: UnitState, exchange: Exchange, *, rule: str) -> Violation | None:
    """Return what a refused request changed, or None. Arguments and errors as for ``unchanged``."""
    try:
        unchanged(unit, before, exchange, rule=rule)
    except Violation as violation:
        return violation
    return None


def unchanged_in(
    unit: Unit, before: UnitState, fetched: Exchange, exchange: Exchange | None = None, *, rule: str | None = None
) -> None:
    """Expect that the response to a read shows a unit as it was before.

    A violation shows ``exchange``, or else the read itself.
    """
    if not fetched.ok:
        fetched = unit.fetch()  # the earlier request may have disturbed the read, which other rules judge
    what = name_of(unit, exchange)
    after, shown = require_unit_in(fetched), exchange or fetched
    kept_before, kept_after = (_without_ended_windows(state, before, shown) for state in (before, after))
    try:
        same(kept_before, kept_after, what, shown, without=changed_by_others(unit), rule=rule)
        for component in COMPONENTS:
            keeps_usage(
                component_of(before, component) or {}, component_of(after, component) or {}, component, shown, rule=rule
            )
    except Violation as violation:
        if what == OTHER_UNIT:  # the exchange does not show which unit this is
            expected = f"{violation.expected} ({unit.id})"
            raise Violation(expected, violation.got, shown, rule=violation.rule, about=violation.about) from None
        raise


def other_component_unchanged(
    unit: Unit, before: UnitState, after: UnitState, component: str, exchange: Exchange
) -> None:
    """Expect that a change of one component left the other one as it was."""
    other = other_component(component)
    kept_before, kept_after = (
        component_of(_without_ended_windows(state, before, exchange), other) for state in (before, after)
    )
    same(kept_before, kept_after, f"the other component, {other}", exchange, without=changed_by_others(unit))
    keeps_usage(component_of(before, other) or {}, component_of(after, other) or {}, other, exchange)


def changed_by_others(unit: Unit) -> tuple[str, ...]:
    """Return the members that may change beside a request: by the traffic of a named unit, or by a read.

    `keeps_usage` judges usage. Without GET, an empty update serves as the read.
    """
    by_traffic = tuple(name for name in USAGE if unit.name is None)
    return by_traffic if unit.target.serves(GET_UNIT) else (*by_traffic, "updated_at")


def _without_ended_windows(state: UnitState, before: UnitState, exchange: Exchange) -> UnitState:
    """Return a state without the usage and the start of windows that may have ended since an earlier state."""
    compared = dict(state)
    for component in COMPONENTS:
        earlier, values = component_of(before, component) or {}, component_of(state, component)
        if values is not None:
            kept = {field: value for field, value in values.items() if not _may_be_reset(earlier, field, exchange)}
            compared[component] = kept
    return compared


def _may_be_reset(values: Mapping[str, Any], field: str, exchange: Exchange) -> bool:
    """Whether a field is the usage or the start of a window that may have ended."""
    return field.endswith(("last_reset", "current_usage")) and not window_is_open(values, field, exchange)


def name_of(unit: Unit, exchange: Exchange | None) -> str:
    """Return how a violation names a unit: its exchange may be about another one."""
    return "the business unit" if exchange is None or unit.id in exchange.url else OTHER_UNIT


def refuses_body(
    unit: Unit, expected: Collection[int], send: Callable[[], Exchange], *, rule_of_change: str = "VALID-16"
) -> Exchange:
    """Send a body, and expect that it is refused with one of some statuses and changes nothing."""
    before = unit.read()
    exchange = send()
    status(exchange, *expected)
    unchanged(unit, before, exchange, rule=rule_of_change)
    return exchange


def read_agrees(unit: Unit, response: UnitState, read: UnitState, exchange: Exchange) -> None:
    """Expect that a response and a later read show the same governance of a unit.

    Timestamps may differ in their precision, by less than a second. Traffic may have increased the usage meanwhile.
    """
    for component in COMPONENTS:
        in_response, in_read = component_of(response, component), component_of(read, component)
        if (in_response is None) != (in_read is None):
            got = f"{in_read!r} after {in_response!r}"[:400]
            raise Violation(f"{component} in a later read as in the response", got, exchange, about=About(component))
        _component_agrees(unit, component, in_response or {}, in_read or {}, exchange)


def _component_agrees(
    unit: Unit, component: str, response: Mapping[str, Any], read: Mapping[str, Any], exchange: Exchange
) -> None:
    for field in sorted({*response, *read} - {"updated_at", "config_hash"}):
        if not exchange.knowledge.members.are_compared(field):
            continue
        if _left_out(field, response) or _left_out(field, read):
            continue
        if _may_be_reset(response, field, exchange):
            continue  # between the response and the read
        in_response, in_read = response.get(field), read.get(field)
        if in_response == in_read or _close(in_response, in_read) or may_be_traffic(unit, field, in_response, in_read):
            continue
        expected = f"{component}.{field} in a later read as in the response"
        raise Violation(expected, f"{in_read!r} after {in_response!r}", exchange, about=About(f"{component}.{field}"))


def may_be_traffic(unit: Unit, field: str, earlier: Any, later: Any) -> bool:
    """Whether a field is usage that traffic may have increased. Only units that the user named have traffic."""
    are_numbers = all(type(value) in (int, float) for value in (earlier, later))
    return unit.name is None and field in USAGE and are_numbers and bool(earlier < later)


def keeps_usage(
    before: Mapping[str, Any], after: Mapping[str, Any], component: str, exchange: Exchange, *, rule: str | None = None
) -> None:
    """Expect that a component kept its usage. Traffic may have increased it meanwhile.

    Args:
        before: the component in an earlier read.
        after: the component in a later read.
        component: ``budget`` or ``rate_limit``, for the violation.
        exchange: the request in between.
        rule: the broken rule, if it is not the rule under test.
    """
    for field in (field for field in before if field.endswith("last_reset")):
        is_same = _same_instant(before[field], after.get(field))
        usage = field.replace("last_reset", "current_usage")
        first, later = before.get(usage, 0), after.get(usage, 0)
        less = is_same and later != first and later < first
        if less or (not is_same and window_is_open(before, field, exchange)):
            lost, kind = (usage, Difference.LOST) if less else (field, Difference.CHANGED)
            expected, got = f"{component}.{lost} still {before.get(lost)}", repr(after.get(lost))
            about = About(f"{component}.{lost}", kind, compares_states=True)
            raise Violation(expected, got, exchange, rule=rule, about=about)


def other_keeps_usage(before: UnitState, after: UnitState, component: str, exchange: Exchange, *, rule: str) -> None:
    """Expect that the other component still has its identifier and its usage."""
    other = other_component(component)
    earlier, later = component_of(before, other) or {}, component_of(after, other) or {}
    same_fields(earlier, later, ("id",), other, exchange, rule=rule)
    keeps_usage(earlier, later, other, exchange, rule=rule)


def starts_with_period(budget: Mapping[str, Any], time_unit: str, exchange: Exchange) -> None:
    """Expect that the window of a budget starts with the current calendar day, week, month, quarter or year."""
    starts = starts_near(time_unit, exchange.knowledge.clock.now())
    if instant(budget.get("last_reset")) not in starts:
        wanted = " or ".join(sorted(moment.isoformat() for moment in starts))
        got = repr(budget.get("last_reset"))
        raise Violation(f"budget.last_reset = {wanted}", got, exchange, about=About("budget.last_reset"))


def created_later(
    before: Mapping[str, Any],
    after: Mapping[str, Any],
    component: str,
    exchange: Exchange,
    *,
    or_same: bool = False,
    rule: str | None = None,
) -> None:
    """Expect that ``created_at`` of a component is later than that of the removed one.

    Args:
        before: the removed component. If it is younger than the clock tolerance, both dates may be the same.
        after: the new component.
        component: ``budget`` or ``rate_limit``, for the violation.
        exchange: the request that set the component again.
        or_same: whether both dates may be the same in any case.
        rule: the broken rule, if it is not the rule under test.
    """
    made, removed = instant(after.get("created_at")), instant(before.get("created_at"))
    if made is None or removed is None:
        return
    may_be_same = or_same or exchange.knowledge.clock.now() - removed <= CLOCK_TOLERANCE
    if made < removed or (made == removed and not may_be_same):
        order = "not before" if may_be_same else "after"
        expected, about = f"{component}.created_at {order} that of the removed one", About(f"{component}.created_at")
        raise Violation(expected, str(made), exchange, rule=rule, about=about)


def window_is_open(values: Mapping[str, Any], field: str, exchange: Exchange) -> bool:
    """Whether the window of a ``..._last_reset`` or ``..._current_usage`` has certainly not ended yet."""
    prefix = field.removesuffix("last_reset").removesuffix("current_usage")
    duration, began = str(values.get(f"{prefix}reset_duration") or ""), instant(values.get(f"{prefix}last_reset"))
    aligned = values.get("calendar_aligned") is True
    return not may_have_ended(duration, began, exchange.knowledge.clock.now(), aligned=aligned)


def _left_out(field: str, values: Mapping[str, Any]) -> bool:
    """Whether a response omits a field that a gateway may omit. Only a contradicting value is a violation."""
    return field == "calendar_aligned" and values.get(field) is None


def _is_as_long(field: str, shown: Any, wanted: Any) -> bool:
    """Whether two durations in clock units are equally long. Calendar units differ if the budget is aligned later."""
    length = clock_length(wanted) if field.endswith("reset_duration") else None
    return length is not None and clock_length(shown) == length


def _same_instant(left: Any, right: Any) -> bool:
    """Whether two timestamps are equal, to the digits that both have. Two values that are no timestamps are equal."""
    first, second = instant(left), instant(right)
    if first is None or second is None:
        return first is second
    digits = [len(match[1]) if (match := _FRACTION.search(text)) else 0 for text in (left, right)]
    if digits[0] == digits[1]:
        return first == second
    return abs((first - second).total_seconds()) < 0.1 ** min(digits)


def _close(left: Any, right: Any) -> bool:
    first, second = instant(left), instant(right)
    return first is not None and second is not None and abs((first - second).total_seconds()) < 1


def _status(exchange: Exchange) -> str:
    message = exchange.member("error", "message")
    return exchange.outcome + (f" ({message})"[:200] if isinstance(message, str) else "")
