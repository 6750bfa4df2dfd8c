"""Servers whose lists go wrong for unusual texts, or after other requests for lists."""

from __future__ import annotations

import re
import urllib.parse
from collections.abc import Sequence
from typing import Any

from ...assembly import fault
from ...messages import Json, Refusal, Request, Response
from ...model import Unit
from ...operations import Operations
from ...views import Views


@fault("fresh-search-reads-backslashes-as-escapes", "must", origin="blind-5")
class SearchReadsBackslashesAsEscapes(Operations):
    """A backslash in the search text escapes the character after it, as in the LIKE operator of SQL, so it is lost."""

    def matches(self, name: str, search: str) -> bool:
        return super().matches(name, re.sub(r"\\(.?)", r"\1", search, flags=re.DOTALL))


@fault("fresh-name-of-digits-listed-as-number", "must", origin="blind-5")
class NameOfDigitsListedAsNumber(Views):
    """The list of units shows a name of digits only as a number."""

    def page(self, kind: str, entries: Sequence[Json], total: int, page: int, limit: int) -> Json:
        shown = [{**entry, "name": self.scalar(entry["name"])} for entry in entries]
        return super().page(kind, shown if kind == "business_units" else entries, total, page, limit)

    def scalar(self, text: str) -> Any:
        """Return a number in place of a text of digits."""
        return int(text) if text.isascii() and text.isdigit() else text


@fault("fresh-later-pages-from-snapshot", "must", origin="blind-5")
class LaterPagesFromSnapshot(Operations):
    """All pages but the first show the units as they were at the last request for the first page of this query."""

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        self.snapshots: dict[tuple[int, str], list[Json]] = {}

    def page(self, kind: str, entries: list[Json], request: Request) -> Response:
        if kind == "business_units":
            page, limit, search = self.paging(request)
            if page == 1:
                self.snapshots[limit, search] = entries
            entries = self.snapshots.get((limit, search), entries)
        return super().page(kind, entries, request)


@fault("fresh-refused-limit-becomes-default", "must", origin="blind-5")
class RefusedLimitBecomesDefault(Operations):
    """A list refused for a limit above 100 makes 100 the default limit until a list with a valid limit."""

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        self.default: int | None = None

    def paging(self, request: Request) -> tuple[int, int, str]:
        given = urllib.parse.parse_qs(request.query, keep_blank_values=True).get("limit")
        try:
            page, limit, search = super().paging(request)
        except Refusal:
            if given and given[0].isascii() and given[0].isdigit() and int(given[0][:9]) > 100:
                self.default = 100
            raise
        if given:
            self.default = None
        return page, limit if self.default is None else self.default, search


@fault("late-search-without-match-remembered", "must", origin="blind-6")
class SearchWithoutMatchRemembered(Operations):
    """A search that found no unit does not find units created later either, until one is renamed or deleted."""

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        self.without_match: set[str] = set()

    def page(self, kind: str, entries: list[Json], request: Request) -> Response:
        if kind == "business_units":
            _, _, search = self.paging(request)
            if search in self.without_match:
                entries = []
            elif search and not any(self.matches(entry["name"], search) for entry in entries):
                self.without_match.add(search)
        return super().page(kind, entries, request)

    def rename_unit(self, request: Request) -> Response:
        response = super().rename_unit(request)
        self.without_match.clear()
        return response

    def delete_unit(self, request: Request) -> Response:
        response = super().delete_unit(request)
        self.without_match.clear()
        return response


@fault("late-team-search-shared-by-units", "must", origin="blind-6")
class TeamSearchSharedByUnits(Operations):
    """A search for teams repeated in another unit shows the teams of the first, until a team changes its unit."""

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        self.cache: dict[tuple[int, int, str], Response] = {}

    def list_teams(self, request: Request) -> Response:
        response = super().list_teams(request)
        key = self.paging(request)
        return self.cache.setdefault(key, response) if key[2] else response

    def assign_team(self, request: Request) -> Response:
        response = super().assign_team(request)
        self.cache.clear()
        return response

    def remove_team(self, request: Request) -> Response:
        response = super().remove_team(request)
        self.cache.clear()
        return response

    def unassign_teams(self, unit: Unit) -> None:
        super().unassign_teams(unit)
        self.cache.clear()
