"""Proxies: what is elsewhere is asked through the proxy that the usual variables name."""

from __future__ import annotations

import http.server
import threading
from base64 import b64encode
from collections.abc import Iterator

import pytest
from judging import CREDENTIALS, command

_LOGIN = "Basic " + b64encode(b"me:secret-of-the-proxy").decode()
Asked = list[tuple[str, str, str | None]]


@pytest.fixture
def proxy() -> Iterator[tuple[str, Asked]]:
    """A proxy that lets nobody through; its address, and what it was asked: method, request target, login."""
    asked: Asked = []

    class Closed(http.server.BaseHTTPRequestHandler):
        def refuse(self) -> None:
            asked.append((self.command, self.path, self.headers["Proxy-Authorization"]))
            self.send_response(401)
            self.send_header("Content-Length", "0")
            self.end_headers()

        do_GET = do_CONNECT = refuse  # noqa: N815  http.server's names

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the base class names it so
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Closed) as server:
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        yield f"http://me:secret-of-the-proxy@127.0.0.1:{server.server_port}", asked
        server.shutdown()


@pytest.mark.parametrize(
    ("url", "first"),
    [
        ("http://gateway.example", ("GET", "http://gateway.example/api/governance/business-units?limit=1", _LOGIN)),
        ("https://gateway.example", ("CONNECT", "gateway.example:443", _LOGIN)),
    ],
    ids=["http", "https"],
)
def test_a_target_elsewhere_is_asked_through_the_proxy(
    proxy: tuple[str, Asked], url: str, first: tuple[str, str, str]
) -> None:
    address, asked = proxy
    environment = {**CREDENTIALS, "http_proxy": address, "https_proxy": address, "no_proxy": ""}
    done = command("check", url, "--allow-writes", environment=environment)
    assert done.returncode == 2
    assert asked[0] == first
    assert "secret-of-the-proxy" not in done.stdout + done.stderr


def test_a_proxy_that_is_none_is_refused_without_its_password() -> None:
    environment = {**CREDENTIALS, "http_proxy": "http://me:secret-of-the-proxy@[bad", "no_proxy": ""}
    done = command("check", "http://gateway.example", "--allow-writes", environment=environment)
    assert done.returncode == 2
    assert done.stderr.startswith("error: cannot connect to http://gateway.example")
    assert "secret-of-the-proxy" not in done.stdout + done.stderr


def test_an_address_that_no_proxy_is_for_is_asked_directly(proxy: tuple[str, Asked]) -> None:
    address, asked = proxy
    environment = {**CREDENTIALS, "http_proxy": address, "no_proxy": "gateway.invalid"}
    done = command("check", "http://gateway.invalid", "--allow-writes", environment=environment)
    assert done.returncode == 2
    assert "does not resolve" in done.stderr
    assert asked == []
