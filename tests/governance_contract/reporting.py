"""The verdicts of a run, for people at a terminal and for programs."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from .contract import Contract
from .results import ExitCode, RuleResult, Status
from .rules import AREAS, Level

_SHOWN_FAILURES = 3
_MARKS = {Status.PASS: "ok", Status.FAIL: "FAIL", Status.SKIP: "skip", Status.ERROR: "ERROR"}


@dataclass(frozen=True)
class Run:
    """Everything that reports tell of a run; every text is redacted already."""

    target: str
    contract: Contract
    results: Sequence[RuleResult]
    not_served: Sequence[str]
    synthetic: Sequence[str]
    leftovers: Sequence[str]
    problem: str
    strict: bool
    seed: str | int | None
    complete: bool


def to_json(run: Run) -> dict[str, Any]:
    """Return the report as plain JSON; ``complete`` is its last member."""
    return {
        "tool": {"name": "governance-contract", "version": version("governance-contract")},
        "contract": {"edition": run.contract.edition, "sha256": run.contract.digest},
        "target": run.target,
        "strict": run.strict,
        "seed": None if run.seed is None else str(run.seed),
        "problem": run.problem or None,
        "not_served": list(run.not_served),
        "synthetic_credentials": list(run.synthetic),
        "left_behind": list(run.leftovers),
        "rules": [
            {
                "id": result.rule.id,
                "level": result.rule.level.value,
                "status": result.status.value,
                "title": result.rule.title,
                "citations": list(result.rule.citations),
                "tests": result.tests,
                "reason": result.reason or None,
                "notes": result.notes,
                "failures": [asdict(failure) for failure in result.failures],
            }
            for result in run.results
        ],
        "complete": run.complete,
    }


def write_json(path: Path, run: Run) -> None:
    """Write the JSON report.

    Raises:
        OSError: the file cannot be written.
    """
    path.write_text(json.dumps(to_json(run), indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def summary(run: Run, exit_status: int) -> Iterator[str]:
    """Yield the lines for the terminal: each failure, then the areas, then one line that says it all."""
    if run.problem:
        yield ""
        yield f"error: {run.problem}"
        return
    yield ""
    for result in run.results:
        if result.status in (Status.FAIL, Status.ERROR):
            yield from _failure(result)
    yield from _areas(run.results)
    yield from _remarks(run)
    yield ""
    yield _last_line(run, exit_status)


def _failure(result: RuleResult) -> Iterator[str]:
    rule = result.rule
    verdict = "FAIL " if result.status is Status.FAIL else "ERROR"
    yield f"{verdict} {rule.id} ({rule.level}) {rule.title}"
    yield f"      cites     {'; '.join(rule.citations)}"
    for failure in result.failures[:_SHOWN_FAILURES]:
        yield f"      in        {failure.test}"
        yield f"      expected  {failure.expected}"
        yield f"      got       {failure.got}"
        for label, line in zip(("exchange  ", "          "), failure.exchange.splitlines(), strict=False):
            yield f"      {label}{line}"
        yield f"      repeat    {failure.curl}"
    if len(result.failures) > _SHOWN_FAILURES:
        yield f"      and {len(result.failures) - _SHOWN_FAILURES} more of this rule"
    if result.reason:
        yield from (f"      {line}" for line in result.reason.splitlines()[:_SHOWN_FAILURES])
    yield ""


def _areas(results: Sequence[RuleResult]) -> Iterator[str]:
    width = max(map(len, AREAS.values()))
    for area, meaning in AREAS.items():
        counts = Counter((result.rule.level, result.status) for result in results if result.rule.area == area)
        if not counts:
            continue
        cells = []
        for level in Level:
            by_status = {status: counts[level, status] for status in _MARKS if counts[level, status]}
            if by_status:
                told = ", ".join(f"{count} {_MARKS[status]}" for status, count in by_status.items())
                cells.append(f"{level}: {told}")
        yield f"  {area:<7} {meaning:<{width}}  {' | '.join(cells)}"


def _remarks(run: Run) -> Iterator[str]:
    if run.not_served:
        yield f"  not served, rules skipped: {', '.join(run.not_served)}"
    if run.synthetic:
        yield f"  weaker evidence: made-up credentials stood in for {', '.join(run.synthetic)}"
    for line in run.leftovers:
        yield f"  left behind: {line}"


def _last_line(run: Run, exit_status: int) -> str:
    counts = Counter((result.rule.level, result.status) for result in run.results)
    told = "; ".join(
        f"{level} "
        + ", ".join(f"{counts[level, status]} {mark}" for status, mark in _MARKS.items() if counts[level, status])
        for level in Level
        if any(counts[level, status] for status in _MARKS)
    )
    verdict = {
        ExitCode.CONFORMS: "conforms to",
        ExitCode.DOES_NOT_CONFORM: "does NOT conform to",
    }.get(exit_status, "could not be judged by")
    return f"{run.target} {verdict} the contract, edition {run.contract.edition} ({told or 'nothing judged'})"
