"""Forced responses: the preferences of one request, and rules for all requests."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from controlled import Controlled
from mock_api import LEGAL, PLATFORM, UNITS

from mock_server.app import create_app
from mock_server.contract.document import Contract
from mock_server.control.chaos import Chaos
from mock_server.control.forcing import preferences
from mock_server.store import MemoryStore

UNIT = f"{UNITS}/{PLATFORM}"


@pytest.mark.parametrize(
    ("header", "found"),
    [
        ("code=500", {"code": "500"}),
        ("Code=500, wait=2", {"code": "500", "wait": "2"}),
        ('example="legal"', {"example": "legal"}),
        ('example="a\\"b, c"; x=1; y="z,;", wait=1', {"example": 'a"b, c', "wait": "1"}),
        ("code=500, code=404", {"code": "500"}),
        ("respond-async, return = minimal", {"respond-async": "", "return": "minimal"}),
        ("code=", {}),
        ("", {}),
        (";" * 5000 + '"', {}),
        ("a;" + ";" * 5000 + '"', {}),
    ],
)
def test_preferences_are_read_as_rfc_7240_says(header: str, found: dict[str, str]) -> None:
    assert preferences(header) == found


@pytest.mark.parametrize(
    ("method", "path", "prefer", "status", "message"),
    [
        ("GET", UNIT, "code=500", 500, "Internal Server Error"),
        ("GET", UNIT, "code=404", 404, "Business unit not found"),
        ("GET", UNIT, "code=401", 401, "Unauthorized"),
        ("GET", UNIT, "code=405", 405, "Method not allowed"),
        ("POST", UNITS, "code=409", 409, 'A business unit named "Research" already exists'),
        ("PUT", f"{UNIT}/governance", "code=400, example=malformed", 400, "Invalid JSON"),
        ("PUT", f"{UNIT}/governance", "example=too-large", 413, "Request body too large"),
    ],
)
def test_a_declared_error_is_forced(
    mock: Controlled, method: str, path: str, prefer: str, status: int, message: str
) -> None:
    before = mock.control("GET", "/state")
    response = mock.call(method, path, headers={"Prefer": prefer}, json={"name": "New"})
    assert (response.status_code, response.json["error"]["message"]) == (status, message)
    assert response.headers["Preference-Applied"] == prefer
    assert ("WWW-Authenticate" in response.headers) is (status == 401)
    assert response.headers.get("Allow") == ("DELETE, GET, HEAD, PUT" if status == 405 else None)
    assert mock.control("GET", "/state") == before


def test_an_example_of_a_success_is_forced(mock: Controlled) -> None:
    for prefer in ("example=legal", "code=200, example=legal"):
        response = mock.call("GET", UNIT, headers={"Prefer": prefer})
        assert (response.status_code, response.json["id"]) == (200, LEGAL)
    assert mock.call("GET", UNIT, headers={"Prefer": "code=200"}).json["id"] == PLATFORM


@pytest.mark.parametrize(
    ("prefer", "message"),
    [
        ("code=418", "getBusinessUnit declares no status 418; it declares 200, 400, 401, 404, 405, 500"),
        ("code=429", "500. PUT /_mock/chaos forces any status, such as 429 with Retry-After."),
        ("code=x", "declares no status x"),
        ("example=nobody", "has no example 'nobody'; it has platform-engineering"),
        ("code=404, example=legal", "has no example 'legal' for 404; it has not-found"),
        ("wait=61", "wait=61 is not a number of seconds up to 60"),
        ("wait=soon", "wait=soon"),
    ],
)
def test_a_preference_that_cannot_be_met_is_answered_in_words(mock: Controlled, prefer: str, message: str) -> None:
    response = mock.call("GET", UNIT, headers={"Prefer": prefer})
    assert response.status_code == 400
    assert message in response.json["error"]["message"]
    assert "Preference-Applied" not in response.headers


def test_a_preference_never_passes_by_the_key_or_the_router(mock: Controlled) -> None:
    for key in ({}, {"Authorization": "Bearer sk-bf-1"}):
        assert mock.client.get(UNIT, headers={"Prefer": "code=200", **key}).status_code == 401
    assert mock.call("GET", "/api/governance/other", headers={"Prefer": "code=200"}).status_code == 404
    assert mock.call("PATCH", UNIT, headers={"Prefer": "code=200"}).status_code == 405


def test_without_control_a_preference_is_ignored(contract: Contract) -> None:
    client = create_app(contract, ["k"], MemoryStore()).test_client()
    response = client.get(UNITS, headers={"Authorization": "Bearer k", "Prefer": "code=500"})
    assert response.status_code == 200
    assert "Preference-Applied" not in response.headers


def test_waiting_changes_only_the_time(mock: Controlled) -> None:
    response = mock.call("GET", UNIT, headers={"Prefer": "wait=0.01, return=minimal"})
    assert (response.status_code, response.headers["Preference-Applied"]) == (200, "wait=0.01")


def test_rules_hit_operations_rates_and_numbers(mock: Controlled) -> None:
    rules = [
        {"operations": ["updateBusinessUnitGovernance"], "status": 503, "retry_after": 7},
        {"operations": ["listBusinessUnits"], "status": 429, "next": 2},
    ]
    mock.control("PUT", "/chaos", {"rules": rules})
    before = mock.unit(PLATFORM)
    response = mock.call("PUT", f"{UNIT}/governance", json={"budget": {}})
    assert (response.status_code, response.headers["Retry-After"], response.json["status_code"]) == (503, "7", 503)
    assert mock.unit(PLATFORM) == before, "other operations work, and the update was not done"
    assert [mock.call("GET", UNITS).status_code for _ in range(3)] == [429, 429, 200]
    assert mock.control("GET", "/chaos") == {"rules": rules[:1]}
    assert mock.client.get(UNITS).status_code == 401
    mock.control("DELETE", "/chaos")
    assert mock.call("PUT", f"{UNIT}/governance", json={}).status_code == 200


def test_a_seed_repeats_the_failures(mock: Controlled) -> None:
    document = {"seed": 4, "rules": [{"rate": 0.3, "status": 500}]}
    runs = []
    for _ in range(2):
        mock.control("PUT", "/chaos", document)
        runs.append([mock.call("GET", UNITS).status_code for _ in range(200)])
    assert runs[0] == runs[1]
    assert 30 < Counter(runs[0])[500] < 90


def test_rules_end_by_themselves() -> None:
    now = [0.0]
    chaos = Chaos({"seconds": 5, "rules": [{"status": 500}]}, clock=lambda: now[0])
    assert chaos.draw("x") is not None
    assert chaos.shown() == {"seconds": 5.0, "rules": [{"status": 500}]}
    now[0] = 5.0
    assert chaos.is_over()
    assert chaos.draw("x") is None
    assert chaos.shown() == {"rules": []}


@pytest.mark.parametrize(
    ("latency", "low", "high", "median"),
    [
        ({"distribution": "fixed", "value": 40}, 40, 40, 40),
        ({"distribution": "uniform", "low": 10, "high": 20}, 10, 20, 15),
        ({"distribution": "normal", "mean": 100, "deviation": 10}, 0, 200, 100),
        ({"distribution": "normal", "mean": 0, "deviation": 10}, 0, 200, 0),
        ({"distribution": "lognormal", "median": 80, "sigma": 0.5}, 0, 60000, 80),
        ({"distribution": "lognormal", "median": 0, "sigma": 0.5}, 0, 0, 0),
        ({"distribution": "lognormal", "median": 60000, "sigma": 0.1}, 0, 60000, 60000),
    ],
)
def test_the_distributions_of_delays(latency: dict[str, Any], low: float, high: float, median: float) -> None:
    chaos = Chaos({"seed": 1, "rules": [{"latency": latency}]})
    drawn = sorted(failure.delivery.delay * 1000 for _ in range(999) if (failure := chaos.draw("x")))
    assert len(drawn) == 999
    assert low - 1e-6 <= drawn[0]
    assert drawn[-1] <= high + 1e-6
    assert abs(drawn[499] - median) <= max(median / 5, 1)


def test_numbers_and_flags_of_rules_are_read_as_json() -> None:
    chaos = Chaos({"rules": [{"status": 503.0, "retry_after": 2.0, "drop": False, "next": 1.0}, {"drop": True}]})
    failure = chaos.draw("x")
    assert failure is not None
    assert repr((failure.status, failure.retry_after, failure.delivery.drop)) == "(503, 2, True)"


def test_rules_end_after_their_requests_or_their_time() -> None:
    now = [0.0]
    chaos = Chaos({"seconds": 9, "rules": [{"status": 503, "next": 1}, {"status": 500}]}, lambda: now[0])
    drawn = [chaos.draw("x"), chaos.draw("x")]
    assert [failure and failure.status for failure in drawn] == [503, 500]
    assert (chaos.shown()["rules"], chaos.shown()["seconds"]) == ([{"status": 500}], 9)
    now[0] = 9.0
    assert (chaos.draw("x"), chaos.shown()) == (None, {"rules": []})


def test_delays_are_added_and_the_first_rule_counts_otherwise() -> None:
    fixed = {"latency": {"distribution": "fixed", "value": 40}}
    failure = Chaos({"rules": [{**fixed, "status": 500}, {**fixed, "status": 503, "retry_after": 1}]}).draw("x")
    assert failure is not None
    assert (failure.status, failure.retry_after, failure.delivery.delay) == (500, None, 0.08)


@pytest.mark.parametrize(
    ("rule", "pointer", "status"),
    [
        ({}, "/rules/0", 400),
        ({"status": 200}, "/rules/0/status", 400),
        ({"rate": 2}, "/rules/0/rate", 400),
        ({"retry_after": 1}, "/rules/0", 400),
        ({"operations": []}, "/rules/0/operations", 400),
        ({"operations": ["nothing"]}, "/rules/0/operations/0", 400),
        ({"latency": {"distribution": "fixed"}}, "/rules/0/latency", 400),
        ({"latency": {"distribution": "fixed", "value": 60001}}, "/rules/0/latency/value", 400),
        ({"next": 3}, "/rules/0", 400),
        ({"drop": True}, "/rules/0/drop", 409),
        ({"slow": 5}, "/rules/0/slow", 409),
    ],
)
def test_bad_rules_are_refused(mock: Controlled, rule: Any, pointer: str, status: int) -> None:
    assert mock.refused("PUT", "/chaos", {"rules": [rule]}, status)["pointer"] == pointer
    assert mock.control("GET", "/chaos") == {"rules": []}


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        ({"next": 3}, "the rule changes nothing: it needs at least one of status, latency, drop, truncate, slow"),
        ({"retry_after": 2}, "retry_after needs status"),
        ({"slow": 0}, "must be greater than 0"),
        (
            {"latency": {"distribution": "fixed", "milliseconds": 20}},
            "Additional properties are not allowed ('milliseconds' was unexpected); \"value\" is a required property",
        ),
        ({"latency": {"distribution": "fix"}}, "Milliseconds before the response"),
    ],
)
def test_a_refused_rule_is_explained(mock: Controlled, rule: Any, message: str) -> None:
    assert mock.refused("PUT", "/chaos", {"rules": [rule]})["message"].startswith(message)


def test_a_status_without_a_name_has_that_of_its_class(mock: Controlled) -> None:
    mock.control("PUT", "/chaos", {"rules": [{"status": 599, "next": 1}, {"status": 499, "next": 2}]})
    messages = [mock.call("GET", UNITS).json["error"]["message"] for _ in range(2)]
    assert messages == ["Server Error", "Client Error"]
