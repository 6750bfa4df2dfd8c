"""Servers that cut lists into pages wrongly."""

from __future__ import annotations

from ...assembly import fault
from ...messages import Json, Refusal
from ...operations import Operations


@fault("limit-ignored", "LIST", "must", proves=("LIST-02",))
class LimitIgnored(Operations):
    """limit is ignored."""

    def slice(self, entries: list[Json], page: int, limit: int) -> list[Json]:
        return entries if page == 1 else []


@fault("page-ignored", "LIST", "must")
class PageIgnored(Operations):
    """page is ignored: every page is the first."""

    def slice(self, entries: list[Json], page: int, limit: int) -> list[Json]:
        return entries[:limit]


@fault("last-page-repeated", "LIST", "must", proves=("LIST-03",))
class LastPageRepeated(Operations):
    """Beyond the last page the last one is repeated."""

    def slice(self, entries: list[Json], page: int, limit: int) -> list[Json]:
        return super().slice(entries, min(page, max(1, -(-len(entries) // limit))), limit)


@fault("pages-overlap", "LIST", "must")
class PagesOverlap(Operations):
    """The last entry of a page is the first of the next."""

    def slice(self, entries: list[Json], page: int, limit: int) -> list[Json]:
        start = max(0, (page - 1) * limit - 1)
        return entries[start : start + limit]


@fault("pages-count-from-zero", "LIST", "must")
class PagesCountFromZero(Operations):
    """page 1 is the second page."""

    def slice(self, entries: list[Json], page: int, limit: int) -> list[Json]:
        return super().slice(entries, page + 1, limit)


@fault("pages-have-one-more", "LIST", "must")
class PagesHaveOneMore(Operations):
    """A page holds one entry more than limit."""

    def slice(self, entries: list[Json], page: int, limit: int) -> list[Json]:
        return entries[(page - 1) * limit : page * limit + 1]


@fault("limit-above-20-cut", "LIST", "must")
class LimitAbove20Cut(Operations):
    """A page never holds more than 20 entries."""

    def slice(self, entries: list[Json], page: int, limit: int) -> list[Json]:
        return super().slice(entries, page, min(limit, 20))


@fault("default-limit-is-three", "LIST", "must", proves=("LIST-05",))
class DefaultLimitIsThree(Operations):
    """Without a limit a page holds three entries."""

    def bounded(self, text: str, least: int, most: int, default: int) -> int:
        return 3 if (text, most) == ("20", 100) else super().bounded(text, least, most, default)


@fault("order-changes", "LIST", "must")
class OrderChanges(Operations):
    """The order of the units is another for each request, so that pages overlap."""

    def slice(self, entries: list[Json], page: int, limit: int) -> list[Json]:
        return super().slice(entries if page % 2 else entries[::-1], page, limit)


@fault("field-offset-in-default-pages", "LIST", "must", origin="blind-2")
class OffsetInDefaultPages(Operations):
    """The offset is counted in pages of 20, whatever the limit: page 2 of a smaller limit skips entries."""

    def slice(self, entries: list[Json], page: int, limit: int) -> list[Json]:
        return entries[(page - 1) * 20 :][:limit]


@fault("field-pages-from-zero", "LIST", "must", origin="blind-2")
class PagesFromZero(Operations):
    """Pages are counted from 0 inside and only page 1 is translated: page 2 is answered with the third."""

    def slice(self, entries: list[Json], page: int, limit: int) -> list[Json]:
        return super().slice(entries, page + 1 if page > 1 else page, limit)


@fault("field-second-page-skips-one", "LIST", "must", origin="blind-2")
class SecondPageSkipsOne(Operations):
    """The offset of later pages is one too large: the entry on the border is on no page."""

    def slice(self, entries: list[Json], page: int, limit: int) -> list[Json]:
        return super().slice(entries[1:] if page > 1 else entries, page, limit)


@fault("field-limit-hundred-refused", "LIST", "must", origin="blind-2")
class LimitHundredRefused(Operations):
    """The bound is compared with `>=`: the limit 100 is refused."""

    def bounded(self, text: str, least: int, most: int, default: int) -> int:
        if most == 100 and text == "100":
            raise Refusal(400, "limit must be less than 100")
        return super().bounded(text, least, most, default)


@fault("field-limit-unbounded", "LIST", "should", origin="blind-2")
class LimitUnbounded(Operations):
    """A limit of more than 100 is honoured."""

    def bounded(self, text: str, least: int, most: int, default: int) -> int:
        return super().bounded(text, least, 2**31 if most == 100 else most, default)


@fault("bad-page-breaks", "LIST", "must", proves=("LIST-06",))
class BadPageBreaks(Operations):
    """A page that is no number is a 500."""

    def bounded(self, text: str, least: int, most: int, default: int) -> int:
        return super().bounded(str(int(text)), least, most, default)


@fault("zero-limit-breaks", "LIST", "must")
class ZeroLimitBreaks(Operations):
    """A limit of 0 is a 500."""

    def bounded(self, text: str, least: int, most: int, default: int) -> int:
        return super().bounded(text, least, most, default) if text != "0" else 1 // int(text)
