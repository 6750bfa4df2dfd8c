"""Judge the mock by `governance-contract check --strict` on each store, and print the verdicts side by side.

Exit status: 0 it conforms on every store, with the same verdict for each rule; 1 not.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from mocks import KEY, KINDS, Mock, databases

TARGET = ("--business-unit", "bu-platform-engineering", "--business-unit", "bu-customer-support", "--team")
TEAM = "team-data-science"


def judge(kind: str, arguments: list[str]) -> tuple[int, dict[str, str], float]:
    """Return the exit code, the status of each rule, and the seconds that the check took."""
    with databases(kind) as stores, tempfile.TemporaryDirectory() as folder:
        mock = Mock(stores.new())
        url, report = "http://{}:{}".format(*mock.address), Path(folder, "report.json")
        command = [sys.executable, "-m", "governance_contract", "check", url, "--strict", *TARGET, TEAM, *arguments]
        begin = time.monotonic()
        try:
            done = subprocess.run(
                [*command, "--report-json", str(report)],
                cwd=folder,
                env=os.environ | {"GOVERNANCE_API_KEY": KEY},
                capture_output=True,
                text=True,
            )
        finally:
            mock.kill()
        seconds = time.monotonic() - begin
        if not report.exists():
            print(f"{kind}: {(done.stderr or done.stdout).strip()}", file=sys.stderr)
            raise SystemExit(2)
        if done.returncode:
            print(done.stdout)
        rules = json.loads(report.read_text(encoding="utf-8"))["rules"]
        return done.returncode, {rule["id"]: rule["status"] for rule in rules}, seconds


def main() -> int:
    """Return 1 if the mock does not conform on a store, or if a verdict differs between stores."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--store", choices=KINDS, action="append", help="may be repeated (default: all)")
    parser.add_argument("check", nargs="*", help="further options of the check, after --")
    options = parser.parse_args()
    results = {kind: judge(kind, options.check) for kind in options.store or KINDS}
    statuses = sorted({status for _, rules, _ in results.values() for status in rules.values()})
    print(f"| store | exit code | {' | '.join(statuses)} | rules | seconds |")
    print(f"| {'--- | ' * (len(statuses) + 4)}".rstrip())
    for kind, (code, rules, seconds) in results.items():
        counts = Counter(rules.values())
        numbers = " | ".join(str(counts[status]) for status in statuses)
        print(f"| {kind} | {code} | {numbers} | {len(rules)} | {seconds:.0f} |")
    first = next(iter(results.values()))[1]
    others = [rules for _, rules, _ in results.values()]
    different = {rule for rules in others for rule in first.keys() | rules.keys() if rules.get(rule) != first.get(rule)}
    print("\n".join(f"{rule}: the verdicts differ" for rule in sorted(different)), end="\n" if different else "")
    return 1 if different or any(code for code, _, _ in results.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
