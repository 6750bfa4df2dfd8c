"""Targets with one operation that is broken, not served or refused: the verdict and the first finding.

A sample runs by default. ``GOVERNANCE_WHOLE_MATRIX=1`` runs every operation with every kind of response, which takes
long (``tox -e broken``).
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from itertools import product
from typing import Any

import pytest
from gateway import Credentials, RunningGateway, Settings
from gateway.assembly import assemble
from gateway.messages import Request, Response
from gateway.operations import ROUTES, Operations
from gateway.pipeline import Pipeline
from gateway.server import serving
from judging import Judged, gateway_credentials, judge

_WHOLE = bool(os.environ.get("GOVERNANCE_WHOLE_MATRIX"))
_UPDATE, _RENAME = "updateBusinessUnitGovernance", "updateBusinessUnit"
_ERROR = {"is_bifrost_error": False, "status_code": 500, "error": {"message": "Something is wrong"}}
_PLAIN = {"Content-Type": "text/plain"}
_BROKEN = {
    "500": Response(500, _ERROR),
    "503 text": Response(503, b"upstream connect error", _PLAIN),
    "400": Response(400, {**_ERROR, "status_code": 400}),
    "201 empty": Response(201, None),
    "200 {}": Response(200, {}),
}
_ABSENT = {
    "404": Response(404, b"404 page not found", _PLAIN),
    "405": Response(405, {**_ERROR, "status_code": 405}, {"Allow": "OPTIONS"}),
    "501": Response(501, {**_ERROR, "status_code": 501}),
}
_REFUSED = Response(403, {**_ERROR, "status_code": 403})
_FEW_RULES = ("AUTH-19", "UPDATE-01", "CREATE-07", "LIFE-01", "LIST-05")
_SOME_AREAS = () if _WHOLE else ("REMOVE", "CREATE", "RESP", "LIFE")
"""Areas whose rules use the operations that are missing or refused by default."""


def _broken(operation: str, answer: Response) -> type[Any]:
    """Return a gateway that sends the same response to each authenticated request for an operation."""

    class Broken(Operations):
        def run(self, request: Request) -> Response:
            return answer if request.operation == operation else super().run(request)

    return Broken


def _absent(operation: str, answer: Response) -> type[Any]:
    """Return a gateway whose router does not know an operation."""

    class Absent(Pipeline):
        def serve(self, request: Request) -> Response:
            self.route(request)
            return answer if request.operation == operation else super().serve(request)

    return Absent


@contextmanager
def _running(part: type[Any]) -> Iterator[RunningGateway]:
    gateway = assemble(Settings(), Credentials(**gateway_credentials()), part)
    with serving(gateway) as server:
        yield RunningGateway(server.url, gateway.unit_id, gateway.spare_id, gateway.team_id)


def _judge(part: type[Any], *arguments: str, team: bool = True, rules: tuple[str, ...] = ()) -> Judged:
    with _running(part) as gateway:
        named = ["--business-unit", gateway.unit_id, *(["--team", gateway.team_id or ""] if team else [])]
        return judge(gateway.url, "--quick", *named, *arguments, rules=rules)


def _first_finding(judged: Judged) -> tuple[str, Mapping[str, Any]]:
    """Return the first finding of the terminal, which is a rule or a cause, and the first one of the JSON report."""
    lines = judged.output.splitlines()
    start = next(number for number, line in enumerate(lines) if line.startswith(("FAIL ", "ERROR ", " 1  ")))
    end = next(number for number, line in enumerate(lines) if number > start and (not line or line.startswith(" 2  ")))
    rule = next(rule for rule in judged.report["rules"] if rule["status"] in ("fail", "error"))
    return "\n".join(lines[start:end]), rule["failures"][0]


def _sample(kinds: Mapping[str, Response], operations: list[str], size: int) -> list[tuple[str, str]]:
    """Return pairs of an operation and a kind: every pair in the whole matrix, otherwise ``size`` of them."""
    pairs = list(product(operations, kinds))
    names = list(kinds)
    return pairs if _WHOLE else [(operations[n % len(operations)], names[n % len(names)]) for n in range(size)]


@pytest.mark.parametrize(("name", "kind"), _sample(_BROKEN, list(ROUTES), 4))
def test_a_broken_operation_does_not_conform(name: str, kind: str) -> None:
    """The rename operation is unpublished, so a rename that is refused or without effect breaks only SHOULD rules."""
    strict = ["--strict"] if name == _RENAME and kind in ("400", "200 {}") else []
    judged = _judge(_broken(name, _BROKEN[kind]), *strict, rules=_FEW_RULES)
    assert judged.code == 1, judged.output
    shown, failure = _first_finding(judged)
    status = str(_BROKEN[kind].status)
    for text in (shown, f"{failure['expected']} {failure['got']}"):
        assert name in text
        assert status in text
    assert [one["operation"] for one in judged.report["broken"]] == [name]
    assert judged.report["not_served"] == judged.report["refused"] == []


@pytest.mark.parametrize(("name", "kind"), _sample(_ABSENT, [one for one in reversed(ROUTES) if one != _UPDATE], 1))
@pytest.mark.parametrize("team", [True, False] if _WHOLE else [True], ids=lambda team: "team" if team else "no team")
def test_an_operation_that_is_not_served_breaks_no_rule(name: str, kind: str, team: bool) -> None:
    judged = _judge(_absent(name, _ABSENT[kind]), team=team, rules=_SOME_AREAS)
    assert judged.code == 0, judged.output
    assert judged.red == {}
    shown = judged.report["not_served"] + judged.report["left_out"]
    evidence = next(one["exchange"] for one in shown if one["operation"] == name)
    assert evidence["status"] == _ABSENT[kind].status
    assert evidence["method"] == ROUTES[name][0]
    assert judged.report["broken"] == judged.report["refused"] == []


@pytest.mark.parametrize("kind", ["404", "501"])
def test_requests_without_access_use_served_operations(kind: str) -> None:
    judged = _judge(_absent("getBusinessUnit", _ABSENT[kind]), rules=("AUTH-13", "ERROR-02", "ERROR-06"))
    assert judged.code == 0, judged.output


@pytest.mark.parametrize("name", [one for one in ROUTES if one != _UPDATE] if _WHOLE else ["createBusinessUnit"])
def test_a_refused_operation_qualifies_the_verdict(name: str) -> None:
    judged = _judge(_broken(name, _REFUSED), rules=_SOME_AREAS)
    assert judged.code == 0, judged.output
    assert judged.red == {}
    assert [one["operation"] for one in judged.report["refused"]] == [name]
    last = judged.output.splitlines()[-1]
    assert f"but {sum(bool(rule['blocked_by']) for rule in judged.report['rules'])} rules were not judged: " in last
    assert f"{ROUTES[name][0]} /api/governance/business-units" in last
    assert "was refused with 403" in last


@pytest.mark.parametrize("kind", list(_BROKEN) if _WHOLE else ["400"])
def test_a_broken_update_leaves_the_other_rules_judged(kind: str) -> None:
    """Credentials and lists need no update, and the creation of governance leads to the other starting states."""
    judged = _judge(_broken(_UPDATE, _BROKEN[kind]))
    assert judged.code == 1, judged.output
    by_area: dict[str, set[str]] = {}
    for rule in judged.report["rules"]:
        by_area.setdefault(rule["area"], set()).add(rule["status"])
    assert by_area["AUTH"] == by_area["LIST"] == {"pass"}
    assert not any("error" in statuses for statuses in by_area.values())
    assert judged.report["left_behind"] == []


@pytest.mark.parametrize("kind", list(_BROKEN) if _WHOLE else ["201 empty"])
def test_without_any_unit_credentials_and_lists_are_judged(kind: str) -> None:
    with _running(_broken("createBusinessUnit", _BROKEN[kind])) as gateway:
        judged = judge(gateway.url, "--quick")
    assert judged.code == 1, judged.output
    shown, failure = _first_finding(judged)
    assert "before the first test" in shown
    assert (failure["exchange"]["method"], failure["exchange"]["status"]) == ("POST", _BROKEN[kind].status)
    statuses = {rule["id"]: rule["status"] for rule in judged.report["rules"]}
    assert {statuses[f"AUTH-{number:02}"] for number in (1, 2, 3, 4, 5, 9, 14, 15, 18, 20)} == {"pass"}
    assert "error" not in statuses.values()
