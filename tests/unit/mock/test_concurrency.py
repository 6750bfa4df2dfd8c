"""Concurrent requests: no update is lost, and each one is applied as a whole."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from mock_api import LEGAL, UNITS, Api

pytestmark = pytest.mark.usefixtures("store_url")

THREADS = 8


def at_once(api: Api, requests: list[tuple[str, str, Any]]) -> list[int]:
    """Send the requests at the same time, each from its own thread. Return their statuses."""
    barrier = Barrier(len(requests))

    def send(request: tuple[str, str, Any]) -> int:
        method, path, body = request
        client = Api(api.app)
        barrier.wait(timeout=10)
        return client.call(method, path, json=body).status_code

    with ThreadPoolExecutor(len(requests)) as pool:
        return list(pool.map(send, requests))


def test_concurrent_updates_of_different_components_are_both_kept(api: Api) -> None:
    path = f"{UNITS}/{LEGAL}/governance"
    for turn in range(1, 11):
        budget = {"budget": {"max_limit": turn, "reset_duration": "1d"}}
        limit = {"rate_limit": {"token_max_limit": turn, "token_reset_duration": "1h"}}
        assert at_once(api, [("PUT", path, budget), ("PUT", path, limit)]) == [200, 200]
        unit = api.unit(LEGAL)
        assert (unit["budget"]["max_limit"], unit["rate_limit"]["token_max_limit"]) == (turn, turn)


@pytest.mark.parametrize(
    ("path", "body"),
    [
        (UNITS, {"name": "Sales"}),
        (f"{UNITS}/{LEGAL}/governance", {"budget": {"max_limit": 1, "reset_duration": "1d"}}),
    ],
)
def test_one_of_several_concurrent_creations_succeeds(api: Api, path: str, body: Any) -> None:
    statuses = at_once(api, [("POST", path, body)] * THREADS)
    assert sorted(statuses) == [200] + [409] * (THREADS - 1)


def test_a_team_is_assigned_by_one_of_several_concurrent_requests(api: Api) -> None:
    units = [LEGAL, "bu-research", "bu-customer-support"]
    statuses = at_once(api, [("POST", f"{UNITS}/{unit}/teams", {"team_id": "team-data-science"}) for unit in units])
    assert sorted(statuses) == [200, 409, 409]
    assert sum("team-data-science" in api.teams(unit) for unit in units) == 1
