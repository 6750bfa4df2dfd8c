"""The rule that the refusal of an update breaks depends on the components that the unit has."""

from __future__ import annotations

from typing import Any

import pytest
from governance_contract.target.present_components import PresentComponents

_BUDGET: dict[str, Any] = {"budget": {"max_limit": 5, "reset_duration": "1M"}}
_LIMIT: dict[str, Any] = {"rate_limit": {"request_max_limit": 5, "request_reset_duration": "1h"}}


@pytest.fixture
def components() -> PresentComponents:
    """The unit `governed` has a budget, and the unit `empty` has nothing."""
    known = PresentComponents()
    known.note_state("governed", _BUDGET)
    known.note_state("empty", {"budget": None})
    return known


@pytest.mark.parametrize(
    ("unit_id", "body", "rule"),
    [
        ("governed", _BUDGET, None),
        ("governed", {"budget": {}}, None),
        ("governed", {}, None),
        ("governed", _LIMIT, "CREATE-01"),
        ("governed", {"rate_limit": {}}, "REMOVE-06"),
        ("empty", _BUDGET, "CREATE-01"),
        ("empty", {}, "CREATE-01"),
        ("unseen", {"budget": {}}, "REMOVE-06"),
        ("empty", {"budget": 7}, None),
        ("empty", None, None),
    ],
)
def test_the_rule_of_a_refusal(components: PresentComponents, unit_id: str, body: Any, rule: str | None) -> None:
    assert components.rule_of_refusal(unit_id, body) == rule


def test_a_target_that_has_accepted_such_an_update_refuses_for_another_reason(components: PresentComponents) -> None:
    components.note_accepted("governed", _LIMIT)
    assert components.rule_of_refusal("governed", _LIMIT) is None
    components.note_accepted("empty", {})
    components.note_accepted("empty", _BUDGET)
    assert components.rule_of_refusal("empty", {}) is None
    assert components.rule_of_refusal("empty", _LIMIT) == "CREATE-01"  # the target may need a budget first
    components.note_accepted("empty", {**_BUDGET, **_LIMIT})
    assert components.rule_of_refusal("empty", {**_BUDGET, **_LIMIT}) is None
    assert components.rule_of_refusal("empty", _LIMIT) == "CREATE-01"


def test_nothing_is_concluded_from_a_unit_whose_state_is_not_known(components: PresentComponents) -> None:
    components.forget("governed")
    components.note_accepted("governed", {"rate_limit": {}})
    components.forget_all()
    components.note_accepted("empty", {"rate_limit": {}})
    assert components.rule_of_refusal("governed", {"rate_limit": {}}) == "REMOVE-06"
