"""Servers with faults of the other modules, but only after five changes, after three refusals or for long texts."""

from __future__ import annotations

from ...assembly import on_condition
from ...conditional import AFTER_REFUSALS, LATER, LONG_NAME
from .body_types import any_body_accepted
from .invalid_bodies import invalid_body_clears_governance
from .refused_values import empty_update_refused, unknown_fields_refused
from .request_names import (
    empty_name_accepted,
    missing_name_accepted,
    missing_team_id_breaks,
    punctuation_in_names_refused,
)

CONDITIONAL = on_condition(
    __name__,
    {
        "unknown-fields-refused-later": (unknown_fields_refused, LATER),
        "any-body-accepted-later": (any_body_accepted, LATER),
        "invalid-body-clears-governance-later": (invalid_body_clears_governance, LATER),
        "missing-name-accepted-after-refusals": (missing_name_accepted, AFTER_REFUSALS),
        "missing-team-id-breaks-after-refusals": (missing_team_id_breaks, AFTER_REFUSALS),
        "empty-name-accepted-after-refusals": (empty_name_accepted, AFTER_REFUSALS),
        "punctuation-in-names-refused-for-long-texts": (punctuation_in_names_refused, LONG_NAME),
        "empty-update-refused-later": (empty_update_refused, LATER),
    },
)
