"""Servers that search wrongly."""

from __future__ import annotations

import re

from ...assembly import fault
from ...messages import Json, Refusal, Request, Response
from ...operations import Operations


@fault("search-ignored", "must", Operations.matches, proves=("LIST-04",))
def search_ignored(self: Operations, name: str, search: str) -> bool:
    """The list ignores search."""
    return True


@fault("search-respects-case", "must", Operations.matches, proves=("LIST-04",))
def search_respects_case(self: Operations, name: str, search: str) -> bool:
    """The search respects case."""
    return search in name


@fault("search-matches-start-only", "must", Operations.matches, proves=("LIST-04",))
def search_matches_start_only(self: Operations, name: str, search: str) -> bool:
    """The search finds only names that begin with the text."""
    return name.casefold().startswith(search.casefold())


@fault("search-matches-whole-name-only", "must", Operations.matches)
def search_matches_whole_name_only(self: Operations, name: str, search: str) -> bool:
    """The search finds only names that equal the text."""
    return not search or name.casefold() == search.casefold()


@fault("search-misses-whole-name", "must", Operations.matches)
def search_misses_whole_name(self: Operations, name: str, search: str) -> bool:
    """The search does not find a name that equals the text."""
    return Operations.matches(self, name, search) and name.casefold() != search.casefold()


@fault("search-on-page-only", "must", Operations.page)
def search_on_page_only(self: Operations, kind: str, entries: list[Json], request: Request) -> Response:
    """The list applies search and total to one page of all units."""
    page, limit, search = self.paging(request)
    found = [entry for entry in self.slice(entries, page, limit) if self.matches(entry["name"], search)]
    return Response(200, self.views.page(kind, found, len(found), page, limit))


@fault("field-search-breaks-on-quote", "must", Operations.matches, origin="blind-2")
def search_breaks_on_quote(self: Operations, name: str, search: str) -> bool:
    """The list answers 500 to a search with an apostrophe."""
    if "'" in search:
        raise Refusal(500, "Internal Server Error")
    return Operations.matches(self, name, search)


@fault("field-search-not-decoded", "must", Operations.paging, origin="blind-2")
def search_not_decoded(self: Operations, request: Request) -> tuple[int, int, str]:
    """The list does not percent-decode search."""
    page, limit, search = Operations.paging(self, request)
    raw = dict(part.partition("=")[::2] for part in request.query.split("&"))
    return page, limit, raw.get("search", search)


@fault("field-search-folds-ascii-only", "should", Operations.matches, proves=("LIST-11",), origin="blind-2")
def search_folds_ascii_only(self: Operations, name: str, search: str) -> bool:
    """The search ignores case for ASCII letters only."""

    def fold(text: str) -> str:
        return re.sub("[A-Z]", lambda letter: letter[0].lower(), text)

    return fold(search) in fold(name)


@fault("field-search-is-pattern", "should", Operations.matches, proves=("LIST-12",), origin="blind-2")
def search_is_pattern(self: Operations, name: str, search: str) -> bool:
    """The search reads % and _ as wildcards."""
    pattern = re.escape(search.casefold()).replace("%", ".*").replace("_", ".")
    return re.search(pattern, name.casefold()) is not None


@fault("third-search-is-a-pattern", "must", Operations.matches, origin="blind-3")
def search_is_a_pattern(self: Operations, name: str, search: str) -> bool:
    """The search reads the text as a regular expression."""
    try:
        return re.search(search, name, re.IGNORECASE) is not None
    except re.error:
        return Operations.matches(self, name, search)


@fault("late-search-trimmed", "must", origin="blind-6")
class SearchTrimmed(Operations):
    """The server drops blanks at both ends of the search text, so it finds names that do not contain them."""

    def matches(self, name: str, search: str) -> bool:
        return super().matches(name, search.strip())


@fault("hidden-search-finds-words-in-any-order", "must", Operations.matches, origin="blind-8")
def search_finds_words_in_any_order(self: Operations, name: str, search: str) -> bool:
    """A search for several words finds the names that contain all of them, in any order and at any distance."""
    words = search.split()
    if len(words) > 1:
        return all(word.casefold() in name.casefold() for word in words)
    return Operations.matches(self, name, search)


@fault("scarce-long-search-cut", "must", Operations.matches, origin="blind-9")
def long_search_cut(self: Operations, name: str, search: str) -> bool:
    """The server searches only for the first 64 characters of the text, so it finds names that do not contain it."""
    return Operations.matches(self, name, search[:64])
