"""The contract determines the behaviour of the mock: an edited copy changes it without a change of the code."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from mock_api import KEY, LEGAL, UNITS, Api

from mock_server.app import create_app
from mock_server.contract import Contract, ContractError, load, parse
from mock_server.operations import OPERATIONS
from mock_server.seed import demo_state
from mock_server.store import MemoryStore

Edit = Callable[[Any], None]
Changed = Callable[[Edit], Contract]
Start = Callable[[Contract], Api]


def schemas(document: Any) -> Any:
    return document["components"]["schemas"]


def test_a_changed_bound(start: Start, changed: Changed) -> None:
    api = start(changed(lambda document: schemas(document)["MaxLimitCount"].update(maximum=5)))
    for limit, status in ((5, 200), (6, 400)):
        api.put(LEGAL, {"rate_limit": {"token_max_limit": limit, "token_reset_duration": "1h"}}, status=status)


def test_a_changed_required_field(start: Start, changed: Changed) -> None:
    api = start(changed(lambda document: schemas(document)["CreateBusinessUnitRequest"]["required"].append("owner")))
    assert api.call("POST", UNITS, json={"name": "Sales"}).status_code == 400
    assert api.call("POST", UNITS, json={"name": "Sales", "owner": "x"}).status_code == 200


def test_a_changed_default_page_limit(start: Start, changed: Changed) -> None:
    def edit(document: Any) -> None:
        document["components"]["parameters"]["Limit"]["schema"].update(default=3, maximum=4)

    api = start(changed(edit))
    page = api.call("GET", UNITS).json or {}
    assert (page["limit"], len(page["business_units"])) == (3, 3)
    assert [api.call("GET", f"{UNITS}?limit={limit}").status_code for limit in (4, 5)] == [200, 400]


def test_a_changed_path_and_path_parameter(start: Start, changed: Changed) -> None:
    def edit(document: Any) -> None:
        paths = document["paths"]
        for path in list(paths):
            edited = path.replace("/api/governance/business-units", "/api/v2/units").replace("{id}", "{unit-id}")
            paths[edited] = paths.pop(path)
        document["components"]["parameters"]["BusinessUnitId"]["name"] = "unit-id"

    api = start(changed(edit))
    assert api.call("GET", f"/api/v2/units/{LEGAL}").status_code == 200
    assert api.call("DELETE", "/api/v2/units/bu-platform-engineering/teams/team-gateway").status_code == 200
    assert api.call("GET", UNITS).status_code == 404


def test_a_changed_error_message(start: Start, changed: Changed) -> None:
    def edit(document: Any) -> None:
        example = document["components"]["responses"]["Unauthorized"]["content"]["application/json"]["examples"]
        example["unauthorized"]["value"]["error"]["message"] = "Who are you?"

    response = start(changed(edit)).client.get(UNITS)
    assert (response.json or {})["error"] == {"message": "Who are you?"}


def test_changed_calendar_units(start: Start, changed: Changed) -> None:
    def edit(document: Any) -> None:
        alignment = schemas(document)["UpdateBudgetRequest"]["properties"]["calendar_aligned"]
        alignment["x-calendar-alignment"]["units"] = ["Q"]
        schemas(document)["ResetDuration"]["pattern"] = "^[0-9]+[dQ]$"

    api = start(changed(edit))
    budget = {"max_limit": 1, "reset_duration": "1Q", "calendar_aligned": True}
    assert api.put(LEGAL, {"budget": budget})["budget"]["last_reset"] == "2026-04-01T00:00:00.000000Z"
    api.put(LEGAL, {"budget": {"reset_duration": "1d"}}, status=400)


def test_a_response_that_breaks_a_changed_schema_is_withheld(start: Start, changed: Changed) -> None:
    api = start(changed(lambda document: schemas(document)["Budget"]["required"].append("currency")))
    assert api.call("GET", f"{UNITS}/bu-platform-engineering").status_code == 500
    assert api.call("GET", f"{UNITS}/{LEGAL}").status_code == 200


def test_operations_and_functions_match(contract: Contract) -> None:
    assert contract.operations.keys() == OPERATIONS.keys()


UNUSABLE: list[tuple[Edit, str]] = [
    (lambda d: d.update(openapi="3.0.3"), "not an OpenAPI 3.1 document"),
    (lambda d: d.pop("paths"), "no paths"),
    (lambda d: d["paths"][UNITS]["get"].update(operationId="listUnits"), "no function for listUnits"),
    (lambda d: d["paths"][UNITS].pop("get"), "no operation for the mock's listBusinessUnits"),
    (lambda d: d["paths"][UNITS]["get"].pop("operationId"), "has no operationId"),
    (lambda d: d["paths"][UNITS]["get"].update(operationId="getBusinessUnit"), "two operations getBusinessUnit"),
    (lambda d: d["components"]["parameters"].pop("Limit"), "nothing at /components/parameters/Limit"),
    (lambda d: d["components"]["schemas"].pop("Budget"), "bad schema"),
    (lambda d: schemas(d)["Budget"].update(type="objct"), "bad schema"),
    (lambda d: schemas(d)["ResetDuration"].update(pattern="("), "bad schema"),
    (lambda d: d["components"]["securitySchemes"].clear(), "no HTTP bearer scheme"),
    (lambda d: schemas(d)["UpdateBudgetRequest"]["properties"].pop("calendar_aligned"), "nothing at"),
    (lambda d: d["components"]["responses"]["InternalError"].pop("content"), "no example of a 500"),
    (lambda d: d["paths"].update({UNITS: None}), "not well formed"),
    (lambda d: schemas(d)["BifrostError"]["required"].append("event_id"), "error examples break it"),
    (lambda d: d.pop("x-demo"), "nothing at /x-demo"),
    (lambda d: d["x-demo"].update(as_of="yesterday"), "not usable as demo data"),
]


@pytest.mark.parametrize(("edit", "reason"), UNUSABLE, ids=[reason for _, reason in UNUSABLE])
def test_an_unusable_contract_is_reported_in_one_line(changed: Changed, edit: Edit, reason: str) -> None:
    def start() -> None:
        contract = changed(edit)
        contract.key_format()
        create_app(contract, [KEY], MemoryStore(*demo_state(contract, datetime.now(UTC))))

    with pytest.raises(ContractError) as caught:
        start()
    assert reason in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "text", ["", "a: [", "- 1", "text", "openapi: 3.1.0", "\x00", "!!python/object:os.system {}", "&a [*a]"]
)
def test_a_file_that_is_not_a_contract(tmp_path: Path, text: str) -> None:
    file = tmp_path / "contract.yaml"
    file.write_text(text)
    with pytest.raises(ContractError):
        load(file)
    with pytest.raises(ContractError):
        load(tmp_path / "missing.yaml")


def test_circular_references_are_refused() -> None:
    operation = {"operationId": "x", "responses": {"200": {"$ref": "#/r"}}}
    with pytest.raises(ContractError, match="circles"):
        parse({"openapi": "3.1.0", "paths": {"/x": {"get": operation}}, "r": {"$ref": "#/r"}})
