"""The demo data match the examples of the contract."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from mock_api import KEY, LEGAL, PLATFORM, RESEARCH, UNITS, Api, Clock

from mock_server.app import create_app
from mock_server.contract.document import Contract
from mock_server.contract.validation import Validation

GOVERN = "createBusinessUnitGovernance"
UPDATE = "updateBusinessUnitGovernance"
DELETE = "deleteBusinessUnitGovernance"
BUDGET = {"max_limit": 2000, "reset_duration": "1M", "calendar_aligned": True}
BAD_KEY = object()
"""In place of a body: the request has a bad key."""
CASES: list[tuple[str, int, str, str, str, Any]] = [
    ("listBusinessUnits", 200, "first-page", "GET", "", None),
    ("listBusinessUnits", 200, "no-match", "GET", "?search=nobody", None),
    ("listBusinessUnits", 401, "unauthorized", "GET", "", BAD_KEY),
    ("listBusinessUnits", 405, "not-allowed", "PATCH", "", None),
    ("createBusinessUnit", 409, "duplicate-name", "POST", "", {"name": "Research"}),
    ("getBusinessUnit", 404, "not-found", "GET", "/nobody", None),
    ("updateBusinessUnit", 200, "renamed", "PUT", f"/{RESEARCH}", {"name": "Research & Evaluation"}),
    ("updateBusinessUnit", 409, "duplicate-name", "PUT", f"/{RESEARCH}", {"name": "Legal & Compliance"}),
    ("deleteBusinessUnit", 200, "deleted", "DELETE", f"/{LEGAL}", None),
    ("assignTeamToBusinessUnit", 200, "assigned", "POST", f"/{LEGAL}/teams", {"team_id": "team-data-science"}),
    ("assignTeamToBusinessUnit", 409, "assigned-elsewhere", "POST", f"/{LEGAL}/teams", {"team_id": "team-gateway"}),
    ("assignTeamToBusinessUnit", 404, "team-not-found", "POST", f"/{LEGAL}/teams", {"team_id": "nobody"}),
    ("removeTeamFromBusinessUnit", 200, "removed", "DELETE", f"/{PLATFORM}/teams/team-gateway", None),
    (GOVERN, 200, "created", "POST", f"/{LEGAL}/governance", {"budget": BUDGET}),
    (GOVERN, 409, "already-governed", "POST", f"/{PLATFORM}/governance", {"budget": BUDGET}),
    (UPDATE, 200, "platform-engineering", "PUT", f"/{PLATFORM}/governance", {}),
    (UPDATE, 400, "malformed", "PUT", f"/{PLATFORM}/governance", "{"),
    (UPDATE, 400, "invalid", "PUT", f"/{PLATFORM}/governance", {"budget": {"reset_duration": "1h"}}),
    (UPDATE, 413, "too-large", "PUT", f"/{PLATFORM}/governance", " " * 2**21),
    (DELETE, 200, "deleted", "DELETE", f"/{PLATFORM}/governance", None),
    (DELETE, 404, "no-governance", "DELETE", f"/{LEGAL}/governance", None),
]


def comparable(value: Any) -> Any:
    """Return the value with timestamps parsed and generated identifiers replaced."""
    if isinstance(value, dict):
        return {name: comparable(part) for name, part in value.items()}
    if isinstance(value, list):
        return [comparable(part) for part in value]
    if isinstance(value, str) and value.endswith("Z"):
        return datetime.fromisoformat(value)
    return "generated" if value in {"id-1", "0e6f9a3c-6b1d-4a59-8b6e-0f2f7a1c5d88"} else value


@pytest.mark.parametrize(
    ("operation_id", "status", "name", "method", "path", "body"),
    CASES,
    ids=[f"{case[0]}-{case[1]}-{case[2]}" for case in CASES],
)
def test_the_response_equals_the_example(
    api: Api, contract: Contract, operation_id: str, status: int, name: str, method: str, path: str, body: Any
) -> None:
    example = contract.operations[operation_id].responses[str(status)].examples[name]
    options = {"data": body} if isinstance(body, str) else {"json": body} if isinstance(body, dict) else {}
    headers = {"Authorization": "Bearer nobody"} if body is BAD_KEY else {}
    response = api.call(method, UNITS + path, headers=headers, **options)
    assert response.status_code == status
    assert comparable(response.json) == comparable(example)


def test_every_example_unit_and_team_list_is_served(api: Api, contract: Contract) -> None:
    for example in contract.operations["getBusinessUnit"].responses["200"].examples.values():
        assert comparable(api.unit(example["id"])) == comparable(example)
    for name, example in contract.operations["listBusinessUnitTeams"].responses["200"].examples.items():
        assert api.call("GET", f"{UNITS}/bu-{name}/teams").json == example


def test_every_example_of_a_response_matches_its_schema(contract: Contract) -> None:
    validation = Validation(contract)
    for operation in contract.operations.values():
        for response in operation.responses.values():
            for name, example in response.examples.items():
                place = response.example_pointers[name]
                assert response.schema_pointer is not None, place
                errors = [error.message for error in validation.errors(response.schema_pointer, example)]
                assert errors == [], place


def test_every_request_example_is_accepted(start: Callable[[Contract], Api], contract: Contract) -> None:
    for operation in contract.operations.values():
        if operation.body_pointer is None:
            continue
        for example in contract.at(operation.body_pointer.removesuffix("/schema"))["examples"].values():
            unit_id = LEGAL if operation.method == "POST" else PLATFORM
            path = operation.path.replace("{id}", unit_id)
            assert start(contract).call(operation.method, path, json=example["value"]).status_code == 200


def test_the_demo_data_are_relative_to_the_start_time(contract: Contract) -> None:
    for now in (datetime(2027, 1, 1, tzinfo=UTC), datetime(2028, 2, 29, 23, 59, 59, 999999, tzinfo=UTC)):
        clock = Clock(now)
        api = Api(create_app(contract, [KEY], clock=clock))
        budget = api.unit(PLATFORM)["budget"]
        assert (budget["current_usage"], budget["last_reset"][8:]) == (6184.37, "01T00:00:00.000000Z")
        assert api.unit(PLATFORM)["rate_limit"]["request_current_usage"] == 417
        age = now - datetime.fromisoformat(api.unit(LEGAL)["created_at"])
        assert age == timedelta(days=16, minutes=30)
