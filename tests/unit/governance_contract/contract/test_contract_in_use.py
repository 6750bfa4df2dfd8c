"""The checks read an edited contract, or refuse it in one line with the place and the keyword."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from api_paths import UNITS
from governance_contract.contract.document import Contract, load
from governance_contract.contract.errors import ContractError
from governance_contract.contract.fitted_settings import fit
from governance_contract.contract.operation_ids import CREATE_GOVERNANCE, CREATE_UNIT, LIST_UNITS, UPDATE_GOVERNANCE
from governance_contract.contract.pages import Bounds, Pages

Edit = Callable[[Any], None]


@pytest.fixture
def edited(tmp_path: Path) -> Callable[[Edit], Contract]:
    """Return a function that edits a copy of the built-in contract and loads it."""

    def change(edit: Edit) -> Contract:
        document = json.loads(json.dumps(load().document))
        edit(document)
        file = tmp_path / "edited.yaml"
        file.write_text(json.dumps(document), encoding="utf-8")
        return load(file)

    return change


def _schemas(document: Any) -> Any:
    return document["components"]["schemas"]


def _create(document: Any) -> Any:
    return document["paths"][UNITS]["post"]


def _calendar(document: Any) -> Any:
    return _schemas(document)["UpdateBudgetRequest"]["properties"]["calendar_aligned"]["x-calendar-alignment"]


_COOKIE = {"name": "c", "in": "cookie", "required": True, "schema": {"type": "string"}}
_PATTERN = {"name": "X-P", "in": "header", "required": True, "schema": {"type": "string", "pattern": "^[0-9]{3}-$"}}
_REFUSED: list[tuple[Edit, str]] = [
    (
        lambda d: _create(d).update(operationId="createUnit"),
        "'operationId' at /paths/~1api~1governance~1business-units/po",
    ),
    (lambda d: _create(d)["responses"].update({"409": {"$ref": "errors.yaml#/Conflict"}}), "bundle the contract first"),
    (lambda d: _create(d).update(servers=[{"url": "/"}]), "'servers' at /paths/~1api~1governance~1business-units/post"),
    (lambda d: d.update(servers=[{"url": "{base}"}]), "'url' at /servers/0"),
    (lambda d: _create(d).update(security=[{"Other": []}]), "nothing at #/components/securitySchemes/Other"),
    (lambda d: d["components"]["securitySchemes"]["ManagementBearerAuth"].update(scheme="basic"), "'security' at /"),
    (
        lambda d: _create(d)["responses"].update({"2": {}}),
        "'2' at /paths/~1api~1governance~1business-units/post/respon",
    ),
    (
        lambda d: _schemas(d)["CreateBusinessUnitRequest"]["required"].append("owner"),
        "'required' at /components/schemas/C",
    ),
    (
        lambda d: _schemas(d)["CreateBudgetRequest"]["required"].append("owner"),
        "'required' at /components/schemas/Create",
    ),
    (
        lambda d: _schemas(d)["Budget"]["properties"]["calendar_aligned"].update(default=True),
        "'default' at /components/s",
    ),
    (
        lambda d: _calendar(d)["units"].append("h"),
        "'units' at /components/schemas/UpdateBudgetRequest/properties/calend",
    ),
    (lambda d: _calendar(d).update(on_enable="forget"), "'on_enable' at"),
    (
        lambda d: d["components"]["parameters"]["Limit"].update(name="size"),
        "'name' at /components/parameters/Limit: no para",
    ),
    (
        lambda d: _create(d).update(parameters=[_COOKIE]),
        "'in' at /paths/~1api~1governance~1business-units/post/parameter",
    ),
    (lambda d: _create(d).update(parameters=[_PATTERN]), "'required' at /paths/~1api~1governance~1business-units/post"),
    (lambda d: d["paths"].clear(), "'paths' at /"),
    (
        lambda d: d["components"]["parameters"]["Page"]["schema"].update(minimum=2, default=2),
        "'minimum' at /paths/~1api~1governance~1business-units/get/parameters",
    ),
]


@pytest.mark.parametrize(("edit", "reason"), _REFUSED, ids=[reason for _, reason in _REFUSED])
def test_what_is_not_supported_is_refused_in_one_line(
    edited: Callable[[Edit], Contract], edit: Edit, reason: str
) -> None:
    with pytest.raises(ContractError) as caught:
        edited(edit)
    assert reason in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("usual", "declared"),
    [("200", "201"), ("409", "422"), ("400", "422"), ("400", "418"), ("401", "402"), ("413", "417"), ("500", "503")],
)
def test_a_declared_status_stands_in_for_the_usual_one(
    edited: Callable[[Edit], Contract], usual: str, declared: str
) -> None:
    def edit(document: Any) -> None:
        responses = _create(document)["responses"]
        responses[declared] = responses.pop(usual)

    operation = edited(edit).operations[CREATE_UNIT]
    assert operation.declared(int(usual)) == int(declared)
    assert operation.usual(int(declared)) == int(usual)
    assert operation.declares(int(declared))
    assert not operation.declares(int(usual))


@pytest.mark.parametrize("usual", [400, 404, 409, 413])
def test_the_built_in_contract_has_the_usual_statuses(usual: int) -> None:
    for operation in load().operations.values():
        assert operation.declared(usual) == operation.usual(usual) == usual
        assert not operation.leaves_open(usual)


def test_a_range_and_the_default_declare_statuses(edited: Callable[[Edit], Contract]) -> None:
    def edit(document: Any) -> None:
        responses = _create(document)["responses"]
        responses["5XX"], responses["default"] = responses.pop("500"), responses.pop("409")

    operation = edited(edit).operations[CREATE_UNIT]
    assert [operation.key_of(status) for status in (502, 409, 200)] == ["5XX", "default", "200"]
    assert operation.declares(409)
    assert not operation.declares(201)


def test_paths_have_two_placeholders(edited: Callable[[Edit], Contract]) -> None:
    def edit(document: Any) -> None:
        document["components"]["parameters"]["BusinessUnitId"]["name"] = "bu-id"
        document["paths"] = {path.replace("{id}", "{bu-id}"): item for path, item in document["paths"].items()}
        document["servers"] = [{"url": "https://gateway.example/base/"}]

    operation = edited(edit).operations[UPDATE_GOVERNANCE]
    assert operation.path == f"/base{UNITS}/{{id}}/governance"
    assert (operation.needs_unit, operation.path_parameters) == (True, ("bu-id",))


@pytest.mark.parametrize(("security", "secured"), [([], False), ([{}], False), ([{"ManagementBearerAuth": []}], True)])
def test_an_operation_may_need_no_credential(
    edited: Callable[[Edit], Contract], security: list[Any], secured: bool
) -> None:
    contract = edited(lambda document: _create(document).update(security=security))
    assert contract.operations[CREATE_UNIT].secured is secured
    assert contract.operations[LIST_UNITS].secured


@pytest.mark.parametrize(
    ("place", "parameter", "value"),
    [
        ("needed_headers", {"in": "header", "schema": {"type": "string", "minLength": 9}}, "xxxxxxxxx"),
        ("needed_headers", {"in": "header", "schema": {"type": "array", "items": {"enum": ["a"]}}}, "a"),
        ("needed_headers", {"in": "header", "example": "acme", "schema": {"type": "string"}}, "acme"),
        ("needed_query", {"in": "query", "schema": {"type": "boolean"}}, True),
        ("needed_query", {"in": "query", "schema": {"type": "number", "minimum": 2.5}}, 2.5),
        ("needed_query", {"in": "query", "schema": {"type": "array", "items": {"type": "string"}}}, ["example"]),
        ("needed_query", {"in": "query", "schema": {"$ref": "#/components/schemas/ResetDuration"}}, "30s"),
        ("needed_query", {"in": "query", "examples": {"one": {"value": "x"}}, "schema": {}}, "x"),
    ],
)
def test_a_required_parameter_has_an_example(
    edited: Callable[[Edit], Contract], place: str, parameter: dict[str, Any], value: Any
) -> None:
    needed = {"name": "X-Needed", "required": True, **parameter}
    contract = edited(lambda document: _create(document).update(parameters=[needed]))
    assert getattr(contract.operations[CREATE_UNIT], place) == {"X-Needed": value}


@pytest.mark.parametrize(
    ("body", "permitted"),
    [
        ({"budget": {"max_limit": 5, "reset_duration": "1M", "calendar_aligned": True}}, True),
        ({"budget": {"max_limit": 5, "reset_duration": "1h", "calendar_aligned": True}}, False),
        ({"budget": {"max_limit": 0, "reset_duration": "1M"}}, False),
        ({}, False),
    ],
)
def test_which_bodies_the_contract_permits(body: Any, permitted: bool) -> None:
    assert load().operations[CREATE_GOVERNANCE].permits(json.dumps(body).encode()) is permitted


def test_samples_fit_the_contract(edited: Callable[[Edit], Contract]) -> None:
    def edit(document: Any) -> None:
        _schemas(document)["MaxLimitCount"]["minimum"] = 1000
        _schemas(document)["MaxLimitDollars"]["maximum"] = 100
        _calendar(document)["units"].remove("M")

    contract, count = edited(edit), {"request_max_limit": 7, "request_reset_duration": "1M"}
    assert fit(load(), "rate_limit", count) == count
    assert fit(contract, "rate_limit", count) == {"request_max_limit": 1007, "request_reset_duration": "1M"}
    budget = fit(contract, "budget", {"max_limit": 250.75, "reset_duration": "1M"}, alignable=True)
    assert 0 < budget["max_limit"] <= 100
    assert budget["reset_duration"][-1] in contract.calendar_alignment.time_units


def test_a_server_relative_to_the_document_has_a_slash(edited: Callable[[Edit], Contract]) -> None:
    contract = edited(lambda document: document.update(servers=[{"url": "gateway"}]))
    assert contract.operations[LIST_UNITS].path.startswith("/gateway/api/")


def test_circular_bounds_of_pages_are_an_error(edited: Callable[[Edit], Contract]) -> None:
    def edit(document: Any) -> None:
        _schemas(document)["Loop"] = {"$ref": "#/components/schemas/Loop"}
        document["components"]["parameters"]["Limit"]["schema"] = {"$ref": "#/components/schemas/Loop"}

    with pytest.raises(ContractError, match="circles"):
        edited(edit)


def test_pages_follow_the_bounds() -> None:
    built_in = load().pages(LIST_UNITS)
    assert (built_in.first(20), built_in.first(21), built_in.limit(500)) == ({}, {"limit": 21}, 100)
    other = Pages(Bounds(2, 1, None), Bounds(5, 3, 8))
    assert other.first() == {"page": 1, "limit": 8}
    assert (other.limit(1), other.permit(1, 2), other.permit(9, 3)) == (3, False, True)
