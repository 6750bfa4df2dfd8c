"""The model of business units after a sequence of operations."""

from __future__ import annotations

from governance_contract.checks.unit_model import Model

_BUDGET = {"max_limit": 5, "reset_duration": "1d"}
_RATE_LIMIT = {"token_max_limit": 5, "token_reset_duration": "1d"}


def test_an_update_changes_what_its_body_names() -> None:
    model = Model()
    unit = model[model.create("Sales")]
    assert not unit.has_governance
    unit.update({"budget": _BUDGET, "rate_limit": _RATE_LIMIT})
    unit.update({"budget": {}})
    assert unit.governance == {"budget": None, "rate_limit": _RATE_LIMIT}
    unit.update({"budget": _BUDGET})
    assert unit.governance == {"budget": _BUDGET, "rate_limit": _RATE_LIMIT}
    unit.remove_governance()
    assert not unit.has_governance


def test_the_model_keeps_no_object_of_the_caller() -> None:
    model, body = Model(), dict(_BUDGET)
    first, second = (model[model.create(component)] for component in ("Sales", "Support"))
    first.update({"budget": body})
    body["max_limit"] = 6
    assert first.governance["budget"] == _BUDGET
    assert not second.has_governance


def test_a_label_is_never_used_again() -> None:
    model = Model()
    first, second = model.create("Sales"), model.create("Sales")
    model.delete(first)
    third = model.create("Sales")
    assert model.labels == [second, third]
    assert first not in model
    assert len({first, second, third}) == 3


def test_a_team_leaves_with_its_unit_only() -> None:
    model = Model()
    home, other = model.create("Sales"), model.create("Support")
    model.home = home
    model.delete(other)
    assert model.home == home
    model.delete(home)
    assert model.home is None
