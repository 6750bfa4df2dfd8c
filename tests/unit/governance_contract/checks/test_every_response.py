"""The checks of every response: which rules a response breaks."""

from __future__ import annotations

from typing import Any

import pytest
from exchanges import CONTRACT, ERROR, VALID, exchange
from governance_contract.checks.every_response import observe
from governance_contract.target.exchange import Exchange


def _with_budget(**members: Any) -> dict[str, Any]:
    """Return the valid body with other members in the budget; a member that is ``...`` is left out."""
    unit = VALID["business_unit"]
    budget = {name: value for name, value in {**unit["budget"], **members}.items() if value is not ...}
    return {**VALID, "business_unit": {**unit, "budget": budget}}


@pytest.mark.parametrize(
    ("found", "rules"),
    [
        (exchange(200, VALID), []),
        (exchange(201, VALID), ["RESP-01"]),
        (exchange(200, _with_budget(current_usage="1")), ["RESP-02"]),
        (exchange(200, VALID, media_type="text/plain"), ["RESP-03"]),
        (exchange(200, b"{} {}"), ["RESP-04"]),
        (exchange(200, _with_budget(reset_duration="monthly")), ["RESP-05"]),
        (exchange(200, _with_budget(last_reset="yesterday")), ["RESP-06"]),
        (exchange(200, _with_budget(id=...)), ["RESP-07"]),
        (exchange(418, ERROR), ["RESP-08"]),
        (exchange(429, b"slow down", media_type="text/plain"), []),
    ],
    ids=lambda value: " ".join(value) or "none" if isinstance(value, list) else value.outcome,
)
def test_successes_and_undeclared_statuses(found: Exchange, rules: list[str]) -> None:
    assert [one.rule for one in observe(CONTRACT, found)] == rules


@pytest.mark.parametrize(
    ("found", "rules"),
    [
        (exchange(400, ERROR), []),
        (exchange(400, {"error": "Invalid request"}), ["ERROR-02"]),
        (exchange(400, {"error": {"message": "Invalid request"}}), ["ERROR-03", "ERROR-03"]),
        (exchange(400, ERROR, media_type="text/html"), ["ERROR-04"]),
        (exchange(400, {**ERROR, "status_code": 500}), ["ERROR-07"]),
        (exchange(401, b""), ["ERROR-09"]),
        (exchange(500, ERROR), ["ERROR-06"]),
        (exchange(500, ERROR, operation=None), ["ERROR-06"]),
        (exchange(501, ERROR, operation=None), []),
        (exchange(None), ["ERROR-06"]),
        (exchange(None, sent=b"x" * 100_000), []),
    ],
    ids=lambda value: " ".join(value) or "none" if isinstance(value, list) else value.outcome,
)
def test_refusals_and_failures(found: Exchange, rules: list[str]) -> None:
    assert [one.rule for one in observe(CONTRACT, found)] == rules
