"""Servers that leave members out of a response."""

from __future__ import annotations

from ...assembly import fault
from ...messages import Json, Request, Response
from ...model import Budget, RateLimit, Unit
from ...operations import Operations
from ...views import Views


@fault("config-hash-missing", "RESP", "must", proves=("RESP-07",))
class ConfigHashMissing(Views):
    """The budget has no config_hash."""

    def budget(self, budget: Budget) -> Json:
        return {name: value for name, value in super().budget(budget).items() if name != "config_hash"}


@fault("field-hash-omitted-when-empty", "RESP", "must", origin="blind-2")
class HashOmittedWhenEmpty(Views):
    """The rate limit has no config_hash."""

    def rate_limit(self, rate_limit: RateLimit) -> Json:
        view = super().rate_limit(rate_limit)
        del view["config_hash"]
        return view


@fault("last-reset-missing-when-read", "RESP", "must")
class LastResetMissingWhenRead(Views):
    """The budget has no last_reset in a GET."""

    def detail(self, unit: Unit, team_count: int) -> Json:
        view = super().detail(unit, team_count)
        view.get("budget", {}).pop("last_reset", None)
        return view


@fault("usage-missing-when-zero", "RESP", "must")
class UsageMissingWhenZero(Views):
    """The budget has no current_usage while it is 0."""

    def budget(self, budget: Budget) -> Json:
        view = super().budget(budget)
        return (
            view if budget.current_usage else {name: value for name, value in view.items() if name != "current_usage"}
        )


@fault("request-usage-missing-when-updated", "RESP", "must")
class RequestUsageMissingWhenUpdated(Views):
    """The rate limit has no request_current_usage in responses to PUT and POST."""

    def unit(self, unit: Unit) -> Json:
        view = super().unit(unit)
        view.get("rate_limit", {}).pop("request_current_usage", None)
        return view


@fault("third-unused-requests-are-omitted", "RESP", "must", origin="blind-3")
class UnusedRequestsAreOmitted(Views):
    """The rate limit has no request_current_usage in a GET while it is 0."""

    def detail(self, unit: Unit, team_count: int) -> Json:
        view = super().detail(unit, team_count)
        if "rate_limit" in view and not view["rate_limit"]["request_current_usage"]:
            del view["rate_limit"]["request_current_usage"]
        return view


@fault("components-missing-when-read", "RESP", "must")
class ComponentsMissingWhenRead(Views):
    """A GET shows the unit without its governance."""

    def detail(self, unit: Unit, team_count: int) -> Json:
        view = super().detail(unit, team_count)
        return {name: value for name, value in view.items() if name not in ("budget", "rate_limit")}


@fault("only-mentioned-component-answered", "RESP", "must")
class OnlyMentionedComponentAnswered(Operations):
    """The response to an update shows only the components that the body mentions."""

    def update_governance(self, request: Request) -> Response:
        response = super().update_governance(request)
        body = self.bodies.document(request.body)
        for component in {"budget", "rate_limit"} - set(body):
            response.payload["business_unit"].pop(component, None)
        return response


@fault("request-echoed", "RESP", "must")
class RequestEchoed(Operations):
    """The response to an update shows the components of the body as they were sent."""

    def update_governance(self, request: Request) -> Response:
        response = super().update_governance(request)
        for component, value in self.bodies.document(request.body).items():
            response.payload["business_unit"][component] = value
        return response


@fault("field-request-duration-omitted", "RESP", "must", origin="blind-2")
class RequestDurationOmitted(Views):
    """The request duration is shown as the token duration, and its own member is absent."""

    def rate_limit(self, rate_limit: RateLimit) -> Json:
        view = super().rate_limit(rate_limit)
        if (text := view.pop("request_reset_duration", None)) is not None:
            view["token_reset_duration"] = text
        return view
