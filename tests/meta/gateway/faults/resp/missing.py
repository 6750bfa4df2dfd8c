"""Servers that leave members out of a response."""

from __future__ import annotations

from ...assembly import fault
from ...messages import Json, Request, Response
from ...model import Budget, RateLimit, Unit
from ...operations import Operations
from ...views import Views


@fault("config-hash-missing", "must", Views.budget, proves=("RESP-07",))
def config_hash_missing(self: Views, budget: Budget) -> Json:
    """The budget has no config_hash."""
    return {name: value for name, value in Views.budget(self, budget).items() if name != "config_hash"}


@fault("last-reset-missing-when-read", "must", Views.detail)
def last_reset_missing_when_read(self: Views, unit: Unit, team_count: int) -> Json:
    """The budget has no last_reset in a GET."""
    view = Views.detail(self, unit, team_count)
    view.get("budget", {}).pop("last_reset", None)
    return view


@fault("request-usage-missing-when-updated", "must", Views.unit)
def request_usage_missing_when_updated(self: Views, unit: Unit) -> Json:
    """The rate limit has no request_current_usage in responses to PUT and POST."""
    view = Views.unit(self, unit)
    view.get("rate_limit", {}).pop("request_current_usage", None)
    return view


@fault("components-missing-when-read", "must", Views.detail)
def components_missing_when_read(self: Views, unit: Unit, team_count: int) -> Json:
    """A GET shows the unit without its governance."""
    view = Views.detail(self, unit, team_count)
    return {name: value for name, value in view.items() if name not in ("budget", "rate_limit")}


@fault("governance-never-shown", "must", Views.components)
def governance_never_shown(self: Views, unit: Unit) -> Json:
    """No response shows a budget or a rate limit."""
    return {}


@fault("rate-limit-never-shown", "must", Views.components)
def rate_limit_never_shown(self: Views, unit: Unit) -> Json:
    """No response shows a rate limit."""
    return {name: value for name, value in Views.components(self, unit).items() if name != "rate_limit"}


@fault("only-mentioned-component-answered", "must", Operations.update_governance)
def only_mentioned_component_answered(self: Operations, request: Request) -> Response:
    """The response to an update shows only the components that the body mentions."""
    response = Operations.update_governance(self, request)
    body = self.bodies.document(request.body)
    for component in {"budget", "rate_limit"} - set(body):
        response.payload["business_unit"].pop(component, None)
    return response


@fault("request-echoed", "must", Operations.update_governance)
def request_echoed(self: Operations, request: Request) -> Response:
    """The response to an update shows the components of the body as they were sent."""
    response = Operations.update_governance(self, request)
    for component, value in self.bodies.document(request.body).items():
        response.payload["business_unit"][component] = value
    return response


@fault("field-request-duration-omitted", "must", Views.rate_limit, origin="blind-2")
def request_duration_omitted(self: Views, rate_limit: RateLimit) -> Json:
    """The request duration is shown as the token duration, and its own member is absent."""
    view = Views.rate_limit(self, rate_limit)
    if (text := view.pop("request_reset_duration", None)) is not None:
        view["token_reset_duration"] = text
    return view
