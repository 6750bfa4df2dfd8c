"""The defaults and bounds of pages in lists, as the contract declares them."""

from __future__ import annotations

from dataclasses import dataclass

FIRST_PAGE = 1
"""The number of the first page."""


_LARGEST_INT64 = 2**63 - 1


@dataclass(frozen=True)
class Bounds:
    """The default and the bounds of a number; None where the contract declares none."""

    default: int | None
    minimum: int | None
    maximum: int | None

    @property
    def least(self) -> int:
        """The smallest value that a test may send: 1 if the contract has no minimum."""
        return 1 if self.minimum is None else self.minimum

    @property
    def most(self) -> int:
        """The largest value that a test may send: 2^63 - 1 if the contract has no maximum."""
        return _LARGEST_INT64 if self.maximum is None else self.maximum

    def permit(self, value: int) -> bool:
        """Whether a value is within the bounds."""
        above = self.minimum is None or value >= self.minimum
        return above and (self.maximum is None or value <= self.maximum)

    def nearest(self, value: int) -> int:
        """Return a value, or the nearest one within the bounds."""
        if self.minimum is not None and value < self.minimum:
            return self.minimum
        return value if self.maximum is None else min(value, self.maximum)


@dataclass(frozen=True)
class Pages:
    """What the contract says about the parameters ``page`` and ``limit`` of a list."""

    page_bounds: Bounds
    limit_bounds: Bounds

    def limit(self, wanted: int) -> int:
        """Return a permitted limit, as near as possible to a wanted one."""
        return self.limit_bounds.nearest(wanted)

    def first(self, entries: int = 20) -> dict[str, int]:
        """Return the query for a first page with at least so many entries, without what the defaults already say."""
        query = {} if self.page_bounds.default == FIRST_PAGE else {"page": self.page_bounds.nearest(FIRST_PAGE)}
        enough = self.limit_bounds.default is not None and self.limit_bounds.default >= entries
        return query if enough else {**query, "limit": self.limit(entries)}

    @property
    def can_show_the_first(self) -> bool:
        """Whether a request can ask for the first page."""
        return self.page_bounds.default == FIRST_PAGE or self.page_bounds.permit(FIRST_PAGE)

    def permit(self, page: int, limit: int) -> bool:
        """Whether a request may ask for a page with a limit."""
        return self.page_bounds.permit(page) and self.limit_bounds.permit(limit)
