"""Faults of the teams of a unit after removals."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Any

from ...assembly import fault
from ...messages import Refusal, Request, Response
from ...model import Unit
from ...operations import Operations


@fault("subtle-deletion-returns-team", "must", origin="blind-12")
class DeletionReturnsTeam(Operations):
    """The deletion of a unit gives its team back to the unit from which the team was removed before."""

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        self._earlier: dict[str, str] = {}

    def remove_team(self, request: Request) -> Response:
        response = super().remove_team(request)
        self._earlier[request.parameters["team_id"]] = request.unit_id
        return response

    def unassign_teams(self, unit: Unit) -> None:
        for team in self.teams_of(unit):
            earlier = self.store.find(self._earlier.get(team.id, ""))
            owner = earlier.id if earlier is not None and earlier.id != unit.id else None
            self.store.save_team(replace(team, unit_id=owner))


@fault("subtle-refused-removal-lowers-count", "must", origin="blind-12")
class RefusedRemovalLowersCount(Operations):
    """The removal of a team that is not in the unit is refused, but lowers the team_count of the unit."""

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        self._lowered: Counter[str] = Counter()

    def remove_team(self, request: Request) -> Response:
        try:
            return super().remove_team(request)
        except Refusal:
            unit = self.store.find(request.unit_id)
            if unit is not None and self.team_count(unit) > 0:
                self._lowered[unit.id] += 1
            raise

    def team_count(self, unit: Unit) -> int:
        return max(0, super().team_count(unit) - self._lowered[unit.id])
