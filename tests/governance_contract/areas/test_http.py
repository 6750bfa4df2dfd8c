"""HTTP: undeclared methods and paths, header fields, queries and encodings."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from ..checks import expect
from ..checks.inputs.sample_settings import BUDGET, RATE_LIMIT
from ..checks.inputs.unusual_requests import ACCEPT_WITH_JSON, METHOD_OVERRIDES
from ..checks.run_protocol import NAMED, Run
from ..checks.teams import Team
from ..checks.violation import Violation, wrong_value
from ..contract.operation import fill_path
from ..contract.operation_ids import ASSIGN_TEAM, GET_UNIT, LIST_UNITS, REMOVE_TEAM, UPDATE_GOVERNANCE
from ..contract.rules import Need
from ..target.connections import RequestOptions
from ..target.exchange import Exchange
from ..target.target import Target
from ..target.unit import NO_SUCH_TEAM, Unit
from ..vocabulary import About, Difference

_METHODS = ("GET", "PUT", "POST", "DELETE", "PATCH")


def _path(target: Target, operation_id: str) -> str:
    """Return the path of an operation; skips the test if the contract does not have it."""
    return target.operation(operation_id).path


def _undeclared(run: Run) -> Iterator[tuple[str, str]]:
    """Yield the methods that the contract does not declare for its paths."""
    may_create = Need.OWN_UNITS not in run.missing
    operations = run.target.contract.operations.values()
    declared = {(operation.method, operation.path) for operation in operations}
    governance = {operation.path for operation in operations if operation.id == UPDATE_GOVERNANCE}
    for path in dict.fromkeys(operation.path for operation in operations):
        # Only the governance of a named unit may change. DELETE of the whole list is never sent.
        for method in _METHODS if may_create or path in governance else ():
            if (method, path) not in declared and (method != "DELETE" or "{id}" in path):
                yield method, path


def _beside(path: str) -> str:
    """Return a path that differs in the last letter before the id, such as `/business-unitz`."""
    return f"{path.partition('/{id}')[0][:-1]}z"


def _location(path: str, unit: Unit) -> str:
    """Return a path of the contract with the id of a unit and the id of an unknown team."""
    return fill_path(path, {**unit.path, "team_id": NO_SUCH_TEAM})


def _send(target: Target, method: str, path: str, unit: Unit) -> Exchange:
    return target.send(method, _location(path, unit), None if method in ("GET", "DELETE") else b"{}")


def _expect_not_allowed(target: Target, path: str, exchange: Exchange) -> None:
    """Expect 405 with Allow, or 404 if the target serves no operation on the path."""
    operations = [operation for operation in target.contract.operations.values() if operation.path == path]
    served = {operation.method for operation in operations if target.serves(operation.id)}
    if not target.serves(ASSIGN_TEAM):  # then nothing shows whether it serves the removal of a team
        served -= {operation.method for operation in operations if operation.id == REMOVE_TEAM}
    expect.status(exchange, *((405,) if served else (405, 404)))
    if exchange.status != 405:
        return
    header = exchange.headers.get("allow")
    if header is None:
        raise Violation("an Allow header", "none", exchange, about=About("Allow", Difference.MISSING))
    allowed = {method.strip() for method in header.split(",")}
    if exchange.method in allowed or not served <= allowed:
        wanted = f"Allow with {', '.join(sorted(served))} and without {exchange.method}"
        raise Violation(wanted, f"Allow: {header}", exchange, about=About("Allow", Difference.FORM))


@pytest.fixture
def some_team(run: Run) -> Iterator[Team | None]:
    """The team that the user named, removed from all units after the test; None if there is none."""
    team = None if Need.TEAM in run.missing or Need.OWN_UNITS in run.missing else Team(run)
    yield team
    if team is not None:
        team.release()


@pytest.mark.rule("HTTP-01")
@pytest.mark.together(NAMED)  # uses the team that the user named
@pytest.mark.many_requests
def test_a_method_that_is_not_declared(unit: Unit, target: Target, run: Run, some_team: Team | None) -> None:
    unit.prepare_state(budget=BUDGET, rate_limit=RATE_LIMIT)
    if some_team is not None:
        some_team.assign(unit)  # the number of teams of the unit shows whether it stays
    before = unit.read()
    for method, path in _undeclared(run):
        exchange = _send(target, method, path, unit)
        expect.unchanged(unit, before, exchange, rule="HTTP-01")
        try:
            _expect_not_allowed(target, path, exchange)
        except Violation as violation:
            violation.rule = "HTTP-01"
            run.record_violation(violation)


@pytest.mark.rule("HTTP-03")
@pytest.mark.parametrize("method", ["HEAD", "OPTIONS"])
def test_safe_methods_change_nothing(unit: Unit, target: Target, method: str) -> None:
    """The contract leaves the status open. A server that implements the method for no resource may return 501."""
    before = unit.prepare_state(budget=BUDGET, rate_limit=RATE_LIMIT)
    for path in dict.fromkeys(operation.path for operation in target.contract.operations.values()):
        exchange = target.send(method, _location(path, unit))
        if exchange.status != 501:
            expect.no_failure(exchange)
        expect.unchanged(unit, before, exchange, rule="HTTP-03")


@pytest.mark.rule("HTTP-02")
@pytest.mark.parametrize("method", ["GET", "PUT", "POST", "DELETE"])
@pytest.mark.parametrize("where", ["below the governance", "beside the units"])
def test_a_path_that_is_not_declared(unit: Unit, target: Target, method: str, where: str) -> None:
    """A router that implements the method for no resource may return 405."""
    governance = _path(target, UPDATE_GOVERNANCE)
    path = f"{governance}/nothing-here" if where == "below the governance" else _beside(governance)
    before = unit.prepare_state(budget=BUDGET, rate_limit=RATE_LIMIT)
    exchange = _send(target, method, path, unit)
    expect.status(exchange, 404, 405)
    expect.unchanged(unit, before, exchange, rule="HTTP-02")


@pytest.mark.rule("HTTP-04")
@pytest.mark.parametrize("refusal", ["identity", "identity, gzip;q=0, deflate;q=0, br;q=0"])
def test_no_compression_if_the_client_refuses_it(unit: Unit, target: Target, refusal: str) -> None:
    unit.prepare_state(budget=BUDGET, rate_limit=RATE_LIMIT)
    # VALID-01 judges whether the invalid body is refused.
    cases: list[tuple[dict[str, Any], tuple[int, ...]]] = [({}, (200,)), ({"budget": 7}, (200, 400))]
    for body, statuses in cases:
        sent = {"Accept-Encoding": refusal}
        exchange = target.call(UPDATE_GOVERNANCE, body, path=unit.path, headers=sent)
        expect.status(exchange, *statuses)
        coding = exchange.headers.get("content-encoding", "identity").strip().lower()
        if coding != "identity":
            about = About("Content-Encoding", Difference.FORM)
            raise Violation("no Content-Encoding", f"Content-Encoding: {coding}", exchange, about=about)


@pytest.mark.rule("HTTP-05")
def test_responses_are_not_marked_for_shared_caches(unit: Unit, target: Target) -> None:
    unit.prepare_state(budget=BUDGET)
    exchanges = [unit.fetch(), unit.put({})]
    if target.serves(LIST_UNITS):
        exchanges.append(target.call(LIST_UNITS, query={"limit": target.contract.pages(LIST_UNITS).limit(1)}))
    for exchange in exchanges:
        expect.succeeded(exchange)
        control = exchange.headers.get("cache-control", "")
        directives = {part.partition("=")[0].strip().lower() for part in control.split(",")}
        if directives & {"public", "s-maxage"}:
            expected, about = "no Cache-Control: public or s-maxage", About("Cache-Control", Difference.FORM)
            raise Violation(expected, f"Cache-Control: {control}", exchange, about=about)


@pytest.mark.rule("HTTP-06")
def test_a_percent_encoded_id_addresses_the_unit(unit: Unit, target: Target) -> None:
    unit.prepare_state(budget=BUDGET)
    encoded = "".join(f"%{byte:02X}" for byte in unit.id.encode())
    operation = target.operation(UPDATE_GOVERNANCE)
    wanted = {**BUDGET, "max_limit": 61.25}
    body = json.dumps({"budget": wanted}).encode()
    exchange = target.send(operation.method, operation.path.replace("{id}", encoded), body, operation=operation)
    response = expect.succeeded(exchange)
    if response.get("id") != unit.id:
        raise wrong_value("id", unit.id, response.get("id", "absent"), exchange)
    expect.shows(unit.read(), "budget", wanted, exchange)


@pytest.mark.rule("HTTP-07")
def test_an_unknown_query_is_ignored(unit: Unit, target: Target) -> None:
    wanted = {**BUDGET, "max_limit": 77.5}
    exchange = target.call(UPDATE_GOVERNANCE, {"budget": wanted}, path=unit.path, query={"trace": "1"})
    expect.shows(expect.succeeded(exchange), "budget", wanted, exchange)


@pytest.mark.rule("HTTP-08")
def test_a_chunked_body_is_read(unit: Unit, target: Target) -> None:
    unit.set_state()
    with target.connect(RequestOptions(chunked=True)) as connections:
        exchange = target.call(UPDATE_GOVERNANCE, {"budget": BUDGET}, path=unit.path, over=connections)
    expect.status(exchange, 200, 411)  # a target may require a Content-Length (RFC 9110 section 15.5.12)
    if exchange.ok:
        expect.shows(expect.succeeded(exchange), "budget", BUDGET, exchange)


@pytest.mark.rule("HTTP-09")
@pytest.mark.parametrize("name", METHOD_OVERRIDES)
def test_a_get_changes_nothing(unit: Unit, target: Target, name: str) -> None:
    before = unit.prepare_state(budget=BUDGET, rate_limit=RATE_LIMIT)
    for method in ("DELETE", "PUT"):
        for path in (_path(target, UPDATE_GOVERNANCE).rpartition("/")[0], _path(target, UPDATE_GOVERNANCE)):
            exchange = target.send("GET", _location(path, unit), headers={name: method})
            expect.unchanged(unit, before, exchange, rule="HTTP-09")


@pytest.mark.rule("HTTP-10")
def test_an_unknown_entity_tag_does_not_match(unit: Unit, target: Target) -> None:
    unit.prepare_state(budget=BUDGET)
    unit.read()
    sent = {"If-None-Match": '"governance-contract-never-saw-this"'}
    expect.status(target.call(GET_UNIT, path=unit.path, headers=sent), 200)


@pytest.mark.rule("HTTP-11")
@pytest.mark.parametrize("accepted", ACCEPT_WITH_JSON)
def test_json_among_other_media_types_is_accepted(unit: Unit, target: Target, accepted: str) -> None:
    unit.prepare_state(budget=BUDGET)
    sent = {"Accept": accepted}
    expect.succeeded(target.call(UPDATE_GOVERNANCE, {}, path=unit.path, headers=sent))
