"""Servers that search wrongly."""

from __future__ import annotations

import re

from ...assembly import fault
from ...messages import Json, Refusal, Request, Response
from ...operations import Operations


@fault("search-ignored", "LIST", "must", proves=("LIST-04",))
class SearchIgnored(Operations):
    """The list ignores search."""

    def matches(self, name: str, search: str) -> bool:
        return True


@fault("search-respects-case", "LIST", "must", proves=("LIST-04",))
class SearchRespectsCase(Operations):
    """The search respects case."""

    def matches(self, name: str, search: str) -> bool:
        return search in name


@fault("search-matches-start-only", "LIST", "must", proves=("LIST-04",))
class SearchMatchesStartOnly(Operations):
    """The search finds only names that begin with the text."""

    def matches(self, name: str, search: str) -> bool:
        return name.casefold().startswith(search.casefold())


@fault("search-matches-whole-name-only", "LIST", "must")
class SearchMatchesWholeNameOnly(Operations):
    """The search finds only names that equal the text."""

    def matches(self, name: str, search: str) -> bool:
        return not search or name.casefold() == search.casefold()


@fault("search-misses-whole-name", "LIST", "must")
class SearchMissesWholeName(Operations):
    """The search does not find a name that equals the text."""

    def matches(self, name: str, search: str) -> bool:
        return super().matches(name, search) and name.casefold() != search.casefold()


@fault("search-on-page-only", "LIST", "must")
class SearchOnPageOnly(Operations):
    """The list applies search and total to one page of all units."""

    def page(self, kind: str, entries: list[Json], request: Request) -> Response:
        page, limit, search = self.paging(request)
        found = [entry for entry in self.slice(entries, page, limit) if self.matches(entry["name"], search)]
        return Response(200, self.views.page(kind, found, len(found), page, limit))


@fault("field-search-within-page", "LIST", "must", origin="blind-2")
class SearchWithinPage(Operations):
    """The search looks only through the page that was asked for."""

    def page(self, kind: str, entries: list[Json], request: Request) -> Response:
        page, limit, search = self.paging(request)
        if not search:
            return super().page(kind, entries, request)
        found = [entry for entry in self.slice(entries, page, limit) if self.matches(entry["name"], search)]
        return Response(200, self.views.page(kind, found, len(found), page, limit))


@fault("field-search-breaks-on-quote", "LIST", "must", origin="blind-2")
class SearchBreaksOnQuote(Operations):
    """The list answers 500 to a search with an apostrophe."""

    def matches(self, name: str, search: str) -> bool:
        if "'" in search:
            raise Refusal(500, "Internal Server Error")
        return super().matches(name, search)


@fault("field-search-not-decoded", "LIST", "must", origin="blind-2")
class SearchNotDecoded(Operations):
    """The list does not percent-decode search."""

    def paging(self, request: Request) -> tuple[int, int, str]:
        page, limit, search = super().paging(request)
        raw = dict(part.partition("=")[::2] for part in request.query.split("&"))
        return page, limit, raw.get("search", search)


@fault("field-search-folds-ascii-only", "LIST", "should", proves=("LIST-11",), origin="blind-2")
class SearchFoldsAsciiOnly(Operations):
    """The search ignores case for ASCII letters only."""

    def matches(self, name: str, search: str) -> bool:
        def fold(text: str) -> str:
            return re.sub("[A-Z]", lambda letter: letter[0].lower(), text)

        return fold(search) in fold(name)


@fault("field-search-is-pattern", "LIST", "should", proves=("LIST-12",), origin="blind-2")
class SearchIsPattern(Operations):
    """The search reads % and _ as wildcards."""

    def matches(self, name: str, search: str) -> bool:
        pattern = re.escape(search.casefold()).replace("%", ".*").replace("_", ".")
        return re.search(pattern, name.casefold()) is not None


@fault("third-search-is-a-pattern", "LIST", "must", origin="blind-3")
class SearchIsAPattern(Operations):
    """The search reads the text as a regular expression."""

    def matches(self, name: str, search: str) -> bool:
        try:
            return re.search(search, name, re.IGNORECASE) is not None
        except re.error:
            return super().matches(name, search)
