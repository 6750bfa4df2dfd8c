"""Judge every conformant variant with several seeds. No MUST rule may be red.

``python tests/meta/variant_runs.py`` judges all variants with ten seeds each. ``--seeds N`` sets the number of seeds,
and names select variants.
"""

from __future__ import annotations

import argparse
import sys
from itertools import product

from gateway import VARIANTS
from judging import judge_here, judging_pool

_SLOW = {"slow", "throttled-second", "field-slow-first-answer"}
_SAMPLE = "AUTH-01,UPDATE-01,UPDATE-04,REMOVE-01,ALIGN-01,VALID-01,ERROR-01,RESP-02,CONC-01"


def run_options(variant: str, seed: int, profile: str) -> list[str]:
    """Return the plugin's options for a run. Slow variants get a sample of the rules, since all rules take minutes."""
    rules = [f"--contract-rules={_SAMPLE}"] if variant in _SLOW else []
    return [f"--contract-profile={profile}", f"--contract-seed={seed}", *rules]


def verdict(run: tuple[str, int, str]) -> str:
    """Judge one variant with one seed. Return a description of the failure, or an empty string."""
    variant, seed, profile = run
    judged = judge_here(run_options(variant, seed, profile), variant=variant)
    must = [rule for rule, level in judged.red.items() if level == "MUST"]
    return "" if judged.code == 0 and not must else f"exit code {judged.code}, red {' '.join(must) or 'none'}"


def main() -> int:
    """Judge the variants and print a line for each run. Return 1 if a run was not green."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("variants", nargs="*", metavar="VARIANT")
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--profile", choices=("quick", "default"), default="default")
    parser.add_argument("--processes", type=int, default=2)
    options = parser.parse_args()
    unknown = set(options.variants) - set(VARIANTS)
    if unknown:
        parser.error(f"no variant {sorted(unknown)[0]!r}")
    chosen = options.variants or list(VARIANTS)
    runs = list(product(chosen, range(1, options.seeds + 1)))
    wrong = 0
    with judging_pool(options.processes) as pool:
        found = pool.map(verdict, [(variant, seed, options.profile) for variant, seed in runs])
        for (variant, seed), trouble in zip(runs, found, strict=True):
            wrong += bool(trouble)
            if trouble or seed == options.seeds:
                print(f"{variant:<32} seed {seed:<3} {trouble or 'green'}", flush=True)
    print(f"{len(runs) - wrong} of {len(runs)} runs are green: {len(chosen)} variants, {options.seeds} seeds each")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
