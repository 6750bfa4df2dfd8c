"""The pytest plugin object that runs the checks: it probes the target, records each test, and writes the reports.

With several processes (pytest-xdist), the first process probes the target, restores the named units and writes the
reports. The other processes run the tests, and each deletes the units that it created.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Generator, Iterable
from datetime import UTC, datetime
from typing import Any, TypeVar

import pytest

from ..checks.expect import Violation
from ..checks.run import PLUGIN_NAME
from ..checks.search import searching
from ..contract.operation_ids import CREATE_UNIT, UPDATE_GOVERNANCE
from ..contract.rules import CATALOGUE, Need
from ..results import reporting
from ..results.exit_code import ExitCode, describe_defect
from ..results.records import Status, TestRecord
from ..results.unusable_operations import UnusableOperation
from ..results.verdict import Results, decides
from ..signals import block_signals
from ..target.business_units import Blocked, Units, Unusable
from ..target.discovery import Unreadable, discover
from ..target.exchange import Exchange
from ..target.probe import Capabilities, OperationProblem
from ..target.target import OutOfTime, Target, Unreachable
from .ordering import arrange, is_check, mark_groups, rules_of
from .plan import Plan, worker_input
from .recording import TIME_LIMIT_REACHED, Recorder, cause_of, recorded

_PROPERTY, _REQUESTS = "governance-contract-record", "governance-contract-requests"
_SUBTEST = "governance-contract-subtest"
_FIRST_VIOLATION = "stopped at the first violation"
_T = TypeVar("_T")


class Judge:
    """Holds the target of a run and collects the results of the tests."""

    def __init__(self, config: pytest.Config, plan: Plan, target: Target) -> None:
        """Prepare a run; nothing is sent yet."""
        self.config = config
        self.plan = plan
        self.target = target
        self._worker_input = worker_input(config)
        prefix = f"{self._worker_input['prefix']}-{config.workerinput['workerid']}" if self._worker_input else None  # type: ignore[attr-defined]  # xdist's
        self.units = Units(target, plan.units, prefix)
        self.results = Results(CATALOGUE, plan.known_failures)
        self.found = Capabilities()
        """The result of probing the target in the first process; empty in the others."""
        self.capabilities: set[Need] = set()
        """The needs of rules that the target meets."""
        self.missing: dict[Need, str] = {}
        """The needs that the target does not meet, each with the reason."""
        self.leftovers: list[str] = []
        self.problem = ""
        """Why the run gives no verdict; empty if it gives one."""
        self.skip_reason = ""
        """Why all tests except those marked ``first_contact`` are skipped; empty if they are not."""
        self.ended_early = ""
        """Why the run ended before all tests; empty if it did not."""
        self.exit_status: int = ExitCode.NO_VERDICT
        self._started = datetime.now(UTC)
        self._clock = time.monotonic()
        self._worker_requests: dict[str, int] = {}
        """The number of requests of each other process, as last reported."""
        self._interrupted = False
        self.collects_only = False
        """Whether pytest only collects tests; nothing is sent or written then."""
        self._failed_checks = 0
        """The number of failed checks, as pytest counts them."""
        self._summary: list[str] = []
        self._results_of_once: dict[str, Any] = {}
        self._in_call = False
        self._recorder = Recorder(target.contract, target.redact)
        target.before_request = self._check_time_limit
        target.on_exchange = self._observe

    # -- start --------------------------------------------------------------------------------------------

    @property
    def seed(self) -> int:
        """The seed of the run."""
        return self.plan.search.seed

    @property
    def team(self) -> str:
        """The id of the team that the user named; empty if none was named."""
        return self.plan.team or ""

    @property
    def named_units(self) -> tuple[str, ...]:
        """The ids of the business units that the user named: none, one or two."""
        return self.plan.units

    @property
    def is_first(self) -> bool:
        """Whether this is the process that probes and restores the target and writes the reports."""
        return not self._worker_input

    @property
    def may_share_work(self) -> bool:
        """Whether several processes may run: each creates units, and the cleanup finds the rest with the list."""
        return {Need.OWN_UNITS, Need.LIST} <= self.capabilities

    def begin(self) -> bool:
        """Probe the target; return whether the tests can run. If they cannot, the cleanup is already done."""
        if self._worker_input:
            self.capabilities = {Need[name] for name in self._worker_input["capabilities"]}
            self.missing = {Need[name]: reason for name, reason in self._worker_input["missing"].items()}
            self.target.unusable = dict(self._worker_input["unusable"])
            self.skip_reason = self._worker_input["skip_reason"]
            return True
        try:
            self._store_capabilities(discover(self.target, self.units, team=self.plan.team))
            return True
        except Unreadable as error:
            self.skip_reason = str(error)
            return True
        except (Unreachable, Unusable, Blocked) as error:
            self.problem = self.target.redact(f"no verdict on {self.target.base_url}: {error}")
        except KeyboardInterrupt:
            self.problem = "interrupted"
        except Exception as error:  # noqa: BLE001  the cleanup must run after any exception
            self.problem = describe_defect(error)
        self._end(interrupted=False)
        return False

    def _store_capabilities(self, found: Capabilities) -> None:
        """Store the result of probing the target, and add its violations to the results."""
        self.found, self.capabilities = found, found.needs
        self.missing = {need: found.why_missing(need) for need in Need if need not in found.needs}
        for one in found.violations:
            self.results.add_first(one.rule, self._recorder.failure_before_tests(one.expected, one.got, one.exchange))
        if UPDATE_GOVERNANCE in found.problems:
            self.skip_reason = found.problems[UPDATE_GOVERNANCE].reason
        if self.plan.exit_first and self._decides(one.rule for one in found.violations):
            self.ended_early = self.skip_reason = _FIRST_VIOLATION

    def pytest_report_header(self) -> str:
        """Return the line of pytest's header that names the target and the contract."""
        contract = self.target.contract
        title = contract.document["info"].get("title")
        return f"governance-contract: {self.target.base_url}, {title} {contract.edition}"

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionstart(self) -> None:
        """Block Ctrl-C while pytest-xdist starts processes, and in these processes, until the test loop handles it."""
        block_signals(not self.is_first or bool(getattr(self.config.option, "numprocesses", None)))

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:
        """Send the seed and the capabilities of the target to another process."""
        node.workerinput[PLUGIN_NAME] = {
            "prefix": self.units.prefix,
            "seed": self.seed,
            "capabilities": [need.name for need in self.capabilities],
            "missing": {need.name: reason for need, reason in self.missing.items()},
            "unusable": self.target.unusable,
            "skip_reason": self.skip_reason,
        }

    # -- order ------------------------------------------------------------------------------------------------

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_modifyitems(self, config: pytest.Config, items: list[pytest.Item]) -> None:
        """Mark the groups; pytest-xdist reads the marks later in the same hook."""
        if hasattr(config.option, "dist"):  # else the marker is unknown
            mark_groups(items, may_share_work=self.may_share_work)

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Select and sort the checks, in this hook because plugins that shuffle tests use an earlier one."""
        left_out = arrange(session.items, self.plan.rules, every_case=self.plan.search.profile.every_case)
        if left_out:
            self.config.hook.pytest_deselected(items=left_out)

    # -- tests ------------------------------------------------------------------------------------------------

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Generator[None, object, object]:
        """Give each test its own search, which does not depend on the other tests of the run."""
        if not is_check(item.path):
            return (yield)
        with searching(self.plan.search.of(item.name)):
            return (yield)

    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        """Start the record of a test; skip the test if the target does not meet the needs of any of its rules."""
        judged = [rule for rule in rules_of(item) if not self.plan.rules or rule.id in self.plan.rules]
        if not judged:
            return
        unmet = {rule.id: need for rule in judged for need in rule.needs if need not in self.capabilities}
        self._recorder.start(
            item.nodeid, [rule.id for rule in judged], {rule: self.missing[need] for rule, need in unmet.items()}
        )
        if self._time_limit_reached():
            raise OutOfTime(TIME_LIMIT_REACHED)
        if self.skip_reason and item.get_closest_marker("first_contact") is None:
            pytest.skip(self.skip_reason)
        if len(unmet) == len(judged):
            pytest.skip(self.missing[unmet[judged[0].id]])
        operation = getattr(item, "callspec", None) and item.callspec.params.get("operation")  # type: ignore[attr-defined]  # only parametrized items have a callspec
        if operation and not self.target.serves(operation.id):
            pytest.skip(self.target.why_unusable(operation.id))

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Add the outcome of a test to its record, and the record to pytest's report."""
        report = yield
        if not is_check(item.path):
            return report
        error = call.excinfo.value if call.excinfo is not None else None
        # Schemathesis wraps a test, and pytest finds the file of the wrapper.
        report.location = (os.path.relpath(item.path, self.config.rootpath), *report.location[1:])
        self._redact_report(report, error)
        if self._in_call and self._recorder.record is not None:
            self._record_subtest(item, error)
            report.outcome, report.longrepr = "passed", None
            report.user_properties.append((_SUBTEST, True))
            item.session.testscollected -= 1  # Schemathesis adds the subtests, which the progress does not show
            return report
        if self._recorder.record is None or call.when == "teardown" or (error is None and call.when == "setup"):
            return report
        record = self._finish_record(item, call, report)
        if isinstance(error, OutOfTime):
            where = str(item.path), item.location[1] or 0
            report.outcome, report.longrepr = "skipped", (*where, f"Skipped: {TIME_LIMIT_REACHED}")
        self._set_outcome(report, record)
        if self.plan.exit_first and not self.ended_early and self._decides(record.failures):
            self._stop(item.session, _FIRST_VIOLATION)
        return report

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self) -> Generator[None, object, object]:
        """Note that a test runs, so that a report that is made meanwhile belongs to a subtest."""
        self._in_call = True
        try:
            return (yield)
        finally:
            self._in_call = False

    def _record_subtest(self, item: pytest.Item, error: BaseException | None) -> None:
        """Add a violation that ended a subtest to the record of its test. Schemathesis runs one for each operation.

        Raises:
            BaseException: the subtest ended with another error, which ends the test, too.
        """
        cause = cause_of(error) if error is not None else None
        if isinstance(cause, Violation):
            self._recorder.record_error(item.nodeid, cause)
        elif cause is not None and type(cause).__name__ != "SkipTest":  # Schemathesis has no bad data for an operation
            raise cause

    @pytest.hookimpl(tryfirst=True)
    def pytest_report_teststatus(self, report: pytest.TestReport) -> tuple[str, str, str] | None:
        """Hide subtests: the test reports what they found."""
        return ("", "", "") if any(name == _SUBTEST for name, _ in report.user_properties) else None

    def _redact_report(self, report: pytest.TestReport, error: BaseException | None) -> None:
        """Redact a report, since a traceback or a log may contain a credential."""
        if error is not None and not isinstance(report.longrepr, tuple | None):
            report.longrepr = self.target.redact(str(report.longrepr))
        report.sections = [(title, self.target.redact(text)) for title, text in report.sections]

    def _finish_record(self, item: pytest.Item, call: pytest.CallInfo[None], report: pytest.TestReport) -> TestRecord:
        """Complete the record of a test and attach it to the report."""
        if call.excinfo is not None:
            self._stop_if_unreachable(item, call.excinfo.value)
            text = self._recorder.record_error(item.nodeid, call.excinfo.value)
            if not isinstance(call.excinfo.value, pytest.skip.Exception):
                report.longrepr = text
        record = self._recorder.finish(call.duration)
        assert record is not None
        report.user_properties += [(_PROPERTY, record.to_json()), (_REQUESTS, self.target.requests)]
        return record

    def _set_outcome(self, report: pytest.TestReport, record: TestRecord) -> None:
        """Set the outcome of a test that found broken rules: failed if one of them decides, else xfailed."""
        if not record.failures:
            return
        report.outcome, report.longrepr = "failed", report.longrepr or "; ".join(sorted(record.failures))
        if not self._decides(record.failures):
            report.outcome, report.wasxfail = "skipped", "not counted"

    def _decides(self, broken: Iterable[str]) -> bool:
        """Whether any of some broken rules decides the verdict; known failures do not."""
        return any(
            decides(CATALOGUE[rule].level, Status.FAIL, strict=self.plan.strict, chosen=self.plan.rules)
            for rule in broken
            if rule not in self.plan.known_failures
        )

    def _stop_if_unreachable(self, item: pytest.Item, error: BaseException) -> None:
        """Stop the run if the target is unreachable, since every further test would wait for it."""
        if isinstance(error, Unreachable) and not self.target.is_reachable():
            self._stop(item.session, self.target.redact(f"the target stopped responding during {item.name}: {error}"))

    def _stop(self, session: pytest.Session, why: str) -> None:
        """Skip the checks after the current test. The user's tests have already run, see ``ordering.arrange``."""
        self.ended_early = why
        if self.is_first:
            session.items.clear()  # pytest prints a message of its own for `shouldstop`
        else:
            session.shouldstop = why

    def _observe(self, exchange: Exchange) -> None:
        """Check a response against the rules for every response; register a unit that it created."""
        if exchange.operation is not None and exchange.operation.id == CREATE_UNIT:
            self.units.register(exchange)
        self._recorder.observe(exchange)

    def _check_time_limit(self) -> None:
        # The time limit does not apply to the cleanup between tests.
        if self._recorder.record is not None and self._time_limit_reached():
            raise OutOfTime(TIME_LIMIT_REACHED)

    def _time_limit_reached(self) -> bool:
        limit = self.plan.max_time
        if limit is None or time.monotonic() - self._clock < limit:
            return False
        self.ended_early = f"{TIME_LIMIT_REACHED} ({limit:g} s)"
        return True

    def once(self, what: str, do: Callable[[], _T]) -> _T:
        """Call a function once per run and return its result, which several rules use."""
        if what not in self._results_of_once:
            self._results_of_once[what] = do()
        return self._results_of_once[what]  # type: ignore[no-any-return]  # the dictionary holds results of every type

    def note(self, text: str) -> None:
        """Add a note to the rule of the running test."""
        self._recorder.note(text)

    def observe_violation(self, violation: Violation) -> None:
        """Record a violation without ending the test."""
        self._recorder.record_violation(violation)

    # -- end --------------------------------------------------------------------------------------------------

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Store the record of a test. With several processes, the first one receives the reports of all."""
        if not is_check(self.config.rootpath / report.location[0]):  # a node id may lack the path
            return
        if report.failed:
            self._failed_checks += 1
            if not any(name == _PROPERTY for name, _ in report.user_properties) or report.when == "teardown":
                self.ended_early = self.ended_early or f"{report.nodeid} failed outside its test ({report.when})"
        node = getattr(report, "node", None)  # set if another process ran the test
        for name, value in report.user_properties:
            if name == _REQUESTS and node is not None:
                self._worker_requests[node.gateway.id] = int(str(value))
            if name == _PROPERTY and report.when != "teardown":
                self.results.add(TestRecord.from_json(value))  # type: ignore[arg-type]  # user_properties holds objects

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any, error: object) -> None:
        """Record how another process ended."""
        output = getattr(node, "workeroutput", {}).get(PLUGIN_NAME)
        if output is None:
            self.ended_early = (
                self.ended_early or f"a process that runs the checks was lost{f': {error}' if error else ''}"
            )
            return
        self.leftovers += output["leftovers"]
        self.ended_early = self.ended_early or output["ended_early"]
        self._worker_requests[node.gateway.id] = output["requests"]

    @pytest.hookimpl(wrapper=True)
    def pytest_collection(self) -> Generator[None, object, object]:
        """End the session without a traceback on Ctrl-C during the collection."""
        try:
            return (yield)
        except KeyboardInterrupt:
            self._interrupted = True
            return None

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> Generator[None, object, object]:
        """On Ctrl-C, end the session normally: the results are reported, without pytest's own message."""
        if self._interrupted:
            session.items = []
        try:
            return (yield)
        except KeyboardInterrupt:
            self._interrupted = True
            return True

    @pytest.hookimpl(wrapper=True, specname="pytest_runtestloop")
    def pytest_unblock_signals(self) -> Generator[None, object, object]:
        """Unblock Ctrl-C after processes were started; ``pytest_runtestloop`` above catches a pending one."""
        block_signals(False)
        return (yield)

    @pytest.hookimpl(tryfirst=True)
    def pytest_internalerror(self, excrepr: Any, excinfo: pytest.ExceptionInfo[BaseException]) -> None:
        """Store why the run ended; under the command ``check``, replace pytest's traceback by that line."""
        self.ended_early = self.ended_early or describe_defect(excinfo.value)
        if self.plan.from_command:
            excrepr.toterminal = lambda writer: writer.line(self.ended_early)

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Restore the target, write the reports, and set the exit status."""
        if self.collects_only:
            return
        stopped = session.exitstatus == pytest.ExitCode.INTERRUPTED
        if not self.ended_early and not stopped and (session.shouldfail or session.shouldstop):
            self.ended_early = str(session.shouldfail or session.shouldstop)
        ended_by_checks = bool(self.ended_early)
        try:
            self._end(interrupted=self._interrupted or stopped)
        except Exception as error:  # noqa: BLE001  exit status 1 would be a verdict
            self.ended_early, self.exit_status = describe_defect(error), ExitCode.NO_VERDICT
            self._summary = ["", f"error: {self.ended_early}"]
        if self.is_first:
            session.exitstatus = self._combined(session, ended_by_checks=ended_by_checks)

    def _combined(self, session: pytest.Session, *, ended_by_checks: bool) -> int:
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
            or (status == pytest.ExitCode.TESTS_FAILED and 0 < self._failed_checks == session.testsfailed)
            or (status == pytest.ExitCode.INTERRUPTED and ended_by_checks)
        )
        return int(self.exit_status) if explained else max(int(self.exit_status), status)

    def _end(self, *, interrupted: bool) -> None:
        self.ended_early = self.ended_early or ("interrupted" if interrupted else "")
        self.leftovers += [self.target.redact(line) for line in self.units.clean_up()]
        if not self.is_first:
            self.config.workeroutput[PLUGIN_NAME] = {  # type: ignore[attr-defined]  # xdist's
                "leftovers": self.leftovers,
                "ended_early": self.ended_early,
                "requests": self.target.requests,
            }
        else:
            self._write_reports()
        self.target.close()

    def _write_reports(self) -> None:
        if not self.problem and (stale := self.results.stale()):
            self.problem = f"{', '.join(stale)} passed, but is listed as a known failure: remove its line from the file"
        self.exit_status = self._report_data().exit_code
        for kind, path in self.plan.reports.items():
            try:
                reporting.write(kind, path, self._report_data())
            except OSError as error:
                self.problem = f"cannot write {path}: {error.strerror}"
                self.exit_status = ExitCode.NO_VERDICT
        self._summary = list(reporting.summary(self._report_data()))

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Print the summary by area and every failure."""
        for line in self._summary:
            terminalreporter.write_line(line)

    def _report_data(self) -> reporting.Run:
        results = self.results.settle()
        return reporting.Run(
            target=self.target.base_url,
            contract=self.target.contract,
            results=results,
            unusable=[self._reported(one) for one in self.found.problems.values()],
            synthetic=self.target.keyring.synthetic_kinds if any(r.rule.area == "AUTH" for r in results) else (),
            leftovers=self.leftovers,
            problem=self.problem or self.ended_early,
            complete=not self.problem and not self.ended_early,
            strict=self.plan.strict,
            chosen=self.plan.rules,
            seed=self.plan.search.seed,
            started=self._started,
            seconds=time.monotonic() - self._clock,
            requests=self.target.requests + sum(self._worker_requests.values()),
            profile=self.plan.search.profile.name,
            known_failures=self.plan.known_failures,
            repeat=self.plan.repeat,
        )

    def _reported(self, problem: OperationProblem) -> UnusableOperation:
        """Return the redacted form of a problem for reports."""
        exchange = None if problem.exchange is None else recorded(problem.exchange, self.target.redact)
        return UnusableOperation(problem.operation, problem.state.value, problem.reason, exchange)
