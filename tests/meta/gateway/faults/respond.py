"""Servers whose answers have the wrong shape, or say something else than what is stored."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from ..assembly import fault
from ..messages import Json, Request, Response
from ..model import Budget, RateLimit, Unit
from ..operations import Operations
from ..periods import SECOND
from ..views import Views
from ..wire import Wire

# members of components


@fault("RESP", "must")
class LastResetMissingWhenRead(Views):
    """The budget lacks last_reset in GET."""

    def detail(self, unit: Unit, team_count: int) -> Json:
        view = super().detail(unit, team_count)
        view.get("budget", {}).pop("last_reset", None)
        return view


@fault("RESP", "must")
class RequestUsageMissingWhenUpdated(Views):
    """The rate limit lacks request_current_usage in the answer to PUT and POST."""

    def unit(self, unit: Unit) -> Json:
        view = super().unit(unit)
        view.get("rate_limit", {}).pop("request_current_usage", None)
        return view


@fault("RESP", "must")
class UsageMissingWhenZero(Views):
    """current_usage is absent while it is zero."""

    def budget(self, budget: Budget) -> Json:
        view = super().budget(budget)
        return (
            view if budget.current_usage else {name: value for name, value in view.items() if name != "current_usage"}
        )


@fault("RESP", "must")
class ConfigHashMissing(Views):
    """The budget lacks config_hash."""

    def budget(self, budget: Budget) -> Json:
        return {name: value for name, value in super().budget(budget).items() if name != "config_hash"}


@fault("RESP", "must")
class UsageAsString(Views):
    """current_usage is a string."""

    def budget(self, budget: Budget) -> Json:
        return {**super().budget(budget), "current_usage": f"{budget.current_usage:.2f}"}


@fault("RESP", "must")
class UsageIsNull(Views):
    """current_usage is null while it is zero."""

    def budget(self, budget: Budget) -> Json:
        return {**super().budget(budget), "current_usage": self.amount(budget.current_usage) or None}


@fault("RESP", "must")
class LimitAsStringWhenRead(Views):
    """max_limit is a string in GET."""

    def detail(self, unit: Unit, team_count: int) -> Json:
        view = super().detail(unit, team_count)
        if unit.budget is not None:
            view["budget"]["max_limit"] = str(unit.budget.max_limit)
        return view


@fault("RESP", "must")
class TokensAsString(Views):
    """token_current_usage is a string."""

    def rate_limit(self, rate_limit: RateLimit) -> Json:
        view = super().rate_limit(rate_limit)
        return {**view, "token_current_usage": str(view["token_current_usage"])}


@fault("RESP", "must")
class TokensHaveFraction(Views):
    """token_current_usage has a fraction."""

    def rate_limit(self, rate_limit: RateLimit) -> Json:
        view = super().rate_limit(rate_limit)
        return {**view, "token_current_usage": view["token_current_usage"] + 0.5}


@fault("RESP", "must")
class UnsetTokensAreNull(Views):
    """An unset limit on tokens is null, which only that on requests may be."""

    def rate_limit(self, rate_limit: RateLimit) -> Json:
        return {"token_max_limit": None, "token_reset_duration": None, **super().rate_limit(rate_limit)}


@fault("RESP", "must")
class FlagAsText(Views):
    """calendar_aligned is a string."""

    def budget(self, budget: Budget) -> Json:
        return {**super().budget(budget), "calendar_aligned": str(budget.calendar_aligned).lower()}


@fault("RESP", "must")
class FlagAlwaysFalse(Views):
    """calendar_aligned is stored and shown as false."""

    def budget(self, budget: Budget) -> Json:
        return {**super().budget(budget), "calendar_aligned": False}


@fault("RESP", "must")
class FlagFalseWhenRead(Views):
    """calendar_aligned is true in the answer to an update and false in GET."""

    def detail(self, unit: Unit, team_count: int) -> Json:
        view = super().detail(unit, team_count)
        if "budget" in view:
            view["budget"]["calendar_aligned"] = False
        return view


@fault("RESP", "should")
class DurationAsGoPrintsIt(Views):
    """Durations are shown in hours, minutes and seconds: 1h as 1h0m0s."""

    def rate_limit(self, rate_limit: RateLimit) -> Json:
        view = super().rate_limit(rate_limit)
        for half in ("token", "request"):
            text = str(view.get(f"{half}_reset_duration", ""))
            if text[:-1].isdigit() and text[-1] in "hm":
                view[f"{half}_reset_duration"] = text + ("0m0s" if text[-1] == "h" else "0s")
        return view


# dates


@fault("RESP", "must")
class DateWithoutZone(Views):
    """Date-times have no offset."""

    def instant(self, instant: int) -> Any:
        return str(super().instant(instant)).removesuffix("Z")


@fault("RESP", "must")
class DateAsNumber(Views):
    """Date-times are seconds since 1970."""

    def instant(self, instant: int) -> Any:
        return instant // SECOND


@fault("RESP", "must")
class DateWithBlank(Views):
    """Date-times have a blank in place of the T, and no offset."""

    def instant(self, instant: int) -> Any:
        return datetime.fromtimestamp(instant // SECOND, UTC).strftime("%Y-%m-%d %H:%M:%S")


@fault("RESP", "must")
class DateAsDay(Views):
    """Date-times are days."""

    def instant(self, instant: int) -> Any:
        return str(super().instant(instant))[:10]


@fault("RESP", "should")
class DateIsZero(Views):
    """created_at of a budget is the year 1."""

    def budget(self, budget: Budget) -> Json:
        return {**super().budget(budget), "created_at": "0001-01-01T00:00:00Z"}


# the unit


@fault("RESP", "must")
class UnitIdDiffers(Views):
    """The answer to an update has another identifier than the path."""

    def unit(self, unit: Unit) -> Json:
        return {**super().unit(unit), "id": f"{unit.id}-1"}


@fault("RESP", "must")
class UnitIdMissing(Views):
    """The answer to an update lacks the identifier of the unit."""

    def unit(self, unit: Unit) -> Json:
        return {name: value for name, value in super().unit(unit).items() if name != "id"}


@fault("RESP", "should")
class UnitNameMissing(Views):
    """The answer to an update lacks the name of the unit."""

    def unit(self, unit: Unit) -> Json:
        return {name: value for name, value in super().unit(unit).items() if name != "name"}


@fault("RESP", "must")
class UnitNameIsNull(Views):
    """The answer to an update has a name that is null."""

    def unit(self, unit: Unit) -> Json:
        return {**super().unit(unit), "name": None}


@fault("RESP", "should")
class BudgetIdIsAnother(Views):
    """budget_id is not the identifier of the budget."""

    def component_ids(self, unit: Unit) -> Json:
        view = super().component_ids(unit)
        return {**view, "budget_id": f"budget-of-{unit.id}"} if unit.budget else view


@fault("RESP", "should")
class RateLimitIdIsBudgetId(Views):
    """rate_limit_id is the identifier of the budget."""

    def component_ids(self, unit: Unit) -> Json:
        view = super().component_ids(unit)
        return {**view, "rate_limit_id": unit.budget.id} if unit.budget and unit.rate_limit else view


@fault("RESP", "must")
class OnlyMentionedComponentAnswered(Operations):
    """The answer to an update shows the components that the body mentioned, and not the other."""

    def update_governance(self, request: Request) -> Response:
        response = super().update_governance(request)
        body = self.bodies.document(request.body)
        for component in {"budget", "rate_limit"} - set(body):
            response.payload["business_unit"].pop(component, None)
        return response


@fault("RESP", "must")
class RequestEchoed(Operations):
    """The answer to an update is the unit with the body's components as they were sent."""

    def update_governance(self, request: Request) -> Response:
        response = super().update_governance(request)
        for component, value in self.bodies.document(request.body).items():
            response.payload["business_unit"][component] = value
        return response


@fault("RESP", "must")
class MessageIsObject(Views):
    """The message of an update is an object."""

    def governed(self, english: str, unit: Unit) -> Json:
        return {**super().governed(english, unit), "message": {"text": english}}


@fault("RESP", "should")
class MessageEmpty(Views):
    """The message of an update is empty."""

    def governed(self, english: str, unit: Unit) -> Json:
        return {**super().governed(english, unit), "message": ""}


@fault("RESP", "should")
class MessageMissing(Views):
    """The answer to an update has no message."""

    def governed(self, english: str, unit: Unit) -> Json:
        return {"business_unit": self.unit(unit)}


@fault("RESP", "must")
class UnitMissing(Views):
    """The answer to an update has a message and no unit."""

    def governed(self, english: str, unit: Unit) -> Json:
        return self.message(english)


@fault("RESP", "must")
class UnitNotWrapped(Views):
    """The answer to an update is the unit itself, with the message inside."""

    def governed(self, english: str, unit: Unit) -> Json:
        return {**self.unit(unit), "message": english}


@fault("RESP", "should")
class ReadUnitWrapped(Views):
    """GET wraps the unit in business_unit."""

    def detail(self, unit: Unit, team_count: int) -> Json:
        return {"business_unit": super().detail(unit, team_count)}


@fault("RESP", "must")
class ComponentsMissingWhenRead(Views):
    """GET shows the unit without its governance."""

    def detail(self, unit: Unit, team_count: int) -> Json:
        view = super().detail(unit, team_count)
        return {name: value for name, value in view.items() if name not in ("budget", "rate_limit")}


@fault("RESP", "must")
class TeamCountAsString(Views):
    """team_count is a string in GET."""

    def detail(self, unit: Unit, team_count: int) -> Json:
        return {**super().detail(unit, team_count), "team_count": str(team_count)}


# the bytes


@fault("RESP", "must")
class UpdateAnswered201(Wire):
    """An update is answered 201."""

    def status(self, request: Request, response: Response) -> int:
        updated = request.operation == "updateBusinessUnitGovernance" and response.status == 200
        return 201 if updated else response.status


@fault("RESP", "must")
class UpdateAnswered204(Wire):
    """An update is answered 204, without a body."""

    def message(self, request: Request, response: Response) -> tuple[int, dict[str, str], bytes]:
        if request.operation == "updateBusinessUnitGovernance" and response.status == 200:
            return 204, {}, b""
        return super().message(request, response)


@fault("RESP", "must")
class JsonAsPlainText(Wire):
    """The media type is text/plain."""

    def content_type(self, request: Request, response: Response) -> str | None:
        return "text/plain"


@fault("RESP", "must")
class JsonAsTextJson(Wire):
    """The media type of an update is text/json."""

    def content_type(self, request: Request, response: Response) -> str | None:
        return "text/json" if request.method == "PUT" else super().content_type(request, response)


@fault("RESP", "must")
class MediaTypeMissing(Wire):
    """There is no Content-Type."""

    def content_type(self, request: Request, response: Response) -> str | None:
        return None


@fault("RESP", "must")
class TrailingBytes(Wire):
    """A second JSON value follows the first."""

    def encode(self, payload: Any) -> bytes:
        return super().encode(payload) + b"\n{}"


@fault("RESP", "must")
class ByteOrderMark(Wire):
    """The JSON begins with a byte order mark (RFC 8259, section 8.1)."""

    def encode(self, payload: Any) -> bytes:
        return b"\xef\xbb\xbf" + super().encode(payload)


@fault("RESP", "must")
class Latin1(Wire):
    """The JSON is in ISO 8859-1."""

    def encode(self, payload: Any) -> bytes:
        return super().encode(payload).decode().encode("latin-1", "replace")


@fault("RESP", "must")
class PythonLiterals(Wire):
    """The body is written as Python writes it, with single quotes."""

    def encode(self, payload: Any) -> bytes:
        return str(payload).encode()


@fault("RESP", "must")
class JsonInsideString(Wire):
    """The JSON is encoded twice: the body is a string."""

    def encode(self, payload: Any) -> bytes:
        return super().encode(super().encode(payload).decode())
