"""Servers that show values of the wrong type."""

from __future__ import annotations

from typing import Any

from ...assembly import fault
from ...messages import Json
from ...model import Budget, RateLimit, Unit
from ...views import Views
from .common import ResetOfUnusedHalf


@fault("usage-as-string", "RESP", "must", proves=("RESP-02",))
class UsageAsString(Views):
    """current_usage is a string."""

    def budget(self, budget: Budget) -> Json:
        return {**super().budget(budget), "current_usage": f"{budget.current_usage:.2f}"}


@fault("usage-is-null", "RESP", "must")
class UsageIsNull(Views):
    """current_usage is null while it is 0."""

    def budget(self, budget: Budget) -> Json:
        return {**super().budget(budget), "current_usage": self.amount(budget.current_usage) or None}


@fault("tokens-as-string", "RESP", "must")
class TokensAsString(Views):
    """token_current_usage is a string."""

    def rate_limit(self, rate_limit: RateLimit) -> Json:
        view = super().rate_limit(rate_limit)
        return {**view, "token_current_usage": str(view["token_current_usage"])}


@fault("tokens-have-fraction", "RESP", "must")
class TokensHaveFraction(Views):
    """token_current_usage has a fraction."""

    def rate_limit(self, rate_limit: RateLimit) -> Json:
        view = super().rate_limit(rate_limit)
        return {**view, "token_current_usage": view["token_current_usage"] + 0.5}


@fault("unset-tokens-are-null", "RESP", "must")
class UnsetTokensAreNull(Views):
    """An unset token pair is null, which the schema allows for the request pair only."""

    def rate_limit(self, rate_limit: RateLimit) -> Json:
        return {"token_max_limit": None, "token_reset_duration": None, **super().rate_limit(rate_limit)}


@fault("team-count-as-string", "RESP", "must")
class TeamCountAsString(Views):
    """team_count is a string in a GET."""

    def detail(self, unit: Unit, team_count: int) -> Json:
        return {**super().detail(unit, team_count), "team_count": str(team_count)}


@fault("limit-as-string-when-read", "RESP", "must")
class LimitAsStringWhenRead(Views):
    """max_limit is a string in a GET."""

    def detail(self, unit: Unit, team_count: int) -> Json:
        view = super().detail(unit, team_count)
        if unit.budget is not None:
            view["budget"]["max_limit"] = str(unit.budget.max_limit)
        return view


@fault("field-spend-is-text", "RESP", "must", origin="blind-2")
class SpendIsText(Views):
    """Amounts with cents are strings."""

    def amount(self, dollars: float) -> Any:
        return super().amount(dollars) if dollars.is_integer() else f"{dollars}"


@fault("field-large-counts-are-text", "RESP", "must", origin="blind-2")
class LargeCountsAreText(Views):
    """Counts beyond 2^53 are strings."""

    def rate_limit(self, rate_limit: RateLimit) -> Json:
        view = super().rate_limit(rate_limit)
        return {name: f"{v}" if type(v) is int and abs(v) > 2**53 else v for name, v in view.items()}


@fault("field-reset-of-unused-half-is-null", "RESP", "must", origin="blind-2")
class ResetOfUnusedHalfIsNull(ResetOfUnusedHalf):
    """last_reset of an unset half of the rate limit is null."""

    shown = None
