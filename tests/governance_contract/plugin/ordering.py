"""Which checks run, in which order, and which of them must share a process.

Everything here concerns the checks alone. A user's tests in the same run keep their order and run before the checks.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from functools import cache
from pathlib import Path

import pytest

from ..contract.rules import CATALOGUE, Need, Rule

_AREAS = Path(__file__).resolve().parents[1] / "areas"
_AMONG_OTHERS, _LAST = 9, 10
_GROUP_MODE = "loadgroup"
# pytest-xdist's modes that send each test to any process; loadgroup does the same and respects groups.
_REPLACED_MODES = ("no", "load", "worksteal", _GROUP_MODE)


@cache
def is_check(path: Path) -> bool:
    """Whether a file is one of the checks' test modules."""
    return path.resolve().is_relative_to(_AREAS)


def rule_of(item: pytest.Item) -> Rule | None:
    """Return the rule that a test judges; None for a test that is not one of the checks."""
    marker = item.get_closest_marker("rule") if is_check(item.path) else None
    return CATALOGUE[marker.args[0]] if marker else None


def distribute_by_group(config: pytest.Config) -> None:
    """Make pytest-xdist respect groups, if it distributes this run; call this in each of its processes.

    Raises:
        ValueError: the distribution that the user chose cannot respect them.
    """
    option = config.option
    if hasattr(config, "workerinput"):
        option.loadgroup = True  # pytest-xdist derives it from the command line, which may name another mode or none
        return
    distributes = getattr(option, "numprocesses", None) or (getattr(option, "dist", "no") != "no" and option.tx)
    if not distributes:
        return
    if option.dist not in _REPLACED_MODES:
        raise ValueError(f"the checks cannot run with --dist {option.dist}: use --dist {_GROUP_MODE}")
    option.dist = _GROUP_MODE


def arrange(items: list[pytest.Item], rules: Collection[str], *, every_case: bool) -> list[pytest.Item]:
    """Reduce the tests to those that shall run, in their order; return the checks that were left out.

    Args:
        items: all tests; changed in place.
        rules: ids of the rules to judge; all rules where it is empty.
        every_case: whether a check with several cases runs all of them, or one.
    """
    checks = [item for item in items if is_check(item.path)]
    kept = [item for item in checks if not rules or ((rule := rule_of(item)) and rule.id in rules)]
    if not every_case:
        kept = _one_case_each(kept)
    others = [item for item in items if not is_check(item.path)]
    items[:] = others + sorted(kept, key=_turn)
    return [item for item in checks if item not in set(kept)]


def _one_case_each(items: Iterable[pytest.Item]) -> list[pytest.Item]:
    """Keep one case of each test and rule: that of the update of governance where there is one."""
    chosen: dict[tuple[str, str], pytest.Item] = {}
    for item in items:
        rule = rule_of(item)
        key = (item.nodeid.partition("[")[0], rule.id if rule else "")
        if key not in chosen or "updateBusinessUnitGovernance" in item.name.partition("[")[2]:
            chosen[key] = item
    return list(chosen.values())


def _turn(item: pytest.Item) -> int:
    """Return the position of a check.

    Tests that read the named unit's usage come first. Tests that spend it follow in the order of their marker, since
    the later ones remove it. Tests that take long come last.
    """
    if "used_unit" not in getattr(item, "fixturenames", ()):
        return _LAST if item.get_closest_marker("searches") else _AMONG_OTHERS
    marker = item.get_closest_marker("spends_usage")
    return int(marker.args[0]) if marker else 0


def mark_groups(items: Iterable[pytest.Item], *, may_share_work: bool) -> None:
    """Mark the checks that must run in one process, as pytest-xdist expects it.

    Args:
        items: tests; only the checks are marked.
        may_share_work: whether several processes can judge the target at once.
    """
    for item in items:
        if is_check(item.path) and (group := _group(item) if may_share_work else "everything"):
            item.add_marker(pytest.mark.xdist_group(group))


def _group(item: pytest.Item) -> str | None:
    marker = item.get_closest_marker("together")
    if marker:
        return str(marker.args[0])
    rule = rule_of(item)
    if rule is not None and (Need.TEAM in rule.needs or "used_unit" in getattr(item, "fixturenames", ())):
        return "named"
    return None
