"""Servers that check too early, or break, when creations, assignments or deletions overlap."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any

from ...assembly import fault
from ...messages import Refusal, Request, Response
from ...model import Team, Unit
from ...operations import Operations
from .overlapping import PAUSE, Busy


@fault("names-checked-too-early", "must", proves=("CONC-02",))
class NamesCheckedTooEarly(Operations):
    """Simultaneous creations of units with one name all succeed."""

    def run(self, request: Request) -> Response:
        return self.create_unit(request) if request.operation == "createBusinessUnit" else super().run(request)

    def check_name_is_free(self, name: str, own_id: str | None = None) -> None:
        super().check_name_is_free(name, own_id)
        if own_id is None:
            time.sleep(PAUSE)


@fault("governance-checked-too-early", "must", proves=("CONC-05",))
class GovernanceCheckedTooEarly(Operations):
    """Simultaneous creations of governance all succeed."""

    def run(self, request: Request) -> Response:
        if request.operation == "createBusinessUnitGovernance":
            return self.create_governance(request)
        return super().run(request)

    def check_ungoverned(self, unit: Unit) -> None:
        super().check_ungoverned(unit)
        time.sleep(PAUSE)


@fault("teams-checked-too-early", "must", proves=("CONC-08",))
class TeamsCheckedTooEarly(Operations):
    """Simultaneous assignments of a team to several units all succeed."""

    def run(self, request: Request) -> Response:
        return self.assign_team(request) if request.operation == "assignTeamToBusinessUnit" else super().run(request)

    def check_assignable(self, team: Team, unit: Unit) -> None:
        super().check_assignable(team, unit)
        time.sleep(PAUSE)


@fault("refused-assignment-is-stored", "must", proves=("CONC-08",))
class RefusedAssignmentIsStored(Operations):
    """Of two simultaneous assignments of a team, the refused one is stored."""

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        self.under_way = 0

    def run(self, request: Request) -> Response:
        if request.operation != "assignTeamToBusinessUnit":
            return super().run(request)
        self.under_way += 1
        time.sleep(PAUSE)
        overlaps = self.under_way > 1
        try:
            return super().run(request)
        except Refusal as refusal:
            if refusal.status == 409 and overlaps:
                team = self.team(self.bodies.team_id(self.document(request)))
                self.store.save_team(replace(team, unit_id=request.unit_id))
            raise
        finally:
            time.sleep(PAUSE)
            self.under_way -= 1


@fault("parallel-creations-lost", "must", proves=("CONC-09",))
class ParallelCreationsLost(Operations):
    """Only one of several simultaneously created units is kept, though each answers 200."""

    def run(self, request: Request) -> Response:
        return self.create_unit(request) if request.operation == "createBusinessUnit" else super().run(request)

    def create_unit(self, request: Request) -> Response:
        known = {unit.id for unit in self.store.units()}
        response = super().create_unit(request)
        time.sleep(PAUSE)
        with self.store.transaction():
            for unit in self.store.units():
                if unit.id not in known and unit.id != response.payload["id"]:
                    self.store.remove(unit.id)
        return response


@fault("parallel-creations-break", "must")
class ParallelCreationsBreak(Busy):
    """The server answers 500 to all but one of several simultaneous creations of units."""

    operation = "createBusinessUnit"


@fault("parallel-deletions-break", "must", proves=("CONC-10",))
class ParallelDeletionsBreak(Operations):
    """The server answers 500 to all but one of several simultaneous deletions of a unit."""

    def run(self, request: Request) -> Response:
        return self.delete_unit(request) if request.operation == "deleteBusinessUnit" else super().run(request)

    def unassign_teams(self, unit: Unit) -> None:
        super().unassign_teams(unit)
        time.sleep(PAUSE)
