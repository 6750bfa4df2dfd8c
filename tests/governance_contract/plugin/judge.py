"""One run of the checks: what the target offers, test by test what was found, and how it ends.

With several processes (pytest-xdist) the first one finds out what the target offers, and puts the named unit back; each
of the others judges, and deletes the units that it created.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterable
from datetime import UTC, datetime
from typing import Any, TypeVar

import pytest

from ..checks.expect import Violation
from ..checks.run import PLUGIN_NAME
from ..checks.search import searching
from ..contract.rules import CATALOGUE, Need
from ..results import reporting
from ..results.exit_code import ExitCode, describe_defect
from ..results.obstacles import UnusableOperation
from ..results.records import Status, TestRecord
from ..results.verdict import Results, decides
from ..signals import block_signals
from ..target.business_units import Blocked, Units, Unusable
from ..target.capabilities import Unreadable, discover
from ..target.exchange import Exchange
from ..target.survey import Obstacle, Offer
from ..target.target import OutOfTime, Target, Unreachable
from .ordering import arrange, is_check, mark_groups, rule_of
from .plan import Plan, told
from .recording import TIME_IS_UP, Recorder, recorded

_PROPERTY, _REQUESTS = "governance-contract-record", "governance-contract-requests"
_FOUND_ONE = "stopped at the first violation, as asked"
_UPDATE = "updateBusinessUnitGovernance"
_T = TypeVar("_T")


class Judge:
    """Holds the target of a run and gathers what the tests find."""

    def __init__(self, config: pytest.Config, plan: Plan, target: Target) -> None:
        """Judge a target under a pytest configuration; nothing is sent yet."""
        self.config = config
        self.plan = plan
        self.target = target
        self._told = told(config)
        prefix = f"{self._told['prefix']}-{config.workerinput['workerid']}" if self._told else None  # type: ignore[attr-defined]  # xdist's
        self.units = Units(target, plan.units, prefix)
        self.results = Results(CATALOGUE, plan.known_failures)
        self.capabilities: set[Need] = set()
        self.offer = Offer()
        """What the first process found out about the target; empty in the others."""
        self.missing: dict[Need, str] = {}
        """Why needs of rules are not met."""
        self.leftovers: list[str] = []
        self.problem = ""
        """Why nothing can be judged at all."""
        self.unreadable = ""
        """Why no rule but that about the first answer can be judged."""
        self.cut_short = ""
        """Why judging ended before its end."""
        self.exit_status: int = ExitCode.NO_VERDICT
        self._started = datetime.now(UTC)
        self._clock = time.monotonic()
        self._elsewhere: dict[str, int] = {}
        """Requests that each of the other processes sent, as far as they have told."""
        self._interrupted = False
        self.collects_only = False
        """Whether pytest collects tests and runs none; nothing is sent or written then."""
        self._failed = 0
        """Failed tests of the checks, as pytest counts them."""
        self._summary: list[str] = []
        self._done_once: dict[str, Any] = {}
        self._recorder = Recorder(target.contract, target.redact)
        target.before_request = self._mind_the_time
        target.on_exchange = self._observe

    # -- the beginning ----------------------------------------------------------------------------------------

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
        """Whether this is the process that finds out, puts back and reports."""
        return not self._told

    @property
    def may_share_work(self) -> bool:
        """Whether several processes may judge at once: each needs own units, and the list shows those left behind."""
        return {Need.OWN_UNITS, Need.LIST} <= self.capabilities

    def begin(self) -> bool:
        """Find out what the target offers; return whether it can be judged. If not, the cleanup is done already."""
        if self._told:
            self.capabilities = {Need[name] for name in self._told["capabilities"]}
            self.missing = {Need[name]: reason for name, reason in self._told["missing"].items()}
            self.target.unusable = dict(self._told["unusable"])
            self.unreadable = self._told["unreadable"]
            return True
        try:
            self._take_in(discover(self.target, self.units, named=self.plan.units, team=self.plan.team))
            return True
        except Unreadable as error:
            self.unreadable = str(error)
            return True
        except (Unreachable, Unusable, Blocked) as error:
            self.problem = self.target.redact(f"no verdict on {self.target.base_url}: {error}")
        except KeyboardInterrupt:
            self.problem = "interrupted"
        except Exception as error:  # noqa: BLE001  whatever it is, the cleanup must run
            self.problem = describe_defect(error)
        self._end(interrupted=False)
        return False

    def _take_in(self, offer: Offer) -> None:
        """Keep what the target offers, and what it answered wrongly."""
        self.offer, self.capabilities = offer, offer.needs
        self.missing = {need: offer.why_missing(need) for need in Need if need not in offer.needs}
        for one in offer.shortfalls:
            self.results.add_first(one.rule, self._recorder.found_first(one.expected, one.got, one.exchange))
        if _UPDATE in offer.obstacles:
            self.unreadable = offer.obstacles[_UPDATE].reason
        if self.plan.exit_first and self._decides(one.rule for one in offer.shortfalls):
            self.cut_short = self.unreadable = _FOUND_ONE

    def pytest_report_header(self) -> str:
        """Return the line of pytest's header that names the target and the contract."""
        contract = self.target.contract
        title = contract.document["info"].get("title")
        return f"governance-contract: {self.target.base_url}, {title} {contract.edition}"

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionstart(self) -> None:
        """Block Ctrl-C while pytest-xdist starts processes, and in them, until the test loop can handle it."""
        block_signals(not self.is_first or bool(getattr(self.config.option, "numprocesses", None)))

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:
        """Tell another process the seed and what the target offers."""
        node.workerinput[PLUGIN_NAME] = {
            "prefix": self.units.prefix,
            "seed": self.seed,
            "capabilities": [need.name for need in self.capabilities],
            "missing": {need.name: reason for need, reason in self.missing.items()},
            "unusable": self.target.unusable,
            "unreadable": self.unreadable,
        }

    # -- the order --------------------------------------------------------------------------------------------

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_modifyitems(self, config: pytest.Config, items: list[pytest.Item]) -> None:
        """Mark the groups; pytest-xdist reads the marks later in this hook."""
        if hasattr(config.option, "dist"):  # else the marker is unknown
            mark_groups(items, may_share_work=self.may_share_work)

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Select and sort the checks; in this hook, since plugins that shuffle tests have done so before."""
        left_out = arrange(session.items, self.plan.rules, every_case=self.plan.search.profile.every_case)
        if left_out:
            self.config.hook.pytest_deselected(items=left_out)

    # -- test by test -----------------------------------------------------------------------------------------

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Generator[None, object, object]:
        """Give each test a search of its own, the same whatever else is judged."""
        if not is_check(item.path):
            return (yield)
        with searching(self.plan.search.of(item.name)):
            return (yield)

    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        """Start the record of a test; skip it where the target does not offer what its rule needs."""
        rule = rule_of(item)
        if rule is None:
            return
        self._recorder.start(rule.id)
        if self._time_is_up():
            raise OutOfTime(TIME_IS_UP)
        if self.unreadable and item.get_closest_marker("first_contact") is None:
            pytest.skip(self.unreadable)
        missing = [need for need in rule.needs if need not in self.capabilities]
        if missing:
            pytest.skip(self.missing[missing[0]])
        operation = getattr(item, "callspec", None) and item.callspec.params.get("operation")  # type: ignore[attr-defined]  # only parametrized items have a callspec
        if operation and not self.target.serves(operation.id):
            pytest.skip(self.target.why_unusable(operation.id))

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Turn the outcome of a test into what it says about its rule."""
        report = yield
        if not is_check(item.path):
            return report
        error = call.excinfo.value if call.excinfo is not None else None
        self._conceal_secrets(report, error)
        if self._recorder.record is None or call.when == "teardown" or (error is None and call.when == "setup"):
            return report
        record = self._finish_record(item, call, report)
        if isinstance(error, OutOfTime):
            where = str(item.path), item.location[1] or 0
            report.outcome, report.longrepr = "skipped", (*where, f"Skipped: {TIME_IS_UP}")
        self._set_outcome(report, record)
        if self.plan.exit_first and not self.cut_short and self._decides(record.failures):
            self._stop(item.session, _FOUND_ONE)
        return report

    def _conceal_secrets(self, report: pytest.TestReport, error: BaseException | None) -> None:
        """Redact a report: a traceback and a log may show any value."""
        if error is not None and not isinstance(report.longrepr, tuple | None):
            report.longrepr = self.target.redact(str(report.longrepr))
        report.sections = [(title, self.target.redact(text)) for title, text in report.sections]

    def _finish_record(self, item: pytest.Item, call: pytest.CallInfo[None], report: pytest.TestReport) -> TestRecord:
        """End the record of a test, add how the test ended, and send it with the report."""
        if call.excinfo is not None:
            self._mind_the_target(item, call.excinfo.value)
            words = self._recorder.take_in(item.nodeid, call.excinfo.value)
            if not isinstance(call.excinfo.value, pytest.skip.Exception):
                report.longrepr = words
        record = self._recorder.finish(call.duration)
        assert record is not None
        report.user_properties += [(_PROPERTY, record.to_json()), (_REQUESTS, self.target.requests)]
        return record

    def _set_outcome(self, report: pytest.TestReport, record: TestRecord) -> None:
        """Set pytest's outcome of a test that found broken rules: failed where one of them decides, else xfailed."""
        if not record.failures:
            return
        report.outcome, report.longrepr = "failed", report.longrepr or "; ".join(sorted(record.failures))
        if not self._decides(record.failures):
            report.outcome, report.wasxfail = "skipped", "not counted"

    def _decides(self, broken: Iterable[str]) -> bool:
        """Whether one of some broken rules decides the verdict; a known failure does not."""
        return any(
            decides(CATALOGUE[rule].level, Status.FAIL, strict=self.plan.strict, chosen=self.plan.rules)
            for rule in broken
            if rule not in self.plan.known_failures
        )

    def _mind_the_target(self, item: pytest.Item, error: BaseException | None) -> None:
        """End the run where the target is gone: each further test would only wait for it."""
        if isinstance(error, Unreachable) and not self.target.is_reachable():
            self._stop(item.session, self.target.redact(f"the target stopped answering during {item.name}: {error}"))

    def _stop(self, session: pytest.Session, why: str) -> None:
        """Judge nothing after the present test. The user's tests have run before, see ``ordering.arrange``."""
        self.cut_short = why
        if self.is_first:
            session.items.clear()  # for `shouldstop`, pytest would print a message of its own
        else:
            session.shouldstop = why

    def _observe(self, exchange: Exchange) -> None:
        """Hold every response of every rule to what holds for all responses; remember what was created."""
        if exchange.operation is not None and exchange.operation.id == "createBusinessUnit":
            self.units.register(exchange)
        self._recorder.observe(exchange)

    def _mind_the_time(self) -> None:
        # The cleanup between tests has no time limit.
        if self._recorder.record is not None and self._time_is_up():
            raise OutOfTime(TIME_IS_UP)

    def _time_is_up(self) -> bool:
        limit = self.plan.max_time
        if limit is None or time.monotonic() - self._clock < limit:
            return False
        self.cut_short = f"{TIME_IS_UP} ({limit:g} s)"
        return True

    def once(self, what: str, do: Callable[[], _T]) -> _T:
        """Do what several rules look at once in a run, and return what it returned then."""
        if what not in self._done_once:
            self._done_once[what] = do()
        done: _T = self._done_once[what]
        return done

    def note(self, text: str) -> None:
        """Add a remark to the rule being judged."""
        self._recorder.note(text)

    def observe_violation(self, violation: Violation) -> None:
        """Record a violation of another rule than the one being judged, and go on."""
        self._recorder.record_violation(violation)

    # -- the end ----------------------------------------------------------------------------------------------

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Take in what a test found; with several processes this runs in the first one, too."""
        if not is_check(self.config.rootpath / report.location[0]):  # a node id need not name the path
            return
        if report.failed:
            self._failed += 1
            if not any(name == _PROPERTY for name, _ in report.user_properties) or report.when == "teardown":
                self.cut_short = self.cut_short or f"{report.nodeid} failed outside of its test ({report.when})"
        node = getattr(report, "node", None)  # the process, where it is another one
        for name, value in report.user_properties:
            if name == _REQUESTS and node is not None:
                self._elsewhere[node.gateway.id] = int(str(value))
            if name == _PROPERTY and report.when != "teardown":
                self.results.add(TestRecord.from_json(value))  # type: ignore[arg-type]  # user_properties holds objects

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any, error: object) -> None:
        """Record how another process ended."""
        told = getattr(node, "workeroutput", {}).get(PLUGIN_NAME)
        if told is None:
            self.cut_short = self.cut_short or f"a process that judges was lost{f': {error}' if error else ''}"
            return
        self.leftovers += told["leftovers"]
        self.cut_short = self.cut_short or told["cut_short"]
        self._elsewhere[node.gateway.id] = told["requests"]

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
        """On Ctrl-C, end the session normally, so that it reports what was found, without pytest's own message."""
        if self._interrupted:
            session.items = []
        try:
            return (yield)
        except KeyboardInterrupt:
            self._interrupted = True
            return True

    @pytest.hookimpl(wrapper=True, specname="pytest_runtestloop")
    def pytest_let_interruptions_come(self) -> Generator[None, object, object]:
        """Handle a Ctrl-C that was blocked while processes started; ``pytest_runtestloop`` above catches it."""
        block_signals(False)
        return (yield)

    @pytest.hookimpl(tryfirst=True)
    def pytest_internalerror(self, excrepr: Any, excinfo: pytest.ExceptionInfo[BaseException]) -> None:
        """Note why the run ended; under the command ``check``, reduce pytest's traceback to that line."""
        self.cut_short = self.cut_short or describe_defect(excinfo.value)
        if self.plan.from_command:
            excrepr.toterminal = lambda writer: writer.line(self.cut_short)

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Restore the target, write the reports, and raise the exit status if the verdict asks for it."""
        if self.collects_only:
            return
        stopped = session.exitstatus == pytest.ExitCode.INTERRUPTED
        if not self.cut_short and not stopped and (session.shouldfail or session.shouldstop):
            self.cut_short = str(session.shouldfail or session.shouldstop)
        ended_by_checks = bool(self.cut_short)
        try:
            self._end(interrupted=(self._interrupted or stopped) and not self.cut_short)
        except Exception as error:  # noqa: BLE001  whatever it is, exit status 1 would be a verdict
            self.cut_short, self.exit_status = describe_defect(error), ExitCode.NO_VERDICT
            self._summary = ["", f"error: {self.cut_short}"]
        if self.is_first:
            session.exitstatus = self._combined(session, ended_by_checks=ended_by_checks)

    def _combined(self, session: pytest.Session, *, ended_by_checks: bool) -> int:
        """Return the exit status of the session, from pytest's own status and the verdict of the checks.

        The verdict replaces pytest's status where that only repeats what the checks did: no failures, no tests, failed
        tests that are all checks, an interruption by the checks. Otherwise the higher one of the two counts, so that
        the verdict raises the status and never lowers it:

        - A user's test fails, or another plugin fails the session: 1, or 2 where the checks give no verdict.
        - pytest's own 2 to 5 (interrupted by others, internal error, usage) and other plugins' codes: stay.
        """
        status = int(session.exitstatus)
        explained = (
            status in (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED)
            or (status == pytest.ExitCode.TESTS_FAILED and 0 < self._failed == session.testsfailed)
            or (status == pytest.ExitCode.INTERRUPTED and ended_by_checks)
        )
        return int(self.exit_status) if explained else max(int(self.exit_status), status)

    def _end(self, *, interrupted: bool) -> None:
        self.cut_short = self.cut_short or ("interrupted" if interrupted else "")
        self.leftovers += [self.target.redact(line) for line in self.units.clean_up()]
        if not self.is_first:
            self.config.workeroutput[PLUGIN_NAME] = {  # type: ignore[attr-defined]  # xdist's
                "leftovers": self.leftovers,
                "cut_short": self.cut_short,
                "requests": self.target.requests,
            }
        else:
            self._write_reports()
        self.target.close()

    def _write_reports(self) -> None:
        if not self.problem and (stale := self.results.stale()):
            self.problem = f"{', '.join(stale)} passed, but is listed as a known failure: remove the line from the file"
        self.exit_status = self._summed_up().exit_code
        for kind, path in self.plan.reports.items():
            try:
                reporting.write(kind, path, self._summed_up())
            except OSError as error:
                self.problem = f"cannot write {path}: {error.strerror}"
                self.exit_status = ExitCode.NO_VERDICT
        self._summary = list(reporting.summary(self._summed_up()))

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Print the summary by area and every failure."""
        for line in self._summary:
            terminalreporter.write_line(line)

    def _summed_up(self) -> reporting.Run:
        results = self.results.settle()
        return reporting.Run(
            target=self.target.base_url,
            contract=self.target.contract,
            results=results,
            unusable=[self._shown(one) for one in self.offer.obstacles.values()],
            synthetic=self.target.keyring.synthetic_kinds if any(r.rule.area == "AUTH" for r in results) else (),
            leftovers=self.leftovers,
            problem=self.problem or self.cut_short,
            complete=not self.problem and not self.cut_short,
            strict=self.plan.strict,
            chosen=self.plan.rules,
            seed=self.plan.search.seed,
            started=self._started,
            seconds=time.monotonic() - self._clock,
            requests=self.target.requests + sum(self._elsewhere.values()),
            profile=self.plan.search.profile.name,
            known_failures=self.plan.known_failures,
            repeat=self.plan.repeat,
        )

    def _shown(self, obstacle: Obstacle) -> UnusableOperation:
        """Return an operation that cannot be used as reports show it."""
        exchange = None if obstacle.exchange is None else recorded(obstacle.exchange, self.target.redact)
        return UnusableOperation(obstacle.operation, obstacle.state.value, obstacle.reason, exchange)
