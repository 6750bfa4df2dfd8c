"""Servers that misjudge which names are taken."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import replace
from typing import Any

from ...assembly import fault
from ...messages import Refusal, Request, Response
from ...model import Unit
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


@fault("field-double-name-after-rename", "must", proves=("LIFE-17",), origin="blind-2")
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


@fault("scarce-names-compared-without-accents", "must", Operations.compared_form, origin="blind-9")
def names_compared_without_accents(self: Operations, name: str) -> str:
    """The server answers 409 to a name that differs from the name of another unit only in accents."""
    return "".join(letter for letter in unicodedata.normalize("NFD", name) if unicodedata.category(letter) != "Mn")


@fault("next-names-compared-as-slugs", "must", Operations.compared_form, origin="blind-7")
def names_compared_as_slugs(self: Operations, name: str) -> str:
    """The server compares names by their ASCII letters and digits only, so it answers 409 to a second name in kanji."""
    return re.sub(r"[^A-Za-z0-9]+", "-", name).strip("-")


@fault("fresh-names-compared-by-prefix", "must", Operations.compared_form, origin="blind-5")
def names_compared_by_prefix(self: Operations, name: str) -> str:
    """The server compares only the first 64 characters of names and answers 409 if they are those of another unit."""
    return name[:64]


@fault("fresh-recreated-name-not-unique", "must", origin="blind-5")
class RecreatedNameNotUnique(Operations):
    """A name that a deleted unit had can be given to any number of new units."""

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        self.deleted: set[str] = set()

    def delete_unit(self, request: Request) -> Response:
        unit = self.unit(request, self.clock.now())
        self.deleted.add(unit.name)
        return super().delete_unit(request)

    def check_name_is_free(self, name: str, own_id: str | None = None) -> None:
        if name not in self.deleted:
            super().check_name_is_free(name, own_id)


@fault("fresh-name-conflict-clears-governance", "must", origin="blind-5")
class NameConflictClearsGovernance(Operations):
    """The creation of a unit with a taken name answers 409 but removes the governance of the unit with this name."""

    def create_unit(self, request: Request) -> Response:
        try:
            return super().create_unit(request)
        except Refusal as refusal:
            if refusal.status == 409:
                self.overwrite(self.bodies.name(self.document(request)))
            raise

    def overwrite(self, name: str) -> None:
        """Write the row of a new unit over that of the unit with this name."""
        for unit in self.store.units():
            if unit.name == name:
                self.store.save(replace(unit, budget=None, rate_limit=None))


@fault("duplicate-name-accepted", "must", Operations.check_name_is_free, proves=("LIFE-02",))
def duplicate_name_accepted(self: Operations, name: str, own_id: str | None = None) -> None:
    """The server creates two units with one name."""
    if own_id is not None:
        Operations.check_name_is_free(self, name, own_id)


@fault("duplicate-name-accepted-by-rename", "should", Operations.check_name_is_free, proves=("LIFE-07",))
def duplicate_name_accepted_by_rename(self: Operations, name: str, own_id: str | None = None) -> None:
    """The server renames a unit to a taken name."""
    if own_id is None:
        Operations.check_name_is_free(self, name, own_id)


@fault("name-stays-taken", "should", proves=("LIFE-16",))
class NameStaysTaken(Operations):
    """The server refuses the name of a deleted unit."""

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        self.taken: set[str] = set()

    def delete_unit(self, request: Request) -> Response:
        self.taken.add(self.unit(request, self.clock.now()).name)
        return super().delete_unit(request)

    def check_name_is_free(self, name: str, own_id: str | None = None) -> None:
        super().check_name_is_free(name, own_id)
        if name in self.taken:
            raise Refusal(409, "A business unit with this name already exists")


@fault("own-name-refused-by-rename", "should", Operations.check_name_is_free, proves=("LIFE-18",))
def own_name_refused_by_rename(self: Operations, name: str, own_id: str | None = None) -> None:
    """The server refuses to rename a unit to its own name."""
    Operations.check_name_is_free(self, name, None)
