"""Sending requests: 429, closed connections, Retry-After, and how an exchange is recorded."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from shutil import which
from typing import Any

import pytest
import urllib3
from exchanges import KEY, target
from governance_contract.contract import document
from governance_contract.contract.errors import ContractError
from governance_contract.contract.operation_ids import UPDATE_GOVERNANCE
from governance_contract.plugin.recording import recorded
from governance_contract.target.credentials import NONE
from governance_contract.target.errors import ConnectionClosed, GivenUp, Unreachable
from governance_contract.target.exchange import Exchange, Request, Response
from governance_contract.target.request_rate import retry_after
from governance_contract.target.target import Target

_BASH = which("bash")
_CLOSED = urllib3.exceptions.ProtocolError("Connection aborted.", "RemoteDisconnected")
_OK = Response(200, {"content-type": "application/json"}, b"{}")


class ScriptedConnections:
    """Connections that return the next response of a list for each request."""

    def __init__(self, responses: list[Response | Exception]) -> None:
        self.responses = responses
        self.requests: list[Request] = []

    def fetch(self, request: Request) -> Response:
        self.requests.append(request)
        response = self.responses.pop(0)
        if isinstance(response, Exception):
            raise response
        return response


@pytest.fixture
def scripted() -> Callable[..., tuple[Target, ScriptedConnections]]:
    """Make a target whose connections return these responses."""

    def make(*responses: Response | Exception) -> tuple[Target, ScriptedConnections]:
        scripted_target = target()
        connections = ScriptedConnections(list(responses))
        scripted_target._connections = connections  # type: ignore[assignment]
        return scripted_target, connections

    return make


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        (None, 1.0),
        ("7", 7.0),
        (" 7 ", 7.0),
        ("0", 0.0),
        ("Sun, 06 Nov 1994 08:49:37 GMT", 0.0),
        ("soon", 1.0),
        ("", 1.0),
        ("-5", 1.0),
        ("9" * 5000, 1.0),
    ],
)
def test_retry_after(value: str | None, seconds: float) -> None:
    assert retry_after(value) == seconds


def test_retry_after_is_a_date() -> None:
    later = format_datetime(datetime.now(UTC) + timedelta(seconds=100), usegmt=True)
    assert retry_after(later) == pytest.approx(100, abs=5)


def test_a_request_is_repeated_after_429(scripted: Callable[..., Any]) -> None:
    target, connections = scripted(Response(429, {"retry-after": "0"}, b""), _OK)
    assert target.call("listBusinessUnits").status == 200
    assert len(connections.requests) == 2


def test_a_retry_after_of_zero_is_no_flood(scripted: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    pauses: list[float] = []
    monkeypatch.setattr("governance_contract.target.target.time.sleep", pauses.append)
    target, _ = scripted(*[Response(429, {"retry-after": "0"}, b"")] * 3, _OK)
    assert target.call("listBusinessUnits").status == 200
    assert pauses == [0.1] * 3


def test_a_429_with_a_long_retry_after_ends_the_request(scripted: Callable[..., Any]) -> None:
    target, _ = scripted(Response(429, {"retry-after": "3600"}, b""))
    began = time.monotonic()
    with pytest.raises(Unreachable, match="429 Too Many Requests, Retry-After 3600 s"):
        target.call("listBusinessUnits")
    assert time.monotonic() - began < 5


def test_a_connection_closed_twice_is_an_exchange_without_a_response(scripted: Callable[..., Any]) -> None:
    target, _ = scripted(_CLOSED, _CLOSED, _OK)
    exchange = target.call("updateBusinessUnitGovernance", {}, path={"id": "x"})
    assert exchange.response is None
    assert exchange.status is None
    assert not exchange.ok
    assert not exchange.is_server_error
    assert (exchange.headers, exchange.body, exchange.member("id")) == ({}, b"", None)
    assert "no response" in exchange.outcome


def test_an_operation_that_hangs_on_forbidden_bodies_still_gets_permitted_ones(scripted: Callable[..., Any]) -> None:
    late = urllib3.exceptions.ReadTimeoutError(urllib3.HTTPConnectionPool("a"), "/", "Read timed out.")
    made, connections = scripted(_OK, *[late, _OK] * 3, _OK)  # it responds to the request that looks for it
    made.call(UPDATE_GOVERNANCE, {}, path={"id": "a"})
    for _ in range(3):
        assert made.call(UPDATE_GOVERNANCE, raw=b"{", path={"id": "a"}).status is None
    with pytest.raises(GivenUp, match="updateBusinessUnitGovernance with a forbidden body does not respond in time"):
        made.call(UPDATE_GOVERNANCE, raw=b"[", path={"id": "a"})
    assert made.call(UPDATE_GOVERNANCE, {}, path={"id": "a"}).ok
    assert connections.responses == []


def test_an_idempotent_request_is_sent_again_when_the_connection_is_closed(scripted: Callable[..., Any]) -> None:
    target, connections = scripted(_CLOSED, _OK)
    assert target.call("updateBusinessUnitGovernance", {}, path={"id": "x"}).status == 200
    assert len(connections.requests) == 2


def test_the_second_response_to_a_request_that_is_not_idempotent_is_not_judged(scripted: Callable[..., Any]) -> None:
    target, _ = scripted(_CLOSED, _OK)
    seen: list[Exchange] = []
    target.on_exchange = seen.append
    with pytest.raises(ConnectionClosed):
        target.call("createBusinessUnit", {"name": "x"})
    assert [exchange.status for exchange in seen] == [200], "the new unit must be deleted"


def test_a_recorded_exchange_is_redacted_before_it_is_shortened(scripted: Callable[..., Any]) -> None:
    target, _ = scripted(
        Response(200, {"x-key": KEY, "set-cookie": "session=s3cret"}, b"x" * 1990 + KEY.encode() + b"x" * 1000)
    )
    shown = recorded(target.call("updateBusinessUnitGovernance", {"name": KEY}, path={"id": KEY}), target.redact)
    assert not any(KEY[:8] in str(value) for value in vars(shown).values())
    assert shown.response_headers == {"x-key": "[redacted]", "set-cookie": "[redacted]"}
    assert shown.request_headers["Authorization"] == "Bearer $GOVERNANCE_API_KEY"
    assert "$GOVERNANCE_API_KEY" in shown.curl
    assert shown.response_body.endswith("... (3035 bytes)")
    assert len(shown.response_body) < 2100


def test_calendar_alignment_is_read_from_the_contract() -> None:
    contract = document.load()
    assert contract.calendar_alignment.resets_usage
    assert set(contract.calendar_alignment.time_units) <= {"d", "w", "M", "Q", "Y"}
    without = document.Contract({"info": {}, "paths": {}}, "")
    with pytest.raises(ContractError, match="no units and on_enable"):
        _ = without.calendar_alignment


@pytest.mark.skipif(_BASH is None, reason="bash is not installed")
@pytest.mark.parametrize("body", [b"\x00", '{"budget": {}}'.encode("utf-16"), b"\xff{}", b"it's {}"])
def test_the_printed_command_sends_the_same_body(body: bytes) -> None:
    request = Request(None, "PUT", "http://127.0.0.1:9/", NONE, {}, body)
    option = request.curl().partition("--data-binary ")[2]
    script = f'sent() {{ case "$1" in @*) cat "${{1#@}}";; *) printf %s "$1";; esac; }}; sent {option}'
    assert subprocess.run([str(_BASH), "-c", script], capture_output=True, check=True).stdout == body
