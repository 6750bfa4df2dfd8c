"""Mistakes of lists: pages, searches and totals."""

from __future__ import annotations

import re
import urllib.parse
from collections.abc import Sequence
from dataclasses import replace

from ...assembly import fault
from ...messages import Json, Refusal, Request, Response
from ...model import Team, Unit
from ...operations import Operations
from ...views import Views


@fault("LIST", "must")
class SecondPageSkipsOne(Operations):
    """The offset of later pages is one too large: the entry on the border is on no page."""

    def slice(self, entries: list[Json], page: int, limit: int) -> list[Json]:
        return super().slice(entries[1:] if page > 1 else entries, page, limit)


@fault("LIST", "must")
class OffsetInDefaultPages(Operations):
    """The offset is counted in pages of 20, whatever the limit: page 2 of a smaller limit skips entries."""

    def slice(self, entries: list[Json], page: int, limit: int) -> list[Json]:
        return entries[(page - 1) * 20 :][:limit]


@fault("LIST", "must")
class TotalIgnoresSearch(Operations):
    """total counts every unit, also when a search keeps only some."""

    def page(self, kind: str, entries: list[Json], request: Request) -> Response:
        response = super().page(kind, entries, request)
        response.payload["total"] = len(entries)
        return response


@fault("LIST", "must")
class TotalStopsAtLimit(Views):
    """total is capped at the limit plus one, which only says that there is more."""

    def page(self, kind: str, entries: Sequence[Json], total: int, page: int, limit: int) -> Json:
        return super().page(kind, entries, min(total, limit + 1), page, limit)


@fault("LIST", "must")
class TotalOnFirstPageOnly(Views):
    """total is counted for the first page only and 0 on later ones."""

    def page(self, kind: str, entries: Sequence[Json], total: int, page: int, limit: int) -> Json:
        return super().page(kind, entries, total if page == 1 else 0, page, limit)


@fault("LIST", "should")
class LimitUnbounded(Operations):
    """A limit of more than 100 is honoured."""

    def bounded(self, text: str, least: int, most: int, default: int) -> int:
        return super().bounded(text, least, 2**31 if most == 100 else most, default)


@fault("LIST", "must")
class LimitHundredRefused(Operations):
    """The bound is compared with `>=`: the limit 100 is refused."""

    def bounded(self, text: str, least: int, most: int, default: int) -> int:
        if most == 100 and text == "100":
            raise Refusal(400, "limit must be less than 100")
        return super().bounded(text, least, most, default)


@fault("LIST", "must")
class PagesFromZero(Operations):
    """Pages are counted from 0 inside and only page 1 is translated: page 2 is answered with the third."""

    def slice(self, entries: list[Json], page: int, limit: int) -> list[Json]:
        return super().slice(entries, page + 1 if page > 1 else page, limit)


@fault("LIST", "must")
class PagingIsText(Views):
    """page and limit are repeated as they stood in the query: as text."""

    def page(self, kind: str, entries: Sequence[Json], total: int, page: int, limit: int) -> Json:
        return {**super().page(kind, entries, total, page, limit), "page": f"{page}", "limit": f"{limit}"}


@fault("LIST", "should")
class SearchFoldsAsciiOnly(Operations):
    """The database folds the case of ASCII only: `ä` does not find `Ä`."""

    def matches(self, name: str, search: str) -> bool:
        def fold(text: str) -> str:
            return re.sub("[A-Z]", lambda letter: letter[0].lower(), text)

        return fold(search) in fold(name)


@fault("LIST", "should")
class SearchIsPattern(Operations):
    """The text goes into LIKE as it is: % and _ stand for any letters."""

    def matches(self, name: str, search: str) -> bool:
        pattern = re.escape(search.casefold()).replace("%", ".*").replace("_", ".")
        return re.search(pattern, name.casefold()) is not None


@fault("LIST", "must")
class SearchBreaksOnQuote(Operations):
    """The text is pasted into the statement: an apostrophe in it is 500."""

    def matches(self, name: str, search: str) -> bool:
        if "'" in search:
            raise Refusal(500, "Internal Server Error")
        return super().matches(name, search)


@fault("LIST", "must")
class SearchWithinPage(Operations):
    """The search looks only through the entries of the page that was asked for."""

    def page(self, kind: str, entries: list[Json], request: Request) -> Response:
        page, limit, search = self.paging(request)
        if not search:
            return super().page(kind, entries, request)
        found = [entry for entry in self.slice(entries, page, limit) if self.matches(entry["name"], search)]
        return Response(200, self.views.page(kind, found, len(found), page, limit))


@fault("LIST", "must")
class SearchNotDecoded(Operations):
    """The text of the search is not percent-decoded."""

    def paging(self, request: Request) -> tuple[int, int, str]:
        page, limit, search = super().paging(request)
        raw = dict(part.partition("=")[::2] for part in request.query.split("&"))
        return page, limit, raw.get("search", search)


@fault("LIST", "must")
class UngovernedUnitsMissing(Operations):
    """An inner join in place of an outer one: units without a budget are not in the list, when it is searched."""

    def list_units(self, request: Request) -> Response:
        if "search=" not in request.query:
            return super().list_units(request)
        units = [unit for unit in self.store.units() if unit.budget is not None]
        return self.page("business_units", [self.views.item(unit, self.team_count(unit)) for unit in units], request)


@fault("LIST", "must")
class UnitsRepeatedByComponents(Operations):
    """A join with the components lacks GROUP BY: a unit with a budget and a rate limit is listed twice."""

    def list_units(self, request: Request) -> Response:
        items: list[Json] = []
        for unit in self.store.units():
            rows = 2 if unit.budget is not None and unit.rate_limit is not None else 1
            items += [self.views.item(unit, self.team_count(unit))] * rows
        return self.page("business_units", items, request)


@fault("LIST", "must")
class TeamCountMissingInDetail(Operations):
    """The detail does not load the association: its team_count is always 0."""

    def get_unit(self, request: Request) -> Response:
        response = super().get_unit(request)
        return Response(200, {**response.payload, "team_count": 0})


@fault("LIST", "must")
class TeamsOfAllUnits(Operations):
    """The list of teams ignores the unit of the path when it is searched (OR without brackets)."""

    def list_teams(self, request: Request) -> Response:
        if "search=" not in request.query:
            return super().list_teams(request)
        self.unit(request, self.clock.now())
        return self.page("teams", [self.views.team(team) for team in self.store.teams()], request)


@fault("LIST", "must")
class TeamSearchIgnored(Operations):
    """The list of teams does not read the search."""

    def list_teams(self, request: Request) -> Response:
        query = [pair for pair in urllib.parse.parse_qsl(request.query) if pair[0] != "search"]
        return super().list_teams(replace(request, query=urllib.parse.urlencode(query)))


@fault("LIST", "must")
class TeamsSharedAcrossUnits(Operations):
    """The list of teams shows those without any unit as well (unit_id = ? OR unit_id IS NULL)."""

    def teams_of(self, unit: Unit) -> list[Team]:
        return [team for team in self.store.teams() if team.unit_id in (unit.id, None)]

    def unassign_teams(self, unit: Unit) -> None:
        for team in super().teams_of(unit):
            self.store.save_team(replace(team, unit_id=None))


@fault("LIST", "should")
class ListedNameIsOld(Operations):
    """The list keeps the name that it first showed for a unit: a rename does not reach it."""

    names: dict[str, str]

    def list_units(self, request: Request) -> Response:
        self.names = getattr(self, "names", {})
        units = [replace(unit, name=self.names.setdefault(unit.id, unit.name)) for unit in self.store.units()]
        return self.page("business_units", [self.views.item(unit, self.team_count(unit)) for unit in units], request)


@fault("LIST", "must")
class GovernanceOfFirstTwenty(Operations):
    """Governance is loaded with the default limit of a list: from the 21st unit on, GET shows none."""

    def get_unit(self, request: Request) -> Response:
        response = super().get_unit(request)
        if request.unit_id in [unit.id for unit in self.store.units()[20:]]:
            response.payload.pop("budget", None)
            response.payload.pop("rate_limit", None)
        return response
