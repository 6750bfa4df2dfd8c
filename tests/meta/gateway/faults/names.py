"""Servers that lose part of a name, or show a unit in lists otherwise than by itself."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import replace
from typing import Any

from ..assembly import fault
from ..messages import Json, Request, Response
from ..model import Store, Unit
from ..operations import Operations
from ..pipeline import Pipeline
from ..views import Views


@fault("LIFE", "must")
class NamesDecomposed(Store):
    """Letters with marks are taken apart: the name looks the same and is another."""

    def save(self, unit: Unit) -> None:
        super().save(replace(unit, name=unicodedata.normalize("NFD", unit.name)))


@fault("LIFE", "must")
class QuestionMarksInNames(Store):
    """Letters beyond Latin-1 become question marks."""

    def save(self, unit: Unit) -> None:
        super().save(replace(unit, name=unit.name.encode("latin-1", "replace").decode("latin-1")))


@fault("LIFE", "should")
class LongNamesCut(Store):
    """Names are cut to 128 characters."""

    def save(self, unit: Unit) -> None:
        super().save(replace(unit, name=unit.name[:128]))


@fault("LIFE", "should")
class BlanksInNamesMerged(Store):
    """Several blanks in a name become one."""

    def save(self, unit: Unit) -> None:
        super().save(replace(unit, name=re.sub(" +", " ", unit.name)))


@fault("LIFE", "should")
class NamesEscapedForHtml(Views):
    """Names are listed with the signs of HTML escaped."""

    def item(self, unit: Unit, team_count: int) -> Json:
        view = super().item(unit, team_count)
        return {**view, "name": view["name"].replace("&", "&amp;").replace("<", "&lt;")}


@fault("LIFE", "must")
class TeamAssignedTwiceListedTwice(Operations):
    """A team that is assigned to its unit once more is listed once more."""

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        self.doubled: set[str] = set()

    def assign_team(self, request: Request) -> Response:
        team = self.store.find_team(str(self.bodies.document(request.body).get("team_id")))
        if team is not None and team.unit_id == request.unit_id:
            self.doubled.add(team.id)
        return super().assign_team(request)

    def list_teams(self, request: Request) -> Response:
        teams = self.teams_of(self.unit(request, self.clock.now()))
        twice = [team for team in teams for _ in range(2 if team.id in self.doubled else 1)]
        return self.page("teams", [self.views.team(team) for team in twice], request)


@fault("LIST", "must")
class TeamPagesIgnored(Operations):
    """The teams of a unit are on every page."""

    def list_teams(self, request: Request) -> Response:
        request.query = re.sub("page=[0-9]+", "page=1", request.query)
        return super().list_teams(request)


@fault("LIST", "must")
class ListedIdIsAnother(Views):
    """The list shows each unit with an identifier of the list's own."""

    def item(self, unit: Unit, team_count: int) -> Json:
        return {**super().item(unit, team_count), "id": f"{unit.id}-1"}


@fault("LIST", "should")
class ListedDateIsOfLastChange(Views):
    """created_at in the list is when the unit was changed last."""

    def item(self, unit: Unit, team_count: int) -> Json:
        return {**super().item(unit, team_count), "created_at": self.instant(unit.updated_at)}


@fault("LIST", "must")
class SearchMissesWholeName(Operations):
    """A search for the whole name finds nothing."""

    def matches(self, name: str, search: str) -> bool:
        return super().matches(name, search) and name.casefold() != search.casefold()


@fault("HTTP", "should")
class OptionsEmptiesGovernance(Pipeline):
    """OPTIONS on the governance of a unit does what DELETE does."""

    def route(self, request: Request) -> list[str] | None:
        if request.method == "OPTIONS" and request.path.endswith("/governance"):
            request.method = "DELETE"
        return super().route(request)
