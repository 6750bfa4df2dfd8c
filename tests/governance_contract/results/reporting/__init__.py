"""Reports of a run: the JSON report, and the other formats, which are rendered from it.

``report.schema.json`` describes the JSON report. Each format has a pure function ``render(report) -> str``, so all
formats show the same data.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from importlib.resources import files
from json import dumps
from pathlib import Path
from typing import Any

from ...contract.citations import cited
from ...contract.document import Contract
from ..causes import Cause, find_causes
from ..escaping import encodable
from ..exit_code import ExitCode
from ..records import Status
from ..unusable_operations import KINDS, UnusableOperation, member_of
from ..verdict import RuleResult, decides, deciding_levels, exit_code
from . import ci_annotations, html, junit, markdown, terminal, view

SCHEMA_VERSION = 3
"""The version of the JSON report. It is raised if a member changes its meaning or a new one is required."""
_TOOL = "governance-contract"
_VERDICTS: dict[int, str] = {ExitCode.CONFORMS: "conforms", ExitCode.DOES_NOT_CONFORM: "does-not-conform"}
_NO_VERDICT = "no-verdict"


@dataclass(frozen=True)
class ReportData:
    """The data of a run that reports show. Every text is redacted."""

    target: str
    contract: Contract
    results: Sequence[RuleResult]
    unusable: Sequence[UnusableOperation]
    """The operations that the checks could not use."""
    synthetic: Sequence[str]
    leftovers: Sequence[str]
    problem: str
    strict: bool
    """Whether SHOULD rules also decide."""
    seed: str | int | None
    complete: bool
    started: datetime = field(default_factory=lambda: datetime.now(UTC))
    """When the run started, with a time zone."""
    seconds: float = 0.0
    requests: int = 0
    profile: str = "default"
    chosen: Collection[str] = ()
    """The ids of the rules that the user selected; empty if all rules are judged."""
    known_failures: Mapping[str, str] = field(default_factory=dict)
    """The reason of each known failure by rule id."""
    repeat: str = ""
    """A command line that judges one rule again, with the placeholders ``{rule}`` and ``{seed}``."""

    @property
    def exit_code(self) -> int:
        """The exit code of the run: 0 conforms, 1 does not conform, 2 no verdict."""
        complete = self.complete and not self.problem
        return exit_code(self.results, strict=self.strict, complete=complete, chosen=self.chosen)


def to_json(run: ReportData, *, cites: Collection[Status] = tuple(Status)) -> dict[str, Any]:
    """Return the report as plain JSON; ``complete`` is its last member.

    Args:
        run: the data of the run.
        cites: the statuses of the rules whose normative texts the report has. It takes long to look up all of them.
    """
    report = {
        "schema_version": SCHEMA_VERSION,
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
        "deciding_levels": sorted(level.value for level in deciding_levels(strict=run.strict, chosen=run.chosen)),
        "exit_code": run.exit_code,
        "verdict": _VERDICTS.get(run.exit_code, _NO_VERDICT),
        "problem": run.problem or None,
        **{member_of(kind): _operations(run, kind) for kind in KINDS},
        "synthetic_credentials": list(run.synthetic),
        "left_behind": list(run.leftovers),
        "known_failures": dict(run.known_failures),
        "causes": [_cause(run, cause) for cause in find_causes(run.results)],
        "rules": [_rule(run, result, cites) for result in run.results],
        "complete": run.complete,
    }
    cleaned: dict[str, Any] = encodable(report)
    return cleaned


def _operations(run: ReportData, kind: str) -> list[dict[str, Any]]:
    members = ("operation", "reason", "exchange")
    return [{name: asdict(operation)[name] for name in members} for operation in run.unusable if operation.kind == kind]


def _cause(run: ReportData, cause: Cause) -> dict[str, Any]:
    return {
        "kind": cause.kind.value,
        "sentence": cause.sentence,
        "level": cause.level.value,
        "decides": decides(cause.level, Status.FAIL, strict=run.strict, chosen=run.chosen),
        "rules": cause.rules,
        "consequences": cause.consequences,
        "operations": cause.operations,
        "violations": cause.violations,
        "example": asdict(cause.example),
    }


def _blocked_by(run: ReportData, result: RuleResult) -> list[str]:
    """Return the refused and broken operations because of which a rule was skipped."""
    if result.status is not Status.SKIP:
        return []
    blocking = (operation for operation in run.unusable if operation.kind in ("refused", "broken"))
    return [operation.operation for operation in blocking if operation.reason in result.reason]


def _rule(run: ReportData, result: RuleResult, cites: Collection[Status]) -> dict[str, Any]:
    rule = result.rule
    seed = "" if run.seed is None else str(run.seed)
    repeat = run.repeat.replace("{rule}", _rule_to_repeat(result)).replace("{seed}", seed)
    return {
        "id": rule.id,
        "area": rule.area,
        "level": rule.level.value,
        "status": result.status.value,
        "decides": decides(rule.level, result.status, strict=run.strict, chosen=run.chosen),
        "title": rule.title,
        "cited": cited(run.contract, rule) if result.status in cites else [],
        "tests": result.tests,
        "seconds": round(result.seconds, 3),
        "reason": result.reason or None,
        "blocked_by": _blocked_by(run, result),
        "notes": list(result.notes),
        "evidence": asdict(result.evidence) if result.evidence else None,
        "failures": [asdict(failure) for failure in result.failures],
        "repeat": repeat or None,
    }


def _rule_to_repeat(result: RuleResult) -> str:
    """Return the rule whose tests show the first violation again: the broken rule, or the one of another test."""
    of_tests = [failure.rule_of_test for failure in result.failures]
    return result.rule.id if not of_tests or result.rule.id in of_tests else of_tests[0] or result.rule.id


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
    "codequality": ci_annotations.render,
}


def write(kind: str, path: Path, run: ReportData) -> None:
    """Write a report in a format of ``RENDERERS``.

    Raises:
        OSError: the file cannot be written.
    """
    path.write_text(RENDERERS[kind](to_json(run)), encoding="utf-8")


def annotations_of_github(run: ReportData) -> Iterator[str]:
    """Yield the workflow commands of GitHub that show the causes beside a change."""
    yield from ci_annotations.of_github(to_json(run))


def summary(run: ReportData, *, verbose: bool = False, screen: terminal.Screen | None = None) -> Iterator[str]:
    """Yield the lines for the terminal.

    Args:
        run: the data of the run.
        verbose: whether every broken rule is shown with its violations, in addition to the causes.
        screen: the width and the colours of the terminal.
    """
    report = to_json(run, cites=view.RED)
    yield from terminal.render(report, verbose=verbose, screen=screen or terminal.Screen()).split("\n")
