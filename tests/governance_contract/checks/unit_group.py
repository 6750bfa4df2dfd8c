"""Business units of one test of lists: their names share a marker, so that a search finds them and no other unit."""

from __future__ import annotations

from typing import Any

from ..contract.operation_ids import LIST_UNITS
from ..target.errors import NotApplicable
from ..target.exchange import Exchange
from ..target.run_units import Units
from ..target.target import Target
from ..target.unit import Unit
from . import expect

USUAL_LIMIT = 100
"""A limit that most editions of the contract permit."""


class UnitGroup:
    """Business units of the run whose names share a marker that no other name contains."""

    def __init__(self, units: Units, target: Target) -> None:
        """Start without units."""
        self._units, self._target = units, target
        self.pages = target.contract.pages(LIST_UNITS)
        self.marker = units.joined(units.new_name(), "G")
        self.units: list[Unit] = []

    def create(self, name_ending: str) -> Unit:
        """Create a unit whose name has the marker and an ending.

        Raises:
            Blocked: the target refuses.
        """
        created = self._units.create(self._units.joined(self.marker, name_ending))
        self.units.append(created)
        return created

    def create_many(self, count: int) -> list[str]:
        """Create units and return their identifiers."""
        return [self.create(str(number)).id for number in range(count)]

    def search(self, text: str | None = None, **query: int) -> Exchange:
        """List the business units that match a text, or the units of the group, on a page for all of them."""
        return self.list_raw(**{**self.pages.first(len(self.units)), "search": text or self.marker, **query})

    def list_raw(self, **query: Any) -> Exchange:
        """List the business units with exactly these parameters."""
        return self._target.call(LIST_UNITS, query={"search": self.marker, **query})

    @property
    def largest_limit(self) -> int:
        """A limit with which one page shows the whole group, as far as the contract permits."""
        return self.pages.limit(max(USUAL_LIMIT, len(self.units)))

    @property
    def fits_on_a_page(self) -> bool:
        """Whether one page can show the whole group."""
        return len(self.units) <= self.largest_limit

    def list_all(self) -> Exchange:
        """List all units of the group.

        Skips the test if the contract permits no page that is large enough, or if the search also finds other units,
        which breaks LIST-04, so that the count cannot be used.
        """
        if not self.fits_on_a_page:
            raise NotApplicable("the contract in use permits no page with so many business units")
        exchange = self.search(limit=self.largest_limit)
        expect.succeeded(exchange)
        if any(self.marker not in str(entry.get("name", self.marker)) for entry in exchange.entries("business_units")):
            raise NotApplicable("the search also finds units whose names do not contain the text, see LIST-04")
        return exchange

    def search_text(self, name_ending: str) -> str:
        """Return the name with this ending, without its first letters. No other name contains this text."""
        return self._units.joined(self.marker, name_ending)[2:]

    def delete(self) -> None:
        """Delete the units."""
        for unit in self.units:
            self._units.delete(unit)
