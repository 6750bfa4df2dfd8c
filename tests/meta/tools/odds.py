"""Judge faults with several seeds and print how many runs show each: the fault tables come from runs with seed 1.

``python tests/meta/tools/odds.py`` judges the faults without a red rule in the tables, with the rules of their area: in
default runs, and in one run with ``--thorough``. It takes long.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))  # finds gateway/ and judging.py when this file is a script

from gateway import FAULTS
from judging import judge_here, judging_pool

from tools.fault_table import read_tables, shows


def is_shown(fault: str, profile: str, seed: int) -> bool:
    """Whether a run of the rules of the area shows a fault."""
    options = [f"--contract-profile={profile}", f"--contract-seed={seed}", f"--contract-rules={FAULTS[fault].area}"]
    return shows(fault, judge_here(options, fault=fault))


def _arguments(missed: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Judge faults with several seeds and print how many runs show each.")
    parser.add_argument(
        "faults", nargs="*", metavar="FAULT", help="faults to judge (default: those without a red rule)"
    )
    parser.add_argument("--seeds", type=int, default=5, help="number of default runs for each fault (default: 5)")
    parser.add_argument("--processes", type=int, default=2, help="number of processes (default: 2)")
    options = parser.parse_args()
    if unknown := set(options.faults) - set(FAULTS):
        parser.error(f"no fault {sorted(unknown)[0]!r}")
    if options.seeds < 1 or options.processes < 1:
        parser.error("--seeds and --processes must be 1 or more")
    options.chosen = options.faults or missed
    return options


def main() -> int:
    """Judge the faults and print a line for each."""
    options = _arguments([name for name, (_, red) in read_tables().items() if not red])
    runs = [("default", seed) for seed in range(2, options.seeds + 2)] + [("thorough", 1)]
    with judging_pool(options.processes) as pool:
        waiting = {
            name: [pool.submit(is_shown, name, profile, seed) for profile, seed in runs] for name in options.chosen
        }
        for name, futures in waiting.items():
            *default, thorough = (future.result() for future in futures)
            shown = f"{sum(default)} of {options.seeds} default runs{', and a thorough run' if thorough else ''}"
            print(f"{name:<55} {shown}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
