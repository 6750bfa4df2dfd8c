"""The pytest plugin: options, the target, which rules can be judged, what was found, exit status.

Inert unless ``--contract-url`` is given, so that installing this package changes nobody's test run.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Generator, Iterator
from pathlib import Path

import hypothesis
import pytest

from . import contract as contracts
from . import reporting
from .capabilities import discover
from .credentials import KEY_VARIABLE, Keyring
from .exchange import Exchange
from .expect import Violation
from .judge import observe
from .results import ExitCode, Failure, Results, Status, TestRecord, exit_code
from .rules import CATALOGUE, Need, Rule
from .target import Target, Unreachable, check_url, is_loopback
from .units import Blocked, Unit, Units, Unusable

_PACKAGE = Path(__file__).parent
_PROPERTY = "governance"
_JUDGE = "governance-contract-judge"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options; all prefixed, since other plugins have a --base-url of their own."""
    group = parser.getgroup("governance-contract", "conformance checks of the business-unit governance API")
    add = group.addoption
    add("--contract-url", metavar="URL", help="judge the implementation at this base URL")
    add("--contract-file", metavar="FILE", type=Path, help="judge by this contract instead of the built-in one")
    add("--contract-unit", metavar="ID", help="a business unit that may be changed and is restored at the end")
    add("--contract-team", metavar="ID", help="a team without a business unit that may be assigned")
    add("--contract-allow-writes", action="store_true", help="needed where the URL is not a loopback address")
    add("--contract-strict", action="store_true", help="let SHOULD rules count as failures, too")
    add("--contract-rules", metavar="IDS", default="", help="judge these rules alone, separated by commas")
    add("--contract-report-json", metavar="FILE", type=Path, help="write the verdicts as JSON")
    add("--contract-timeout", metavar="SECONDS", type=float, default=10.0, help="patience for one answer (default 10)")
    add("--contract-max-examples", metavar="N", type=int, default=25, help="inputs per property (default 25)")


def pytest_configure(config: pytest.Config) -> None:
    """Register markers always, and the judge where a URL is given."""
    config.addinivalue_line("markers", "rule(id): the rule of the catalogue that a test judges")
    config.addinivalue_line("markers", "spends_usage: a test after which the named unit has lost its usage")
    config.addinivalue_line("markers", "operations(*ids): the operations that a test with an `operation` covers")
    url = config.getoption("--contract-url")
    if not url:
        return
    try:
        contract = contracts.load(config.getoption("--contract-file"))
        keyring = Keyring(os.environ, contract.document["components"]["securitySchemes"]["ManagementBearerAuth"])
        target = Target(check_url(url), contract, keyring, timeout=config.getoption("--contract-timeout"))
        if not config.getoption("--contract-allow-writes") and not is_loopback(url):
            raise ValueError(f"{target.base_url} is not on this machine: say --contract-allow-writes to change it")
    except KeyError as error:
        raise pytest.UsageError(f"{KEY_VARIABLE} is not set: the checks need a management key of the target") from error
    except ValueError as error:
        raise pytest.UsageError(str(error)) from error
    hypothesis.settings.register_profile(
        "governance-contract",
        max_examples=config.getoption("--contract-max-examples"),
        deadline=None,  # a target may be slow
        database=None,
        report_multiple_bugs=False,
        print_blob=False,
        suppress_health_check=list(hypothesis.HealthCheck),  # a fixture's target outlives an example on purpose
    )
    hypothesis.settings.load_profile("governance-contract")
    config.pluginmanager.register(Judge(config, target), _JUDGE)
    if config.args_source is not pytest.Config.ArgsSource.ARGS:
        config.args[:] = [str(_PACKAGE)]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Give a test that takes an ``operation`` one case for each operation of the contract in use."""
    if "operation" not in metafunc.fixturenames:
        return
    judge = metafunc.config.pluginmanager.get_plugin(_JUDGE)
    contract = judge.target.contract if judge else contracts.load()
    marker = metafunc.definition.get_closest_marker("operations")
    chosen = [o for o in contract.operations.values() if marker is None or o.id in marker.args]
    metafunc.parametrize("operation", chosen, ids=[operation.id for operation in chosen])


class Judge:
    """Holds the target of a run and gathers what the tests find."""

    def __init__(self, config: pytest.Config, target: Target) -> None:
        """Judge a target under a pytest configuration."""
        self.config = config
        self.target = target
        self.units = Units(target, config.getoption("--contract-unit"))
        self.results = Results(CATALOGUE)
        self.capabilities: set[Need] = set()
        self.leftovers: list[str] = []
        self.problem = ""
        self.exit_status: int = ExitCode.COULD_NOT_JUDGE
        self._record: TestRecord | None = None
        self._seen: set[tuple[str, str, str]] = set()
        target.on_exchange = self._observe

    # -- the run ----------------------------------------------------------------------------------------------

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Keep the chosen rules; put those that need the named unit's usage first: later ones remove it."""
        chosen = {rule for rule in self.config.getoption("--contract-rules").split(",") if rule}
        if chosen:
            items[:] = [item for item in items if (rule := _rule(item)) and rule.id in chosen]
        items.sort(key=_usage_order)

    def pytest_runtestloop(self, session: pytest.Session) -> object:
        """Find out what the target is before the first test, or stop with one clear line."""
        # SIGTERM then ends the run as Ctrl-C does: with everything put back.
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        if session.testsfailed or self.config.option.collectonly:
            return None
        try:
            self.capabilities = discover(
                self.target,
                self.units,
                named=self.config.getoption("--contract-unit"),
                team=self.config.getoption("--contract-team"),
            )
        except (Unreachable, Unusable, Blocked) as error:
            self.problem = self.target.redact(f"could not judge {self.target.base_url}: {error}")
        if self.problem:
            session.exitstatus = ExitCode.COULD_NOT_JUDGE
            return True
        return None

    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        """Start the record of a test; skip it where the target does not offer what its rule needs."""
        rule = _rule(item)
        if rule is None:
            return
        self._record = TestRecord(rule.id)
        missing = [need for need in rule.needs if need not in self.capabilities]
        if missing:
            pytest.skip(f"needs that {missing[0]}")
        operation = getattr(item, "callspec", None) and item.callspec.params.get("operation")  # type: ignore[attr-defined]  # only parametrized items have a callspec
        if operation and not self.target.serves(operation.id):
            pytest.skip(f"the target does not serve {operation.id}")

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Turn the outcome of a test into what it says about its rule."""
        report = yield
        record = self._record
        if record is None or call.when == "teardown":
            return report
        if call.excinfo is not None:
            self._take_in(record, item.nodeid, call.excinfo.value, report)
        if call.when == "call" or call.excinfo is not None:
            report.user_properties.append((_PROPERTY, record.to_json()))
            self._record = None
            if record.failures and report.outcome == "passed":
                report.outcome = "failed"
                report.longrepr = "; ".join(sorted(record.failures))
            if record.failures and not self._binding(record):
                # Seen and reported, but not counted: pytest's word for that is an expected failure.
                report.outcome, report.wasxfail = "skipped", "SHOULD"
        return report

    def _take_in(self, record: TestRecord, test: str, error: BaseException, report: pytest.TestReport) -> None:
        redact = self.target.redact
        if isinstance(error, BaseExceptionGroup):
            # Hypothesis groups what it saw once and not again; a violation that was seen is one.
            error = _first_violation(error) or error
        if isinstance(error, Violation):
            failure = self._failure(test, error.expected, error.got, error.exchange)
            record.failures.setdefault(error.rule or record.rule, []).append(failure)
            report.longrepr = redact(f"{error.rule or record.rule}: {error}")
        elif isinstance(error, pytest.skip.Exception):
            record.status, record.reason = Status.SKIP, str(error)
        elif isinstance(error, Blocked):
            record.status = Status.ERROR
            record.reason = redact(f"{error}\n{error.exchange.describe()}")
            report.longrepr = record.reason
        else:
            record.status = Status.ERROR
            record.reason = redact(f"{type(error).__name__}: {error}")
            if isinstance(error, Unreachable):
                report.longrepr = record.reason

    def _binding(self, record: TestRecord) -> bool:
        strict = self.config.getoption("--contract-strict")
        return strict or any(CATALOGUE[rule].level == "MUST" for rule in record.failures)

    def _failure(self, test: str, expected: str, got: str, exchange: Exchange) -> Failure:
        redact = self.target.redact
        return Failure(
            test.rpartition("::")[2],
            redact(expected),
            redact(got),
            redact(exchange.describe()),
            redact(exchange.curl()),
        )

    def _observe(self, exchange: Exchange) -> None:
        """Hold every response of every rule to what holds for all responses; remember what was created."""
        if exchange.operation is not None and exchange.operation.id == "createBusinessUnit":
            self.units.adopt(exchange)
        if self._record is None:
            return
        for found in observe(self.target.contract, exchange):
            failures = self._record.failures.setdefault(found.rule, [])
            failures.append(self._failure("every response", found.expected, found.got, found.exchange))

    def note(self, text: str) -> None:
        """Add a remark to the rule being judged."""
        if self._record is not None:
            self._record.notes.append(text)

    def observe_violation(self, violation: Violation) -> None:
        """Record a violation of another rule than the one being judged, and go on."""
        if self._record is not None and violation.rule is not None:
            failure = self._failure("on the way", violation.expected, violation.got, violation.exchange)
            self._record.failures.setdefault(violation.rule, []).append(failure)

    # -- the verdicts -----------------------------------------------------------------------------------------

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Take in what a test found; with several processes this runs in the one that reports."""
        for name, value in report.user_properties:
            if name == _PROPERTY and report.when != "teardown":
                self.results.add(TestRecord.from_json(value))  # type: ignore[arg-type]  # user_properties holds objects

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Put everything back, and set the exit status."""
        self.leftovers = [self.target.redact(line) for line in self.units.clean_up()]
        interrupted = session.exitstatus == pytest.ExitCode.INTERRUPTED and not self.problem
        if not self.problem and not interrupted and session.exitstatus != pytest.ExitCode.INTERNAL_ERROR:
            strict = self.config.getoption("--contract-strict")
            self.exit_status = exit_code(self.results.settle(), strict=strict)
        path = self.config.getoption("--contract-report-json")
        if path is not None:
            try:
                reporting.write_json(path, self._run(complete=not self.problem and not interrupted))
            except OSError as error:
                self.problem = f"cannot write {path}: {error.strerror}"
                self.exit_status = ExitCode.COULD_NOT_JUDGE
        session.exitstatus = self.exit_status
        self.target.close()

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Print the summary by area and every failure."""
        for line in reporting.summary(self._run(complete=not self.problem), self.exit_status):
            terminalreporter.write_line(line)

    def _run(self, *, complete: bool) -> reporting.Run:
        return reporting.Run(
            target=self.target.base_url,
            contract=self.target.contract,
            results=self.results.settle(),
            not_served=[o for o in self.target.contract.operations if not self.target.serves(o)],
            synthetic=self.target.keyring.synthetic_kinds,
            leftovers=self.leftovers,
            problem=self.problem,
            strict=self.config.getoption("--contract-strict"),
            seed=self.config.getoption("--hypothesis-seed", default=None),
            complete=complete,
        )


def _rule(item: pytest.Item) -> Rule | None:
    marker = item.get_closest_marker("rule")
    return CATALOGUE[marker.args[0]] if marker else None


def _first_violation(group: BaseExceptionGroup[BaseException]) -> BaseException | None:
    matching = group.subgroup(lambda error: isinstance(error, Violation | Blocked | Unreachable))
    while isinstance(matching, BaseExceptionGroup):
        matching = matching.exceptions[0]  # type: ignore[assignment]  # narrows from the group to its first leaf
    return matching


def _usage_order(item: pytest.Item) -> int:
    """Rules that look at usage come first, those that spend it next, all others after them."""
    if "used_unit" not in getattr(item, "fixturenames", ()):
        return 2
    return 1 if item.get_closest_marker("spends_usage") else 0


def _judge(request: pytest.FixtureRequest) -> Judge:
    judge: Judge | None = request.config.pluginmanager.get_plugin(_JUDGE)
    if judge is None:
        pytest.skip("no target: give --contract-url URL")
    return judge


@pytest.fixture
def judge(request: pytest.FixtureRequest) -> Judge:
    """The judge of this run, for remarks and violations of other rules."""
    return _judge(request)


@pytest.fixture
def target(request: pytest.FixtureRequest) -> Target:
    """The implementation under judgement."""
    return _judge(request).target


@pytest.fixture
def units(request: pytest.FixtureRequest) -> Units:
    """Where rules get further business units from."""
    return _judge(request).units


@pytest.fixture
def unit(request: pytest.FixtureRequest) -> Iterator[Unit]:
    """A business unit to work on: a new one, or the named one where the target creates none."""
    judge = _judge(request)
    if Need.OWN_UNITS not in judge.capabilities:
        yield judge.units.named()
        return
    own = judge.units.create()
    yield own
    judge.units.forget(own)


@pytest.fixture
def used_unit(request: pytest.FixtureRequest) -> Unit:
    """The named business unit, which has usage."""
    judge = _judge(request)
    if Need.USAGE not in judge.capabilities:
        pytest.skip(f"needs that {Need.USAGE}")
    return judge.units.named()
