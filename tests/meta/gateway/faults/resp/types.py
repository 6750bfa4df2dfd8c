"""Servers that show values of the wrong type."""

from __future__ import annotations

from typing import Any

from ...assembly import fault
from ...messages import Json
from ...model import Budget, RateLimit, Unit
from ...views import Views
from .unset_halves import ResetOfUnusedHalf


@fault("usage-as-string", "must", Views.budget, proves=("RESP-02",))
def usage_as_string(self: Views, budget: Budget) -> Json:
    """current_usage is a string."""
    return {**Views.budget(self, budget), "current_usage": f"{budget.current_usage:.2f}"}


@fault("tokens-have-fraction", "must", Views.rate_limit)
def tokens_have_fraction(self: Views, rate_limit: RateLimit) -> Json:
    """token_current_usage has a fraction."""
    view = Views.rate_limit(self, rate_limit)
    return {**view, "token_current_usage": view["token_current_usage"] + 0.5}


@fault("unset-tokens-are-null", "must", Views.rate_limit)
def unset_tokens_are_null(self: Views, rate_limit: RateLimit) -> Json:
    """An unset token pair is null, which the schema allows for the request pair only."""
    return {"token_max_limit": None, "token_reset_duration": None, **Views.rate_limit(self, rate_limit)}


@fault("limit-as-string-when-read", "must", Views.detail)
def limit_as_string_when_read(self: Views, unit: Unit, team_count: int) -> Json:
    """max_limit is a string in a GET."""
    view = Views.detail(self, unit, team_count)
    if unit.budget is not None:
        view["budget"]["max_limit"] = str(unit.budget.max_limit)
    return view


@fault("field-large-counts-are-text", "must", Views.rate_limit, origin="blind-2")
def large_counts_are_text(self: Views, rate_limit: RateLimit) -> Json:
    """Counts beyond 2^53 are strings."""
    view = Views.rate_limit(self, rate_limit)
    return {name: f"{v}" if type(v) is int and abs(v) > 2**53 else v for name, v in view.items()}


@fault("field-reset-of-unused-half-is-null", "must", origin="blind-2")
class ResetOfUnusedHalfIsNull(ResetOfUnusedHalf):
    """last_reset of an unset half of the rate limit is null."""

    shown = None


@fault("rare-huge-amounts-as-strings", "must", origin="blind-4")
class HugeAmountsAsStrings(Views):
    """The server shows amounts of 1e21 dollars or more as strings."""

    def amount(self, dollars: float) -> Any:
        return str(dollars) if dollars >= 1e21 else super().amount(dollars)
