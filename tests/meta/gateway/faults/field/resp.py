"""Mistakes of successful answers."""

from __future__ import annotations

import datetime as dt
import html
import time
from dataclasses import replace
from typing import Any

from ...assembly import fault
from ...messages import Json, Request, Response
from ...model import Budget, RateLimit, Unit
from ...operations import Operations
from ...periods import SECOND
from ...views import Views
from ...wire import Wire


@fault("RESP", "must")
class AnswerFromBeforeUpdate(Operations):
    """From the second update on, the answer shows the unit as it was before: the reload comes after the answer."""

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        self.loaded: set[str] = set()

    def update_governance(self, request: Request) -> Response:
        before = self.store.find(request.unit_id)
        response = super().update_governance(request)
        if before is not None and request.unit_id in self.loaded:
            return Response(200, self.views.governed("Business unit governance updated successfully", before))
        self.loaded.add(request.unit_id)
        return response


@fault("RESP", "must")
class AnswerWithoutSpend(Operations):
    """The answer to an update is built from the row without its counters: a budget in use shows 0."""

    def update_governance(self, request: Request) -> Response:
        response = super().update_governance(request)
        if budget := response.payload["business_unit"].get("budget"):
            budget["current_usage"] = 0
        return response


@fault("RESP", "must")
class DetailReadFromReplica(Operations):
    """GET reads a replica that is half a second behind: an update is not there at once."""

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        self.behind: dict[str, tuple[float, Unit]] = {}

    def update_governance(self, request: Request) -> Response:
        before = self.store.find(request.unit_id)
        response = super().update_governance(request)
        if before is not None:
            self.behind[before.id] = (time.monotonic(), before)
        return response

    def get_unit(self, request: Request) -> Response:
        then, old = self.behind.get(request.unit_id, (-9.0, None))
        current = self.store.find(request.unit_id)
        if old is None or current is None or time.monotonic() - then > 0.5:
            return super().get_unit(request)
        shown = replace(old, name=current.name)
        return Response(200, self.views.detail(shown, self.team_count(shown)))


@fault("RESP", "must")
class SpendIsText(Views):
    """Amounts of money with cents come from a decimal type that serialises as text."""

    def amount(self, dollars: float) -> Any:
        return super().amount(dollars) if dollars.is_integer() else f"{dollars}"


@fault("RESP", "must")
class HashOmittedWhenEmpty(Views):
    """`omitempty`: the required config_hash of a rate limit is absent when it is empty."""

    def rate_limit(self, rate_limit: RateLimit) -> Json:
        view = super().rate_limit(rate_limit)
        del view["config_hash"]
        return view


@fault("RESP", "must")
class ResetOfUnusedHalfIsNull(Views):
    """The half of a rate limit that has no limit has null for the date of its reset."""

    def rate_limit(self, rate_limit: RateLimit) -> Json:
        view = super().rate_limit(rate_limit)
        if rate_limit.token.max_limit is None:
            view["token_last_reset"] = None
        if rate_limit.request.max_limit is None:
            view["request_last_reset"] = None
        return view


@fault("RESP", "should")
class ResetOfUnusedHalfIsYearOne(Views):
    """The half of a rate limit that has no limit has the zero time of the language for the date of its reset."""

    def rate_limit(self, rate_limit: RateLimit) -> Json:
        view = super().rate_limit(rate_limit)
        if rate_limit.token.max_limit is None:
            view["token_last_reset"] = "0001-01-01T00:00:00Z"  # noqa: S105  a timestamp, not a password
        if rate_limit.request.max_limit is None:
            view["request_last_reset"] = "0001-01-01T00:00:00Z"
        return view


@fault("RESP", "should")
class UnsetLimitIsZero(Views):
    """A limit that was never set shows as 0, which reads as a limit of nothing."""

    def rate_limit(self, rate_limit: RateLimit) -> Json:
        return {"token_max_limit": 0, "request_max_limit": 0, **super().rate_limit(rate_limit)}


@fault("RESP", "must")
class OffsetWithoutColon(Views):
    """Dates end in +0000, which is no date-time of RFC 3339."""

    def instant(self, instant: int) -> Any:
        return f"{super().instant(instant)}".replace("Z", "+0000")


@fault("RESP", "must")
class LocalTimeMarkedUtc(Views):
    """Dates of budgets are formatted in the server's zone, two hours ahead, and marked with Z."""

    def budget(self, budget: Budget) -> Json:
        ahead = budget.last_reset + int(dt.timedelta(hours=2).total_seconds()) * SECOND
        return {**super().budget(budget), "last_reset": self.instant(ahead)}


@fault("RESP", "must")
class LargeCountsRounded(Views):
    """Counts beyond 2**53 are written through a double."""

    def rate_limit(self, rate_limit: RateLimit) -> Json:
        view = super().rate_limit(rate_limit)
        return {name: int(float(value)) if type(value) is int else value for name, value in view.items()}


@fault("RESP", "must")
class LargeCountsAreText(Views):
    """Counts beyond 2**53 are written as text, so that browsers can read them."""

    def rate_limit(self, rate_limit: RateLimit) -> Json:
        view = super().rate_limit(rate_limit)
        return {name: f"{v}" if type(v) is int and abs(v) > 2**53 else v for name, v in view.items()}


@fault("RESP", "must")
class LargeAmountsRounded(Views):
    """Amounts are written with six significant digits: 1234567.89 shows as 1234570."""

    def amount(self, dollars: float) -> Any:
        return super().amount(float(f"{dollars:.6g}"))


@fault("RESP", "must")
class DetailSwapsPairs(Views):
    """The query of the detail scans the two max_limit columns of a rate limit in the wrong order."""

    def detail(self, unit: Unit, team_count: int) -> Json:
        if unit.rate_limit is not None and unit.rate_limit.token.max_limit and unit.rate_limit.request.max_limit:
            token = replace(unit.rate_limit.token, max_limit=unit.rate_limit.request.max_limit)
            request = replace(unit.rate_limit.request, max_limit=unit.rate_limit.token.max_limit)
            unit = replace(unit, rate_limit=replace(unit.rate_limit, token=token, request=request))
        return super().detail(unit, team_count)


@fault("RESP", "should")
class NamesEscapedInAnswers(Views):
    """Names are escaped for HTML in the answer to an update: `&` becomes `&amp;`."""

    def unit(self, unit: Unit) -> Json:
        return {**super().unit(unit), "name": html.escape(unit.name)}


@fault("RESP", "should")
class MessageMissingOnRemoval(Operations):
    """The answer to an update that removed something has no message."""

    def update_governance(self, request: Request) -> Response:
        response = super().update_governance(request)
        if {} in self.document(request).values():
            del response.payload["message"]
        return response


@fault("RESP", "should")
class ComponentIdsMissing(Views):
    """budget_id and rate_limit_id are never filled."""

    def component_ids(self, unit: Unit) -> Json:
        return {}


@fault("RESP", "must")
class RequestDurationOmitted(Views):
    """A tag that was copied: the duration of the requests overwrites that of the tokens and is itself not written."""

    def rate_limit(self, rate_limit: RateLimit) -> Json:
        view = super().rate_limit(rate_limit)
        if (text := view.pop("request_reset_duration", None)) is not None:
            view["token_reset_duration"] = text
        return view


@fault("RESP", "must")
class DurationShownAsParsed(Views):
    """Clock durations are shown as the parser prints them, days in hours: 1d becomes 24h0m0s."""

    def rate_limit(self, rate_limit: RateLimit) -> Json:
        view = super().rate_limit(rate_limit)
        printed = {"1d": "24h0m0s", "1w": "168h0m0s", "1M": "720h0m0s", "1h": "1h0m0s", "1m": "1m0s"}
        return {name: printed.get(v, v) if name.endswith("duration") else v for name, v in view.items()}


@fault("RESP", "must")
class DeletionSaid204(Wire):
    """A deletion is answered with 204 and no body, where the documentation says 200 and a message."""

    def status(self, request: Request, response: Response) -> int:
        return 204 if request.method == "DELETE" and response.status == 200 else response.status

    def body(self, request: Request, response: Response) -> bytes:
        return b"" if self.status(request, response) == 204 else super().body(request, response)
