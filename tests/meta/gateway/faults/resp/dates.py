"""Servers that show dates and durations in the wrong form."""

from __future__ import annotations

import datetime as dt
from typing import Any

from ...assembly import fault
from ...messages import Json
from ...model import Budget, RateLimit
from ...periods import SECOND
from ...views import Views
from .unset_halves import ResetOfUnusedHalf


@fault("date-as-number", "must", Views.instant)
def date_as_number(self: Views, instant: int) -> Any:
    """Date-times are seconds since 1970."""
    return instant // SECOND


@fault("date-without-zone", "must", Views.instant, proves=("RESP-06",))
def date_without_zone(self: Views, instant: int) -> Any:
    """Date-times have no offset."""
    return str(Views.instant(self, instant)).removesuffix("Z")


@fault("date-is-zero", "should", Views.budget)
def date_is_zero(self: Views, budget: Budget) -> Json:
    """created_at of a budget is in the year 1."""
    return {**Views.budget(self, budget), "created_at": "0001-01-01T00:00:00Z"}


@fault("duration-as-go-prints-it", "should", Views.rate_limit)
def duration_as_go_prints_it(self: Views, rate_limit: RateLimit) -> Json:
    """Durations are shown in hours, minutes and seconds: 1h as 1h0m0s."""
    view = Views.rate_limit(self, rate_limit)
    for half in ("token", "request"):
        text = str(view.get(f"{half}_reset_duration", ""))
        if text[:-1].isdigit() and text[-1] in "hm":
            view[f"{half}_reset_duration"] = text + ("0m0s" if text[-1] == "h" else "0s")
    return view


@fault("field-offset-without-colon", "must", Views.instant, origin="blind-2")
def offset_without_colon(self: Views, instant: int) -> Any:
    """Date-times end in +0000 without a colon."""
    return f"{Views.instant(self, instant)}".replace("Z", "+0000")


@fault("field-local-time-marked-utc", "must", Views.budget, origin="blind-2")
def local_time_marked_utc(self: Views, budget: Budget) -> Json:
    """last_reset of budgets is two hours ahead and marked with Z."""
    ahead = budget.last_reset + int(dt.timedelta(hours=2).total_seconds()) * SECOND
    return {**Views.budget(self, budget), "last_reset": self.instant(ahead)}


@fault("field-reset-of-unused-half-is-year-one", "should", origin="blind-2")
class ResetOfUnusedHalfIsYearOne(ResetOfUnusedHalf):
    """last_reset of an unset half of the rate limit is in the year 1."""

    shown = "0001-01-01T00:00:00Z"


@fault("field-duration-shown-as-parsed", "must", Views.rate_limit, origin="blind-2")
def duration_shown_as_parsed(self: Views, rate_limit: RateLimit) -> Json:
    """Durations of rate limits are shown in hours: 1d as 24h0m0s."""
    view = Views.rate_limit(self, rate_limit)
    printed = {"1d": "24h0m0s", "1w": "168h0m0s", "1M": "720h0m0s", "1h": "1h0m0s", "1m": "1m0s"}
    return {name: printed.get(v, v) if name.endswith("duration") else v for name, v in view.items()}
