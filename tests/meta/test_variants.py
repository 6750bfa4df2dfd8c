"""Conformant variants: no MUST rule is red on any of them.

A quick run judges a server with the behaviour of several variants that do not hide each other. ``tox -e variants``
judges each variant alone, with whole runs and ten seeds.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import pytest
from gateway import VARIANTS
from gateway.variants import combine
from judging import Judged
from variant_runs import run_options

# The lines of a group: credentials, request bodies and operations; updates; lists and members; JSON and transport.
_TOGETHER = [
    """
    forbidden null-component-omitted base-path
    flag-removes-budget
    paging-clamped integer-ids offset-timestamps extra-fields
    french charset gzip third-balancer-sets-cookies
    """,
    """
    authenticate-header whole-floats-refused unknown-methods-501
    rate-limit-replaced
    newest-first ulid-ids zero-offset-timestamps null-config-hash
    minimal-errors field-members-reversed chunked
    """,
    """
    empty-refusal-body content-type-required page-for-people
    partial-components-refused field-window-never-rolls
    third-lately-saved-come-last spaced-ids whole-seconds null-optional-fields
    escaped-unicode http-1.0 large-body-hangs-up
    """,
    """
    scheme-case-sensitive doubled-members-refused third-method-override-honoured
    multiples-grouped third-same-values-are-no-change
    field-lists-in-hash-order reserved-ids milliseconds free-objects
    field-detailed-errors field-spacious-json close-connection
    """,
    """
    third-refusals-that-say-more lenient cross-origin
    updated-rate-limit-not-checked usage-zeroed-by-duration-change
    field-long-ids field-lower-case-dates false-alignment-omitted
    field-exponent-amounts field-security-headers
    """,
    """
    field-unknown-members-refused field-later-edition-served third-taken-name-before-missing-unit
    field-flag-only-budget-refused field-new-duration-starts-window
    field-many-digit-dates third-update-omits-false-flag
    field-pointed-amounts field-upper-case-headers throttled
    """,
    """
    field-null-removes field-creation-shows-detail
    field-partial-pairs-refused field-teams-touch-unit
    field-short-dates
    field-html-safe-json field-entity-tags field-slow-first-answer
    """,
    """
    lookup-first field-zero-limits-accepted
    field-durations-alone-remove components-share-one-id empty-update-touches
    background-traffic
    field-errors-close-connection field-retry-after-date
    """,
]
_ALONE = {
    "plain": "has the behaviour that the variants change",
    "put-only-404": "leaves one operation to judge",
    "put-only-405": "leaves one operation to judge",
    "no-teams": "leaves no team to judge",
    "slow": "would take long with every rule",
    "throttled-second": "would take long with every rule",
}
_JUDGED_WHOLE = ("go-like",)
_RUNS = [
    *(("quick", names.split()) for names in _TOGETHER),
    *(("quick", [name]) for name in _ALONE),
    *(("default", [name]) for name in _JUDGED_WHOLE),
]


def test_every_variant_is_judged_once() -> None:
    assert Counter(name for _, names in _RUNS for name in names) == Counter(VARIANTS.keys())


@pytest.mark.parametrize(("profile", "names"), _RUNS, ids=lambda given: given if isinstance(given, str) else given[0])
def test_no_must_rule_is_red(judge_gateway: Callable[..., Judged], profile: str, names: list[str]) -> None:
    judged = judge_gateway(run_options(names[0], 1, profile), variant=names)
    must = [rule for rule, level in judged.red.items() if level == "MUST"]
    shown = f"variants: {' '.join(names)}\n{judged.output}"
    assert must == [], shown
    assert judged.code == 0, shown
    assert judged.report["complete"] is True


@pytest.mark.parametrize(
    ("names", "says"),
    [
        (("spaced-ids", "ulid-ids"), "two variants set id_style"),
        (("field-members-reversed", "field-spacious-json"), "two variants override encode"),
    ],
)
def test_variants_that_contradict_are_not_combined(names: tuple[str, str], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        combine(VARIANTS[name] for name in names)
