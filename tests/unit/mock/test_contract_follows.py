"""The contract determines the behaviour of the mock: an edited copy changes it without a change of the code."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from mock_api import KEY, LEGAL, PLATFORM, UNITS, Api, Changed, Edit

from mock_server.app import create_app
from mock_server.contract.document import Contract, ContractError, load, parse
from mock_server.operations import OPERATIONS

Start = Callable[[Contract], Api]


def schemas(document: Any) -> Any:
    return document["components"]["schemas"]


def parameters(document: Any) -> Any:
    return document["components"]["parameters"]


def search(document: Any) -> Any:
    return document["paths"][UNITS]["get"]["parameters"][2]


def bearer(document: Any) -> Any:
    return document["components"]["securitySchemes"]["ManagementBearerAuth"]


def calendar(document: Any) -> Any:
    return schemas(document)["UpdateBudgetRequest"]["properties"]["calendar_aligned"]["x-calendar-alignment"]


def demo(document: Any) -> Any:
    response = document["paths"][f"{UNITS}/{{id}}"]["get"]["responses"]["200"]
    return response["content"]["application/json"]["examples"]


def test_a_changed_bound(start: Start, changed: Changed) -> None:
    api = start(changed(lambda document: schemas(document)["MaxLimitCount"].update(maximum=5)))
    for limit, status in ((5, 200), (6, 400)):
        api.put(LEGAL, {"rate_limit": {"token_max_limit": limit, "token_reset_duration": "1h"}}, status=status)


def test_a_changed_required_field(start: Start, changed: Changed) -> None:
    api = start(changed(lambda document: schemas(document)["CreateBusinessUnitRequest"]["required"].append("owner")))
    assert api.call("POST", UNITS, json={"name": "Sales"}).status_code == 400
    assert api.call("POST", UNITS, json={"name": "Sales", "owner": "x"}).status_code == 200


def test_examples_with_more_members(start: Start, changed: Changed) -> None:
    def edit(document: Any) -> None:
        for unit in demo(document).values():
            unit["value"] |= {"owner": "x"}
            for name in {"budget", "rate_limit"} & unit["value"].keys():
                unit["value"][name]["owner"] = "x"
        document["x-demo"]["unassigned_teams"][0]["owner"] = "x"
        teams = document["paths"][f"{UNITS}/{{id}}/teams"]["get"]["responses"]["200"]["content"]["application/json"]
        for example in teams["examples"].values():
            for team in example["value"]["teams"]:
                team["owner"] = "x"

    api = start(changed(edit))
    assert api.unit(PLATFORM)["budget"]["max_limit"] > 0
    assert api.teams(PLATFORM)


def test_a_changed_default_page_limit(start: Start, changed: Changed) -> None:
    def edit(document: Any) -> None:
        document["components"]["parameters"]["Limit"]["schema"].update(default=3, maximum=4)

    api = start(changed(edit))
    page = api.call("GET", UNITS).json or {}
    assert (page["limit"], len(page["business_units"])) == (3, 3)
    assert [api.call("GET", f"{UNITS}?limit={limit}").status_code for limit in (4, 5)] == [200, 400]


def test_bounds_can_be_written_with_a_decimal_point(start: Start, changed: Changed) -> None:
    """JSON Schema counts 3.0 as an integer."""

    def edit(document: Any) -> None:
        document["components"]["parameters"]["Limit"]["schema"].update(default=3.0, maximum=4.0)
        schemas(document)["CreateBusinessUnitRequest"]["properties"]["name"].update(minLength=2.0, maxLength=5.0)

    api = start(changed(edit))
    assert (api.call("GET", UNITS).json or {})["limit"] == 3
    assert [api.call("POST", UNITS, json={"name": "x" * length}).status_code for length in (5, 6)] == [200, 400]


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


def test_changed_messages_of_operations(start: Start, changed: Changed) -> None:
    def edit(document: Any) -> None:
        for name in ("BusinessUnitNotFound", "BusinessUnitOrTeamNotFound"):
            content = document["components"]["responses"][name]["content"]["application/json"]
            for key, example in content["examples"].items():
                example["value"]["error"]["message"] = f"Unknown: {key}"
        deletion = document["paths"][f"{UNITS}/{{id}}"]["delete"]["responses"]["200"]
        for example in deletion["content"]["application/json"]["examples"].values():
            example["value"]["message"] = "Gone"

    api = start(changed(edit))
    refused = [api.call("GET", f"{UNITS}/nobody"), api.call("DELETE", f"{UNITS}/{LEGAL}/teams/nobody")]
    assert [one.json["error"]["message"] for one in refused] == ["Unknown: not-found", "Unknown: team-not-found"]
    assert api.call("DELETE", f"{UNITS}/{LEGAL}").json["message"] == "Gone"


def test_changed_calendar_units(start: Start, changed: Changed) -> None:
    def edit(document: Any) -> None:
        calendar(document)["units"] = ["Q", "M"]
        schemas(document)["ResetDuration"]["pattern"] = "^[0-9]+[mhdwMQ]$"

    api = start(changed(edit))
    budget = {"max_limit": 1, "reset_duration": "1Q", "calendar_aligned": True}
    assert api.put(LEGAL, {"budget": budget})["budget"]["last_reset"] == "2026-04-01T00:00:00.000000Z"
    api.put(LEGAL, {"budget": {"reset_duration": "1d"}}, status=400)


def test_a_changed_status_of_a_success(start: Start, changed: Changed) -> None:
    def edit(document: Any) -> None:
        responses = document["paths"][UNITS]["post"]["responses"]
        responses["201"] = responses.pop("200")

    response = start(changed(edit)).call("POST", UNITS, json={"name": "Sales"})
    assert (response.status_code, (response.json or {})["name"]) == (201, "Sales")


@pytest.mark.parametrize(
    ("usual", "declared", "body"),
    [
        ("409", "422", {"name": "Research"}),
        ("400", "422", {"name": 7}),
        ("400", "418", {"name": 7}),
        ("401", "402", None),
        ("413", "417", {"name": "x" * 2**20}),
    ],
)
def test_a_changed_status_of_a_refusal(
    start: Start, changed: Changed, usual: str, declared: str, body: dict[str, Any] | None
) -> None:
    def edit(document: Any) -> None:
        responses = document["paths"][UNITS]["post"]["responses"]
        responses[declared] = responses.pop(usual)

    headers = {} if body else {"Authorization": "Bearer nobody"}
    response = start(changed(edit)).call("POST", UNITS, json=body, headers=headers)
    assert response.status_code == (response.json or {})["status_code"] == int(declared)


@pytest.mark.parametrize("key", ["default", "4XX"])
def test_a_refusal_under_a_range_or_the_default(start: Start, changed: Changed, key: str) -> None:
    def edit(document: Any) -> None:
        responses = document["paths"][UNITS]["post"]["responses"]
        responses[key] = responses.pop("409")
        responses["5XX"] = responses.pop("500")

    response = start(changed(edit)).call("POST", UNITS, json={"name": "Research"})
    assert (response.status_code, (response.json or {})["status_code"]) == (409, 409)


@pytest.mark.parametrize("security", [[], [{}], [{"ManagementBearerAuth": []}, {}]])
def test_an_operation_without_security(start: Start, changed: Changed, security: list[Any]) -> None:
    api = start(changed(lambda document: document["paths"][UNITS]["get"].update(security=security)))
    assert api.client.get(UNITS).status_code == 200
    assert api.client.post(UNITS, json={"name": "Sales"}).status_code == 401
    assert api.client.get("/api/nowhere").status_code == 401


def test_a_required_header(start: Start, changed: Changed) -> None:
    tenant = {"name": "X-Tenant", "in": "header", "required": True, "schema": {"type": "string", "pattern": "^t-"}}
    api = start(changed(lambda document: document["paths"][UNITS]["get"]["parameters"].append(tenant)))
    for headers, status in (({}, 400), ({"X-Tenant": "7"}, 400), ({"X-Tenant": "t-7"}, 200)):
        assert api.call("GET", UNITS, headers=headers).status_code == status
    asked = {"Origin": "http://localhost", "Access-Control-Request-Method": "GET"}
    assert "X-Tenant" in api.client.options(UNITS, headers=asked).headers["Access-Control-Allow-Headers"]


@pytest.mark.parametrize(
    ("schema", "good", "bad"),
    [
        ({"type": "boolean"}, "x=true", "x=1"),
        ({"type": "number", "maximum": 2}, "x=1.5e0", "x=2.5"),
        ({"type": "number"}, "x=-1", "x=one"),
        ({"type": "array", "items": {"type": "integer"}, "maxItems": 2}, "x=1&x=2", "x=1&x=b"),
        ({"type": "array", "items": {"type": "integer"}, "maxItems": 2}, "x=1&x=2", "x=1&x=2&x=3"),
        ({"$ref": "#/components/schemas/ResetDuration"}, "x=1d", "x=1"),
    ],
)
def test_a_query_parameter_of_another_type(start: Start, changed: Changed, schema: Any, good: str, bad: str) -> None:
    added = {"name": "x", "in": "query", "schema": schema}
    api = start(changed(lambda document: document["paths"][UNITS]["get"]["parameters"].append(added)))
    assert [api.call("GET", f"{UNITS}?{query}").status_code for query in (good, bad)] == [200, 400]


def test_an_array_separated_by_commas(start: Start, changed: Changed) -> None:
    schema = {"type": "array", "items": {"type": "integer"}}
    added = {"name": "x", "in": "query", "explode": False, "schema": schema}
    api = start(changed(lambda document: document["paths"][UNITS]["get"]["parameters"].append(added)))
    assert [api.call("GET", f"{UNITS}?{query}").status_code for query in ("x=1,2", "x=1,b")] == [200, 400]


def test_references_to_path_items_examples_and_parameters(start: Start, changed: Changed) -> None:
    def edit(document: Any) -> None:
        components, path = document["components"], f"{UNITS}/{{id}}"
        components["pathItems"] = {"Unit": document["paths"][path]}
        document["paths"][path] = {"$ref": "#/components/pathItems/Unit"}
        examples = components["pathItems"]["Unit"]["get"]["responses"]["200"]["content"]["application/json"]["examples"]
        components["examples"] = {"Legal": examples["legal"]}
        examples["legal"] = {"$ref": "#/components/examples/Legal"}

    assert start(changed(edit)).unit(LEGAL)["name"] == "Legal & Compliance"


@pytest.mark.parametrize(
    "server",
    [
        {"url": "/gateway/"},
        {"url": "https://example.com/gateway"},
        {"url": "{base}/gateway", "variables": {"base": {"default": "http://localhost:8080"}}},
    ],
)
def test_the_base_path_of_the_server(start: Start, changed: Changed, server: Any) -> None:
    api = start(changed(lambda document: document.update(servers=[server])))
    assert [api.call("GET", f"{prefix}{UNITS}").status_code for prefix in ("/gateway", "")] == [200, 404]
    assert api.client.get(f"/gateway{UNITS}/x/y/z").status_code == 401


@pytest.mark.parametrize("operation_id", list(OPERATIONS))
def test_an_absent_operation_is_not_served(start: Start, changed: Changed, operation_id: str) -> None:
    where: list[tuple[str, str]] = []

    def edit(document: Any) -> None:
        for path, item in document["paths"].items():
            for method in ("get", "put", "post", "delete"):
                if item.get(method, {}).get("operationId") == operation_id:
                    where.append((path, method))
                    del item[method]

    api = start(changed(edit))
    [(path, method)] = where
    url = path.replace("{id}", PLATFORM).replace("{team_id}", "team-gateway")
    response = api.call(method.upper(), url, json={})
    assert response.status_code in (404, 405)
    served = start(changed(lambda document: None)).call(method.upper(), url, json={})
    assert served.status_code not in (404, 405)


def test_the_schema_of_a_member_can_be_true(changed: Changed) -> None:
    contract = changed(lambda d: schemas(d)["CreateBusinessUnitRequest"]["properties"].update(extra=True))
    api = Api(create_app(contract, [KEY], control=True))
    assert api.call("POST", UNITS, json={"name": "New", "extra": {"a": 1}}).status_code == 200
    assert api.call("GET", "/_mock/journal").status_code == 200


@pytest.mark.parametrize("url", ["/_mock", "/s/v1"])
def test_control_and_the_api_cannot_have_the_same_paths(changed: Changed, url: str) -> None:
    contract = changed(lambda d: d.update(servers=[{"url": url}]))
    assert Api(create_app(contract, [KEY])).call("GET", f"{url}{UNITS}").status_code == 200
    with pytest.raises(ContractError, match="a place of control"):
        create_app(contract, [KEY], control=True)


def test_a_seed_may_lack_what_an_edition_requires_in_a_creation(changed: Changed) -> None:
    contract = changed(lambda d: schemas(d)["CreateBusinessUnitRequest"]["required"].append("owner"))
    api = Api(create_app(contract, [KEY], control=True, seed={"business_units": [{"name": "Sales"}]}))
    state = api.client.get("/_mock/state").json
    assert api.client.put("/_mock/state", json=state).status_code == 204
    state["business_units"][0]["name"] = ""
    assert "business_units/0/name" in api.client.put("/_mock/state", json=state).text


def test_a_team_that_the_contract_does_not_allow_is_refused(changed: Changed) -> None:
    contract = changed(lambda d: schemas(d)["Team"]["properties"]["name"].update(minLength=3))
    api = Api(create_app(contract, [KEY], control=True))
    state = {"business_units": [{"name": "Sales", "teams": [{"name": "ab"}]}]}
    refused = api.client.put("/_mock/state", json=state)
    assert (refused.status_code, refused.json["error"]["pointer"]) == (400, "/business_units/0/teams/0/name")
    refused = api.client.post("/_mock/teams", json={"name": "ab"})
    assert (refused.status_code, refused.json["error"]["pointer"]) == (400, "/name")
    assert api.client.post("/_mock/teams", json={"name": "abc"}).status_code == 201


def test_a_replay_with_another_status_of_a_refusal_has_no_key(changed: Changed) -> None:
    def edit(document: Any) -> None:
        responses = document["paths"][UNITS]["post"]["responses"]
        responses["402"] = responses.pop("401")

    api = Api(create_app(changed(edit), [KEY], control=True))
    refused = api.call("POST", UNITS, json={"name": "Sales"}, headers={"Authorization": "Bearer nobody"})
    entry = api.client.get("/_mock/journal").json["entries"][-1]
    assert (refused.status_code, entry["verdict"]["problems"][0]["in"]) == (402, "security")
    assert api.client.post(f"/_mock/journal/{entry['number']}/replay").json["status"] == 402


def test_the_url_of_a_server_can_be_relative(changed: Changed) -> None:
    contract = changed(lambda d: d.update(servers=[{"url": "gateway"}]))
    assert Api(create_app(contract, [KEY])).call("GET", f"/gateway{UNITS}").status_code == 200


def test_operations_and_functions_match(contract: Contract) -> None:
    assert contract.operations.keys() == OPERATIONS.keys()


UNUSABLE: list[tuple[Edit, str]] = [
    (lambda d: d.update(openapi="3.0.3"), "not an OpenAPI 3.1 document"),
    (lambda d: d.pop("paths"), "no paths"),
    (lambda d: d.update(info=None), "info is not an object"),
    (lambda d: d["paths"].update(units=d["paths"].pop(UNITS)), "'units' at /paths: a path begins with a slash"),
    (
        lambda d: d["paths"][UNITS]["post"]["requestBody"].pop("required"),
        "'required' at /paths/~1api~1governance~1business-units/post/requestBody: createBusinessUnit needs a body",
    ),
    (lambda d: search(d)["schema"].update(default=7), "'default' at /paths/~1api~1governance~1business-units/get/par"),
    (
        lambda d: search(d).update(schema={"type": "integer"}),
        "'type' at /paths/~1api~1governance~1business-units/get/p",
    ),
    (
        lambda d: d["paths"][UNITS]["get"].update(operationId="listUnits"),
        "'operationId' at /paths/~1api~1governance~1business-units/get: the mock has no operation listUnits",
    ),
    (lambda d: d["paths"].clear(), "unsupported 'paths' at /"),
    (lambda d: d["paths"][UNITS]["get"].pop("operationId"), "has no operationId"),
    (lambda d: d["paths"][UNITS]["get"].update(operationId="getBusinessUnit"), "two operations getBusinessUnit"),
    (lambda d: d["components"]["parameters"].pop("Limit"), "nothing at /components/parameters/Limit"),
    (lambda d: d["components"]["schemas"].pop("Budget"), "bad schema"),
    (lambda d: schemas(d)["Budget"].update(type="objct"), "bad schema"),
    (lambda d: schemas(d)["ResetDuration"].update(pattern="("), "bad schema"),
    (
        lambda d: d["components"]["securitySchemes"].clear(),
        "unsupported 'security' at /: the mock knows HTTP bearer credentials only",
    ),
    (lambda d: schemas(d)["UpdateBudgetRequest"]["properties"].pop("calendar_aligned"), "nothing at"),
    (lambda d: d["paths"].update({UNITS: None}), "no object at /paths/~1api~1governance~1business-units"),
    (
        lambda d: schemas(d)["BifrostError"]["required"].append("event_id"),
        "unsupported 'required' at /components/schemas/BifrostError",
    ),
    (
        lambda d: schemas(d)["BifrostError"]["properties"]["error"]["properties"]["message"].update(maxLength=250),
        "'maxLength' at",
    ),
    (lambda d: d.pop("x-demo"), "nothing at /x-demo"),
    (lambda d: schemas(d)["Budget"]["required"].append("no_such_member"), "'required' at /components/schemas/Budget:"),
    (lambda d: schemas(d)["Int64"].update(maximum=2**62), "'maximum' at /components/schemas/Int64:"),
    (lambda d: schemas(d)["CreateBusinessUnitRequest"].update(required=[]), "'required' at /components/schemas/Create"),
    (
        lambda d: schemas(d)["CreateBudgetRequest"]["properties"]["calendar_aligned"].update(default=True),
        "'default' at",
    ),
    (
        lambda d: parameters(d)["Limit"].update(name="size"),
        "'name' at /components/parameters/Limit: no query parameter",
    ),
    (
        lambda d: parameters(d)["Limit"].update({"$ref": "other.yaml#/Limit"}),
        "'$ref' at /components/parameters/Limit: oth",
    ),
    (lambda d: bearer(d).update({"x-refused-credentials": True}), "x-refused-credentials is not an object of objects"),
    (lambda d: bearer(d).update({"x-refused-credentials": {"virtual_key": None}}), "is not an object of objects"),
    (lambda d: calendar(d)["units"].append("h"), "'units' at"),
    (lambda d: calendar(d)["units"].remove("M"), "'units' at"),
    (lambda d: calendar(d).update(on_enable="forget"), "'on_enable' at"),
    (
        lambda d: demo(d)["platform-engineering"]["value"].pop("name"),
        'value: "name" is a required property',
    ),
    (lambda d: demo(d)["legal"]["value"].update(id="bu-research"), "examples/legal/value/id"),
    (lambda d: demo(d)["legal"]["value"].update(created_at="2026-06-01"), "examples/legal/value/created_at"),
    (lambda d: d["x-demo"]["unassigned_teams"][1].update(id="team-gateway"), "/x-demo/unassigned_teams/1/id"),
    (lambda d: d["x-demo"].update(as_of="yesterday"), "/x-demo/as_of: not a timestamp"),
]


@pytest.mark.parametrize(("edit", "reason"), UNUSABLE, ids=[reason for _, reason in UNUSABLE])
def test_an_unusable_contract_is_reported_in_one_line(changed: Changed, edit: Edit, reason: str) -> None:
    def start() -> None:
        contract = changed(edit)
        contract.key_format()
        create_app(contract, [KEY])

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
