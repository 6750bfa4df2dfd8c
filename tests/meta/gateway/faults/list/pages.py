"""Servers that cut lists into pages wrongly."""

from __future__ import annotations

from ...assembly import fault
from ...messages import Json, Refusal
from ...operations import Operations


@fault("limit-ignored", "LIST", "must", proves=("LIST-02",))
class LimitIgnored(Operations):
    """The list ignores limit."""

    def slice(self, entries: list[Json], page: int, limit: int) -> list[Json]:
        return entries if page == 1 else []


@fault("page-ignored", "LIST", "must")
class PageIgnored(Operations):
    """The list ignores page."""

    def slice(self, entries: list[Json], page: int, limit: int) -> list[Json]:
        return entries[:limit]


@fault("last-page-repeated", "LIST", "must", proves=("LIST-03",))
class LastPageRepeated(Operations):
    """The list repeats the last page after the end."""

    def slice(self, entries: list[Json], page: int, limit: int) -> list[Json]:
        return super().slice(entries, min(page, max(1, -(-len(entries) // limit))), limit)


@fault("pages-overlap", "LIST", "must")
class PagesOverlap(Operations):
    """The first entry of a page is the last entry of the page before."""

    def slice(self, entries: list[Json], page: int, limit: int) -> list[Json]:
        start = max(0, (page - 1) * limit - 1)
        return entries[start : start + limit]


@fault("pages-count-from-zero", "LIST", "must")
class PagesCountFromZero(Operations):
    """The list shows the second page as page 1."""

    def slice(self, entries: list[Json], page: int, limit: int) -> list[Json]:
        return super().slice(entries, page + 1, limit)


@fault("pages-have-one-more", "LIST", "must")
class PagesHaveOneMore(Operations):
    """A page holds one entry more than limit."""

    def slice(self, entries: list[Json], page: int, limit: int) -> list[Json]:
        return entries[(page - 1) * limit : page * limit + 1]


@fault("limit-above-20-cut", "LIST", "must")
class LimitAbove20Cut(Operations):
    """A page holds at most 20 entries."""

    def slice(self, entries: list[Json], page: int, limit: int) -> list[Json]:
        return super().slice(entries, page, min(limit, 20))


@fault("default-limit-is-three", "LIST", "must", proves=("LIST-05",))
class DefaultLimitIsThree(Operations):
    """The default limit is 3."""

    def bounded(self, text: str, least: int, most: int, default: int) -> int:
        return 3 if (text, most) == ("20", 100) else super().bounded(text, least, most, default)


@fault("order-changes", "LIST", "must")
class OrderChanges(Operations):
    """The order of entries is reversed on every second page."""

    def slice(self, entries: list[Json], page: int, limit: int) -> list[Json]:
        return super().slice(entries if page % 2 else entries[::-1], page, limit)


@fault("field-offset-in-default-pages", "LIST", "must", origin="blind-2")
class OffsetInDefaultPages(Operations):
    """The offset of a page is counted in pages of 20 entries."""

    def slice(self, entries: list[Json], page: int, limit: int) -> list[Json]:
        return entries[(page - 1) * 20 :][:limit]


@fault("field-pages-from-zero", "LIST", "must", origin="blind-2")
class PagesFromZero(Operations):
    """The list shows page 3 as page 2, and so on."""

    def slice(self, entries: list[Json], page: int, limit: int) -> list[Json]:
        return super().slice(entries, page + 1 if page > 1 else page, limit)


@fault("field-second-page-skips-one", "LIST", "must", origin="blind-2")
class SecondPageSkipsOne(Operations):
    """The second page skips one entry."""

    def slice(self, entries: list[Json], page: int, limit: int) -> list[Json]:
        return super().slice(entries[1:] if page > 1 else entries, page, limit)


@fault("field-limit-hundred-refused", "LIST", "must", origin="blind-2")
class LimitHundredRefused(Operations):
    """The list refuses a limit of 100."""

    def bounded(self, text: str, least: int, most: int, default: int) -> int:
        if most == 100 and text == "100":
            raise Refusal(400, "limit must be less than 100")
        return super().bounded(text, least, most, default)


@fault("field-limit-unbounded", "LIST", "should", origin="blind-2")
class LimitUnbounded(Operations):
    """The list accepts a limit above 100."""

    def bounded(self, text: str, least: int, most: int, default: int) -> int:
        return super().bounded(text, least, 2**31 if most == 100 else most, default)


@fault("bad-page-breaks", "LIST", "must", proves=("LIST-06",))
class BadPageBreaks(Operations):
    """The list answers 500 to a page that is not a number."""

    def bounded(self, text: str, least: int, most: int, default: int) -> int:
        return super().bounded(str(int(text)), least, most, default)


@fault("zero-limit-breaks", "LIST", "must")
class ZeroLimitBreaks(Operations):
    """The list answers 500 to a limit of 0."""

    def bounded(self, text: str, least: int, most: int, default: int) -> int:
        return super().bounded(text, least, most, default) if text != "0" else 1 // int(text)
