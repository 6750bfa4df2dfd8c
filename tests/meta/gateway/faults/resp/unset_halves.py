"""A server that shows unset halves of rate limits wrongly. Faults of this area are subclasses."""

from __future__ import annotations

from ...messages import Json
from ...model import RateLimit
from ...views import Views


class ResetOfUnusedHalf(Views):
    """Shows a wrong last_reset of an unset half of the rate limit."""

    shown: str | None = None

    def rate_limit(self, rate_limit: RateLimit) -> Json:
        view = super().rate_limit(rate_limit)
        for name, half in (("token", rate_limit.token), ("request", rate_limit.request)):
            if half.max_limit is None:
                view[f"{name}_last_reset"] = self.shown
        return view
