"""A group of units is found by its marker, and foreign units are noticed."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from governance_contract.checks.unit_group import UnitGroup
from governance_contract.target.errors import NotApplicable
from governance_contract.target.run_units import Units
from stub_server import Response
from unit_server import UnitServer, unit_server


@pytest.fixture
def served() -> Iterator[tuple[UnitServer, UnitGroup]]:
    """A server with a unit of another client, and a group without units."""
    with unit_server() as (server, target, _):
        server.add("other", "other")
        yield server, UnitGroup(Units(target), target)


def test_a_search_finds_the_units_of_the_group(served: tuple[UnitServer, UnitGroup]) -> None:
    _, group = served
    ids = group.create_many(3)
    assert [entry["id"] for entry in group.list_all().entries("business_units")] == ids
    found = group.search(group.search_text("1")).entries("business_units")
    assert [entry["id"] for entry in found] == [ids[1]]


def test_a_search_that_finds_other_units_cannot_be_judged(served: tuple[UnitServer, UnitGroup]) -> None:
    server, group = served
    group.create_many(2)
    server.refuse = lambda request: None if request.method != "GET" else _everything(server)
    with pytest.raises(NotApplicable, match="LIST-04"):
        group.list_all()


def _everything(server: UnitServer) -> Response:
    """Return a response that ignores the search."""
    body = {"business_units": list(server.units.values()), "total": len(server.units), "page": 1, "limit": 100}
    return Response(200, json.dumps(body).encode(), {"Content-Type": "application/json"})


def test_the_units_are_deleted(served: tuple[UnitServer, UnitGroup]) -> None:
    server, group = served
    group.create_many(2)
    group.delete()
    assert set(server.units) == {"other"}
