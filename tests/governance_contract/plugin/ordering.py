"""Selects, sorts and groups the checks of a run.

Other tests in the same run keep their order and run before the checks.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from functools import cache, partial
from pathlib import Path

import pytest

from ..checks.run_protocol import NAMED
from ..contract.components import COMPONENTS
from ..contract.operation_ids import UPDATE_GOVERNANCE
from ..contract.rules import CATALOGUE, Need, Rule

_AREAS = Path(__file__).resolve().parents[1] / "areas"
_USUAL_TURN, _LATE_TURN = 9, 10  # `spends_usage` has the turns before
_SELECTING = ("-k", "-m", "--ignore", "--deselect")


@cache
def is_check(path: Path) -> bool:
    """Whether a file is one of the checks' test modules."""
    return path.resolve().is_relative_to(_AREAS)


def rules_of(item: pytest.Item) -> tuple[Rule, ...]:
    """Return the rules that a test judges; none for a test that is not one of the checks."""
    marker = item.get_closest_marker("rule") if is_check(item.path) else None
    return tuple(CATALOGUE[rule] for rule in marker.args) if marker else ()


def select_and_sort(
    items: list[pytest.Item],
    rules: Collection[str],
    *,
    every_case: bool,
    thorough: Collection[str],
    is_distributed: bool,
) -> list[pytest.Item]:
    """Select and sort the tests to run; return the checks that were left out.

    Args:
        items: all tests; changed in place.
        rules: ids of the rules to judge; empty for all rules.
        every_case: whether all cases of a parametrized check run, or only one of each component.
        thorough: ids of the rules that are judged even if they take long.
        is_distributed: whether several processes share the tests.
    """
    checks = [item for item in items if is_check(item.path)]
    wanted = {rule.id for rule in CATALOGUE.values() if (not rules or rule.id in rules) and _is_judged(rule, thorough)}
    kept = [item for item in checks if any(rule.id in wanted for rule in rules_of(item))]
    if not every_case:
        kept = _one_case_each(kept)
    others = [item for item in items if not is_check(item.path)]
    items[:] = others + sorted(kept, key=partial(_position, is_distributed=is_distributed))
    chosen = set(kept)
    return [item for item in checks if item not in chosen]


def _is_judged(rule: Rule, thorough: Collection[str]) -> bool:
    return not rule.thorough or rule.id in thorough


def _one_case_each(items: Iterable[pytest.Item]) -> list[pytest.Item]:
    """Keep one case of each test, rule and component: the update of governance if the test has a case for it.

    A target can treat budgets and rate limits differently, so both cases of a test for each component are kept.
    """
    chosen: dict[tuple[str, tuple[Rule, ...], str], pytest.Item] = {}
    for item in items:
        key = (item.nodeid.partition("[")[0], rules_of(item), _component_of(item))
        if key not in chosen or UPDATE_GOVERNANCE in item.name.partition("[")[2]:
            chosen[key] = item
    return list(chosen.values())


def _component_of(item: pytest.Item) -> str:
    """Return the component of a case that is for one; empty for another case."""
    callspec = getattr(item, "callspec", None)
    component = callspec.params.get("component") if callspec is not None else None
    return component if component in COMPONENTS else ""


def _position(item: pytest.Item, *, is_distributed: bool) -> int:
    """Return the sort key of a check.

    Tests that read the usage of the named unit come first. Tests that reset it follow in the order of their marker.
    Properties come last, so that most rules are soon judged. With several processes they and the other tests that take
    long come first, since the run would wait for the last of them.
    """
    if "used_unit" not in getattr(item, "fixturenames", ()):
        is_property = item.get_closest_marker("property") is not None
        if is_distributed:
            return _USUAL_TURN if is_property or item.get_closest_marker("many_requests") else _LATE_TURN
        return _LATE_TURN if is_property else _USUAL_TURN
    marker = item.get_closest_marker("spends_usage")
    return int(marker.args[0]) if marker else 0


def mark_groups(items: Iterable[pytest.Item], missing: Collection[Need], *, share_imports: bool) -> None:
    """Mark the checks that must run in the same process with pytest-xdist's marker.

    Args:
        items: tests; only the checks are marked.
        missing: the needs that the target does not meet.
        share_imports: whether importing Schemathesis takes longer than the requests that it generates, so that one
            process runs all tests that need it.
    """
    # Each process creates units, and the cleanup finds units of a lost process with the list.
    may_share_work = Need.OWN_UNITS not in missing and Need.LIST not in missing
    # Checks that use the named team or the usage of the named unit run one after the other.
    uses_named = Need.TEAM not in missing or Need.USAGE not in missing
    for item in filter(lambda item: is_check(item.path), items):
        group = _group(item) if may_share_work else "everything"
        if group is None and share_imports and item.get_closest_marker("schemathesis"):
            group = NAMED  # a rule of one of these tests needs the team
        if group is not None and (uses_named or group != NAMED):
            item.add_marker(pytest.mark.xdist_group(group))


def _group(item: pytest.Item) -> str | None:
    marker = item.get_closest_marker("together")
    if marker:
        return str(marker.args[0])
    if "used_unit" in getattr(item, "fixturenames", ()) or any(Need.TEAM in rule.needs for rule in rules_of(item)):
        return NAMED
    return None


def why_nothing_is_collected(config: pytest.Config) -> str:
    """Return one line with the settings of pytest that can hide the checks."""
    usual = {"python_files": ["test_*.py", "*_test.py"], "python_functions": ["test"]}
    settings = {name: list(config.getini(name)) for name in usual}
    changed = [f"{name} = {' '.join(values)}" for name, values in settings.items() if values != usual[name]]
    added = config.getini("addopts")
    if any(word.startswith(_SELECTING) for word in added):
        changed.append(f"addopts = {' '.join(added)}")
    if changed and config.inipath:
        changed.append(f"in {config.inipath}")
    selecting = (("-k", config.option.keyword), ("-m", config.option.markexpr))
    changed += [f"{option} {value}" for option, value in selecting if value]
    return f"pytest collected no check{': these settings may hide them: ' if changed else ''}{', '.join(changed)}"
