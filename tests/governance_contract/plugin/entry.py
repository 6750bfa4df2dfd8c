"""The pytest plugin: options, the target, which rules can be judged, what was found, exit status.

Inert unless ``--contract-url`` is given, so that installing this package changes nobody's test run.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any

import pytest

from ..checks import expect
from ..checks.run import Run
from ..contract import document as contracts
from ..contract.rules import CATALOGUE, Need, Rule
from ..results.exit_code import complain
from ..signals import interrupt_once
from ..target.base_url import check_url, is_loopback
from ..target.business_units import COMPONENTS, Unit, Units, component, unit_in
from ..target.credentials import KEY_VARIABLE, Keyring
from ..target.target import Target
from .judge import NAME, Judge
from .options import Plan, add_options, read_plan

_PACKAGE = Path(__file__).parents[1]
_AMONG_OTHERS, _LAST = 9, 10


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options."""
    add_options(parser)


def pytest_configure(config: pytest.Config) -> None:
    """Register the markers."""
    config.addinivalue_line("markers", "rule(id): the rule of the catalogue that a test judges")
    config.addinivalue_line("markers", "spends_usage(turn): a test that takes usage from the named unit, and its turn")
    config.addinivalue_line("markers", "operations(*ids): the operations that a test with an `operation` covers")
    config.addinivalue_line("markers", "searches: a test that tries many generated inputs; it comes after the others")
    config.addinivalue_line("markers", "first_contact: a test that can judge a target whose answers cannot be read")
    config.addinivalue_line("markers", "together(name): tests that one process must run, one after the other")


@pytest.hookimpl(tryfirst=True)
def pytest_cmdline_main(config: pytest.Config) -> int | None:
    """Where a URL is given, register the judge; end at once, with one clear line, where the target cannot be judged."""
    if config.option.help or config.option.version:
        return None
    if config.getoption("--contract-url") is None:
        if _names_the_checks(config) and not config.option.collectonly:
            return complain("no target: give --contract-url URL")  # what was only skipped would pass for a good run
        return None
    try:
        judge = _make_judge(config)
    except ValueError as error:
        return complain(str(error))
    config.pluginmanager.register(judge, NAME)
    if config.args_source is not pytest.Config.ArgsSource.ARGS:
        config.args[:] = [str(_PACKAGE)]
    if config.option.collectonly:
        return None
    # SIGTERM ends the run as Ctrl-C does: with everything put back.
    interrupt_once()
    if judge.begin():
        return None
    complain(judge.problem)
    for line in judge.leftovers:
        print(f"left behind: {line}", file=sys.stderr)  # noqa: T201  likewise
    return judge.exit_status


def _names_the_checks(config: pytest.Config) -> bool:
    """Whether these checks, or some of them, are what pytest was told to run."""
    named = [argument.partition("::")[0] for argument in config.args]
    if config.option.pyargs and any(name.partition(".")[0] == _PACKAGE.name for name in named):
        return True
    return any(Path(name).resolve().is_relative_to(_PACKAGE) for name in named)


def _make_judge(config: pytest.Config) -> Judge:
    """Read options and environment; raises ValueError for what cannot be used."""
    plan = read_plan(config)
    return Judge(config, plan, _make_target(plan))


def _make_target(plan: Plan) -> Target:
    contract = contracts.load(plan.contract)
    try:
        keyring = Keyring(os.environ, contract.resolve(contracts.SECURITY_SCHEME), plan.search.seed)
    except KeyError as error:
        raise ValueError(f"{KEY_VARIABLE} is not set: the checks need a management key of the target") from error
    target = Target(check_url(plan.url), contract, keyring, plan.transport)
    if plan.contract is not None:  # another edition need not have every operation
        for operation in contracts.load().operations.keys() - contract.operations.keys():
            target.unusable[operation] = f"the contract has no operation {operation}"
    if not plan.allow_writes and not is_loopback(plan.url):
        raise ValueError(f"{target.base_url} is not on this machine: say --contract-allow-writes to change it")
    return target


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Give a test that takes an ``operation`` one case for each operation of the contract in use."""
    if "operation" not in metafunc.fixturenames:
        return
    judge = metafunc.config.pluginmanager.get_plugin(NAME)
    contract = judge.target.contract if judge else contracts.load()
    marker = metafunc.definition.get_closest_marker("operations")
    chosen = [o for o in contract.operations.values() if marker is None or o.id in marker.args]
    metafunc.parametrize("operation", chosen, ids=[operation.id for operation in chosen])


@pytest.hookimpl(wrapper=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> Generator[None, None, None]:
    """Keep what is to be judged, in an order, and in groups, which pytest-xdist reads in this hook, too."""
    judge: Judge | None = config.pluginmanager.get_plugin(NAME)
    if judge is not None:
        _arrange(config, items, judge)
    yield


def _arrange(config: pytest.Config, items: list[pytest.Item], judge: Judge) -> None:
    if judge.plan.rules:
        items[:] = [item for item in items if (rule := rule_of(item)) and rule.id in judge.plan.rules]
    if not judge.plan.search.profile.every_case:
        items[:] = _first_cases(items)
    items.sort(key=_order)
    if hasattr(config.option, "loadgroup"):  # pytest-xdist is there
        for item in items:
            if group := _group(item, judge):
                item.add_marker(pytest.mark.xdist_group(group))


def rule_of(item: pytest.Item) -> Rule | None:
    """Return the rule that a test judges."""
    marker = item.get_closest_marker("rule")
    return CATALOGUE[marker.args[0]] if marker else None


def _first_cases(items: list[pytest.Item]) -> list[pytest.Item]:
    """Keep one case of each test and rule: that of the update of governance where there is one."""
    chosen: dict[tuple[str, str], pytest.Item] = {}
    for item in items:
        rule = rule_of(item)
        key = (item.nodeid.partition("[")[0], rule.id if rule else "")
        if key not in chosen or "updateBusinessUnitGovernance" in item.name.partition("[")[2]:
            chosen[key] = item
    kept = set(chosen.values())
    return [item for item in items if item in kept]


def _order(item: pytest.Item) -> int:
    """Return when a test's turn comes.

    Tests that look at the named unit's usage come first, those that spend it next, in their order: later ones remove
    it. Those that take long come last.
    """
    if "used_unit" not in getattr(item, "fixturenames", ()):
        return _LAST if item.get_closest_marker("searches") else _AMONG_OTHERS
    marker = item.get_closest_marker("spends_usage")
    return int(marker.args[0]) if marker else 0


def _group(item: pytest.Item, judge: Judge) -> str | None:
    """Return the name of what only one process may work on."""
    if not judge.may_share_work:
        return "everything"
    marker = item.get_closest_marker("together")
    if marker:
        return str(marker.args[0])
    rule = rule_of(item)
    if rule is not None and (Need.TEAM in rule.needs or "used_unit" in getattr(item, "fixturenames", ())):
        return "named"
    return None


def _judge(request: pytest.FixtureRequest) -> Judge:
    judge: Judge | None = request.config.pluginmanager.get_plugin(NAME)
    if judge is None:
        pytest.skip("no target: give --contract-url URL")
    return judge


@pytest.fixture
def run(request: pytest.FixtureRequest) -> Run:
    """The run that a test is part of, for remarks and violations of other rules."""
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
    judge.units.delete(own)


@pytest.fixture
def used_unit(request: pytest.FixtureRequest) -> Unit:
    """The named business unit, which has usage."""
    judge = _judge(request)
    if Need.USAGE not in judge.capabilities:
        pytest.skip(f"needs that {Need.USAGE}")
    named = judge.units.named()
    if request.node.get_closest_marker("spends_usage") is None:
        # No test so far was one to spend any.
        fetched, first = named.fetch(), judge.units.original or {}
        for name in COMPONENTS:
            now = component(unit_in(fetched), name)
            if now is not None and component(first, name) is not None:
                expect.keeps_usage(component(first, name) or {}, now, name, fetched, rule="UPDATE-09")
    return named


def pytest_report_header(config: pytest.Config) -> list[str]:
    """Say what is judged by what, where pytest shows its header."""
    judge: Judge | None = config.pluginmanager.get_plugin(NAME)
    if judge is None:
        return []
    known: dict[str, Any] = judge.target.contract.document["info"]
    return [f"governance-contract: {judge.target.base_url}, {known.get('title')} {judge.target.contract.edition}"]
