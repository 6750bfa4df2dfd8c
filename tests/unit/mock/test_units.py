"""Business units, their teams, and the creation and deletion of governance."""

from typing import Any

import pytest
from mock_api import LEGAL, PLATFORM, RESEARCH, SUPPORT, UNITS, Api

pytestmark = pytest.mark.usefixtures("store_url")


def names(api: Api, query: str) -> tuple[list[str], int]:
    page = api.call("GET", f"{UNITS}?{query}").json or {}
    return [unit["name"] for unit in page["business_units"]], page["total"]


@pytest.mark.parametrize(
    ("query", "expected", "total"),
    [
        ("", ["Platform Engineering", "Customer Support", "Research", "Legal & Compliance"], 4),
        ("limit=2", ["Platform Engineering", "Customer Support"], 4),
        ("limit=2&page=2", ["Research", "Legal & Compliance"], 4),
        ("limit=3&page=2", ["Legal & Compliance"], 4),
        ("page=9223372036854775807&limit=100", [], 4),
        ("search=RESEARCH", ["Research"], 1),
        ("search=e&limit=1&page=2", ["Customer Support"], 4),
        ("search=legal+%26", ["Legal & Compliance"], 1),
        ("search=", ["Platform Engineering", "Customer Support", "Research", "Legal & Compliance"], 4),
        ("search=%00", [], 0),
        ("unknown=1&search=nobody", [], 0),
    ],
)
def test_list(api: Api, query: str, expected: list[str], total: int) -> None:
    assert names(api, query) == (expected, total)


def test_search_ignores_case_beyond_ascii(api: Api) -> None:
    api.create("Größe")
    assert names(api, "search=GR%C3%96SSE") == (["Größe"], 1)


def test_a_new_unit_is_shown_without_governance(api: Api) -> None:
    unit = api.unit(api.create("Sales"))
    assert not unit.keys() & {"budget", "budget_id", "rate_limit", "rate_limit_id"}
    assert (unit["team_count"], unit["created_at"]) == (0, "2026-06-17T09:30:00.000000Z")


def test_a_taken_name_is_refused(api: Api) -> None:
    assert api.call("POST", UNITS, json={"name": "Research"}).status_code == 409
    assert api.call("PUT", f"{UNITS}/{LEGAL}", json={"name": "Research"}).status_code == 409
    assert names(api, "")[1] == 4


def test_renaming_changes_only_the_name(api: Api) -> None:
    before = api.unit(RESEARCH)
    assert api.call("PUT", f"{UNITS}/{RESEARCH}", json={"name": "R&D"}).json == {"id": RESEARCH, "name": "R&D"}
    after = api.unit(RESEARCH)
    assert after.pop("updated_at") > before.pop("updated_at")
    assert after == before | {"name": "R&D"}
    assert api.create("Research"), "the old name is available"


def test_renaming_to_the_same_name_is_accepted(api: Api) -> None:
    assert api.call("PUT", f"{UNITS}/{RESEARCH}", json={"name": "Research"}).status_code == 200


def test_deleting_a_unit_unassigns_its_teams(api: Api) -> None:
    assert api.call("DELETE", f"{UNITS}/{PLATFORM}").status_code == 200
    assert api.call("GET", f"{UNITS}/{PLATFORM}").status_code == 404
    assert api.call("DELETE", f"{UNITS}/{PLATFORM}").status_code == 404
    assert api.call("POST", f"{UNITS}/{LEGAL}/teams", json={"team_id": "team-gateway"}).status_code == 200
    assert api.teams(LEGAL) == ["team-gateway"]


@pytest.mark.parametrize(
    ("unit_id", "team_id", "status"),
    [
        (LEGAL, "team-data-science", 200),
        (PLATFORM, "team-gateway", 200),
        (LEGAL, "team-gateway", 409),
        (LEGAL, "nobody", 404),
        ("nobody", "team-data-science", 404),
    ],
)
def test_assigning_a_team(api: Api, unit_id: str, team_id: str, status: int) -> None:
    before = api.state()
    response = api.call("POST", f"{UNITS}/{unit_id}/teams", json={"team_id": team_id})
    assert response.status_code == status
    is_new = unit_id == LEGAL and status == 200
    assert (api.state() != before) == is_new


@pytest.mark.parametrize("team_id", ["team-help-desk", "team-data-science", "nobody"])
def test_a_team_of_another_unit_cannot_be_removed(api: Api, team_id: str) -> None:
    response = api.call("DELETE", f"{UNITS}/{PLATFORM}/teams/{team_id}")
    assert (response.status_code, (response.json or {})["error"]["message"]) == (404, "Team not found")
    assert api.teams(SUPPORT) == ["team-help-desk"]


def test_removing_a_team_keeps_the_others(api: Api) -> None:
    assert api.call("DELETE", f"{UNITS}/{PLATFORM}/teams/team-gateway").status_code == 200
    assert api.teams(PLATFORM) == ["team-developer-experience"]
    assert api.unit(PLATFORM)["team_count"] == 1


def test_governance_is_created_only_once(api: Api) -> None:
    body = {"rate_limit": {"request_max_limit": 5, "request_reset_duration": "1m"}}
    assert api.call("POST", f"{UNITS}/{LEGAL}/governance", json=body).status_code == 200
    before = api.state()
    assert api.call("POST", f"{UNITS}/{LEGAL}/governance", json=body).status_code == 409
    assert api.state() == before


@pytest.mark.parametrize(
    "body", [{}, {"budget": {}}, {"rate_limit": {}}, {"budget": {"max_limit": 1}}, {"budget": None}]
)
def test_incomplete_governance_is_not_created(api: Api, body: Any) -> None:
    before = api.state()
    assert api.call("POST", f"{UNITS}/{LEGAL}/governance", json=body).status_code == 400
    assert api.state() == before


def test_deleting_governance_removes_both_components_once(api: Api) -> None:
    assert api.call("DELETE", f"{UNITS}/{PLATFORM}/governance").status_code == 200
    assert {"budget", "rate_limit"} & api.unit(PLATFORM).keys() == set()
    again = api.call("DELETE", f"{UNITS}/{PLATFORM}/governance")
    assert (again.json or {})["error"]["message"] == "Business unit has no governance configured"
