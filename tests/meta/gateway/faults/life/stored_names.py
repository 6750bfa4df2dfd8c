"""Names in general: servers that store them changed, or do not keep them unique."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import replace
from typing import Any

from ...assembly import fault
from ...messages import Json, Refusal, Request, Response
from ...model import Store, Unit
from ...operations import Operations
from ...views import Views


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


@fault("name-shortened", "must", Operations.create_unit)
def name_shortened(self: Operations, request: Request) -> Response:
    """The server cuts names to 20 characters."""
    response = Operations.create_unit(self, request)
    unit = self.store.find(response.payload["id"])
    if unit is not None:
        self.store.save(replace(unit, name=unit.name[:20]))
    return response


@fault("long-names-cut", "should", Store.save)
def long_names_cut(self: Store, unit: Unit) -> None:
    """The server cuts names to 128 characters."""
    Store.save(self, replace(unit, name=unit.name[:128]))


@fault("name-lowered", "should", Store.save)
def name_lowered(self: Store, unit: Unit) -> None:
    """The server stores names in lower case."""
    Store.save(self, replace(unit, name=unit.name.lower()))


@fault("blanks-in-names-merged", "should", Store.save)
def blanks_in_names_merged(self: Store, unit: Unit) -> None:
    """The server merges several blanks in a name into one."""
    Store.save(self, replace(unit, name=re.sub(" +", " ", unit.name)))


@fault("names-decomposed", "must", Store.save)
def names_decomposed(self: Store, unit: Unit) -> None:
    """The server stores names in Unicode form NFD."""
    Store.save(self, replace(unit, name=unicodedata.normalize("NFD", unit.name)))


@fault("question-marks-in-names", "must", Store.save)
def question_marks_in_names(self: Store, unit: Unit) -> None:
    """The server replaces letters beyond Latin-1 by question marks."""
    Store.save(self, replace(unit, name=unit.name.encode("latin-1", "replace").decode("latin-1")))


@fault("names-escaped-for-html", "should", Views.item)
def names_escaped_for_html(self: Views, unit: Unit, team_count: int) -> Json:
    """The list shows names escaped for HTML."""
    view = Views.item(self, unit, team_count)
    return {**view, "name": view["name"].replace("&", "&amp;").replace("<", "&lt;")}
