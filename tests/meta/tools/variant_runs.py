"""Judge every conformant variant with several seeds. No rule may be red, except SHOULD rules that a variant breaks.

``python tests/meta/tools/variant_runs.py`` judges all variants with ten seeds each. A server combines several variants.
``--seeds N`` sets the number of seeds. Names select variants, and each of them is then judged alone. ``--rule ID``
judges one rule alone, which takes a small part of the time.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from itertools import product
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))  # finds gateway/ and judging.py when this file is a script

from arguments import positive
from gateway import VARIANTS
from governance_contract.contract.rules import CATALOGUE
from judging import Judged, judge_here, judging_pool

_SLOW = {"slow", "throttled-second", "field-slow-first-answer"}
_SAMPLE = "AUTH-01,UPDATE-01,UPDATE-04,REMOVE-01,ALIGN-01,VALID-01,ERROR-01,RESP-02,CONC-01"

# The lines of a group: credentials, request bodies and operations; updates; lists and members; JSON and transport.
_TOGETHER = [
    """
    forbidden null-component-omitted base-path
    flag-removes-budget
    paging-clamped integer-ids offset-timestamps extra-fields
    french charset gzip third-balancer-sets-cookies clock-durations-in-seconds
    """,
    """
    authenticate-header whole-floats-refused unknown-methods-501
    rate-limit-replaced
    newest-first ulid-ids zero-offset-timestamps null-config-hash
    minimal-errors field-members-reversed chunked lists-in-whole-seconds
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
    background-traffic reads-in-whole-seconds length-required
    field-errors-close-connection field-retry-after-date
    """,
]
_ALONE = {
    "plain": "has the behaviour that the variants change",
    "put-only-404": "leaves one operation to judge",
    "go-like": "has the behaviour of several",
    "put-only-405": "leaves one operation to judge",
    "put-only-touches": "leaves one operation to judge",
    "put-only-traffic": "leaves one operation to judge",
    "no-creation-traffic": "leaves no unit of the run to judge",
    "no-teams": "leaves no team to judge",
    "slow": "would take long with every rule",
    "throttled-second": "would take long with every rule",
}
_BROKEN_SHOULD_RULES = {
    "forbidden": {"AUTH-15"},
    "empty-refusal-body": {"ERROR-03", "ERROR-09"},
    "minimal-errors": {"ERROR-03", "ERROR-09"},
    "unknown-methods-501": {"HTTP-01"},
    "page-for-people": {"HTTP-02"},
    "lenient": {"CREATE-05", "RESP-05", "VALID-05", "VALID-06", "VALID-07", "VALID-08", "VALID-22", "VALID-25"},
    "partial-components-refused": {"UPDATE-07", "UPDATE-08"},
    "field-unknown-members-refused": {"UPDATE-23"},
    "clock-durations-in-seconds": {"UPDATE-24"},
    "field-zero-limits-accepted": {"VALID-06"},
}
"""The SHOULD rules that a variant breaks. The published contract permits what it does."""
RUNS = [*(names.split() for names in _TOGETHER), *([name] for name in _ALONE)]
"""The servers that are judged: the variants whose behaviour the server combines.

The variants of a server do not hide each other.
"""


def run_options(variant: str, seed: int, profile: str, rule: str = "") -> list[str]:
    """Return the plugin's options for a run, of one rule if it is given.

    Without it, slow variants get a sample of the rules, since all rules take minutes.
    """
    chosen = rule or (_SAMPLE if variant in _SLOW else "")
    rules = [f"--contract-rules={chosen}"] if chosen else []
    return [f"--contract-profile={profile}", f"--contract-seed={seed}", *rules]


def false_alarms(variants: Sequence[str], judged: Judged) -> list[str]:
    """Return the rules that are red although no variant breaks them."""
    broken = {rule for name in variants for rule in _BROKEN_SHOULD_RULES.get(name, ())}
    return [rule for rule in judged.red if rule not in broken]


def verdict(run: tuple[list[str], int, str, str]) -> str:
    """Judge a server with one seed. Return a description of the failure, or an empty string."""
    variants, seed, profile, rule = run
    judged = judge_here(run_options(variants[0], seed, profile, rule), variant=variants)
    red = false_alarms(variants, judged)
    # A rule alone may be skipped, or be a red SHOULD rule. Both have an exit code other than 0.
    return "" if not red and (judged.code == 0 or rule) else f"exit code {judged.code}, red {' '.join(red) or 'none'}"


def main() -> int:
    """Judge the variants and print a line for each run. Return 1 if a run was not green."""
    parser = argparse.ArgumentParser(
        description="Judge every conformant variant with several seeds. No rule may be red that a variant keeps."
    )
    parser.add_argument("variants", nargs="*", metavar="VARIANT", help="variants to judge, each alone (default: all)")
    parser.add_argument("--rule", metavar="ID", default="", help="judge only this rule")
    parser.add_argument("--seeds", type=positive, default=10, help="number of seeds for each server (default: 10)")
    parser.add_argument(
        "--profile", choices=("quick", "default"), default="default", help="amount of testing (default: default)"
    )
    parser.add_argument("--processes", type=positive, default=2, help="number of processes (default: 2)")
    options = parser.parse_args()
    unknown = set(options.variants) - set(VARIANTS)
    if unknown:
        parser.error(f"no variant {sorted(unknown)[0]!r}")
    if options.rule and options.rule not in CATALOGUE:
        parser.error(f"no rule {options.rule!r}")
    chosen = [[name] for name in options.variants] or RUNS
    runs = list(product(chosen, range(1, options.seeds + 1)))
    wrong = 0
    with judging_pool(options.processes) as pool:
        found = pool.map(verdict, [(names, seed, options.profile, options.rule) for names, seed in runs])
        for (names, seed), trouble in zip(runs, found, strict=True):
            wrong += bool(trouble)
            if trouble or seed == options.seeds:
                print(f"{' '.join(names)}: seed {seed} {trouble or 'green'}", flush=True)
    print(f"{len(runs) - wrong} of {len(runs)} runs are green: {len(chosen)} servers, {options.seeds} seeds each")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
