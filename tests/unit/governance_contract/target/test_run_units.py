"""The end of a run: only its own units are deleted, and the named ones get their governance back."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from governance_contract.target.run_units import Units
from governance_contract.target.unit import Unit
from governance_contract.target.unit_permits import UnitPermits
from stub_server import Request, Response
from unit_server import unit_server

_BUDGET: dict[str, Any] = {"max_limit": 750.5, "reset_duration": "1w", "calendar_aligned": False}
_RATE_LIMIT: dict[str, Any] = {"request_max_limit": 20, "request_reset_duration": "1d"}


def _refuse(method: str, unit_id: str) -> Any:
    """Refuse the requests with a method to a unit."""

    def refuse(request: Request) -> Response | None:
        return Response(500) if request.method == method and f"/{unit_id}" in request.target else None

    return refuse


def test_only_the_units_of_the_run_are_deleted() -> None:
    with unit_server() as (server, target, stub):
        server.add("shared", "Shared")
        server.add("earlier", "gcabc-1")  # an earlier run left it behind
        server.add("other", "A gcxyz-1 of somebody else")  # the search for the prefix finds it
        units = Units(target, prefix="gcxyz")
        units.create()
        units.create()
        assert units.clean_up() == []
        assert set(server.units) == {"shared", "earlier", "other"}
        deleted = [request.target.rpartition("/")[2] for request in stub.requests if request.method == "DELETE"]
        assert deleted == ["new-3", "new-4"]


def test_a_unit_whose_creation_was_interrupted_is_deleted() -> None:
    with unit_server() as (server, target, _):
        units = Units(target, prefix="gcxyz")
        server.add("lost", units.new_name())  # the response did not arrive
        assert units.clean_up() == []
        assert server.units == {}


def test_a_unit_that_cannot_be_deleted_is_reported_and_the_others_are_deleted() -> None:
    with unit_server(_refuse("DELETE", "new-0")) as (server, target, _):
        units = Units(target, prefix="gcxyz")
        units.create()
        units.create()
        assert units.clean_up() == ["business unit gcxyz-1 (new-0) could not be deleted"]
        assert set(server.units) == {"new-0"}


def test_a_named_unit_gets_its_governance_back() -> None:
    with unit_server() as (server, target, _):
        server.add("named", "Named", budget=_BUDGET)
        units = Units(target, named=["named"])
        unit = units.named()
        units.record_original(unit.id, unit.fetch())
        unit.set_state(budget={**_BUDGET, "max_limit": 1}, rate_limit=_RATE_LIMIT)
        units.delete(unit)  # a test may ask for it
        assert units.clean_up() == []
        assert server.units == {"named": {"id": "named", "name": "Named", "budget": _BUDGET}}


def test_a_removed_component_of_a_named_unit_is_set_again() -> None:
    with unit_server() as (server, target, _):
        server.add("named", "Named", budget=_BUDGET, rate_limit=_RATE_LIMIT)
        units = Units(target, named=["named"])
        units.record_original("named", units.named().fetch())
        units.named().set_state()
        assert "budget" not in server.units["named"]
        assert units.clean_up() == []
        assert server.units["named"] == {"id": "named", "name": "Named", "budget": _BUDGET, "rate_limit": _RATE_LIMIT}


def test_the_governance_of_a_unit_that_cannot_be_restored_is_reported() -> None:
    with unit_server(_refuse("PUT", "named")) as (server, target, _):
        server.add("named", "Named", budget=_BUDGET)
        units = Units(target, named=["named"])
        units.record_original("named", Unit(target, "named", None).fetch())
        units.create()
        server.units["named"]["budget"] = {**_BUDGET, "max_limit": 1}
        [line] = units.clean_up()
        assert line.startswith("business unit named could not be restored; its governance was ")
        assert '"max_limit": 750.5' in line
        assert set(server.units) == {"named"}  # the unit of the run is deleted all the same


def test_a_named_unit_that_is_as_before_is_not_reported() -> None:
    with unit_server(_refuse("PUT", "named")) as (server, target, _):
        server.add("named", "Named", budget=_BUDGET)
        units = Units(target, named=["named"])
        units.record_original("named", units.named().fetch())
        assert units.clean_up() == []


def test_the_end_of_a_test_deletes_its_units() -> None:
    with unit_server() as (server, target, _):
        units = Units(target, named=[])
        units.create()
        units.reused = units.create()
        units.end_test()
        assert set(server.units) == {units.reused.id}


def test_the_reused_unit_makes_room_if_processes_share_a_target(tmp_path: Path) -> None:
    (tmp_path / "permits").touch()
    with unit_server() as (server, target, _):
        units = Units(target, permits=UnitPermits(str(tmp_path / "permits")))
        units.reused = units.create()
        units.make_room_for_creation()
        assert units.reused is None
        assert server.units == {}


@pytest.mark.parametrize("permitted", [4, 100])
def test_the_room_of_a_target_is_what_it_permits(permitted: int) -> None:
    with unit_server() as (server, target, _):
        full = Response(403)
        server.refuse = lambda request: full if request.method == "POST" and len(server.units) >= permitted else None
        assert Units(target).measure_room(9) == min(permitted, 9)
        assert server.units == {}


def test_an_adopted_unit_is_deleted_and_not_restored() -> None:
    with unit_server() as (server, target, _):
        units = Units(target, prefix="gcxyz")
        own = units.create()
        units.adopt(own)
        units.record_original(own.id, own.fetch())
        assert units.clean_up() == []
        assert server.units == {}
