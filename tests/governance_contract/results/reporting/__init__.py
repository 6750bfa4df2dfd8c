"""Reports of a run: the JSON report, and the other forms, which are rendered from it.

``report.schema.json`` describes the JSON report. Each rendering is a pure function ``render(report) -> str``, so all
forms show the same data.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from importlib.resources import files
from json import dumps
from pathlib import Path
from typing import Any

from ...contract.document import Contract
from ..exit_code import ExitCode
from ..records import Status
from ..verdict import RuleResult, exit_code
from . import html, junit, markdown, terminal
from .view import encodable

_TOOL = "governance-contract"
_VERDICTS: dict[int, str] = {ExitCode.CONFORMS: "conforms", ExitCode.DOES_NOT_CONFORM: "does-not-conform"}
_NO_VERDICT = "could-not-judge"


@dataclass(frozen=True)
class Run:
    """The data of a run that reports show. Every text is redacted."""

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
    started: datetime = field(default_factory=lambda: datetime.now(UTC))
    """When the run began; with a time zone."""
    seconds: float = 0.0
    requests: int = 0
    profile: str = "default"
    known_failures: Mapping[str, str] = field(default_factory=dict)
    """Rule id to the reason for which its failure is accepted."""
    repeat: str = ""
    """A command line that repeats one rule; ``{rule}`` and ``{seed}`` stand for the rule's id and the run's seed."""

    @property
    def exit_code(self) -> int:
        """How the run ends: 0 conforms, 1 does not conform, 2 could not be judged, or not to the end."""
        return exit_code(self.results, strict=self.strict, complete=self.complete and not self.problem)


def to_json(run: Run) -> dict[str, Any]:
    """Return the report as plain JSON; ``complete`` is its last member."""
    report = {
        "tool": {"name": _TOOL, "version": version(_TOOL)},
        "contract": {
            "edition": run.contract.edition,
            "sha256": run.contract.digest,
            "title": str(run.contract.document["info"].get("title", "")),
        },
        "target": run.target,
        "started": run.started.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
        "seconds": round(run.seconds, 3),
        "requests": run.requests,
        "seed": None if run.seed is None else str(run.seed),
        "profile": run.profile,
        "strict": run.strict,
        "exit_code": run.exit_code,
        "verdict": _VERDICTS.get(run.exit_code, _NO_VERDICT),
        "problem": run.problem or None,
        "not_served": list(run.not_served),
        "synthetic_credentials": list(run.synthetic),
        "left_behind": list(run.leftovers),
        "known_failures": dict(run.known_failures),
        "rules": [_rule(run, result) for result in run.results],
        "complete": run.complete,
    }
    cleaned: dict[str, Any] = encodable(report)
    return cleaned


def _rule(run: Run, result: RuleResult) -> dict[str, Any]:
    rule = result.rule
    repeat = run.repeat.replace("{rule}", rule.id).replace("{seed}", "" if run.seed is None else str(run.seed))
    told: dict[str, Any] = {
        "id": rule.id,
        "area": rule.area,
        "level": rule.level.value,
        "status": result.status.value,
        "title": rule.title,
        "citations": list(rule.citations),
        "tests": result.tests,
        "seconds": round(result.seconds, 3),
        "reason": result.reason or None,
        "notes": list(result.notes),
        "evidence": asdict(result.evidence) if result.evidence else None,
        "failures": [asdict(failure) for failure in result.failures],
        "repeat": repeat or None,
    }
    if result.status not in (Status.PASS, Status.SKIP):
        told["cited"] = _cited(run.contract, rule.citations)
    return told


def _cited(contract: Contract, citations: Sequence[str]) -> list[dict[str, str]]:
    """Return the words behind those citations that name a text of the contract, or something with a description."""
    cited = []
    for citation in citations:
        if not citation.startswith("#"):
            continue
        try:
            node = contract.resolve(citation)
        except (KeyError, IndexError, ValueError, TypeError):
            continue  # another edition of the contract need not have the place
        text = node.get("description") if isinstance(node, dict) else node
        if isinstance(text, str):
            cited.append({"citation": citation, "text": text.strip()})
    return cited


def schema() -> str:
    """Return the JSON Schema of the JSON report, as text."""
    return (files(__package__) / "report.schema.json").read_text(encoding="utf-8")


def _json(report: Mapping[str, Any]) -> str:
    return dumps(report, indent=2, ensure_ascii=False) + "\n"


RENDERERS: Mapping[str, Callable[[Mapping[str, Any]], str]] = {
    "json": _json,
    "junit": junit.render,
    "html": html.render,
    "markdown": markdown.render,
}


def write(kind: str, path: Path, run: Run) -> None:
    """Write a report of a kind of ``RENDERERS``.

    Raises:
        OSError: the file cannot be written.
    """
    path.write_text(RENDERERS[kind](to_json(run)), encoding="utf-8")


def summary(run: Run) -> Iterator[str]:
    """Yield the lines for the terminal."""
    yield from terminal.render(to_json(run)).split("\n")
