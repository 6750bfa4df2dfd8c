"""The outcome of a run: the results of the tests, why the run ended, the reports and the exit status."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pytest

from ..contract.rules import CATALOGUE
from ..results import reporting
from ..results.exit_code import ExitCode, describe_defect
from ..results.records import TestRecord
from ..results.reporting import terminal
from ..results.unusable_operations import UnusableOperation
from ..results.verdict import Results
from ..target.classification import Capabilities
from ..target.target import Target
from . import known_failures
from .plan import Plan
from .recording import recorded


class RunOutcome:
    """Collects the results of a run, writes the reports, and determines the exit status."""

    def __init__(self, plan: Plan, target: Target) -> None:
        """Start without results; the time of the run begins now."""
        self.results = Results(CATALOGUE, plan.known_failures)
        self.found = Capabilities()
        """The result of probing the target in the first process; empty in the others."""
        self.leftovers: list[str] = []
        """A line for each unit that could not be deleted or restored."""
        self.problem = ""
        """Why the run gives no verdict; empty if it gives one."""
        self.ended_early = ""
        """Why the run ended before all tests; empty if it did not."""
        self.exit_status: int = ExitCode.NO_VERDICT
        self._final: reporting.ReportData | None = None
        self._defect = ""
        self.failed_checks = 0
        """The number of failed checks, as pytest counts them."""
        self.worker_requests: dict[str, int] = {}
        """The number of requests of each worker, as last reported."""
        self._plan = plan
        self._target = target
        self._started = datetime.now(UTC)
        self._clock = time.monotonic()

    @property
    def seconds(self) -> float:
        """The duration of the run so far."""
        return time.monotonic() - self._clock

    def add_crashes(self, record: TestRecord | None) -> None:
        """Add the requests that the target did not answer, which the reports show first."""
        for rule, failures in record.failures.items() if record is not None else ():
            for failure in failures:
                self.results.add_first(rule, failure)

    def end_early(self, why: str) -> None:
        """Record why the run ended before all tests. The first reason is kept."""
        self.ended_early = self.ended_early or why

    def end_with_defect(self, error: Exception) -> None:
        """Record an exception that prevents a verdict."""
        self.ended_early, self.exit_status = describe_defect(error), ExitCode.NO_VERDICT
        self._defect = self.ended_early

    def write_reports(self) -> None:
        """Write the reports, and set the exit status."""
        # In a run that ended early, a test that breaks the rule may not have run.
        stale = [] if self.problem or self.ended_early else self.results.stale()
        if stale:
            self.problem = f"known failures that passed: {', '.join(stale)}; remove them from the file"
        self.exit_status = self._report_data().exit_code
        for kind, path in self._plan.reports.items():
            self._write(path, partial(reporting.write, kind, path, self._report_data()))
        if self._plan.write_known is not None:
            kept = {rule: reason for rule, reason in self._plan.known_failures.items() if rule not in stale}
            listed = partial(known_failures.write, self._plan.write_known, self.results.settle(), kept)
            self._write(self._plan.write_known, listed)
        self._final = self._report_data()

    def _write(self, path: Path, write: Callable[[], None]) -> None:
        try:
            write()
        except OSError as error:
            self.problem = f"cannot write {path}: {error.strerror or error}"
            self.exit_status = ExitCode.NO_VERDICT

    def summary(self, screen: terminal.Screen) -> Iterator[str]:
        """Yield the lines to print at the end."""
        if self._defect:
            yield from ("", f"error: {self._defect}")
        elif self._final is not None:
            if self._plan.from_command and os.environ.get("GITHUB_ACTIONS") == "true":
                yield from reporting.annotations_of_github(self._final)
            lines = list(reporting.summary(self._final, verbose=self._plan.verbose, screen=screen))
            if difference := self._target.knowledge.clock.difference:
                note = f"the clock of the target is {difference}, by its Date header; times are judged by it"
                lines.insert(-1, note)
            yield from lines

    def session_status(self, session: pytest.Session, *, ended_by_checks: bool) -> int:
        """Return the exit status of the session, from pytest's own status and the verdict of the checks.

        The verdict replaces pytest's status if only the checks caused it: no failures, no tests, failures of checks
        only, an interruption by the checks. Otherwise the higher of the two is used, so that the verdict can raise the
        status but not lower it:

        - A user's test fails, or another plugin fails the session: 1, or 2 if the checks give no verdict.
        - pytest's own 2 to 5 (interrupted by others, internal error, usage) and other plugins' codes are kept.
        """
        status = int(session.exitstatus)
        explained = (
            status in (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED)
            or (status == pytest.ExitCode.TESTS_FAILED and 0 < self.failed_checks == session.testsfailed)
            or (status == pytest.ExitCode.INTERRUPTED and ended_by_checks)
        )
        return int(self.exit_status) if explained else max(int(self.exit_status), status)

    def _report_data(self) -> reporting.ReportData:
        results, plan, target = self.results.settle(), self._plan, self._target
        return reporting.ReportData(
            target=target.base_url,
            contract=target.contract,
            results=results,
            unusable=self._unusable(),
            synthetic=target.keyring.synthetic_kinds if any(r.rule.area == "AUTH" for r in results) else (),
            leftovers=self.leftovers,
            problem=self.problem or self.ended_early,
            complete=not self.problem and not self.ended_early,
            strict=plan.strict,
            chosen=plan.rules,
            seed=plan.generation.seed,
            started=self._started,
            seconds=self.seconds,
            requests=target.requests + sum(self.worker_requests.values()),
            profile=plan.generation.profile.name,
            known_failures=plan.known_failures,
            repeat=target.redact(plan.repeat),
        )

    def _unusable(self) -> list[UnusableOperation]:
        """Return the operations that the checks could not use, redacted for reports."""
        return [
            UnusableOperation(
                problem.operation,
                problem.kind.value,
                problem.reason,
                None if problem.exchange is None else recorded(problem.exchange, self._target.redact),
            )
            for problem in self.found.problems.values()
        ]
