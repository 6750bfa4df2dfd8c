"""How responses are read: interim responses, time and size limits, content codings, the clock and other members."""

from __future__ import annotations

import gzip
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest
from exchanges import exchange
from governance_contract.target import reading
from governance_contract.target.connections import Connections, Transport
from governance_contract.target.credentials import NONE
from governance_contract.target.exchange import Exchange, NotJson, Request, Response
from governance_contract.target.extra_headers import parse_headers
from governance_contract.target.members import Members
from governance_contract.target.request_rate import retry_after
from governance_contract.target.server_clock import ServerClock

_HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"


@contextmanager
def _server(write: Callable[[socket.socket], None]) -> Iterator[str]:
    """Accept one connection, read the request and let ``write`` respond."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            connection, _ = listener.accept()
            with connection, suppress(OSError):
                connection.recv(65536)
                write(connection)

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            thread.join()


def _fetch(write: Callable[[socket.socket], None], timeout: float = 5.0) -> Response:
    with _server(write) as url, Connections(url, Transport(timeout=timeout)) as connections:
        return connections.fetch(Request(None, "GET", f"{url}/", NONE))


def test_interim_responses_are_read_past() -> None:
    interim = b"HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n"
    response = _fetch(lambda connection: connection.sendall(interim + _HEAD + b"Content-Length: 2\r\n\r\n{}"))
    assert (response.status, response.body, response.defect) == (200, b"{}", "")
    assert "link" not in response.headers


def test_a_body_that_drips_ends_at_the_time_limit() -> None:
    def drip(connection: socket.socket) -> None:
        connection.sendall(_HEAD + b"Content-Length: 1000\r\n\r\n")
        for _ in range(1000):  # 20 seconds, unless the client closes the connection
            connection.sendall(b" ")
            time.sleep(0.02)

    began = time.monotonic()
    response = _fetch(drip, timeout=0.3)
    assert time.monotonic() - began < 10
    assert "not complete in time" in response.defect
    with pytest.raises(NotJson, match="not complete in time"):
        Exchange(Request(None, "GET", "http://x/", NONE), response).json()


def test_a_body_that_never_ends_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "MOST_BYTES", 2**20)

    def flood(connection: socket.socket) -> None:
        connection.sendall(_HEAD + b"Connection: close\r\n\r\n")
        for _ in range(64):
            connection.sendall(b" " * 2**18)

    assert "more than 1 MiB" in _fetch(flood).defect


@pytest.mark.parametrize(
    ("body", "coding", "shown", "defect"),
    [
        (gzip.compress(b"{}", mtime=0), "gzip", b"{}", ""),
        (b"{}", "gzip", b"{}", "not gzip"),
        (gzip.compress(b"{}", mtime=0)[:-3], "gzip", gzip.compress(b"{}", mtime=0)[:-3], "not gzip"),
        (b"{}", "deflate", b"{}", "not deflate"),
        (b"{}", "identity", b"{}", ""),
    ],
)
def test_a_content_coding_is_removed_or_named(body: bytes, coding: str, shown: bytes, defect: str) -> None:
    head = _HEAD + f"Content-Encoding: {coding}\r\nContent-Length: {len(body)}\r\n\r\n".encode()
    response = _fetch(lambda connection: connection.sendall(head + body))
    assert response.body == shown
    assert defect in response.defect
    assert bool(defect) == bool(response.defect)


def test_a_large_body_that_is_compressed_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "MOST_BYTES", 2**20)
    body = gzip.compress(b" " * 2**22, mtime=0)
    head = _HEAD + f"Content-Encoding: gzip\r\nContent-Length: {len(body)}\r\n\r\n".encode()
    response = _fetch(lambda connection: connection.sendall(head + body))
    assert len(response.body) <= 2**20
    assert "after decoding" in response.defect


@pytest.mark.parametrize("zone", ["GMT", "-0000", "+0000", ""])
def test_retry_after_counts_from_the_date_of_the_response(zone: str) -> None:
    assert retry_after(f"Sun, 06 Nov 2094 08:49:37 {zone}".strip(), "Sun, 06 Nov 2094 08:49:30 GMT") == 7


@pytest.mark.parametrize("value", ["Sun, 99 Nov 2094 08:49:37 GMT", "Sun, 06 Nov 99999 08:49:37 GMT", "1e9", "\u0667"])
def test_an_unusable_retry_after_means_one_second(value: str) -> None:
    assert retry_after(value) == 1


def test_times_follow_the_clock_of_the_target() -> None:
    clock = ServerClock()
    clock.learn(format_datetime(datetime.now(UTC) + timedelta(hours=26), usegmt=True))
    assert abs(clock.now() - datetime.now(UTC) - timedelta(hours=26)) < timedelta(seconds=5)
    assert clock.difference == "26 h 0 min ahead"
    clock.learn("not a date")
    clock.learn("Fri, 31 Dec 9999 23:59:59 -0500")  # later than the last time that Python can represent in UTC
    clock.learn("Fri, 31 Dec 9999 23:59:59 GMT")  # a period near this time would end later than that
    assert clock.difference
    clock.learn(format_datetime(datetime.now(UTC), usegmt=True))
    assert (clock.ahead, clock.difference) == (timedelta(), "")


def test_undeclared_members_are_compared_if_two_reads_agree() -> None:
    members = Members()
    assert members.are_compared("anything")
    members.compare_declared({"Unit": {"properties": {"name": {"properties": {"inner": {}}}}}})
    first, second = ({"name": 1, "label": "x", "list": [{"took": took}]} for took in (1, 2))
    members.learn(first, second)
    names = {name for name in ("name", "inner", "label", "took", "list") if members.are_compared(name)}
    assert names == {"name", "inner", "label"}


def test_identifiers_that_are_numbers_become_text() -> None:
    assert exchange(200, {"id": 7, "budget": {"id": 8, "max_limit": 9}}).member("budget") == {"id": "8", "max_limit": 9}


def test_a_redirect_names_its_location() -> None:
    found = Exchange(Request(None, "GET", "http://x/", NONE), Response(302, {"location": "https://login\x1b[2J/"}, b""))
    assert found.outcome == "status 302 to 'https://login\\x1b[2J/'"


def test_extra_headers_show_variables_and_no_values() -> None:
    found = parse_headers(["X-Access: Token $ACCESS", "X-Team:blue"], {"ACCESS": "s3cret"})
    assert found.sent == {"X-Access": "Token s3cret", "X-Team": "blue"}
    assert found.shown == {"X-Access": "Token $ACCESS", "X-Team": "[redacted]"}
    assert "s3cret" in found.secrets


@pytest.mark.parametrize(
    ("field", "reason"),
    [
        ("no-colon", "needs the form"),
        ("bad name: x", "needs the form"),
        ("Authorization: x", "which the checks set"),
        ("X: $MISSING", "MISSING is not set"),
        ("X: a\nb", "control character"),
    ],
)
def test_an_unusable_extra_header_is_refused(field: str, reason: str) -> None:
    environment: dict[str, Any] = {}
    with pytest.raises(ValueError, match=reason):
        parse_headers([field], environment)
