"""Servers that cut lists into pages wrongly."""

from __future__ import annotations

from ...assembly import fault
from ...kept_units import KeptUnits
from ...messages import Json, Refusal, Request, Response
from ...operations import Operations


@fault("limit-ignored", "must", Operations.slice, proves=("LIST-02",))
def limit_ignored(self: Operations, entries: list[Json], page: int, limit: int) -> list[Json]:
    """The list ignores limit."""
    return entries if page == 1 else []


@fault("page-ignored", "must", Operations.slice)
def page_ignored(self: Operations, entries: list[Json], page: int, limit: int) -> list[Json]:
    """The list ignores page."""
    return entries[:limit]


@fault("last-page-repeated", "must", Operations.slice, proves=("LIST-03",))
def last_page_repeated(self: Operations, entries: list[Json], page: int, limit: int) -> list[Json]:
    """The list repeats the last page after the end."""
    return Operations.slice(self, entries, min(page, max(1, -(-len(entries) // limit))), limit)


@fault("pages-overlap", "must", Operations.slice)
def pages_overlap(self: Operations, entries: list[Json], page: int, limit: int) -> list[Json]:
    """The first entry of a page is the last entry of the page before."""
    start = max(0, (page - 1) * limit - 1)
    return entries[start : start + limit]


@fault("pages-count-from-zero", "must", Operations.slice)
def pages_count_from_zero(self: Operations, entries: list[Json], page: int, limit: int) -> list[Json]:
    """The list shows the second page as page 1."""
    return Operations.slice(self, entries, page + 1, limit)


@fault("pages-have-one-more", "must", Operations.slice)
def pages_have_one_more(self: Operations, entries: list[Json], page: int, limit: int) -> list[Json]:
    """A page holds one entry more than limit."""
    return entries[(page - 1) * limit : page * limit + 1]


@fault("limit-above-20-cut", "must", Operations.slice)
def limit_above_20_cut(self: Operations, entries: list[Json], page: int, limit: int) -> list[Json]:
    """A page holds at most 20 entries."""
    return Operations.slice(self, entries, page, min(limit, 20))


@fault("default-limit-is-three", "must", Operations.bounded, proves=("LIST-05",))
def default_limit_is_three(self: Operations, text: str, least: int, most: int, default: int) -> int:
    """The default limit is 3."""
    return 3 if (text, most) == ("20", 100) else Operations.bounded(self, text, least, most, default)


@fault("order-changes", "must", Operations.slice)
def order_changes(self: Operations, entries: list[Json], page: int, limit: int) -> list[Json]:
    """The order of entries is reversed on every second page."""
    return Operations.slice(self, entries if page % 2 else entries[::-1], page, limit)


@fault("field-second-page-skips-one", "must", Operations.slice, origin="blind-2")
def second_page_skips_one(self: Operations, entries: list[Json], page: int, limit: int) -> list[Json]:
    """The second page skips one entry."""
    return Operations.slice(self, entries[1:] if page > 1 else entries, page, limit)


@fault("field-limit-hundred-refused", "must", Operations.bounded, origin="blind-2")
def limit_hundred_refused(self: Operations, text: str, least: int, most: int, default: int) -> int:
    """The list refuses a limit of 100."""
    if most == 100 and text == "100":
        raise Refusal(400, "limit must be less than 100")
    return Operations.bounded(self, text, least, most, default)


@fault("field-limit-unbounded", "should", Operations.bounded, origin="blind-2")
def limit_unbounded(self: Operations, text: str, least: int, most: int, default: int) -> int:
    """The list accepts a limit above 100."""
    return Operations.bounded(self, text, least, 2**31 if most == 100 else most, default)


@fault("bad-page-breaks", "must", Operations.bounded, proves=("LIST-06",))
def bad_page_breaks(self: Operations, text: str, least: int, most: int, default: int) -> int:
    """The list answers 500 to a page that is not a number."""
    return Operations.bounded(self, str(int(text)), least, most, default)


@fault("zero-limit-breaks", "must", Operations.bounded)
def zero_limit_breaks(self: Operations, text: str, least: int, most: int, default: int) -> int:
    """The list answers 500 to a limit of 0."""
    return Operations.bounded(self, text, least, most, default) if text != "0" else 1 // int(text)


@fault("late-deleted-units-take-up-pages", "must", origin="blind-6")
class DeletedUnitsTakeUpPages(KeptUnits):
    """Until the next unit is created, pages are cut as if deleted units were still there, so they have gaps."""

    def create_unit(self, request: Request) -> Response:
        response = super().create_unit(request)
        self.deleted.clear()
        return response

    def list_units(self, request: Request) -> Response:
        rows = sorted([*self.store.units(), *self.deleted.values()], key=lambda unit: unit.created_at)
        items = self.items(rows)
        return self.page("business_units", items, request)

    def slice(self, entries: list[Json], page: int, limit: int) -> list[Json]:
        return self.remaining(super().slice(entries, page, limit))

    def total(self, found: list[Json]) -> int:
        return super().total(self.remaining(found))

    def remaining(self, entries: list[Json]) -> list[Json]:
        """Return the entries that are not deleted."""
        return [entry for entry in entries if entry["id"] not in self.deleted]


@fault("subtle-page-after-full-page", "must", Operations.slice, origin="blind-12")
def page_after_full_page(self: Operations, entries: list[Json], page: int, limit: int) -> list[Json]:
    """The page after the last one shows the last one again if that is full."""
    return Operations.slice(self, entries, page - 1 if (page - 1) * limit == len(entries) > 0 else page, limit)


@fault("hidden-later-search-pages-by-name", "must", Operations.page, origin="blind-8")
def later_search_pages_by_name(self: Operations, kind: str, entries: list[Json], request: Request) -> Response:
    """Pages of a search after the first are cut from the names in alphabetical order, the first from those by age."""
    page, _, search = self.paging(request)
    if search and page > 1:
        entries = sorted(entries, key=lambda entry: str(entry["name"]), reverse=self.settings.newest_first)
    return Operations.page(self, kind, entries, request)
