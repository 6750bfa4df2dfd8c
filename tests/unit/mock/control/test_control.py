"""Control: who may use it, what it says of itself, and which sandbox a request reaches."""

from __future__ import annotations

from typing import Any

import pytest
from mock_api import KEY, UNITS, Api

from mock_server.app import create_app
from mock_server.contract import Contract
from mock_server.store import MemoryStore

CONTROL_KEY = "a control key"


@pytest.fixture(scope="module")
def mock(contract: Contract) -> Api:
    return Api(create_app(contract, [KEY], MemoryStore(), cors_origins=["https://app.example", "*"], control=True))


def test_health_and_info(mock: Api) -> None:
    assert mock.client.get("/_mock/health").json == {"status": "ready"}
    info = mock.client.get("/_mock/info").json or {}
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
def test_who_may_read(mock: Api, headers: dict[str, str], status: int) -> None:
    assert mock.client.get("/_mock/info", headers=headers).status_code == status


@pytest.mark.parametrize("address", ["10.0.0.7", "2001:db8::1"])
def test_another_machine_needs_a_key(mock: Api, address: str) -> None:
    response = mock.client.get("/_mock/info", environ_overrides={"REMOTE_ADDR": address})
    assert response.status_code == 403
    assert "GOVERNANCE_CONTROL_KEY" in response.text


@pytest.mark.parametrize(("key", "status"), [(CONTROL_KEY, 200), ("", 403), ("a control kez", 403), ("\xe9", 403)])
def test_a_control_key(contract: Contract, key: str, status: int) -> None:
    client = create_app(contract, [KEY], MemoryStore(), control=True, control_key=CONTROL_KEY).test_client()
    outside: dict[str, Any] = {"environ_overrides": {"REMOTE_ADDR": "10.0.0.7"}}
    headers = {"Host": "mock.example", "X-Mock-Control-Key": key}
    assert client.get("/_mock/info", headers=headers, **outside).status_code == status
    assert client.get("/_mock/health", headers={"Host": "mock.example"}, **outside).status_code == 200


def test_a_browser_is_sent_to_the_console(mock: Api) -> None:
    for base in ("", "/s/default"):
        response = mock.client.get(f"{base}/", headers={"Accept": "text/html,*/*"})
        assert (response.status_code, response.headers["Location"]) == (302, f"{base}/_mock/")
    assert mock.client.get("/").status_code == 404


def test_a_sandbox_that_does_not_exist(mock: Api) -> None:
    for path, headers in ((f"/s/none{UNITS}", {}), (UNITS, {"X-Mock-Sandbox": "none"})):
        response = mock.call("GET", path, headers=headers)
        assert response.status_code == (response.json or {})["status_code"] == 404
        assert "no sandbox 'none'" in response.text
    assert mock.call("GET", f"/s/default{UNITS}").status_code == 200
