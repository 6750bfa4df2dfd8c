"""Servers whose lists are wrong."""

from __future__ import annotations

from typing import Any

from ..assembly import fault
from ..messages import Json, Refusal, Request, Response
from ..model import Team, Unit
from ..operations import Operations
from ..views import Views

# pages


@fault("LIST", "must")
class TotalIsPageSize(Views):
    """total counts the entries of the page."""

    def page(self, kind: str, entries: Any, total: int, page: int, limit: int) -> Json:
        return super().page(kind, entries, len(entries), page, limit)


@fault("LIST", "must")
class TotalIgnoresSearch(Operations):
    """total counts every unit, whether it matches or not."""

    def total(self, found: list[Json]) -> int:
        return max(len(found), len(self.store.units()))


@fault("LIST", "must")
class TotalAsString(Views):
    """total is a string."""

    def page(self, kind: str, entries: Any, total: int, page: int, limit: int) -> Json:
        return {**super().page(kind, entries, total, page, limit), "total": str(total)}


@fault("LIST", "must")
class TotalMissing(Views):
    """total is absent."""

    def page(self, kind: str, entries: Any, total: int, page: int, limit: int) -> Json:
        return {kind: list(entries), "page": page, "limit": limit}


@fault("LIST", "must")
class LimitIgnored(Operations):
    """limit is ignored."""

    def slice(self, entries: list[Json], page: int, limit: int) -> list[Json]:
        return entries if page == 1 else []


@fault("LIST", "must")
class PageIgnored(Operations):
    """page is ignored: every page is the first."""

    def slice(self, entries: list[Json], page: int, limit: int) -> list[Json]:
        return entries[:limit]


@fault("LIST", "must")
class PagesCountFromZero(Operations):
    """page 1 is the second page."""

    def slice(self, entries: list[Json], page: int, limit: int) -> list[Json]:
        return super().slice(entries, page + 1, limit)


@fault("LIST", "must")
class LastPageRepeated(Operations):
    """Beyond the last page the last one is repeated."""

    def slice(self, entries: list[Json], page: int, limit: int) -> list[Json]:
        return super().slice(entries, min(page, max(1, -(-len(entries) // limit))), limit)


@fault("LIST", "must")
class PagesOverlap(Operations):
    """The last entry of a page is the first of the next."""

    def slice(self, entries: list[Json], page: int, limit: int) -> list[Json]:
        start = max(0, (page - 1) * limit - 1)
        return entries[start : start + limit]


@fault("LIST", "must")
class PagesHaveOneMore(Operations):
    """A page holds one entry more than limit."""

    def slice(self, entries: list[Json], page: int, limit: int) -> list[Json]:
        return entries[(page - 1) * limit : page * limit + 1]


@fault("LIST", "must")
class LastEntryMissing(Operations):
    """The last entry of a list is on no page."""

    def slice(self, entries: list[Json], page: int, limit: int) -> list[Json]:
        return super().slice(entries[:-1], page, limit)


@fault("LIST", "must")
class OrderChanges(Operations):
    """The order of the units is another for each request, so that pages overlap."""

    def slice(self, entries: list[Json], page: int, limit: int) -> list[Json]:
        return super().slice(entries if page % 2 else entries[::-1], page, limit)


@fault("LIST", "must")
class DefaultLimitIsThree(Operations):
    """Without a limit a page holds three entries."""

    def bounded(self, text: str, least: int, most: int, default: int) -> int:
        return 3 if (text, most) == ("20", 100) else super().bounded(text, least, most, default)


@fault("LIST", "must")
class PageNotEchoed(Views):
    """page is always 1 in the answer."""

    def page(self, kind: str, entries: Any, total: int, page: int, limit: int) -> Json:
        return super().page(kind, entries, total, 1, limit)


@fault("LIST", "must")
class LimitNotEchoed(Views):
    """limit is always 20 in the answer."""

    def page(self, kind: str, entries: Any, total: int, page: int, limit: int) -> Json:
        return super().page(kind, entries, total, page, 20)


@fault("LIST", "must")
class EmptyListIsNull(Views):
    """A list without entries is null."""

    def page(self, kind: str, entries: Any, total: int, page: int, limit: int) -> Json:
        view = super().page(kind, entries, total, page, limit)
        return view if entries else {**view, kind: None}


@fault("LIST", "must")
class EmptyListIsNotFound(Operations):
    """A list without entries is a 404."""

    def page(self, kind: str, entries: list[Json], request: Request) -> Response:
        response = super().page(kind, entries, request)
        if not response.payload[kind]:
            raise Refusal(404, "nothing found")
        return response


@fault("LIST", "must")
class BadPageBreaks(Operations):
    """A page that is no number is a 500."""

    def bounded(self, text: str, least: int, most: int, default: int) -> int:
        return super().bounded(str(int(text)), least, most, default)


@fault("LIST", "must")
class ZeroLimitBreaks(Operations):
    """A limit of 0 is a 500."""

    def bounded(self, text: str, least: int, most: int, default: int) -> int:
        return super().bounded(text, least, most, default) if text != "0" else 1 // int(text)


@fault("LIST", "must")
class LimitAbove20Cut(Operations):
    """A page never holds more than 20 entries."""

    def slice(self, entries: list[Json], page: int, limit: int) -> list[Json]:
        return super().slice(entries, page, min(limit, 20))


# search


@fault("LIST", "must")
class SearchRespectsCase(Operations):
    """A search respects case."""

    def matches(self, name: str, search: str) -> bool:
        return search in name


@fault("LIST", "must")
class SearchMatchesStartOnly(Operations):
    """A search finds names that begin with the text."""

    def matches(self, name: str, search: str) -> bool:
        return name.casefold().startswith(search.casefold())


@fault("LIST", "must")
class SearchMatchesWholeNameOnly(Operations):
    """A search finds names that are the text."""

    def matches(self, name: str, search: str) -> bool:
        return not search or name.casefold() == search.casefold()


@fault("LIST", "must")
class SearchIgnored(Operations):
    """A search finds everything."""

    def matches(self, name: str, search: str) -> bool:
        return True


@fault("LIST", "must")
class SearchOnPageOnly(Operations):
    """A search looks at one page of all units, not at all of them."""

    def page(self, kind: str, entries: list[Json], request: Request) -> Response:
        page, limit, search = self.paging(request)
        found = [entry for entry in self.slice(entries, page, limit) if self.matches(entry["name"], search)]
        return Response(200, self.views.page(kind, found, len(found), page, limit))


# entries


@fault("LIST", "must")
class NewUnitsNotListed(Operations):
    """Units that were created are not listed."""

    def list_units(self, request: Request) -> Response:
        items = [self.views.item(unit, self.team_count(unit)) for unit in self.store.units()[:4]]
        return self.page("business_units", items, request)


@fault("LIST", "must")
class RenamedUnitListedUnderOldName(Operations):
    """The list shows each unit under the name that it was first listed with."""

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        self.names: dict[str, str] = {}

    def create_unit(self, request: Request) -> Response:
        response = super().create_unit(request)
        self.names[response.payload["id"]] = response.payload["name"]
        return response

    def list_units(self, request: Request) -> Response:
        items = [self.views.item(unit, self.team_count(unit)) for unit in self.store.units()]
        renamed = [{**item, "name": self.names.get(item["id"], item["name"])} for item in items]
        return self.page("business_units", renamed, request)


@fault("LIST", "must")
class ListedTeamCountWrong(Views):
    """team_count in the list is one too many."""

    def item(self, unit: Unit, team_count: int) -> Json:
        return super().item(unit, team_count + 1)


@fault("LIST", "should")
class ListedDatesMissing(Views):
    """Units are listed without created_at."""

    def item(self, unit: Unit, team_count: int) -> Json:
        return {name: value for name, value in super().item(unit, team_count).items() if name != "created_at"}


@fault("LIST", "must")
class ListIsBareArray(Views):
    """A list is an array without page, limit and total."""

    def page(self, kind: str, entries: Any, total: int, page: int, limit: int) -> Any:
        return list(entries)


@fault("LIST", "must")
class TeamsOfAllUnitsListed(Operations):
    """The teams of a unit are all teams."""

    def teams_of(self, unit: Unit) -> list[Team]:
        return self.store.teams()


@fault("LIST", "must")
class TeamsNotListed(Operations):
    """The teams of a unit are never listed."""

    def list_teams(self, request: Request) -> Response:
        self.unit(request, self.clock.now())
        return self.page("teams", [], request)


@fault("LIST", "must")
class TeamsAsNames(Views):
    """Teams are listed by name, not as objects."""

    def page(self, kind: str, entries: Any, total: int, page: int, limit: int) -> Json:
        view = super().page(kind, entries, total, page, limit)
        return {**view, kind: [entry["name"] for entry in entries]} if kind == "teams" else view
