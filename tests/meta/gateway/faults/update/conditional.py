"""Servers with faults of the other modules, but only after five changes, after two removals or for long durations."""

from __future__ import annotations

from ...assembly import on_condition
from ...conditional import AFTER_REMOVALS, LATER, LONG_DURATION
from .budget_fields import limit_change_ignored
from .identity import budget_recreated_by_any_update, unit_renamed
from .numbers import counts_wrap_at_32_bits, fraction_of_cent_breaks, limit_in_cents
from .other_component import omitted_budget_removed, rate_limit_beside_budget_ignored
from .other_units import every_unit_updated
from .rate_limits import request_pair_ignored
from .storage import stale_response

CONDITIONAL = on_condition(
    __name__,
    {
        "omitted-budget-removed-later": (omitted_budget_removed, LATER),
        "limit-in-cents-later": (limit_in_cents, LATER),
        "limit-change-ignored-after-removals": (limit_change_ignored, AFTER_REMOVALS),
        "stale-response-later": (stale_response, LATER),
        "request-pair-ignored-later": (request_pair_ignored, LATER),
        "budget-recreated-by-any-update-for-long-durations": (budget_recreated_by_any_update, LONG_DURATION),
        "every-unit-updated-later": (every_unit_updated, LATER),
        "unit-renamed-later": (unit_renamed, LATER),
        "counts-wrap-at-32-bits-later": (counts_wrap_at_32_bits, LATER),
        "rate-limit-beside-budget-ignored-for-long-durations": (rate_limit_beside_budget_ignored, LONG_DURATION),
        "fraction-of-cent-breaks-later": (fraction_of_cent_breaks, LATER),
    },
)
