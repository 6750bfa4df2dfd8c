"""Proxies: the checks use the proxy of the environment variables for targets on other machines."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator

import pytest
from judging import assert_error, command
from stub_server import StubServer, always, stub_server

_LOGIN = "Basic " + b64encode(b"me:secret-of-the-proxy").decode()


@pytest.fixture
def proxy() -> Iterator[StubServer]:
    """A proxy that refuses every request."""
    with stub_server(always(401)) as server:
        yield server


def _address(proxy: StubServer) -> str:
    return f"http://me:secret-of-the-proxy@127.0.0.1:{proxy.port}"


@pytest.mark.parametrize(
    ("url", "first"),
    [
        ("http://gateway.example", ("GET", "http://gateway.example/api/governance/business-units?limit=1", _LOGIN)),
        ("https://gateway.example", ("CONNECT", "gateway.example:443", _LOGIN)),
    ],
    ids=["http", "https"],
)
def test_a_remote_target_is_reached_through_the_proxy(proxy: StubServer, url: str, first: tuple[str, str, str]) -> None:
    address = _address(proxy)
    done = command("check", url, "--allow-writes", http_proxy=address, https_proxy=address, no_proxy="")
    assert done.returncode == 2
    asked = proxy.requests[0]
    assert (asked.method, asked.target, asked.headers["proxy-authorization"]) == first
    assert "secret-of-the-proxy" not in done.stdout + done.stderr


def test_an_invalid_proxy_is_reported_without_its_password() -> None:
    proxy = "http://me:secret-of-the-proxy@[bad"
    done = command("check", "http://gateway.example", "--allow-writes", http_proxy=proxy, no_proxy="")
    assert_error(done, "error: cannot connect to http://gateway.example")
    assert "secret-of-the-proxy" not in done.stdout + done.stderr


def test_a_host_in_no_proxy_is_reached_directly(proxy: StubServer) -> None:
    direct = {"http_proxy": _address(proxy), "no_proxy": "gateway.invalid"}
    done = command("check", "http://gateway.invalid", "--allow-writes", **direct)
    assert_error(done, "does not resolve")
    assert proxy.requests == []
