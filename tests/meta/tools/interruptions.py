"""Interrupt runs on odd servers at random moments, and ask each server which business units are left.

``python tests/meta/tools/interruptions.py`` interrupts 20 runs. A moment is the number of a request, so that ``--seed``
repeats it. Half of the runs get a second signal, mostly while they clean up. It exits with 1 if a run left a unit that
it does not list, printed a traceback or wrote no report.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))  # finds gateway/ and judging.py when this file is a script

from arguments import positive
from gateway.odd import left_units, running_odd
from judging import CREDENTIALS, RUN_SECONDS, gateway_credentials

_SERVERS = (
    "quota",
    "names-of-29",
    "numeric-ids",
    "clock-26-hours-ahead",
    "idle-50-ms",
    "interim-responses",
    "added-members",
    "http-1.0",
    "single-threaded",
    "wrapped-creation",
    "no-id-in-creation",
    "location-only",
)
_LAST_REQUEST = 2000
"""A quick run sends a few more."""
_MOST_BETWEEN = 30
"""The most requests between two signals. A run deletes about as many units at its end."""


@dataclass(frozen=True)
class Interruption:
    """A run on a server, and the requests during which it gets a signal."""

    server: str
    number: signal.Signals
    first: int
    second: int
    """0 for none."""


def interruptions(count: int, seed: int, last: int = _LAST_REQUEST) -> Iterator[Interruption]:
    """Yield random interruptions, on each server in turn."""
    random = Random(seed)  # noqa: S311  the moments are no secret
    for server in itertools.islice(itertools.cycle(_SERVERS), count):
        first = random.randint(1, last)
        second = first + random.randint(1, _MOST_BETWEEN) if random.random() < 0.5 else 0
        yield Interruption(server, random.choice([signal.SIGINT, signal.SIGTERM]), first, second)


def trouble(interruption: Interruption) -> str:
    """Interrupt a run; return what went wrong, or an empty string."""
    with (
        tempfile.TemporaryDirectory() as folder,
        running_odd(interruption.server, **gateway_credentials()) as (url, gateway),
    ):
        report = Path(folder, "report.json")
        words = [sys.executable, "-m", "governance_contract", "check", url, "--quick", "--report-json", str(report)]
        process = subprocess.Popen(
            words, env={**os.environ, **CREDENTIALS}, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        answer, requests = gateway.pipeline.answer, itertools.count(1)

        def answer_or_interrupt(request: Any) -> Any:
            if next(requests) in (interruption.first, interruption.second):
                process.send_signal(interruption.number)
            return answer(request)

        gateway.pipeline.answer = answer_or_interrupt  # type: ignore[method-assign]  # counts the requests
        output = process.communicate(timeout=RUN_SECONDS)[0]
        left = left_units(gateway)
        return _trouble(process.returncode, output, left, report, interrupted=next(requests) > interruption.first)


def _trouble(code: int, output: str, left: list[str], report: Path, *, interrupted: bool) -> str:
    if not interrupted:
        return "the run ended before the signal"
    if "Traceback" in output or code not in (1, 2):
        return f"exit code {code}: {output[-2000:]}"
    if unnamed := [name for name in left if name not in output]:
        return f"left behind and not listed: {unnamed}"
    if not report.is_file():
        # Before the first test there is one line, and nothing to report.
        return "" if "interrupted" in output else f"no report: {output[-2000:]}"
    complete = json.loads(report.read_text(encoding="utf-8"))["complete"]
    return "the report says that the run was complete" if complete else ""


def main() -> int:
    """Interrupt the runs and print a line for each. Return 1 if one of them went wrong."""
    parser = argparse.ArgumentParser(description="Interrupt runs on odd servers at random moments.")
    parser.add_argument("--count", type=positive, default=20, help="number of runs (default: 20)")
    parser.add_argument("--seed", type=int, default=1, help="seed of the moments (default: 1)")
    options = parser.parse_args()
    wrong = 0
    for interruption in interruptions(options.count, options.seed):
        found = trouble(interruption)
        wrong += bool(found)
        moments = f"{interruption.first} and {interruption.second}" if interruption.second else f"{interruption.first}"
        print(
            f"{interruption.server:<22} {interruption.number.name:<8} request {moments:<14} {found or 'ok'}", flush=True
        )
    print(f"{options.count - wrong} of {options.count} interrupted runs left nothing unnamed")
    return int(wrong > 0)


if __name__ == "__main__":
    sys.exit(main())
