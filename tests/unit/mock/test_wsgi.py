"""The mock as a plain WSGI application: defaults, other servers, and paths with and without their raw form."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from threading import Thread
from typing import Any
from uuid import UUID
from wsgiref import simple_server

import pytest
from mock_api import KEY, LEGAL, UNITS, Api
from processes import ROOT, environment
from werkzeug import serving
from werkzeug.exceptions import NotFound
from werkzeug.middleware.dispatcher import DispatcherMiddleware
from werkzeug.test import Client

from mock_server import create_app
from mock_server.contract import yaml12
from mock_server.seeds.reader import demo_path

DEMO_UNITS = len(yaml12.load(demo_path().read_bytes())["business_units"])
HEADERS = {"Authorization": f"Bearer {KEY}"}
COMMANDS = {
    "gunicorn": ["gunicorn", "--bind", "127.0.0.1:0", "mock_server:create_app()"],
    "waitress": ["waitress", "--listen", "127.0.0.1:0", "--call", "mock_server:create_app"],
}
# Path, status where the server passes the path as it was sent, and status where it does not.
PATHS = [
    (f"{UNITS}/{LEGAL}", 200, 200),
    (f"{UNITS}/bu%2dlegal?search=%2d", 200, 200),
    (f"{UNITS}/bu%252dlegal", 404, 404),
    (f"{UNITS}/{LEGAL}%2Fteams", 404, 200),
    (f"{UNITS}/caf%C3%A9", 404, 404),
    (f"{UNITS}/%ff", 400, 400),
    (f"{UNITS}/%zz", 400, 404),
    (f"http://mock{UNITS}/bu%2dlegal", 200, 404),
]


@pytest.fixture(autouse=True)
def _key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GOVERNANCE_API_KEY", raising=False)


def test_an_application_without_arguments_has_the_demo_data_and_a_key_of_its_own() -> None:
    apps = [create_app(), create_app()]
    first, second = (app.config["GOVERNANCE_API_KEY"] for app in apps)
    assert first != second
    for app, key, status in zip(apps * 2, (first, second, second, first), (200, 200, 401, 401), strict=True):
        response = app.test_client().get(UNITS, headers={"Authorization": f"Bearer {key}"})
        assert response.status_code == status
        assert (response.json or {}).get("total", DEMO_UNITS) == DEMO_UNITS


def test_an_application_takes_keys_of_the_environment_and_the_url_of_a_store(
    monkeypatch: pytest.MonkeyPatch, store_url: str
) -> None:
    monkeypatch.setenv("GOVERNANCE_API_KEY", f"{KEY},other")
    for number, name in enumerate(("Sales", "Field")):
        app = create_app(store=store_url)
        assert app.config["GOVERNANCE_API_KEY"] == KEY
        total = (Api(app).call("GET", UNITS).json or {})["total"]
        assert total == DEMO_UNITS + (0 if store_url == "memory" else number)
        Api(app).create(name)
        app.extensions["store"].close()


def test_the_example_of_the_documentation(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("no_proxy", "*")
    text = (ROOT / "docs" / "mock.md").read_text(encoding="utf-8")
    [example] = re.findall(r"^```python\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)
    exec(compile(example, "docs/mock.md", "exec"), {})  # noqa: S102 - the example of this repository


@contextmanager
def in_thread(make_server: Any) -> Iterator[int]:
    server = make_server("127.0.0.1", 0, create_app(keys=[KEY]))
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield server.server_port
    server.shutdown()
    thread.join()
    server.server_close()


@contextmanager
def in_process(name: str) -> Iterator[int]:
    pytest.importorskip(name)
    command = [sys.executable, "-m", *COMMANDS[name]]
    pipe = subprocess.PIPE
    process = subprocess.Popen(
        command, cwd=ROOT, env=environment(KEY), stdout=pipe, stderr=subprocess.STDOUT, text=True
    )
    assert process.stdout is not None
    yield next(int(found[1]) for line in process.stdout if (found := re.search(r"http://127\.0\.0\.1:(\d+)", line)))
    process.terminate()
    process.communicate(timeout=10)


@pytest.fixture(scope="module", params=["werkzeug", "gunicorn", "waitress", "wsgiref"])
def server(request: pytest.FixtureRequest) -> Iterator[tuple[int, bool]]:
    """The port of each server, and whether the server passes the path as it was sent."""
    makers = {"werkzeug": serving.make_server, "wsgiref": simple_server.make_server}
    name = request.param
    with in_thread(makers[name]) if name in makers else in_process(name) as port:
        yield port, name != "wsgiref"


@pytest.mark.parametrize(("path", "sent", "decoded"), PATHS)
def test_paths_under_other_servers(server: tuple[int, bool], path: str, sent: int, decoded: int) -> None:
    port, is_raw = server
    connection = HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request("GET", path, headers=HEADERS)
    response = connection.getresponse()
    assert response.status == (sent if is_raw else decoded), response.read()
    response.read()
    connection.close()


def test_a_percent_sign_in_an_identifier_is_decoded_once() -> None:
    api = Api(create_app(keys=[KEY], new_id=lambda: "bu%2dlegal"))
    api.create("Percent")
    for raw in ({}, {"REQUEST_URI": "", "RAW_URI": ""}, {"REQUEST_URI": "/rewritten%20path"}):
        response = api.call("GET", f"{UNITS}/bu%252dlegal", environ_overrides=raw)
        assert (response.json or {})["name"] == "Percent"


def test_an_application_below_a_prefix() -> None:
    client = Client(DispatcherMiddleware(NotFound(), {"/a/mock": create_app(keys=[KEY])}))
    for path, status in ((f"{UNITS}/bu%2dlegal", 200), (f"{UNITS}/{LEGAL}%2Fteams", 404), (UNITS, 200)):
        assert client.get(f"/a/mock{path}", headers=HEADERS).status_code == status
    assert client.get(f"/a/mock{UNITS}").status_code == 401


def test_a_request_below_a_prefix_is_sent_again() -> None:
    client = Client(DispatcherMiddleware(NotFound(), {"/a/mock": create_app(keys=[KEY], control=True)}))
    client.post("/a/mock/_mock/sandboxes", json={"name": "one"})
    for base, sent in (("/a/mock", {}), ("/a/mock/s/one", {}), ("/a/mock", {"REQUEST_URI": f"http://x/a/mock{UNITS}"})):
        assert client.get(f"{base}{UNITS}", headers=HEADERS, environ_overrides=sent).status_code == 200
        number = client.get(f"{base}/_mock/journal").json["entries"][-1]["number"]
        assert client.post(f"{base}/_mock/journal/{number}/replay").json["status"] == 200


def test_identifiers_are_random_uuids() -> None:
    api = Api(create_app(keys=[KEY]))
    first, second = (UUID(api.create(name)) for name in "ab")
    assert first != second
    assert first.version == second.version == 4
