"""The order of the checks: which run, in which order, and in which process."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import governance_contract
import pytest
from governance_contract.contract.rules import Need
from governance_contract.plugin.ordering import mark_groups, select_and_sort

_AREAS = Path(governance_contract.__file__).parent / "areas"


class _Item:
    """A test as pytest collects it, with only what the plugin reads."""

    def __init__(
        self,
        name: str,
        *,
        path: Path = _AREAS / "test_auth.py",
        fixtures: str = "",
        component: str = "",
        **marks: Any,
    ) -> None:
        self.name, self.path, self.nodeid = name, path, f"{path.name}::{name}"
        self.fixturenames = fixtures.split()
        self.marks = marks
        self.groups: list[str] = []
        self.callspec = SimpleNamespace(params={"component": component})

    def get_closest_marker(self, name: str) -> SimpleNamespace | None:
        return SimpleNamespace(args=(self.marks[name],)) if name in self.marks else None

    def add_marker(self, marker: pytest.MarkDecorator) -> None:
        self.groups += marker.args


def _arranged(
    *items: _Item,
    rules: tuple[str, ...] = (),
    every_case: bool = True,
    thorough: tuple[str, ...] = (),
    is_distributed: bool = False,
) -> tuple[list[str], list[str]]:
    """Return the names of the tests that run, and of those that were left out."""
    chosen = cast(list[pytest.Item], list(items))
    left_out = select_and_sort(chosen, rules, every_case=every_case, thorough=thorough, is_distributed=is_distributed)
    return [item.name for item in chosen], [item.name for item in left_out]


def test_own_tests_run_first_and_long_checks_last() -> None:
    order, left_out = _arranged(
        _Item("long", rule="AUTH-01", property=True),
        _Item("plain", rule="AUTH-01"),
        _Item("resets", rule="AUTH-01", fixtures="used_unit", spends_usage=2),
        _Item("reads", rule="AUTH-01", fixtures="used_unit"),
        _Item("own b", path=Path("test_own.py")),
        _Item("own a", path=Path("test_own.py")),
    )
    assert order == ["own b", "own a", "reads", "resets", "plain", "long"]
    assert left_out == []


def test_long_checks_run_before_the_others_in_several_processes() -> None:
    items = _Item("plain", rule="AUTH-01"), _Item("long", rule="AUTH-01", property=True)
    assert _arranged(*items, is_distributed=True) == (["long", "plain"], [])


def test_only_checks_of_the_chosen_rules_run() -> None:
    items = _Item("one", rule="AUTH-01"), _Item("two", rule="AUTH-02"), _Item("own", path=Path("test_own.py"))
    assert _arranged(*items, rules=("AUTH-02",)) == (["own", "two"], ["one"])


def test_rules_that_take_long_run_only_if_wanted() -> None:
    items = _Item("links", rule="LIFE-22"), _Item("plain", rule="LIFE-01")
    assert _arranged(*items) == (["plain"], ["links"])
    assert _arranged(*items, rules=("LIFE-22",), thorough=("LIFE-22",)) == (["links"], ["plain"])


def test_a_quick_run_has_a_case_of_each_component() -> None:
    order, left_out = _arranged(
        _Item("test[budget-1]", rule="UPDATE-04", component="budget"),
        _Item("test[budget-2]", rule="UPDATE-04", component="budget"),
        _Item("test[rate_limit-1]", rule="UPDATE-04", component="rate_limit"),
        every_case=False,
    )
    assert order == ["test[budget-1]", "test[rate_limit-1]"]
    assert left_out == ["test[budget-2]"]


def test_a_quick_run_has_one_case_of_each_test_and_rule() -> None:
    order, left_out = _arranged(
        _Item("test[listBusinessUnits]", rule="AUTH-01"),
        _Item("test[updateBusinessUnitGovernance]", rule="AUTH-01"),
        _Item("test[getBusinessUnit]", rule="AUTH-01"),
        _Item("test[AUTH-02]", rule="AUTH-02"),
        every_case=False,
    )
    assert order == ["test[updateBusinessUnitGovernance]", "test[AUTH-02]"]
    assert left_out == ["test[listBusinessUnits]", "test[getBusinessUnit]"]


@pytest.mark.parametrize(
    ("item", "group"),
    [
        (_Item("plain", rule="AUTH-01"), None),
        (_Item("team", rule="LIFE-08"), "named"),
        (_Item("usage", rule="UPDATE-09", fixtures="used_unit"), "named"),
        (_Item("marked", rule="AUTH-01", together="here"), "here"),
        (_Item("own", path=Path("test_own.py")), None),
    ],
    ids=lambda value: getattr(value, "name", value),
)
def test_checks_that_share_something_run_in_one_process(item: _Item, group: str | None) -> None:
    mark_groups(cast(list[pytest.Item], [item]), missing=[], share_imports=False)
    assert item.groups == ([group] if group else [])


def test_checks_need_not_share_what_the_user_did_not_name() -> None:
    team, marked = _Item("team", rule="LIFE-08"), _Item("marked", rule="AUTH-01", together="here")
    mark_groups(cast(list[pytest.Item], [team, marked]), missing=[Need.TEAM, Need.USAGE], share_imports=False)
    assert (team.groups, marked.groups) == ([], ["here"])


def test_one_process_imports_schemathesis_if_that_is_faster() -> None:
    few, many = (_Item("generated", rule="AUTH-01", schemathesis=True) for _ in range(2))
    mark_groups(cast(list[pytest.Item], [few]), missing=[], share_imports=True)
    mark_groups(cast(list[pytest.Item], [many]), missing=[], share_imports=False)
    assert (few.groups, many.groups) == (["named"], [])


def test_all_checks_run_in_one_process_if_they_share_the_named_unit() -> None:
    check, own = _Item("plain", rule="AUTH-01"), _Item("own", path=Path("test_own.py"))
    mark_groups(cast(list[pytest.Item], [check, own]), missing=[Need.OWN_UNITS], share_imports=False)
    assert (check.groups, own.groups) == (["everything"], [])
