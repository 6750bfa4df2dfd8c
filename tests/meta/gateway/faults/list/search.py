"""Servers that search wrongly."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import replace
from typing import Any

from ...after_rename import AfterRename
from ...assembly import fault
from ...messages import Json, Refusal, Request, Response
from ...model import Unit
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


@fault("scarce-long-search-cut", "must", Operations.matches, origin="blind-9")
def long_search_cut(self: Operations, name: str, search: str) -> bool:
    """The server searches only for the first 64 characters of the text, so it finds names that do not contain it."""
    return Operations.matches(self, name, search[:64])


@fault("seldom-searched-words-in-any-order", "must", Operations.matches, origin="blind-11")
def searched_words_in_any_order(self: Operations, name: str, search: str) -> bool:
    """A search for several words also finds names that have the words in another order or apart."""
    words = search.split()
    return all(Operations.matches(self, name, text) for text in (words if len(words) > 1 else [search]))


@fault("hidden-search-misses-second-rename", "must", origin="blind-8")
class SearchMissesSecondRename(AfterRename):
    """A search finds a unit that was renamed more than once only by the name that the first rename gave it."""

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        self.indexed: dict[str, str] = {}

    def renamed(self, unit: Unit) -> None:
        self.indexed.setdefault(unit.id, unit.name)

    def page(self, kind: str, entries: list[Json], request: Request) -> Response:
        page, limit, search = self.paging(request)
        if kind != "business_units" or not search:
            return super().page(kind, entries, request)
        if self.settings.newest_first:
            entries = entries[::-1]
        found = [entry for entry in entries if self.matches(self.indexed.get(entry["id"], entry["name"]), search)]
        return Response(200, self.views.page(kind, self.slice(found, page, limit), self.total(found), page, limit))


@fault("fresh-search-reads-backslashes-as-escapes", "must", origin="blind-5")
class SearchReadsBackslashesAsEscapes(Operations):
    """A backslash in the search text escapes the character after it, as in the LIKE operator of SQL, so it is lost."""

    def matches(self, name: str, search: str) -> bool:
        return super().matches(name, re.sub(r"\\(.?)", r"\1", search, flags=re.DOTALL))


@fault("quiet-short-search-ignored", "must", Operations.matches, origin="blind-10")
def short_search_ignored(self: Operations, name: str, search: str) -> bool:
    """The server ignores a search text of one or two characters and shows every entry."""
    return len(search) < 3 or Operations.matches(self, name, search)


@fault("search-folds-latin-and-cyrillic-only", "should", Operations.matches)
def search_folds_latin_and_cyrillic_only(self: Operations, name: str, search: str) -> bool:
    """The search respects the case of Greek and Armenian letters."""

    def fold(text: str) -> str:
        return "".join(c if "\u0370" <= c <= "\u03ff" or "\u0531" <= c <= "\u0587" else c.casefold() for c in text)

    return fold(search) in fold(name)


@fault("search-has-alternatives", "should", Operations.matches, proves=("LIST-12",))
def search_has_alternatives(self: Operations, name: str, search: str) -> bool:
    """The search for two texts with a vertical bar between them finds the names that contain one of them."""
    return Operations.matches(self, name, search) or any(
        Operations.matches(self, name, part) for part in search.split("|") if part
    )


@fault("rare-search-plus-decoded-twice", "must", origin="blind-4")
class SearchPlusDecodedTwice(Operations):
    """The server decodes the search text twice, so an encoded plus sign becomes a blank."""

    def paging(self, request: Request) -> tuple[int, int, str]:
        page, limit, search = super().paging(request)
        return page, limit, search.replace("+", " ")


@fault("rare-search-ends-at-semicolon", "must", origin="blind-4")
class SearchEndsAtSemicolon(Operations):
    """The server ignores an encoded semicolon in the search text and everything after it."""

    def paging(self, request: Request) -> tuple[int, int, str]:
        page, limit, search = super().paging(request)
        return page, limit, search.partition(";")[0]


@fault("rare-search-composed", "must", origin="blind-4")
class SearchComposed(Operations):
    """The server composes letters and combining marks of the search text but not those of the names."""

    def matches(self, name: str, search: str) -> bool:
        return super().matches(name, unicodedata.normalize("NFC", search))


@fault("late-search-ends-at-encoded-ampersand", "must", origin="blind-6")
class SearchEndsAtEncodedAmpersand(Operations):
    """The server decodes ampersands before it splits the query, so an encoded one ends the search text."""

    def paging(self, request: Request) -> tuple[int, int, str]:
        return super().paging(replace(request, query=request.query.replace("%26", "&")))
