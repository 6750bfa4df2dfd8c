"""The pytest plugin object that runs the checks: it probes the target, runs and records each test, and cleans up."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any, TypeVar

import pytest

from ..checks.generation import generating
from ..checks.violation import Violation
from ..contract.operation_ids import CREATE_UNIT, UPDATE_GOVERNANCE
from ..contract.rules import Need
from ..results.escaping import harmless_in_log
from ..results.exit_code import describe_defect
from ..results.records import TestRecord
from ..results.reporting import terminal
from ..signals import signals_ignored
from ..target.base_url import is_loopback
from ..target.classification import Capabilities
from ..target.discovery import discover
from ..target.errors import (
    Blocked,
    GivenUp,
    NeverShown,
    NotApplicable,
    OutOfTime,
    Stopped,
    Unreachable,
    Unreadable,
    Unusable,
)
from ..target.exchange import Exchange, Request
from ..target.present_components import AbsentPart
from ..target.run_units import Units
from ..target.target import Target
from ..target.unit_permits import UnitPermits
from ..vocabulary import STOPPED
from . import workers
from .interruption import Interruption
from .ordering import is_check, mark_groups, rules_of, select_and_sort, why_nothing_is_collected
from .plan import Plan
from .progress import CLEAR, Progress, is_terminal
from .recording import TIME_LIMIT_REACHED, Recorder, cause_of, set_outcome
from .run_outcome import RunOutcome
from .workers import Setup, WorkerResult, new_permits_file, receive_result, receive_setup, uses_several_processes

_RECORD_KEY, _REQUESTS_KEY = "governance-contract-record", "governance-contract-requests"
_SUBTEST = "governance-contract-subtest"
_WIDTH_OF_A_LOG, _LEAST_WIDTH = 120, 60
_FIRST_VIOLATION = "stopped at the first violation"
_T = TypeVar("_T")
_TestStatus = tuple[str, str, Any]


class ContractRun:
    """Holds the target of a run, and implements the hooks of pytest."""

    def __init__(self, config: pytest.Config, plan: Plan, target: Target) -> None:
        """Prepare a run; nothing is sent yet."""
        self.config = config
        self.plan = plan
        self.target = target
        self._setup = receive_setup(config)
        setup = self._setup
        self.interruption = Interruption(config)
        """Handles Ctrl-C. ``start`` registers it with pytest."""
        permits = UnitPermits(setup.permits_file if setup else "")
        self.units = Units(target, setup.units if setup else plan.units, setup.prefix if setup else None, permits)
        self.outcome = RunOutcome(plan, target)
        self.missing = Capabilities().missing
        """The needs of rules that the target does not meet, each with the reason."""
        self.skip_reason = ""
        """Why all tests except those marked ``first_contact`` are skipped; empty if they are not."""
        self.unreadable = False
        """Whether no body can be read. Rules about access are judged all the same, by the statuses alone."""
        self.collects_only = False
        """Whether pytest only collects tests; nothing is sent or written then."""
        self._permits_file = ""
        self._results_of_once: dict[str, Any] = {}
        self._in_call = False
        self._progress: Progress | None = None
        self.stop_target: Callable[[], None] = lambda: None
        """Stops the target if the run started it."""
        self._recorder = Recorder(target.contract, target.redact, keeps_evidence=bool(plan.reports))
        target.before_request = self._begin_request
        target.on_exchange = self._observe

    # -- start --------------------------------------------------------------------------------------------

    @property
    def seed(self) -> int:
        """The seed of the run."""
        return self.plan.generation.seed

    @property
    def team(self) -> str:
        """The id of the team that the user named; empty if none was named."""
        return self.plan.team or ""

    @property
    def named_units(self) -> tuple[str, ...]:
        """The ids of the business units that the user named: none, one or two."""
        return self.units.named_ids

    @property
    def is_first(self) -> bool:
        """Whether this is the process that probes and restores the target and writes the reports."""
        return self._setup is None

    def begin(self, distribute: Callable[[], None]) -> bool:
        """Probe the target; return whether the tests can run. If they cannot, the cleanup is already done.

        ``distribute`` decides how many processes run the tests, once the capabilities of the target are known.
        """
        if self._setup is not None:
            self.missing = dict(self._setup.missing)
            self.target.unusable, self.target.broken = dict(self._setup.unusable), set(self._setup.broken)
            self.target.hidden = dict(self._setup.hidden)
            self.target.knowledge.members.stable = set(self._setup.stable_members)
            accepted = {AbsentPart(*part) for part in self._setup.accepted_updates}
            self.target.knowledge.components.accepted = accepted
            self.skip_reason, self.unreadable = self._setup.skip_reason, self._setup.unreadable
            return True
        try:
            self._store_capabilities(discover(self.target, self.units, team=self.plan.team))
            distribute()
            return True
        except Unreadable as error:
            self.skip_reason, self.unreadable = str(error), True
            return True
        except (Unreachable, Unusable, Blocked) as error:
            self.outcome.problem = self.target.redact(f"no verdict on {self.target.base_url}: {error}")
        except KeyboardInterrupt:
            self.outcome.problem = "interrupted"
        except Exception as error:  # noqa: BLE001  the cleanup must run after any exception
            self.outcome.problem = describe_defect(error)
        self._end(interrupted=False)
        return False

    def _store_capabilities(self, capabilities: Capabilities) -> None:
        """Store the result of probing the target, and add its violations to the results."""
        self.outcome.found, self.missing = capabilities, capabilities.missing
        for violation in capabilities.violations:
            failure = self._recorder.failure_before_tests(violation)
            self.outcome.results.add_first(violation.rule, failure)
        if UPDATE_GOVERNANCE in self.target.broken and Need.OWN_UNITS in self.missing:
            # Only the units of the user are left to work on, and a broken update cannot restore them.
            self.skip_reason = capabilities.problems[UPDATE_GOVERNANCE].reason
        if self.plan.exit_first and self.plan.decides(violation.rule for violation in capabilities.violations):
            self.outcome.ended_early = self.skip_reason = _FIRST_VIOLATION

    def pytest_report_header(self) -> str:
        """Return the line of pytest's header that names the target and the contract."""
        contract = self.target.contract
        title = contract.document["info"].get("title")
        return f"governance-contract: {self.target.base_url}, {title} {contract.edition}"

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:
        """Send the setup to a worker."""
        target = self.target
        self._permits_file = self._permits_file or new_permits_file()
        Setup(
            prefix=self.units.prefix,
            seed=self.seed,
            missing=self.missing,
            unusable=target.unusable,
            broken=tuple(target.broken),
            hidden=target.hidden,
            stable_members=tuple(target.knowledge.members.stable),
            accepted_updates=tuple((*part,) for part in target.knowledge.components.accepted),
            skip_reason=self.skip_reason,
            unreadable=self.unreadable,
            units=self.units.named_ids,
            permits_file=self._permits_file,
        ).send(node)

    # -- order ------------------------------------------------------------------------------------------------

    def pytest_ignore_collect(self, collection_path: Path) -> bool | None:
        """Leave out the modules of checks without a test of the chosen rules, since importing them takes long."""
        rules = self.plan.rules
        if not rules or collection_path.suffix != ".py" or not is_check(collection_path):
            return None
        source = collection_path.read_text(encoding="utf-8")
        return None if any(f'"{rule}"' in source for rule in rules) else True

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_modifyitems(self, config: pytest.Config, items: list[pytest.Item]) -> None:
        """Mark the groups; pytest-xdist reads the marks later in the same hook."""
        if hasattr(config.option, "dist"):  # else the marker is unknown
            mark_groups(items, self.missing, share_imports=workers.share_imports(config, self.plan.generation.profile))

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Select and sort the checks, in this hook because plugins that shuffle tests use an earlier one."""
        if not uses_several_processes(self.config) and not any(is_check(item.path) for item in session.items):
            self.outcome.end_early(why_nothing_is_collected(self.config))
        plan = self.plan
        every_case, thorough = plan.generation.profile.every_case, plan.thorough_rules
        left_out = select_and_sort(
            session.items, plan.rules, every_case=every_case, thorough=thorough, is_distributed=not self.is_first
        )
        if left_out:
            self.config.hook.pytest_deselected(items=left_out)

    # -- tests ------------------------------------------------------------------------------------------------

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Generator[None, object, object]:
        """Give each test its own inputs, which do not depend on the other tests of the run."""
        if not is_check(item.path):
            return (yield)
        try:
            with generating(self.plan.generation.of(item.name)):
                return (yield)
        finally:
            self.units.end_test()

    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        """Start the record of a test; skip the test if the target does not meet the needs of any of its rules."""
        every = rules_of(item)
        judged = [rule for rule in every if not self.plan.rules or rule.id in self.plan.rules]
        if not judged:
            return
        unmet = {rule.id: self.missing[need] for rule in judged for need in rule.needs if need in self.missing}
        self._recorder.start(item.nodeid, [rule.id for rule in judged], unmet, [rule.id for rule in every])
        if self._time_limit_reached():
            raise OutOfTime(TIME_LIMIT_REACHED)
        judges_access = all(rule.area == "AUTH" for rule in judged)
        needs_no_body = item.get_closest_marker("first_contact") is not None or (judges_access and self.unreadable)
        if self.skip_reason and not needs_no_body:
            pytest.skip(self.skip_reason)
        if len(unmet) == len(judged):
            pytest.skip(unmet[judged[0].id])
        if marker := item.get_closest_marker("units"):
            self.units.permits.take(marker.args[0])
        operation = getattr(item, "callspec", None) and item.callspec.params.get("operation")  # type: ignore[attr-defined]  # only parametrized items have a callspec
        # A broken operation must still refuse a wrong credential.
        refuses = judges_access and operation and operation.id in self.target.broken
        if operation and not refuses and not self.target.serves(operation.id):
            pytest.skip(self.target.why_unusable(operation.id))
        if judges_access and not (operation or self.target.operation(UPDATE_GOVERNANCE)).secured:
            pytest.skip("the contract asks for no credential here")

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
        if isinstance(error, NotApplicable | OutOfTime | GivenUp | NeverShown):
            where = str(item.path), item.location[1] or 0
            report.outcome, report.longrepr = "skipped", (*where, f"Skipped: {record.reason}")
        decides = self.plan.decides(record.failures)
        set_outcome(report, record, decides=decides)
        if self.plan.exit_first and not self.outcome.ended_early and decides:
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
            BaseException: the subtest ended with another error, which also ends the test.
        """
        cause = cause_of(error) if error is not None else None
        if isinstance(cause, Violation):
            self._recorder.record_error(item.nodeid, cause)
        elif cause is not None and type(cause).__name__ != "SkipTest":  # Schemathesis has no bad data for an operation
            raise cause

    @pytest.hookimpl(wrapper=True)
    def pytest_report_teststatus(self, report: pytest.TestReport) -> Generator[None, _TestStatus, _TestStatus]:
        """Hide subtests, because the test reports what they found. Hide all letters if a line shows the progress."""
        status = yield
        if any(name == _SUBTEST for name, _ in report.user_properties):
            return ("", "", "")
        return (status[0], "", "") if self._progress is not None and self._progress.rewrites else status

    @pytest.hookimpl(tryfirst=True, specname="pytest_runtestloop")
    def pytest_start_progress(self, session: pytest.Session) -> None:
        """Begin to show the progress, if the command started the run."""
        reporter = self.config.pluginmanager.get_plugin("terminalreporter")
        if self.is_first and self.plan.from_command and reporter is not None:
            rewrites = is_terminal(reporter) and os.environ.get("TERM") != "dumb"
            has_rate_limit = self.config.getoption("--contract-rate-limit") is not None
            self._progress = Progress(rewrites=rewrites, has_rate_limit=has_rate_limit, max_time=self.plan.max_time)
            self._progress.total = len(session.items)

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_node_collection_finished(self, ids: list[str]) -> None:
        """Count the tests: with several processes, only the others collect them."""
        if self._progress is not None:
            self._progress.total = len(ids)

    def _write(self, text: str) -> None:
        reporter: Any = self.config.pluginmanager.get_plugin("terminalreporter")
        reporter.write(text, flush=True)

    def _redact_report(self, report: pytest.TestReport, error: BaseException | None) -> None:
        """Redact a report, since a traceback or a log may contain a credential."""
        if error is not None and not isinstance(report.longrepr, tuple | None):
            report.longrepr = harmless_in_log(self.target.redact(str(report.longrepr)))
        report.sections = [(title, harmless_in_log(self.target.redact(text))) for title, text in report.sections]

    def _finish_record(self, item: pytest.Item, call: pytest.CallInfo[None], report: pytest.TestReport) -> TestRecord:
        """Complete the record of a test and attach it to the report."""
        if call.excinfo is not None:
            self._stop_if_unreachable(item, call.excinfo.value)
            text = self._recorder.record_error(item.nodeid, call.excinfo.value)
            if not isinstance(call.excinfo.value, pytest.skip.Exception):
                report.longrepr = harmless_in_log(text)
        record = self._recorder.finish(call.duration)
        assert record is not None  # noqa: S101  the test was begun
        report.user_properties += [(_RECORD_KEY, record.to_json()), (_REQUESTS_KEY, self.target.requests)]
        return record

    def _stop_if_unreachable(self, item: pytest.Item, error: BaseException) -> None:
        """Stop the run if the target is unreachable, since every further test would wait for it.

        A local target that a request of the checks has ended breaks a rule. A remote one may be unreachable for other
        reasons.
        """
        error = cause_of(error)
        if not isinstance(error, Unreachable) or isinstance(error, GivenUp) or self.target.is_reachable():
            return
        why = self.target.redact(f"{STOPPED} during {item.name}: {error}")
        if isinstance(error, Stopped) and is_loopback(self.target.base_url):
            self._recorder.record_crash(Exchange(error.request, None, f"{STOPPED}: {error}"))
        self._stop(item.session, why)

    def _stop(self, session: pytest.Session, why: str) -> None:
        """Skip the checks after the current test. The user's tests have already run, see ``ordering``."""
        self.outcome.ended_early = why
        if self.is_first:
            session.items.clear()  # pytest prints a message of its own for `shouldstop`
        else:
            session.shouldstop = why

    def _observe(self, exchange: Exchange) -> None:
        """Check a response against the rules for every response; register a unit that it created."""
        if exchange.operation is not None and exchange.operation.id == CREATE_UNIT:
            self.units.register(exchange)
        self._recorder.observe(exchange)

    def _begin_request(self, request: Request) -> None:
        if request.operation is not None and request.operation.id == CREATE_UNIT:
            self.units.make_room_for_creation()
        # The time limit does not apply to the cleanup between tests.
        if self._recorder.record is not None and self._time_limit_reached():
            raise OutOfTime(TIME_LIMIT_REACHED)

    def _time_limit_reached(self) -> bool:
        limit = self.plan.max_time
        if limit is None or self.outcome.seconds < limit:
            return False
        self.outcome.ended_early = f"{TIME_LIMIT_REACHED} ({limit:g} s)"
        return True

    def once(self, key: str, do: Callable[[], _T]) -> _T:
        """Call a function once per run and return its result, which several rules use."""
        if key not in self._results_of_once:
            self._results_of_once[key] = do()
        return self._results_of_once[key]  # type: ignore[no-any-return]  # the dictionary holds results of every type

    def note(self, text: str) -> None:
        """Add a note to the rule of the running test."""
        self._recorder.note(text)

    def record_violation(self, violation: Violation) -> None:
        """Record a violation without ending the test."""
        self._recorder.record_violation(violation)

    # -- end --------------------------------------------------------------------------------------------------

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Store the record of a test. With several processes, the first one receives the reports of all."""
        if not is_check(self.config.rootpath / report.location[0]):  # a node id may lack the path
            return
        if report.failed:
            self.outcome.failed_checks += 1
            if not any(name == _RECORD_KEY for name, _ in report.user_properties) or report.when == "teardown":
                self.outcome.end_early(f"{report.nodeid} failed outside its test ({report.when})")
        node = getattr(report, "node", None)  # set if another process ran the test
        for name, value in report.user_properties:
            if name == _REQUESTS_KEY and node is not None:
                self.outcome.worker_requests[node.gateway.id] = int(str(value))
            if name == _RECORD_KEY and report.when != "teardown":
                self.outcome.results.add(TestRecord.from_json(str(value)))
                if self._progress is not None and (text := self._progress.finished_one()):
                    self._write(text)

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any, error: object) -> None:
        """Store the result of a worker."""
        result = receive_result(node)
        if result is None:
            self.outcome.end_early(f"a process that runs the checks was lost{f': {error}' if error else ''}")
            return
        self.outcome.leftovers += result.leftovers
        if result.ended_early:
            self.outcome.end_early(result.ended_early)
        if result.broken is not None:
            self.outcome.add_crashes(TestRecord.from_json(result.broken))
        self.outcome.worker_requests[node.gateway.id] = result.requests

    @pytest.hookimpl(tryfirst=True)
    def pytest_internalerror(self, excrepr: Any, excinfo: pytest.ExceptionInfo[BaseException]) -> None:
        """Store why the run ended; under the command ``check``, replace pytest's traceback by that line."""
        self.outcome.end_early(describe_defect(excinfo.value))
        if self.plan.from_command:
            excrepr.toterminal = lambda writer: writer.line(self.outcome.ended_early)

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Restore the target, write the reports, and set the exit status."""
        if self.collects_only:
            return
        if self._progress is not None and self._progress.rewrites:
            self._write(CLEAR)
        stopped = session.exitstatus == pytest.ExitCode.INTERRUPTED
        if not stopped and (session.shouldfail or session.shouldstop):
            self.outcome.end_early(str(session.shouldfail or session.shouldstop))
        ended_by_checks = bool(self.outcome.ended_early)
        try:
            self._end(interrupted=self.interruption.happened or stopped)
        except Exception as error:  # noqa: BLE001  exit status 1 would be a verdict
            self.outcome.end_with_defect(error)
        if self.is_first:
            session.exitstatus = self.outcome.session_status(session, ended_by_checks=ended_by_checks)

    def _end(self, *, interrupted: bool) -> None:
        """Delete and restore units, then send the result to the first process, or write the reports."""
        outcome = self.outcome
        if interrupted:
            outcome.end_early("interrupted")
        with signals_ignored():  # a second Ctrl-C must not leave units behind
            # With several processes, the request of another process may have ended the target.
            broken = self._recorder.confirm_unanswered(self.target, is_alone=not uses_several_processes(self.config))
            outcome.leftovers += [self.target.redact(line) for line in self.units.clean_up()]
            if self.is_first:
                outcome.add_crashes(broken)
                outcome.write_reports()
            else:
                crashes = broken.to_json() if broken is not None else None
                WorkerResult(outcome.leftovers, outcome.ended_early, self.target.requests, crashes).send(self.config)
            self.target.close()
            self.stop_target()

    def pytest_unconfigure(self) -> None:
        """Stop the target that the run started, also after an error."""
        self.stop_target()
        if self._permits_file:
            Path(self._permits_file).unlink(missing_ok=True)

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Print the summary by area and every failure."""
        width = shutil.get_terminal_size().columns if is_terminal(terminalreporter) else _WIDTH_OF_A_LOG
        screen = terminal.Screen(max(width, _LEAST_WIDTH), terminalreporter.hasmarkup)
        for line in self.outcome.summary(screen):
            terminalreporter.write_line(line)
