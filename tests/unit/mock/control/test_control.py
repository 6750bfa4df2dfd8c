"""Control: who may use it, what it says of itself, and which sandbox a request reaches."""

from __future__ import annotations

from typing import Any

import pytest
from controlled import Controlled
from mock_api import KEY, UNITS, Api
from werkzeug.test import TestResponse

from mock_server.app import create_app
from mock_server.contract import yaml12
from mock_server.contract.document import Contract, Operation, parse
from mock_server.contract.validation import Validation
from mock_server.control.operation_table import OPERATIONS
from mock_server.store import MemoryStore

CONTROL_KEY = "a control key"
# Bodies of operations without an example, or whose example is in the demo data.
BODIES = {"putState": {"business_units": []}, "createTeam": {"id": "team-new", "name": "New"}}


@pytest.fixture(scope="module")
def guarded(contract: Contract) -> Api:
    return Api(create_app(contract, [KEY], MemoryStore(), cors_origins=["https://app.example", "*"], control=True))


def test_health_and_info(guarded: Api) -> None:
    assert guarded.client.get("/_mock/health").json == {"status": "ready"}
    info = guarded.client.get("/_mock/info").json or {}
    assert (info["edition"], info["store"], info["sandbox"]) == ("2026-06", "memory", "default")


def test_without_control_nothing_is_served_under_its_paths(contract: Contract) -> None:
    api = Api(create_app(contract, [KEY], MemoryStore()))
    for path in ("/_mock/health", "/_mock/", "/s/default/_mock/health"):
        assert api.call("GET", path).status_code == 404
    assert api.call("GET", UNITS, headers={"X-Mock-Sandbox": "none"}).status_code == 200


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"Host": "localhost:8585"}, 200),
        ({"Host": "127.0.0.9:1"}, 200),
        ({"Host": "[::1]:8585"}, 200),
        ({"Host": "app.localhost"}, 200),
        ({"Host": "evil.example"}, 403),
        ({"Host": "localhost.evil.example:8585"}, 403),
        ({"Host": "localhost@evil.example"}, 403),
        ({"Host": "10.0.0.1"}, 403),
        ({"Origin": "http://localhost"}, 200),
        ({"Origin": "http://localhost:3000"}, 200),
        ({"Origin": "https://app.example"}, 200),
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "null"}, 403),
    ],
)
def test_who_may_read(guarded: Api, headers: dict[str, str], status: int) -> None:
    assert guarded.client.get("/_mock/info", headers=headers).status_code == status


@pytest.mark.parametrize("address", ["10.0.0.7", "2001:db8::1"])
def test_another_machine_needs_a_key(guarded: Api, address: str) -> None:
    response = guarded.client.get("/_mock/info", environ_overrides={"REMOTE_ADDR": address})
    assert response.status_code == 403
    assert "GOVERNANCE_CONTROL_KEY" in response.text


@pytest.mark.parametrize(("key", "status"), [(CONTROL_KEY, 200), ("", 403), ("a control kez", 403), ("\xe9", 403)])
def test_a_control_key(contract: Contract, key: str, status: int) -> None:
    client = create_app(contract, [KEY], MemoryStore(), control=True, control_key=CONTROL_KEY).test_client()
    outside: dict[str, Any] = {"environ_overrides": {"REMOTE_ADDR": "10.0.0.7"}}
    headers = {"Host": "mock.example", "X-Mock-Control-Key": key}
    assert client.get("/_mock/info", headers=headers, **outside).status_code == status
    assert client.get("/_mock/health", headers={"Host": "mock.example"}, **outside).status_code == 200


def test_a_browser_is_sent_to_the_console(guarded: Api) -> None:
    for base in ("", "/s/default"):
        response = guarded.client.get(f"{base}/", headers={"Accept": "text/html,*/*"})
        assert (response.status_code, response.headers["Location"]) == (302, f"{base}/_mock/")


@pytest.mark.parametrize("base", ["", "/s/default"])
def test_another_client_is_told_where_the_console_is(guarded: Api, base: str) -> None:
    response = guarded.client.get(f"{base}/")
    message = f"Nothing is here: the console is {base}/_mock/, the contract {base}/_mock/contract.yaml"
    assert (response.status_code, response.json["error"]["message"]) == (404, message)  # type: ignore[index]
    assert guarded.client.head(f"{base}/").headers["Content-Length"] == str(len(response.data))
    assert guarded.client.get("/_mock/journal").json == {"entries": []}


def test_a_sandbox_that_does_not_exist(guarded: Api) -> None:
    for path, headers in ((f"/s/none{UNITS}", {}), (UNITS, {"X-Mock-Sandbox": "none"})):
        response = guarded.call("GET", path, headers=headers)
        assert response.status_code == (response.json or {})["status_code"] == 404
        assert "no sandbox 'none'" in response.text
    assert guarded.call("GET", f"/s/default{UNITS}").status_code == 200


@pytest.mark.parametrize(
    ("headers", "body", "status"),
    [
        ({}, None, 204),
        ({"Content-Type": "application/json; charset=utf-8", "Sec-Fetch-Site": "same-origin"}, "", 204),
        ({"Origin": "http://localhost:3000", "Sec-Fetch-Site": "cross-site"}, None, 204),
        ({"Sec-Fetch-Site": "cross-site"}, None, 403),
        ({"Sec-Fetch-Site": "same-site"}, None, 403),
        ({"Origin": "https://evil.example"}, None, 403),
        ({"Origin": "null"}, None, 403),
        ({"Origin": "http://localhost.evil.example"}, None, 403),
        ({"Content-Type": "text/plain"}, "{}", 415),
        ({"Content-Type": "application/x-www-form-urlencoded"}, "a=b", 415),
        ({"Content-Type": "multipart/form-data; boundary=x"}, "--x--", 415),
        ({"Content-Type": ""}, "{}", 415),
        ({"Content-Type": "text/plain"}, None, 415),
    ],
)
def test_a_page_of_another_site_changes_nothing(
    guarded: Api, headers: dict[str, str], body: str | None, status: int
) -> None:
    guarded.client.put("/_mock/chaos", json={"rules": [{"status": 500}]})
    response = guarded.client.post("/_mock/reset", headers=headers, data=body)
    assert response.status_code == status
    assert bool((guarded.client.get("/_mock/chaos").json or {})["rules"]) is (status != 204)


def test_a_content_coding_is_refused_as_in_the_api(guarded: Api) -> None:
    headers = {"Content-Encoding": "gzip", "Content-Type": "application/json"}
    response = guarded.client.put("/_mock/chaos", headers=headers, data=b"{}")
    assert (response.status_code, response.headers["Accept-Encoding"]) == (415, "identity")


@pytest.mark.parametrize(("origin", "status"), [("http://localhost:3000", 204), ("https://evil.example", 403)])
def test_a_preflight_request(guarded: Api, origin: str, status: int) -> None:
    headers = {"Origin": origin, "Access-Control-Request-Method": "PUT", "Access-Control-Request-Headers": "x-a"}
    response = guarded.client.options("/_mock/chaos", headers=headers)
    assert response.status_code == status
    assert ("PUT" in response.headers.get("Access-Control-Allow-Methods", "")) is (status == 204)


@pytest.mark.parametrize(
    "path",
    [
        "/_mock/snapshots/..%2f..%2fetc%2fpasswd",
        "/_mock/snapshots/%2e%2e",
        "/_mock/snapshots/.hidden",
        "/_mock/snapshots/a%00b",
        "/_mock/snapshots/%ff",
        "/_mock/snapshots/" + "a" * 65,
        "/_mock/sandboxes/%3cscript%3e",
    ],
)
def test_names_in_paths_cannot_be_anything(guarded: Api, path: str) -> None:
    method = "DELETE" if "sandboxes" in path else "PUT"
    assert guarded.client.open(path, method=method).status_code == 400


@pytest.mark.parametrize(
    "path", ["/_mock/../api", "/_mock/openapi.yaml/../../x", "/_mock//health", "/_mock/health/", "/_mockx/health"]
)
def test_other_paths_are_not_found(guarded: Api, path: str) -> None:
    assert guarded.client.get(path).status_code == 404


@pytest.mark.parametrize("path", ["/s/%2e%2e/_mock/info", "/s/a%2fb/_mock/info", "/s//_mock/info", "/s/<b>/_mock/info"])
def test_a_base_path_that_is_no_name_chooses_nothing(guarded: Api, path: str) -> None:
    assert guarded.client.get(path).status_code == 404


def _document(mock: Controlled) -> Contract:
    """Return the document of control, as it is served."""
    return parse(yaml12.load(mock.client.get("/_mock/openapi.yaml").data))


def _example(operation: Operation) -> dict[str, Any]:
    """Return a body, if the operation has one, as an option of a request: mostly the first example."""
    if operation.body_pointer is None:
        return {}
    return {"json": BODIES.get(operation.id) or next(iter(operation.body_examples.values()))}


def _check(validation: Validation, operation: Operation, status: int, response: TestResponse) -> None:
    """Check that a response has this status and the body that the document describes."""
    assert response.status_code == status, (operation.id, response.text)
    if operation.responses[str(status)].schema_pointer:
        validation.response(operation, status, response.json)


def test_every_operation_succeeds_as_the_document_says(mock: Controlled) -> None:
    document = _document(mock)
    validation = Validation(document)
    assert document.operations.keys() == OPERATIONS.keys()
    mock.call("GET", UNITS)
    number = mock.control("GET", "/journal")["entries"][-1]["number"]
    for operation in sorted(document.operations.values(), key=lambda one: one.method == "DELETE"):  # these come last
        owner = "team-new" if operation.id == "deleteTeam" else "bu-growth"
        path = operation.path.format(number=number, name="browser-1", id=owner)
        response = mock.client.open(path, method=operation.method, **_example(operation))
        _check(validation, operation, operation.success, response)


def test_an_empty_response_has_no_media_type(mock: Controlled) -> None:
    preflight = {"Origin": "http://localhost:3000", "Access-Control-Request-Method": "PUT"}
    for response in (
        mock.client.post("/_mock/reset"),
        mock.client.options("/_mock/state", headers=preflight),
        mock.client.options(UNITS, headers=preflight),
    ):
        assert (response.status_code, response.data) == (204, b"")
        assert "Content-Type" not in response.headers


def test_every_refusal_of_bad_input_is_as_the_document_says(mock: Controlled) -> None:
    document = _document(mock)
    validation = Validation(document)
    open_to_input = [one for one in document.operations.values() if one.path_parameters or one.query_parameters]
    for operation in open_to_input + [one for one in document.operations.values() if one.body_pointer]:
        path = operation.path.format(number="x", name=".hidden", id="%ff")
        options = {"query_string": "after=x"} if operation.body_pointer is None else {"json": []}
        response = mock.client.open(path, method=operation.method, **options)
        assert str(response.status_code) in operation.responses, operation.id
        _check(validation, operation, response.status_code, response)


def test_every_refusal_of_an_unknown_name_is_as_the_document_says(mock: Controlled) -> None:
    document = _document(mock)
    validation = Validation(document)
    declaring = [one for one in document.operations.values() if "404" in one.responses]
    assert declaring
    for operation in declaring:
        path = operation.path.format(number=0, name="nobody", id="nobody")
        _check(validation, operation, 404, mock.client.open(path, method=operation.method, **_example(operation)))
