"""Servers with faults of the other modules, but only for paths with escapes."""

from __future__ import annotations

from ...assembly import on_condition
from ...conditional import ESCAPED_PATH
from .ids import pattern_within_id_matches, surrogate_in_id_breaks, wide_characters_in_id_match
from .not_found import bad_body_for_unknown_unit_ignored

CONDITIONAL = on_condition(
    __name__,
    {
        "surrogate-in-id-breaks-for-escaped-paths": (surrogate_in_id_breaks, ESCAPED_PATH),
        "bad-body-for-unknown-unit-ignored-for-escaped-paths": (bad_body_for_unknown_unit_ignored, ESCAPED_PATH),
        "pattern-within-id-matches-for-escaped-paths": (pattern_within_id_matches, ESCAPED_PATH),
        "wide-characters-in-id-match-for-escaped-paths": (wide_characters_in_id_match, ESCAPED_PATH),
    },
)
