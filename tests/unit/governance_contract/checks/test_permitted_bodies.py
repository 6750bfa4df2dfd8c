"""Which bodies the contract permits, and which updates it permits in every state of the unit."""

from __future__ import annotations

from typing import Any

import pytest
from governance_contract.checks.inputs.permitted_bodies import (
    is_accepted_in_every_state,
    is_accepted_without_undeclared,
    is_complete_and_valid,
)
from governance_contract.contract import document
from governance_contract.contract.operation_ids import CREATE_GOVERNANCE, UPDATE_GOVERNANCE

_CONTRACT = document.load()
_TOKENS = {"token_max_limit": 5, "token_reset_duration": "1d"}
_REQUESTS = {"request_max_limit": 5, "request_reset_duration": "1d"}


def _budget(duration: str, aligned: bool | None = None, limit: float = 5) -> dict[str, Any]:
    flag = {} if aligned is None else {"calendar_aligned": aligned}
    return {"budget": {"max_limit": limit, "reset_duration": duration, **flag}}


@pytest.mark.parametrize(
    ("body", "permitted", "always"),
    [
        ({}, True, True),
        ({"budget": {}, "rate_limit": {}}, True, True),
        (_budget("1M", aligned=True), True, True),
        (_budget("1h", aligned=False), True, True),
        (_budget("1h", aligned=True), False, False),
        ({"budget": {"max_limit": 5}}, False, False),
        ({"budget": 7}, False, False),
        # What only the stricter one refuses: it depends on the stored budget, or on the database.
        (_budget("1h"), True, False),
        (_budget("1M", limit=1e-7), True, False),
        (_budget("30m", aligned=False), True, False),
        ({"rate_limit": _TOKENS}, True, False),
        ({"rate_limit": {**_TOKENS, **_REQUESTS}}, True, True),
        ({**_budget("1M"), "note": 7}, False, False),
        ({"budget": {**_budget("1M")["budget"], "note": 7}}, True, False),
    ],
)
def test_updates(body: dict[str, Any], permitted: bool, always: bool) -> None:
    assert is_complete_and_valid(_CONTRACT, UPDATE_GOVERNANCE, body) is permitted
    assert is_accepted_in_every_state(_CONTRACT, body) is always


@pytest.mark.parametrize(
    ("body", "accepted"),
    [
        ({**_budget("1M"), "note": 7}, True),
        ({"budget": {**_budget("1M")["budget"], "note": 7}}, True),
        ({"": None}, True),
        ({"budget": {}, "note": 7}, True),
        (_budget("1M"), False),
        ({"budget": {"max_limit": 5, "note": 7}}, False),
        ({"budget": {"note": 7}}, False),
        ({"budget": {"": None}, "rate_limit": {}}, False),
    ],
)
def test_undeclared_members_do_not_make_a_component_empty(body: dict[str, Any], accepted: bool) -> None:
    assert is_accepted_without_undeclared(_CONTRACT, body) is accepted


@pytest.mark.parametrize(
    ("body", "permitted"), [(_budget("1M"), True), ({"rate_limit": _TOKENS}, True), ({"budget": {}}, False)]
)
def test_a_creation_of_governance_removes_nothing(body: dict[str, Any], permitted: bool) -> None:
    assert is_complete_and_valid(_CONTRACT, CREATE_GOVERNANCE, body) is permitted
