"""Budgets and rate limits of business units, and how requests change them. Pure: no clock, no store.

Functions take the current time as an argument and return new values. Nothing is changed in place.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from mock_server.domain.periods import DurationError, calendar_start, nanoseconds, period_end

Number = int | float
_TICK = timedelta(microseconds=1)
_LAST = datetime.max.replace(tzinfo=UTC)
_TIME_UNIT_NAMES = {"d": "days", "w": "weeks", "M": "months", "Q": "quarters", "Y": "years"}


class GovernanceError(Exception):
    """The request is not allowed: why, and the place in its body as a JSON pointer."""

    def __init__(self, message: str, pointer: str = "") -> None:
        """Refuse a request."""
        super().__init__(message)
        self.pointer = pointer


@dataclass(frozen=True, slots=True)
class CalendarRules:
    """Which units of time can be aligned to the calendar, and whether enabling alignment resets usage."""

    time_units: frozenset[str]
    enabling_resets_usage: bool


@dataclass(frozen=True, slots=True)
class Window:
    """Usage in the current period.

    The length of the period counts from `since`. That is `last_reset`, or the time at which a new duration was set if
    the period would already have ended with it.
    """

    usage: Number
    last_reset: datetime
    since: datetime


@dataclass(frozen=True, slots=True)
class Budget:
    """A spending limit, in dollars."""

    id: str
    max_limit: Number
    reset_duration: str
    calendar_aligned: bool
    window: Window
    config_hash: str | None
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class Counter:
    """A limit on a number of tokens or requests; both fields may be unset."""

    max_limit: int | None
    reset_duration: str | None
    window: Window


@dataclass(frozen=True, slots=True)
class RateLimit:
    """Limits on tokens and on requests."""

    id: str
    token: Counter
    request: Counter
    config_hash: str | None
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class BusinessUnit:
    """A business unit; `attributes` are shown as they are."""

    id: str
    name: str
    created_at: datetime
    updated_at: datetime
    budget: Budget | None = None
    rate_limit: RateLimit | None = None
    attributes: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Team:
    """A team, of one business unit at most."""

    id: str
    name: str
    unit_id: str | None = None


@dataclass(frozen=True, slots=True)
class ChangeContext:
    """What a change needs in addition to the request: the current time, new identifiers, the calendar rules."""

    now: datetime
    new_id: Callable[[], str]
    rules: CalendarRules


def next_stamp(unit: BusinessUnit, now: datetime) -> datetime:
    """Return the `updated_at` of a change made now. It is later than every earlier one of the unit."""
    latest = unit.updated_at
    if unit.budget is not None and unit.budget.updated_at > latest:
        latest = unit.budget.updated_at
    if unit.rate_limit is not None and unit.rate_limit.updated_at > latest:
        latest = unit.rate_limit.updated_at
    return now if now > latest else min(latest, _LAST - _TICK) + _TICK


def check_request(body: Mapping[str, Any]) -> None:
    """Raise GovernanceError if the body is invalid for every stored state."""
    budget, rate_limit = body.get("budget", {}), body.get("rate_limit", {})
    _check_duration("budget", budget.get("reset_duration"), "/budget/reset_duration")
    if "max_limit" in budget:
        _check_dollars(budget["max_limit"])
    for kind in ("token", "request"):
        name = f"{kind}_reset_duration"
        _check_duration(f"rate limit {kind}", rate_limit.get(name), f"/rate_limit/{name}")


def created(unit: BusinessUnit, body: Mapping[str, Any], context: ChangeContext) -> BusinessUnit:
    """Return the unit with its first governance; raises GovernanceError if a component is incomplete or both absent."""
    stamp = next_stamp(unit, context.now)
    budget, rate_limit = body.get("budget"), body.get("rate_limit")
    if budget is None and rate_limit is None:
        raise GovernanceError("at least one of budget and rate_limit is required")
    return replace(
        unit,
        budget=None if budget is None else _new_budget(budget, stamp, context),
        rate_limit=None if rate_limit is None else _new_rate_limit(rate_limit, stamp, context),
        updated_at=stamp,
    )


def updated(unit: BusinessUnit, body: Mapping[str, Any], context: ChangeContext) -> BusinessUnit:
    """Return the unit after an update.

    An absent component stays, an empty one is removed, any other is merged or created. The same object is returned if
    the body sets and removes nothing. Raises GovernanceError if the result is not allowed.
    """
    stamp = next_stamp(unit, context.now)
    budget, rate_limit = unit.budget, unit.rate_limit
    if (wanted := body.get("budget")) is not None:
        budget = _updated_budget(budget, wanted, stamp, context)
    if (wanted := body.get("rate_limit")) is not None:
        rate_limit = _updated_rate_limit(rate_limit, wanted, stamp, context)
    if budget is unit.budget and rate_limit is unit.rate_limit:
        return unit
    return replace(unit, updated_at=stamp, budget=budget, rate_limit=rate_limit)


def without_governance(unit: BusinessUnit, now: datetime) -> BusinessUnit:
    """Return the unit without both components."""
    return replace(unit, budget=None, rate_limit=None, updated_at=next_stamp(unit, now))


def current(unit: BusinessUnit, now: datetime) -> BusinessUnit:
    """Return the unit at a point in time: periods that have ended restart with zero usage. Keeps `updated_at`."""
    budget, rate_limit = unit.budget, unit.rate_limit
    if budget is not None:
        window = _rolled(budget.window, budget.reset_duration, budget.calendar_aligned, now)
        if window is not budget.window:
            budget = replace(budget, window=window)
    if rate_limit is not None:
        token, request = _rolled_counter(rate_limit.token, now), _rolled_counter(rate_limit.request, now)
        if token is not rate_limit.token or request is not rate_limit.request:
            rate_limit = replace(rate_limit, token=token, request=request)
    if budget is unit.budget and rate_limit is unit.rate_limit:
        return unit
    return replace(unit, budget=budget, rate_limit=rate_limit)


def next_reset(window: Window, duration: str | None, aligned: bool, now: datetime) -> datetime | None:
    """Return when the usage of a current window becomes zero; None if it never does, or after the year 9999."""
    if duration is None:
        return None
    if aligned:
        return period_end(max(now, window.since), duration)
    try:
        # Times are whole microseconds: the window ends with the first one that is not before its length.
        return window.since + timedelta(microseconds=-(-nanoseconds(duration) // 1000))
    except OverflowError:
        return None


def _updated_budget(
    budget: Budget | None, wanted: Mapping[str, Any], stamp: datetime, context: ChangeContext
) -> Budget | None:
    if not wanted:
        return None
    if budget is None:
        return _new_budget(wanted, stamp, context)
    max_limit = wanted.get("max_limit", budget.max_limit)
    duration = wanted.get("reset_duration", budget.reset_duration)
    aligned = wanted.get("calendar_aligned")
    if aligned is None:
        if "max_limit" not in wanted and "reset_duration" not in wanted:
            return budget
        aligned = budget.calendar_aligned
    _check_alignment(duration, aligned, context.rules)
    window = budget.window
    if aligned and not budget.calendar_aligned and context.rules.enabling_resets_usage:
        window = _fresh_window(duration, aligned, context.now)
    elif aligned != budget.calendar_aligned or duration != budget.reset_duration:
        window = _kept_window(window, duration, aligned, context.now)
    return replace(
        budget,
        max_limit=max_limit,
        reset_duration=duration,
        calendar_aligned=aligned,
        window=window,
        updated_at=stamp,
    )


def _new_budget(wanted: Mapping[str, Any], stamp: datetime, context: ChangeContext) -> Budget:
    if "max_limit" not in wanted or "reset_duration" not in wanted:
        raise GovernanceError("both max_limit and reset_duration are required when creating a new budget", "/budget")
    duration, aligned = wanted["reset_duration"], bool(wanted.get("calendar_aligned"))
    _check_alignment(duration, aligned, context.rules)
    return Budget(
        id=context.new_id(),
        max_limit=wanted["max_limit"],
        reset_duration=duration,
        calendar_aligned=aligned,
        window=_fresh_window(duration, aligned, context.now),
        config_hash="",
        created_at=stamp,
        updated_at=stamp,
    )


def _updated_rate_limit(
    rate_limit: RateLimit | None, wanted: Mapping[str, Any], stamp: datetime, context: ChangeContext
) -> RateLimit | None:
    if not wanted:
        return None
    if rate_limit is None:
        return _new_rate_limit(wanted, stamp, context)
    token = _updated_counter(rate_limit.token, "token", wanted, context.now)
    request = _updated_counter(rate_limit.request, "request", wanted, context.now)
    if token is rate_limit.token and request is rate_limit.request:
        return rate_limit
    return RateLimit(
        id=rate_limit.id,
        token=token,
        request=request,
        config_hash=rate_limit.config_hash,
        created_at=rate_limit.created_at,
        updated_at=stamp,
    )


def _new_rate_limit(wanted: Mapping[str, Any], stamp: datetime, context: ChangeContext) -> RateLimit:
    if "token_max_limit" not in wanted and "request_max_limit" not in wanted:
        raise GovernanceError(
            "token_max_limit or request_max_limit is required when creating a new rate limit", "/rate_limit"
        )
    unset = Counter(None, None, Window(0, context.now, context.now))
    token = _updated_counter(unset, "token", wanted, context.now)
    request = _updated_counter(unset, "request", wanted, context.now)
    return RateLimit(
        id=context.new_id(), token=token, request=request, config_hash="", created_at=stamp, updated_at=stamp
    )


def _updated_counter(counter: Counter, kind: str, wanted: Mapping[str, Any], now: datetime) -> Counter:
    limit, duration = wanted.get(f"{kind}_max_limit"), wanted.get(f"{kind}_reset_duration")
    if limit is None and duration is None:
        return counter
    limit = counter.max_limit if limit is None else int(limit)  # JSON Schema accepts 1e3 and 1.0 as integers
    duration = counter.reset_duration if duration is None else duration
    if limit is not None and duration is None:
        raise GovernanceError(f"rate limit {kind} reset duration is required", "/rate_limit")
    window = counter.window
    if duration != counter.reset_duration:
        window = _kept_window(window, duration, aligned=False, now=now)
    return Counter(limit, duration, window)


def _fresh_window(duration: str, aligned: bool, now: datetime) -> Window:
    start = calendar_start(now, duration) if aligned else now
    return Window(0, start, start)


def _kept_window(window: Window, duration: str | None, aligned: bool, now: datetime) -> Window:
    """Return the window with its usage and last reset under a new duration or alignment.

    If the period would already have ended, its length counts from now. Otherwise the next read would lose the usage
    that the change must keep.
    """
    kept = Window(window.usage, window.last_reset, window.last_reset)
    return kept if _rolled(kept, duration, aligned, now) is kept else replace(kept, since=now)


def _rolled_counter(counter: Counter, now: datetime) -> Counter:
    window = _rolled(counter.window, counter.reset_duration, False, now)
    return counter if window is counter.window else replace(counter, window=window)


def _rolled(window: Window, duration: str | None, aligned: bool, now: datetime) -> Window:
    """Return the same window, or a new one without usage if its period has ended."""
    if duration is None:
        return window
    if aligned:
        start = calendar_start(now, duration)
        return window if start <= window.since else Window(0, start, start)
    length = nanoseconds(duration)
    elapsed = (now - window.since) // _TICK * 1000
    if elapsed < length:
        return window
    start = window.since + timedelta(microseconds=elapsed // length * length // 1000)
    return Window(0, start, start)


def _check_duration(owner: str, duration: str | None, pointer: str) -> None:
    if duration is None:
        return
    try:
        nanoseconds(duration)
    except DurationError:
        message = f"invalid {owner} reset duration (must be a positive duration): {duration}"
        raise GovernanceError(message, pointer) from None


def _check_alignment(duration: str, aligned: bool, rules: CalendarRules) -> None:
    if not aligned or duration[-1] in rules.time_units:
        return
    permitted = [name for time_unit, name in _TIME_UNIT_NAMES.items() if time_unit in rules.time_units]
    *names, last = permitted or ["no unit at all"]
    choice = f"{', '.join(names)} or {last}" if names else last
    raise GovernanceError(f"calendar_aligned needs a reset_duration in {choice}, got: {duration}", "/budget")


def _check_dollars(amount: Number) -> None:
    try:
        float(amount)
    except OverflowError:
        raise GovernanceError("budget max_limit is larger than a number can be", "/budget/max_limit") from None
