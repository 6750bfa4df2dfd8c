"""Servers that compare names too loosely, forget conflicts, or create a unit although they refuse it."""

from __future__ import annotations

import contextlib
import unicodedata
from typing import Any

from ...assembly import fault
from ...messages import Refusal, Request, Response
from ...model import Unit
from ...operations import Operations
from ..life.earlier_names import AfterRename


def _compatible(name: str) -> str:
    return unicodedata.normalize("NFKC", name)


@fault("hidden-names-compared-in-compatibility-form", "must", Operations.check_name_is_free, origin="blind-8")
def names_compared_in_compatibility_form(self: Operations, name: str, own_id: str | None = None) -> None:
    """The server compares names in Unicode form NFKC and answers 409 to a name in full width or with a ligature."""
    if any(_compatible(unit.name) == _compatible(name) and unit.id != own_id for unit in self.store.units()):
        raise Refusal(409, "A business unit with this name already exists")


@fault("hidden-conflict-missed-after-rename", "must", origin="blind-8")
class ConflictMissedAfterRename(AfterRename):
    """The creation of governance overwrites existing governance of a unit that was renamed."""

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        self.unguarded: set[str] = set()

    def renamed(self, unit: Unit) -> None:
        self.unguarded.add(unit.id)

    def check_ungoverned(self, unit: Unit) -> None:
        if unit.id not in self.unguarded:
            super().check_ungoverned(unit)


@fault("hidden-refused-long-name-created-cut", "must", origin="blind-8")
class RefusedLongNameCreatedCut(Operations):
    """The creation of a unit with a name of more than 255 characters answers 400 but creates it with the first 255."""

    def create_unit(self, request: Request) -> Response:
        try:
            return super().create_unit(request)
        except Refusal as refusal:
            if refusal.status == 400:
                with contextlib.suppress(Refusal):
                    self.create_cut(request)
            raise

    def create_cut(self, request: Request) -> None:
        """Create the unit if its name is only too long."""
        document = self.document(request)
        name = document.get("name") if isinstance(document, dict) else None
        if isinstance(name, str) and len(name) > 255 and name[:255].strip():
            cut = self.bodies.name({"name": name[:255]})
            self.check_name_is_free(cut)
            now = self.clock.now()
            self.store.save(Unit(self.ids.new(), cut, now, now))
