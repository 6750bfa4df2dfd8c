"""Servers that show dates and durations in the wrong form."""

from __future__ import annotations

import datetime as dt
from datetime import UTC, datetime
from typing import Any

from ...assembly import fault
from ...messages import Json
from ...model import Budget, RateLimit
from ...periods import SECOND
from ...views import Views
from .common import ResetOfUnusedHalf


@fault("date-as-number", "RESP", "must")
class DateAsNumber(Views):
    """Date-times are seconds since 1970."""

    def instant(self, instant: int) -> Any:
        return instant // SECOND


@fault("date-as-day", "RESP", "must")
class DateAsDay(Views):
    """Date-times are days without a time."""

    def instant(self, instant: int) -> Any:
        return str(super().instant(instant))[:10]


@fault("date-with-blank", "RESP", "must")
class DateWithBlank(Views):
    """Date-times have a blank in place of the T and no offset."""

    def instant(self, instant: int) -> Any:
        return datetime.fromtimestamp(instant // SECOND, UTC).strftime("%Y-%m-%d %H:%M:%S")


@fault("date-without-zone", "RESP", "must", proves=("RESP-06",))
class DateWithoutZone(Views):
    """Date-times have no offset."""

    def instant(self, instant: int) -> Any:
        return str(super().instant(instant)).removesuffix("Z")


@fault("date-is-zero", "RESP", "should")
class DateIsZero(Views):
    """created_at of a budget is in the year 1."""

    def budget(self, budget: Budget) -> Json:
        return {**super().budget(budget), "created_at": "0001-01-01T00:00:00Z"}


@fault("duration-as-go-prints-it", "RESP", "should")
class DurationAsGoPrintsIt(Views):
    """Durations are shown in hours, minutes and seconds: 1h as 1h0m0s."""

    def rate_limit(self, rate_limit: RateLimit) -> Json:
        view = super().rate_limit(rate_limit)
        for half in ("token", "request"):
            text = str(view.get(f"{half}_reset_duration", ""))
            if text[:-1].isdigit() and text[-1] in "hm":
                view[f"{half}_reset_duration"] = text + ("0m0s" if text[-1] == "h" else "0s")
        return view


@fault("field-offset-without-colon", "RESP", "must", origin="blind-2")
class OffsetWithoutColon(Views):
    """Date-times end in +0000 without a colon."""

    def instant(self, instant: int) -> Any:
        return f"{super().instant(instant)}".replace("Z", "+0000")


@fault("field-local-time-marked-utc", "RESP", "must", origin="blind-2")
class LocalTimeMarkedUtc(Views):
    """last_reset of budgets is two hours ahead and marked with Z."""

    def budget(self, budget: Budget) -> Json:
        ahead = budget.last_reset + int(dt.timedelta(hours=2).total_seconds()) * SECOND
        return {**super().budget(budget), "last_reset": self.instant(ahead)}


@fault("field-reset-of-unused-half-is-year-one", "RESP", "should", origin="blind-2")
class ResetOfUnusedHalfIsYearOne(ResetOfUnusedHalf):
    """last_reset of an unset half of the rate limit is in the year 1."""

    shown = "0001-01-01T00:00:00Z"


@fault("field-duration-shown-as-parsed", "RESP", "must", origin="blind-2")
class DurationShownAsParsed(Views):
    """Durations of rate limits are shown in hours: 1d as 24h0m0s."""

    def rate_limit(self, rate_limit: RateLimit) -> Json:
        view = super().rate_limit(rate_limit)
        printed = {"1d": "24h0m0s", "1w": "168h0m0s", "1M": "720h0m0s", "1h": "1h0m0s", "1m": "1m0s"}
        return {name: printed.get(v, v) if name.endswith("duration") else v for name, v in view.items()}
