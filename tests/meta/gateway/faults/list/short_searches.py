"""A server that searches only for texts of some length."""

from __future__ import annotations

from ...assembly import fault
from ...operations import Operations


@fault("quiet-short-search-ignored", "must", Operations.matches, origin="blind-10")
def short_search_ignored(self: Operations, name: str, search: str) -> bool:
    """The server ignores a search text of one or two characters and shows every entry."""
    return len(search) < 3 or Operations.matches(self, name, search)
