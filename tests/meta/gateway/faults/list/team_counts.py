"""Servers that show a wrong team_count in the list."""

from __future__ import annotations

from collections import Counter
from typing import Any

from ...assembly import fault
from ...messages import Json, Refusal, Request, Response
from ...model import Team, Unit
from ...operations import Operations
from ...views import Views


@fault("listed-team-count-wrong", "must", Views.item, proves=("LIST-07",))
def listed_team_count_wrong(self: Views, unit: Unit, team_count: int) -> Json:
    """team_count in the list is one too many."""
    return Views.item(self, unit, team_count + 1)


@fault("quiet-refused-removal-lowers-team-count", "must", origin="blind-10")
class RefusedRemovalLowersTeamCount(Operations):
    """A removal of a team that is not in the unit answers 404 but lowers team_count of the unit for good."""

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        self.refused: Counter[str] = Counter()

    def check_member(self, team: Team, unit: Unit) -> None:
        try:
            super().check_member(team, unit)
        except Refusal:
            self.refused[unit.id] += 1
            raise

    def team_count(self, unit: Unit) -> int:
        return max(0, super().team_count(unit) - self.refused[unit.id])


@fault("repeated-assignment-counts-twice", "must", proves=("LIST-07",))
class RepeatedAssignmentCountsTwice(Operations):
    """team_count counts the assignments of a team, also if it was assigned before."""

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        self.repeated: dict[str, int] = {}

    def assign_team(self, request: Request) -> Response:
        team = self.store.find_team(self.bodies.team_id(self.document(request)))
        repeats = team is not None and team.unit_id == request.unit_id
        response = super().assign_team(request)
        self.repeated[request.unit_id] = self.repeated.get(request.unit_id, 0) + repeats
        return response

    def team_count(self, unit: Unit) -> int:
        count = super().team_count(unit)
        return count + self.repeated.get(unit.id, 0) if count else 0


@fault("subtle-refused-removal-lowers-count", "must", origin="blind-12")
class AnyRefusedRemovalLowersCount(Operations):
    """Any refused removal of a team lowers team_count of the unit in the path, if that has teams."""

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
