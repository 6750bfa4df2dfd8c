"""AUTH: alternative spellings of a path, and headers that override the method, do not bypass authentication."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import partial
from urllib.parse import quote

import pytest

from ..checks.expect import shows_units
from ..checks.inputs.unusual_requests import METHOD_OVERRIDES
from ..checks.refusals import changing_requests
from ..checks.run_protocol import Run
from ..checks.violation import wrong_status
from ..contract.operation import Operation, fill_path
from ..contract.operation_ids import DELETE_GOVERNANCE, GET_UNIT, LIST_UNITS, UPDATE_GOVERNANCE
from ..target.credentials import NONE, Credential
from ..target.exchange import REFUSED, Exchange
from ..target.target import Target
from ..target.unit import Unit

_CHANGE = b'{"budget": {"max_limit": 31, "reset_duration": "1M"}, "rate_limit": {}}'


def _spellings(path: str, unit_id: str) -> Iterator[str]:
    """Yield alternative spellings of a path. A router may normalise them after the authentication has let them pass."""
    values = {"id": unit_id}
    location = fill_path(path, values)
    yield f"/{location}"
    yield location.replace("/api/", "/api//")
    yield location.replace("/business-units", "//business-units")
    yield f"{location}/"
    yield f"{location}//"
    yield location.replace("/api/", "/api/./")
    yield location.replace("/api/", "/api/%2e/")
    yield location.replace("/api/", "/api/x/../")
    yield location.replace("/api/", "/api/%2e%2e/api/")
    yield f"/health/..{location}"
    yield f"{location}/x/.."
    yield fill_path(re.sub(r"[^{}/]+(?![^{]*\})", _upper, path), values)
    yield location.replace("/api/", "/%61pi/")
    escaped = f"%{ord(unit_id[0]):02X}" if unit_id[0].isascii() else quote(unit_id[0])
    yield path.replace("{id}", f"{escaped}{quote(unit_id[1:], safe='')}")
    yield f"{location};jsessionid=1"
    yield location.replace("/api/", "/api;x=1/")
    yield f"{location}.json"
    yield f"{location}%20"
    yield f"{location}?v=1.css"  # as a static file, for which some servers want no credential


def _upper(match: re.Match[str]) -> str:
    return match[0].upper()


def _expect_no_business_unit(send: Callable[[], Exchange], unit_id: str) -> Exchange:
    exchange = send()
    if shows_units(exchange, unit_id):
        raise wrong_status(f"no success with {exchange.credential.name}", exchange, REFUSED)
    return exchange


def _bad_credentials(target: Target) -> tuple[Credential, Credential]:
    return NONE, target.keyring.foreign("virtual_key")


@pytest.mark.rule("AUTH-21")
@pytest.mark.operations(LIST_UNITS, GET_UNIT, UPDATE_GOVERNANCE, DELETE_GOVERNANCE)
@pytest.mark.many_requests
def test_path_spellings_do_not_bypass_authentication(run: Run, operation: Operation, unit: Unit) -> None:
    body = _CHANGE if operation.body_schema else None
    attempts = [
        partial(run.target.send, operation.method, location, body, credential=credential)
        for location in _spellings(operation.path, unit.id)
        for credential in _bad_credentials(run.target)
    ]
    requests = changing_requests(run, UPDATE_GOVERNANCE, unit, rule="AUTH-21")
    requests.send_and_expect_no_change([partial(_expect_no_business_unit, send, unit.id) for send in attempts])


@pytest.mark.rule("AUTH-21")
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_method_overrides_do_not_bypass_authentication(run: Run, unit: Unit, method: str) -> None:
    location = fill_path(run.target.operation(UPDATE_GOVERNANCE).path, unit.path)
    attempts = [
        partial(run.target.send, method, location, _CHANGE, credential=credential, headers={header: override})
        for header in METHOD_OVERRIDES
        for override in ("PUT", "DELETE")
        for credential in _bad_credentials(run.target)
    ]
    requests = changing_requests(run, UPDATE_GOVERNANCE, unit, rule="AUTH-21")
    requests.send_and_expect_no_change([partial(_expect_no_business_unit, send, unit.id) for send in attempts])
