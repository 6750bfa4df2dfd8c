"""Reset, snapshots and sandboxes: states that never meet."""

from __future__ import annotations

import json
from collections.abc import Callable
from io import BytesIO
from random import Random
from typing import Any

from controlled import START, Controlled
from mock_api import KEY, LEGAL, PLATFORM, SUPPORT, UNITS, Clock

from mock_server.control import states

Create = Callable[[str], Controlled]


def test_reset_goes_back_to_the_seed(mock: Controlled) -> None:
    before = mock.control("GET", "/state")
    mock.create("Sales")
    mock.call("DELETE", f"{UNITS}/{LEGAL}")
    mock.control("POST", "/teams", {"name": "New"})
    mock.control("PATCH", "/clock", {"now": "2030-01-01T00:00:00Z"})
    mock.control("PUT", f"/units/{SUPPORT}/meter", {"dollars": 1})
    mock.control("PUT", "/chaos", {"rules": [{"status": 500}]})
    mock.control("POST", "/reset")
    assert mock.control("GET", "/state") == before, "identifiers are repeatable, too"
    assert mock.control("GET", "/chaos") == {"rules": []}
    assert mock.control("GET", "/meters") == {"meters": {}}


def test_a_snapshot_keeps_state_clock_and_meters(mock: Controlled, real_clock: Clock) -> None:
    mock.control("PATCH", "/clock", {"now": "2030-01-01T00:00:00Z"})
    mock.control("PUT", f"/units/{SUPPORT}/meter", {"dollars": 60})
    real_clock.advance(minutes=1)
    taken = mock.control("PUT", "/snapshots/one")
    before = mock.control("GET", "/state")
    mock.call("DELETE", f"{UNITS}/{SUPPORT}")
    real_clock.advance(days=3)
    mock.control("DELETE", "/clock")
    mock.control("POST", "/snapshots/one/restore")
    assert mock.control("GET", "/clock")["now"] == taken["now"] == "2030-01-01T00:01:00.000000Z"
    assert mock.control("GET", "/state") == before
    real_clock.advance(minutes=1)
    assert mock.budget(SUPPORT)["current_usage"] == before["business_units"][1]["budget"]["current_usage"] + 60
    assert [one["name"] for one in mock.control("GET", "/snapshots")["snapshots"]] == ["one"]
    mock.control("DELETE", "/snapshots/one")
    mock.refused("POST", "/snapshots/one/restore", status=404)
    mock.refused("DELETE", "/snapshots/one", status=404)


def test_an_identifier_that_begins_again_is_not_used_twice(mock: Controlled) -> None:
    first = mock.create("One")
    mock.control("PUT", "/snapshots/one")
    mock.control("POST", "/reset")
    mock.control("POST", "/snapshots/one/restore")
    second = mock.create("Two")
    assert first != second
    for unit_id, name in ((first, "One"), (second, "Two")):
        assert mock.unit(unit_id)["name"] == name
        assert mock.call("DELETE", f"{UNITS}/{unit_id}").status_code == 200
    mock.control("DELETE", "/snapshots/one")
    assert mock.control("GET", "/state")["business_units"]


def test_a_snapshot_of_the_real_time_restores_the_real_time(mock: Controlled) -> None:
    mock.control("PUT", "/snapshots/real")
    mock.control("PATCH", "/clock", {"now": "2030-01-01T00:00:00Z"})
    mock.control("POST", "/snapshots/real/restore")
    assert mock.control("GET", "/clock")["now"] == START.isoformat(timespec="microseconds").replace("+00:00", "Z")
    mock.control("DELETE", "/snapshots/real")


def test_sandboxes_are_created_listed_and_deleted(mock: Controlled, sandbox: Create) -> None:
    one = sandbox("one")
    assert one.control("GET", "/info")["sandbox"] == "one"
    listed = mock.control("GET", "/sandboxes")["sandboxes"]
    assert listed == [{"name": name, "base_path": f"/s/{name}"} for name in ("default", "one")]
    assert "there is a sandbox" in mock.refused("POST", "/sandboxes", {"name": "one"}, status=409)["message"]
    mock.refused("DELETE", "/sandboxes/default", status=409)
    mock.refused("DELETE", "/sandboxes/two", status=404)
    for name in ("", ".", "..", "a/b", "a" * 65, "é"):
        mock.refused("POST", "/sandboxes", {"name": name})


def test_the_number_of_sandboxes_and_snapshots_is_limited(mock: Controlled, sandbox: Create) -> None:
    for number in range(states.MOST_SANDBOXES - 1):  # one is the default
        one = sandbox(f"number-{number}")
    error = mock.refused("POST", "/sandboxes", {"name": "one-more"}, status=409)
    assert error["message"] == "there are 200 sandboxes; delete one of them"
    for number in range(states.MOST_SNAPSHOTS):
        one.control("PUT", f"/snapshots/number-{number}")
    one.control("PUT", "/snapshots/number-0")
    error = one.refused("PUT", "/snapshots/one-more", status=409)
    assert error["message"] == "there are 100 snapshots; delete one of them"


def test_each_change_has_a_new_revision(mock: Controlled) -> None:
    seen = {mock.control("GET", "/units")["revision"] for _ in range(2)}
    assert len(seen) == 1
    mock.unit(SUPPORT)
    mock.put(SUPPORT, {"budget": {}, "rate_limit": {"token_max_limit": "many"}}, 400)
    assert mock.control("GET", "/units")["revision"] in seen
    mock.create("New")
    mock.control("PUT", "/snapshots/kept")
    changes: list[tuple[str, str, Any]] = [
        ("POST", f"/units/{SUPPORT}/spend", {"dollars": 1}),
        ("PUT", f"/units/{SUPPORT}/meter", {"dollars": 1}),
        ("DELETE", f"/units/{SUPPORT}/meter", None),
        ("PATCH", "/clock", {"frozen": True}),
        ("POST", "/clock/advance", {"duration": "1h"}),
        ("DELETE", "/clock", None),
        ("PUT", "/chaos", {"rules": [{"status": 503, "next": 1}]}),
        ("DELETE", "/chaos", None),
        ("POST", "/teams", {"id": "team-new", "name": "New"}),
        ("DELETE", "/teams/team-new", None),
        ("PUT", "/state", {"business_units": []}),
        ("POST", "/snapshots/kept/restore", None),
        ("POST", "/reset", None),
    ]
    for change in changes:
        mock.control(*change)
        revision = mock.control("GET", "/units")["revision"]
        assert revision not in seen, change
        seen.add(revision)
    mock.control("DELETE", "/snapshots/kept")


def test_the_end_of_chaos_has_a_new_revision(mock: Controlled) -> None:
    mock.control("PUT", "/chaos", {"rules": [{"status": 503, "next": 1}]})
    before = mock.control("GET", "/units")["revision"]
    assert mock.call("GET", UNITS).status_code == 503
    assert mock.control("GET", "/units")["revision"] != before


def test_a_sandbox_is_chosen_by_path_or_header(mock: Controlled, sandbox: Create) -> None:
    one = sandbox("one")
    created = one.create("Only here")
    assert mock.call("GET", f"{UNITS}/{created}").status_code == 404
    assert mock.call("GET", f"{UNITS}/{created}", headers={"X-Mock-Sandbox": "one"}).status_code == 200
    assert mock.call("GET", f"/s/default{UNITS}/{created}", headers={"X-Mock-Sandbox": "one"}).status_code == 404
    one.control("POST", "/units/bu%2F%C3%A9quipe%20paris/spend", {"dollars": 1})
    assert one.unit("bu%2F%C3%A9quipe%20paris")["budget"]["current_usage"] == 378.4
    assert mock.unit("bu%2F%C3%A9quipe%20paris")["budget"]["current_usage"] == 377.4


def test_everything_of_a_sandbox_is_its_own(mock: Controlled, sandbox: Create) -> None:
    one = sandbox("one")
    before = mock.control("GET", "/state")
    one.control("PATCH", "/clock", {"now": "2040-01-01T00:00:00Z", "frozen": True})
    one.control("PUT", "/chaos", {"rules": [{"status": 503}]})
    one.control("PUT", "/snapshots/mine")
    one.control("PUT", f"/units/{SUPPORT}/meter", {"dollars": 1})
    one.control("POST", "/teams", {"id": "team-x", "name": "X"})
    assert one.call("GET", UNITS).status_code == 503
    assert mock.call("GET", UNITS).status_code == 200
    assert mock.control("GET", "/snapshots") == {"snapshots": []}
    assert mock.control("GET", "/state") == before
    mock.control("POST", "/reset")
    assert one.control("GET", "/clock")["now"].startswith("2040")


def test_two_sandboxes_with_thousands_of_operations_never_meet(sandbox: Create) -> None:
    """Each sandbox gets random operations in random turns, and ends as if it had been alone."""
    script = Random(5)  # noqa: S311 - draws operations
    apis = {name: sandbox(name) for name in ("left", "right", "alone")}
    programs = {name: [script.randrange(10**6) for _ in range(1200)] for name in ("left", "right")}
    logs: dict[str, list[tuple[str, Any]]] = {name: [] for name in programs}
    turns = [name for name in programs for _ in programs[name]]
    script.shuffle(turns)
    for name in turns:
        logs[name].append(_act(apis[name], programs[name][len(logs[name])]))
    assert len({status for status, _ in logs["left"]}) > 2, "successes and refusals"
    for name, program in programs.items():
        apis["alone"].control("POST", "/reset")
        assert [_act(apis["alone"], number) for number in program] == logs[name]
        assert apis["alone"].control("GET", "/state") == apis[name].control("GET", "/state")


def _act(api: Controlled, number: int) -> tuple[str, Any]:
    """Do what a number stands for. Return status and body."""
    unit = (PLATFORM, SUPPORT, LEGAL)[number % 3]
    duration = f"{number % 50 + 1}h"
    budget = {"budget": {"max_limit": number + 1, "reset_duration": duration}}
    actions: list[tuple[str, str, Any]] = [
        ("POST", UNITS, {"name": f"Unit {number % 500}"}),
        ("PUT", f"{UNITS}/{unit}/governance", budget),
        ("DELETE", f"{UNITS}/{unit}/governance", None),
        ("POST", f"/_mock/units/{unit}/spend", {"dollars": number}),
        ("POST", "/_mock/clock/advance", {"duration": f"{number % 900 + 1}s"}),
        ("GET", f"{UNITS}?search=Unit&limit=5", None),
        ("GET", f"{UNITS}/{unit}", None),
    ]
    return _send(api, *actions[number % len(actions)])


def _send(api: Controlled, method: str, path: str, body: Any) -> tuple[str, Any]:
    """Call the WSGI application without a test client, which takes longer than the mock."""
    path, _, query = f"{api.base}{path}".partition("?")
    sent = b"" if body is None else json.dumps(body).encode()
    environ = {
        "REQUEST_METHOD": method,
        "SCRIPT_NAME": "",
        "PATH_INFO": path,
        "QUERY_STRING": query,
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "HTTP_HOST": "localhost",
        "HTTP_AUTHORIZATION": f"Bearer {KEY}",
        "wsgi.url_scheme": "http",
        "wsgi.input": BytesIO(sent),
        "CONTENT_LENGTH": str(len(sent)),
        **({"CONTENT_TYPE": "application/json"} if sent else {}),
    }
    started: list[Any] = []
    answer = b"".join(api.app.wsgi_app(environ, lambda *head: started.extend(head)))
    return started[0], json.loads(answer)
