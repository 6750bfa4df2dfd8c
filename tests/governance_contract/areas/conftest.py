"""Fixtures and markers of the rules' tests. pytest applies a conftest only to the tests in its directory."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ..checks import expect
from ..checks.properties import OperationFindings
from ..checks.run_protocol import PLUGIN_NAME, Run
from ..checks.teams import Team
from ..contract import document as contracts
from ..contract.calendar import CALENDAR_UNITS
from ..contract.components import COMPONENTS
from ..contract.rules import Need
from ..target.exchange import unit_in
from ..target.run_units import Units
from ..target.target import Target
from ..target.unit import Unit, component_of

_NO_TARGET = "no target: give --contract-url URL"
_MARKERS = (
    "rule(*ids): the rules of the catalogue that a test judges",
    "operations(*ids): the operations that a test with an `operation` covers; all without this marker",
    "spends_usage(turn): a test that takes usage from the named unit, and its position among those",
    "property: a property-based test, which tries generated inputs; it runs last, or first with several processes",
    "schemathesis: a test of requests that Schemathesis generates, whose import takes long",
    "many_requests: a test that takes long; with several processes it runs before the others",
    "first_contact: a test that can judge a target whose responses cannot be read",
    "together(name): tests that must run in one process",
    "units(n): a test that has more than two business units of its own at the same time, and how many",
)


def pytest_configure(config: pytest.Config) -> None:
    """Register the markers."""
    for line in _MARKERS:
        config.addinivalue_line("markers", line)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Ignore a warning of Hypothesis about large strategies: a user of the checks can do nothing about it."""
    here, ignored = Path(__file__).parent, pytest.mark.filterwarnings("ignore:Generating overly large repr")
    for item in items:
        if item.path.parent == here:
            item.add_marker(ignored)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Give a test one case for each ``operation`` of the contract, or for each ``time_unit`` that it aligns."""
    run: Run | None = metafunc.config.pluginmanager.get_plugin(PLUGIN_NAME)
    if "time_unit" in metafunc.fixturenames and not _is_given(metafunc, "time_unit"):
        alignable = (run.target.contract if run else contracts.load()).calendar_alignment.time_units
        metafunc.parametrize("time_unit", [unit for unit in alignable if unit in CALENDAR_UNITS])
    if "operation" not in metafunc.fixturenames:
        return
    contract = run.target.contract if run else contracts.load()
    marker = metafunc.definition.get_closest_marker("operations")
    chosen = [o for o in contract.operations.values() if marker is None or o.id in marker.args]
    metafunc.parametrize("operation", chosen, ids=[operation.id for operation in chosen])


def _is_given(metafunc: pytest.Metafunc, name: str) -> bool:
    """Whether a test lists the values of a parameter itself."""
    marked = [marker.args[0] for marker in metafunc.definition.iter_markers("parametrize")]
    return any(name in (names.replace(",", " ").split() if isinstance(names, str) else names) for names in marked)


@pytest.fixture(scope="session")
def run(request: pytest.FixtureRequest) -> Run:
    """The run that a test is part of. It records notes and violations of other rules."""
    run: Run | None = request.config.pluginmanager.get_plugin(PLUGIN_NAME)
    if run is None:
        pytest.skip(_NO_TARGET)
    return run


@pytest.fixture
def findings(run: Run) -> OperationFindings:
    """Collects what a property finds in the requests that Schemathesis generates for each operation."""
    return OperationFindings(run)


@pytest.fixture(scope="session")
def target(run: Run) -> Target:
    """The target of the run."""
    return run.target


@pytest.fixture(scope="session")
def units(run: Run) -> Units:
    """The business units of the run: creates new ones and returns the named ones."""
    return run.units


@pytest.fixture
def unit(run: Run, request: pytest.FixtureRequest) -> Iterator[Unit]:
    """A business unit to work on: a new one, or the named one if the target creates none."""
    if Need.OWN_UNITS in run.missing:
        marker = request.node.get_closest_marker("rule")
        judges_access = marker is not None and all(rule.startswith("AUTH-") for rule in marker.args)
        yield run.units.without_creation(judges_access=judges_access)
        return
    created = run.units.create()
    yield created
    run.units.delete(created)


@pytest.fixture
def create_unit(units: Units) -> Iterator[Callable[..., Unit]]:
    """Creates further business units, with a given name or a new one. They are deleted after the test."""
    created: list[Unit] = []

    def create(name: str | None = None) -> Unit:
        created.append(units.create(name))
        return created[-1]

    yield create
    for unit in created:
        units.delete(unit)


@pytest.fixture
def another_unit(create_unit: Callable[..., Unit]) -> Unit:
    """A second business unit, deleted after the test."""
    return create_unit()


@pytest.fixture
def named_team(run: Run) -> Iterator[Team]:
    """The team that the user named. It is removed from all units at the end, so a test requests its units before it."""
    if Need.TEAM in run.missing:
        pytest.skip(run.missing[Need.TEAM])
    named = Team(run)
    yield named
    named.release()


@pytest.fixture
def used_unit(request: pytest.FixtureRequest, run: Run) -> Unit:
    """The named business unit, which has usage."""
    if Need.USAGE in run.missing:
        pytest.skip(run.missing[Need.USAGE])
    named = run.units.named()
    if request.node.get_closest_marker("spends_usage") is None:
        # Tests that spend usage run later, so the usage must still be there.
        fetched, first = named.fetch(), run.units.original or {}
        for component in COMPONENTS:
            now = component_of(unit_in(fetched), component)
            if now is not None and component_of(first, component) is not None:
                expect.keeps_usage(component_of(first, component) or {}, now, component, fetched, rule="UPDATE-09")
    return named
