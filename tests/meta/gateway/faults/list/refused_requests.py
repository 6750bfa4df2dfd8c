"""Servers whose lists show what a refused request asked for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from ...assembly import fault
from ...messages import Json, Refusal, Request, Response
from ...model import Team, Unit
from ...operations import Operations


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


@fault("quiet-refused-rename-listed", "must", origin="blind-10")
class RefusedRenameListed(Operations):
    """After a rename refused with 409, the list shows the unit under the refused name until its next rename."""

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        self.refused: dict[str, str] = {}

    def rename_unit(self, request: Request) -> Response:
        try:
            response = super().rename_unit(request)
        except Refusal as refusal:
            if refusal.status == 409:
                self.refused[request.unit_id] = self.bodies.name(self.document(request))
            raise
        self.refused.pop(request.unit_id, None)
        return response

    def items(self, units: Iterable[Unit]) -> list[Json]:
        return super().items(replace(unit, name=self.refused.get(unit.id, unit.name)) for unit in units)
