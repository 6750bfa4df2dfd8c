"""Names in the creation of a unit: servers that store them changed, or misjudge which are taken."""

from __future__ import annotations

import contextlib
import html
import re
import unicodedata
from dataclasses import replace
from typing import Any

from ...assembly import fault
from ...messages import Refusal, Request, Response
from ...model import Store, Unit
from ...operations import Operations


@fault("field-conflict-leaves-unit", "must", Operations.check_name_is_free, origin="blind-2")
def conflict_leaves_unit(self: Operations, name: str, own_id: str | None = None) -> None:
    """The creation of a unit with a taken name answers 409 and creates the unit."""
    try:
        Operations.check_name_is_free(self, name, own_id)
    except Refusal:
        if own_id is None:
            now = self.clock.now()
            self.store.save(Unit(self.ids.new(), name, now, now))
        raise


@fault("field-names-compared-on-first-page", "must", Operations.check_name_is_free, origin="blind-2")
def names_compared_on_first_page(self: Operations, name: str, own_id: str | None = None) -> None:
    """The server compares a new name with the names of the first 20 units only."""
    if any(unit.name == name and unit.id != own_id for unit in self.store.units()[:20]):
        raise Refusal(409, "A business unit with this name already exists")


@fault("field-name-escaped-for-html", "must", Store.save, origin="blind-2")
def name_escaped_for_html(self: Store, unit: Unit) -> None:
    """The server stores names escaped for HTML: `&` becomes `&amp;`."""
    Store.save(self, replace(unit, name=html.escape(html.unescape(unit.name), quote=False)))


@fault("field-double-name-after-rename", "should", proves=("LIFE-17",), origin="blind-2")
class DoubleNameAfterRename(Operations):
    """The server accepts a taken name that a rename has set."""

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        self.renamed: set[str] = set()

    def rename_unit(self, request: Request) -> Response:
        response = super().rename_unit(request)
        self.renamed.add(response.payload["name"])
        return response

    def check_name_is_free(self, name: str, own_id: str | None = None) -> None:
        if name not in self.renamed:
            super().check_name_is_free(name, own_id)


_NUMBER = re.compile(r"\s*[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?\s*")


@fault("late-numbers-as-names-compared-by-value", "must", origin="blind-6")
class NumbersAsNamesComparedByValue(Operations):
    """The server answers 409 to a name that is a number equal to the name of another unit, such as 007 beside 7."""

    def check_name_is_free(self, name: str, own_id: str | None = None) -> None:
        super().check_name_is_free(name, own_id)
        if not _NUMBER.fullmatch(name):
            return
        for unit in self.store.units():
            if unit.id != own_id and _NUMBER.fullmatch(unit.name) and float(unit.name) == float(name):
                raise Refusal(409, "A business unit with this name already exists")


@fault("hidden-names-compared-in-compatibility-form", "must", Operations.compared_form, origin="blind-8")
def names_compared_in_compatibility_form(self: Operations, name: str) -> str:
    """The server compares names in Unicode form NFKC and answers 409 to a name in full width or with a ligature."""
    return unicodedata.normalize("NFKC", name)


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


@fault("scarce-names-compared-without-accents", "must", Operations.compared_form, origin="blind-9")
def names_compared_without_accents(self: Operations, name: str) -> str:
    """The server answers 409 to a name that differs from the name of another unit only in accents."""
    return "".join(letter for letter in unicodedata.normalize("NFD", name) if unicodedata.category(letter) != "Mn")
