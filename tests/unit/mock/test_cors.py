"""CORS: what a browser is told about each origin, method and header (Fetch standard)."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

import pytest
from mock_api import KEY, LEGAL, UNITS, Api
from werkzeug.test import TestResponse

from mock_server.api.cors import CrossOrigin, is_permission
from mock_server.app import create_app
from mock_server.contract.document import Contract
from mock_server.store import MemoryStore

CONSOLE = "https://console.example"
LOOPBACK = [
    *("http://localhost", "https://localhost:8443", "http://localhost:3000", "http://localhost."),
    *("http://app.localhost:5173", "https://a.b-c.localhost"),
    *("http://127.0.0.1", "https://127.0.0.1:1", "http://127.1.2.3:8080", "http://127.255.255.255"),
    *("http://[::1]", "https://[::1]:5173"),
]
NOT_ALLOWED = [
    *("http://evil.example", "http://localhost.evil.example", "http://localhost:3000.evil", "http://evillocalhost"),
    *("http://.localhost", "http://127.0.0.256", "http://128.0.0.1", "http://127.0.0.1.evil.example", "http://127.1"),
    *("null", "x", "", "*", "ftp://localhost", "http://localhost/", "http://evil.example?http://localhost"),
    *(f"{CONSOLE}:8443", f"{CONSOLE}.evil", "http://console.example", f"{CONSOLE}, {CONSOLE}", "http://[::2]"),
]


def preflight(api: Api, origin: str, method: str = "PUT", path: str = f"{UNITS}/{LEGAL}", **asked: str) -> TestResponse:
    """Ask for permission, without a key, as browsers do. The names of further headers have `_` for `-`."""
    names = {"Origin": origin, "Access-Control-Request-Method": method}
    names |= {f"Access-Control-Request-{name.replace('_', '-')}": value for name, value in asked.items()}
    response = api.client.open(path, method="OPTIONS", headers=names)
    assert (response.status_code, response.data) == (204, b"")
    return response


def listed(response: TestResponse, header: str) -> list[str]:
    return response.headers[header].split(", ")


@pytest.mark.parametrize("origin", [*LOOPBACK, CONSOLE])
def test_an_allowed_origin_may_send_requests_with_credentials(api: Api, origin: str) -> None:
    answers = [preflight(api, origin)]
    for key, status in ((KEY, 200), ("nobody", 401)):
        answers.append(api.call("GET", UNITS, headers={"Origin": origin, "Authorization": f"Bearer {key}"}))
        assert answers[-1].status_code == status
    for answer in answers:
        assert answer.headers.getlist("Access-Control-Allow-Origin") == [origin]
        assert answer.headers["Access-Control-Allow-Credentials"] == "true"
        assert answer.headers.getlist("Vary") == ["Origin"]


@pytest.mark.parametrize("origin", NOT_ALLOWED)
def test_another_origin_gets_no_permission(api: Api, origin: str) -> None:
    answers = preflight(api, origin, Private_Network="true"), api.call("GET", UNITS, headers={"Origin": origin})
    for answer in answers:
        assert not [name for name, _ in answer.headers if name.startswith("Access-Control-")]
        assert answer.headers["Vary"] == "Origin"


@pytest.mark.parametrize("name", ["traceparent", "x-requested-with", "cache-control", "x-api-key", "x!#$%&'*+.^_`|~9"])
def test_any_header_may_be_sent(api: Api, name: str) -> None:
    names = listed(preflight(api, CONSOLE, Headers=f"authorization,{name}"), "Access-Control-Allow-Headers")
    assert names == ["Authorization", "Content-Type", name]


def test_what_is_no_header_name_is_left_out(api: Api) -> None:
    asked = "a b, c:d, ,\u00e9, x-one ,\tX-One,<b>"
    names = listed(preflight(api, CONSOLE, Headers=asked), "Access-Control-Allow-Headers")
    assert names == ["Authorization", "Content-Type", "x-one"]


@pytest.mark.parametrize(("method", "added"), [("PATCH", ["PATCH"]), ("frob", ["frob"]), ("PUT", []), ("A B", [])])
def test_any_method_may_be_sent(api: Api, method: str, added: list[str]) -> None:
    answer = preflight(api, CONSOLE, method)
    assert listed(answer, "Access-Control-Allow-Methods") == ["DELETE", "GET", "POST", "PUT", *added]
    assert int(answer.headers["Access-Control-Max-Age"]) > 0


@pytest.mark.parametrize(("asked", "told"), [("true", "true"), ("false", None), ("", None)])
def test_a_page_of_a_public_address_may_call_a_private_one(api: Api, asked: str, told: str | None) -> None:
    assert preflight(api, CONSOLE, Private_Network=asked).headers.get("Access-Control-Allow-Private-Network") == told
    assert "Access-Control-Allow-Private-Network" not in preflight(api, CONSOLE).headers


@pytest.mark.parametrize(
    ("method", "path", "options", "status"),
    [
        ("GET", f"{UNITS}/nobody", {}, 404),
        ("GET", "/nowhere", {}, 404),
        ("PATCH", UNITS, {}, 405),
        ("OPTIONS", UNITS, {}, 405),
        ("PUT", f"{UNITS}/{LEGAL}/governance", {"data": b"{"}, 400),
        ("PUT", f"{UNITS}/{LEGAL}/governance", {"data": b" " * 2**21}, 413),
        ("GET", f"{UNITS}/%zz", {}, 400),
        ("GET", UNITS, {"headers": {"Authorization": "Basic eA=="}}, 401),
    ],
)
def test_a_page_may_read_every_error(api: Api, method: str, path: str, options: Any, status: int) -> None:
    headers = {"Origin": CONSOLE} | options.pop("headers", {})
    answer = api.call(method, path, headers=headers, **options)
    assert answer.status_code == status
    assert answer.headers["Access-Control-Allow-Origin"] == CONSOLE
    exposed = listed(answer, "Access-Control-Expose-Headers")
    assert {"Allow", "WWW-Authenticate", "Retry-After"} <= set(exposed)


def allowing(*permissions: str) -> Callable[[str], bool]:
    return CrossOrigin(permissions, ["GET"]).allows


@pytest.mark.parametrize(
    ("permission", "allowed", "refused"),
    [
        ("https://*.app.example", "https://a.app.example", "https://app.example"),
        ("https://*.app.example", "https://a.b.app.example", "http://a.app.example"),
        ("https://*.app.example", "https://a-b.app.example", "https://evilapp.example"),
        ("https://*.app.example", "https://a.app.example", "https://a.app.example:8443"),
        ("https://*.app.example", "https://a.app.example", "https://evil.example/.app.example"),
        ("https://*.app.example", "https://a.app.example", "https://.app.example"),
        ("http://*.app.example:81", "http://a.app.example:81", "http://a.app.example"),
        ("null", "null", "https://app.example"),
        ("*", "https://app.example", "no origin"),
        ("*", "null", "https://app.example/path"),
    ],
)
def test_subdomains_and_every_origin(permission: str, allowed: str, refused: str) -> None:
    assert allowing(permission)(allowed)
    assert not allowing(permission)(refused)
    assert allowing(permission)("http://localhost:3000")


@pytest.mark.parametrize(
    "text",
    [
        *("null", "*", "https://app.example", "http://10.0.0.7:3000", "http://[fd00::7]:3000", "http://[::ffff:a00:7]"),
        *("https://xn--bcher-kva.example", "http://my_host", "https://*.app.example", "http://*.app.example:8080"),
        *("chrome-extension://abcdefghijklmnop", "capacitor://localhost", "http://a.example:443"),
    ],
)
def test_what_browsers_send_is_a_permission(text: str) -> None:
    assert is_permission(text)


@pytest.mark.parametrize(
    "text",
    [
        *(
            "",
            "app.example",
            "*.app.example",
            "//app.example",
            "https://",
            "https://app.example/",
            "https://a.example/b",
        ),
        *(
            "https://a.example?b",
            "https://a.example#b",
            "https://u@a.example",
            "HTTPS://a.example",
            "https://A.example",
        ),
        *("https://a.example:443", "http://a.example:80", "http://a.example:65536", "http://a.example:08", "http://a:"),
        *(
            "https://a..example",
            "https://.a.example",
            "https://b\u00fccher.example",
            "https://a b",
            "https://a.example\n",
        ),
        *("http://10.0.7", "http://10.0.0.256", "http://0x7f.1", "http://[fd00:0::7]", "http://::1", "http://[::1%1]"),
        *(
            "https://*",
            "https://*app.example",
            "https://a.*.example",
            "https://a.example:*",
            "https://*.10.0.0.7",
            "**",
        ),
        *("https://*.*.example", "NULL", "file://", "file:///a", "ws://a.example", "data:", "http://*.[::1]"),
    ],
)
def test_what_browsers_never_send_is_refused(text: str, contract: Contract) -> None:
    assert not is_permission(text)
    with pytest.raises(ValueError, match="not an origin"):
        create_app(contract, [KEY], MemoryStore(), cors_origins=[text])


def messages(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.levelno == logging.WARNING]


def test_a_refused_origin_is_logged_once_with_the_option_that_allows_it(api: Api, caplog: Any) -> None:
    preflight(api, "https://app.example")
    for origin in ("https://app.example", "http://localhost", "a\u00e9" * 999):
        api.call("GET", UNITS, headers={"Origin": origin})
    first, second = messages(caplog)
    assert "--cors-origin https://app.example allows" in first
    assert "'a\\xe9" in second
    assert len(second) < 300


def test_a_page_of_the_same_origin_is_not_reported(api: Api, caplog: Any) -> None:
    api.call("GET", UNITS, headers={"Origin": "https://app.example", "Sec-Fetch-Site": "same-origin"})
    assert messages(caplog) == []


def test_the_number_of_reported_origins_is_bounded(api: Api, caplog: Any) -> None:
    for number in range(150):
        api.call("GET", "/", headers={"Origin": f"https://app{number}.example"})
    assert len(messages(caplog)) == 100
