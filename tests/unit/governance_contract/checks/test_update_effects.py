"""What an accepted update does: which rules a response and a later read break."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from exchanges import exchange, target
from governance_contract.checks.update_effects import AppliedUpdate, is_complete, wrong_effects
from governance_contract.target.unit import Unit

_UNIT = Unit(target(), "bu-1", "Sales")
_NOW = datetime.now(UTC)
_THEN, _LATER = ((_NOW - timedelta(hours=hours)).isoformat() for hours in (2, 1))
_STAMPS = {"created_at": _THEN, "updated_at": _THEN}
_SENT = {"max_limit": 250.75, "reset_duration": "1Y", "calendar_aligned": False}
_BUDGET: dict[str, Any] = {"id": "b-1", **_SENT, "current_usage": 7.5, "last_reset": _THEN, **_STAMPS}
_TOKENS = {"token_max_limit": 900, "token_reset_duration": "1Y"}
_RATE_LIMIT: dict[str, Any] = {
    "id": "r-1",
    **_TOKENS,
    "token_current_usage": 3,
    "token_last_reset": _THEN,
    **_STAMPS,
}
_OTHER = {**_SENT, "max_limit": 990.25}
_NEW = {**_BUDGET, "id": "b-2", "current_usage": 0, "last_reset": _LATER, "created_at": _LATER, "updated_at": _LATER}


def _state(budget: Any = None, rate_limit: Any = None, **members: Any) -> dict[str, Any]:
    """Return a unit as a response shows it, with other members in place of the usual ones."""
    shown = {
        component: value for component, value in (("budget", budget), ("rate_limit", rate_limit)) if value is not None
    }
    ids = {f"{component}_id": value["id"] for component, value in shown.items()}
    return {"id": "bu-1", "name": "Sales", **_STAMPS, **ids, **shown, **members}


def _broken(
    before: dict[str, Any], body: dict[str, Any], response: dict[str, Any], *, read: Any = None, **step: Any
) -> list[str | None]:
    """Return the rules that an update breaks. The later read shows the same as the response unless it is given."""
    updated = exchange(200, {"message": "", "business_unit": response})
    fetched = exchange(200, read or response, operation="getBusinessUnit")
    return [one.rule for one in wrong_effects(AppliedUpdate(_UNIT, before, body, updated, fetched, **step))]


_BOTH = _state(_BUDGET, _RATE_LIMIT)
_ONE = _state(_BUDGET)


@pytest.mark.parametrize(
    ("before", "body", "response", "rules"),
    [
        (_BOTH, {}, _BOTH, []),
        (_ONE, {"budget": _OTHER}, _state({**_BUDGET, **_OTHER}), []),
        (_BOTH, {"budget": {}}, _state(None, _RATE_LIMIT), []),
        (_state(), {"budget": _SENT}, _state(_NEW), []),
        (_ONE, {"budget": _OTHER}, _ONE, ["UPDATE-01"]),
        (_ONE, {"budget": _OTHER}, _state({**_BUDGET, "max_limit": 990}), ["UPDATE-12"]),
        (_ONE, {"budget": {**_SENT, "reset_duration": "6M"}}, _ONE, ["UPDATE-14"]),
        (_ONE, {"budget": _SENT}, _state({**_BUDGET, "id": "b-3"}), ["UPDATE-08"]),
        (_ONE, {"budget": _SENT}, _state({**_BUDGET, "current_usage": 0}), ["UPDATE-09"]),
        (_ONE, {"budget": {**_SENT, "calendar_aligned": True}}, _ONE, ["ALIGN-09", "ALIGN-01"]),
        (_ONE, {"budget": {"max_limit": 5}}, _ONE, ["UPDATE-07"]),
        (
            _state(None, _RATE_LIMIT),
            {"rate_limit": {**_TOKENS, "token_max_limit": 5}},
            _BOTH,
            ["UPDATE-04", "UPDATE-06"],
        ),
    ],
)
def test_the_component_that_the_body_names(
    before: dict[str, Any], body: dict[str, Any], response: dict[str, Any], rules: list[str]
) -> None:
    assert list(dict.fromkeys(_broken(before, body, response))) == rules


@pytest.mark.parametrize(
    ("body", "rule"),
    [
        ({}, "UPDATE-05"),
        ({"rate_limit": _TOKENS}, "UPDATE-04"),
        ({"rate_limit": {"token_max_limit": 900}}, "UPDATE-21"),
        ({"rate_limit": {}}, "REMOVE-03"),
    ],
)
def test_an_omitted_component_that_is_lost(body: dict[str, Any], rule: str) -> None:
    after = _state(None, _RATE_LIMIT if body.get("rate_limit") != {} else None)
    assert set(_broken(_BOTH, body, after)) == {rule}


@pytest.mark.parametrize(
    ("given", "rules"),
    [
        ({"response": _state(_BUDGET, id="bu-2"), "read": _ONE}, ["UPDATE-03"]),
        ({"response": _state(_BUDGET, name="Other")}, ["UPDATE-16"]),
        ({"response": _state(_BUDGET, updated_at=(_NOW - timedelta(days=9)).isoformat())}, ["UPDATE-10"]),
        ({"response": _state(_BUDGET, budget_id="b-9"), "read": _ONE}, ["UPDATE-18"]),
        ({"response": _state(_BUDGET, rate_limit_id="r-9"), "read": _ONE}, ["REMOVE-07"]),
        ({"response": _ONE, "read": _state({**_BUDGET, "reset_duration": "2Y"})}, ["UPDATE-05", "UPDATE-02"]),
    ],
)
def test_the_unit_itself(given: dict[str, Any], rules: list[str]) -> None:
    assert _broken(_ONE, {}, **given) == rules


@pytest.mark.parametrize(
    ("response", "step", "rules"),
    [
        (_state(_NEW), {"removed": {"budget": _BUDGET}}, []),
        (_state({**_NEW, "id": "b-1"}), {"removed": {"budget": _BUDGET}}, ["REMOVE-08"]),
        (_state({**_NEW, "current_usage": 1}), {"removed": {"budget": _BUDGET}}, ["REMOVE-08"]),
        (_state({**_NEW, "current_usage": 1}), {}, ["CREATE-04"]),
        (_state(), {}, ["CREATE-01"]),
        (_state(), {"creates": True}, ["CREATE-07"]),
        (_state(), {"creates": True, "removed": {"budget": _BUDGET}}, ["CREATE-11"]),
    ],
)
def test_a_component_that_the_unit_did_not_have(
    response: dict[str, Any], step: dict[str, Any], rules: list[str]
) -> None:
    assert _broken(_state(), {"budget": _SENT}, response, **step) == rules


@pytest.mark.parametrize(("other", "rule"), [({}, "REMOVE-01"), ({"rate_limit": _TOKENS}, "REMOVE-09")])
def test_a_removed_component_that_is_still_shown(other: dict[str, Any], rule: str) -> None:
    assert set(_broken(_BOTH, {"budget": {}, **other}, _BOTH)) == {rule, "REMOVE-04"}


@pytest.mark.parametrize(
    ("component", "settings", "complete"),
    [
        ("budget", {"max_limit": 5, "reset_duration": "1d"}, True),
        ("budget", {"max_limit": 5, "reset_duration": None}, False),
        ("budget", {"calendar_aligned": True}, False),
        ("rate_limit", _TOKENS, True),
        ("rate_limit", {**_TOKENS, "request_max_limit": 5}, False),
    ],
)
def test_a_complete_component_has_the_fields_that_belong_together(
    component: str, settings: dict[str, Any], complete: bool
) -> None:
    assert is_complete(component, settings) is complete
