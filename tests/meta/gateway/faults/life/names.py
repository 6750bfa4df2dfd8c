"""Servers that store or compare names wrongly."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import replace
from typing import Any

from ...assembly import fault
from ...bodies import Bodies
from ...messages import Json, Refusal, Request, Response
from ...model import Store, Unit
from ...operations import Operations
from ...views import Views


@fault("duplicate-name-accepted", "LIFE", "must", proves=("LIFE-02",))
class DuplicateNameAccepted(Operations):
    """The server creates two units with one name."""

    def check_name_is_free(self, name: str, own_id: str | None = None) -> None:
        if own_id is not None:
            super().check_name_is_free(name, own_id)


@fault("duplicate-name-accepted-by-rename", "LIFE", "should", proves=("LIFE-07",))
class DuplicateNameAcceptedByRename(Operations):
    """The server renames a unit to a taken name."""

    def check_name_is_free(self, name: str, own_id: str | None = None) -> None:
        if own_id is None:
            super().check_name_is_free(name, own_id)


@fault("duplicate-name-returns-old-unit", "LIFE", "must")
class DuplicateNameReturnsOldUnit(Operations):
    """The creation of a unit with a taken name answers 200 with the existing unit."""

    def create_unit(self, request: Request) -> Response:
        name = self.bodies.name(self.document(request))
        for unit in self.store.units():
            if unit.name == name:
                return Response(200, self.views.mutation(unit))
        return super().create_unit(request)


@fault("name-stays-taken", "LIFE", "should", proves=("LIFE-16",))
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


@fault("own-name-refused-by-rename", "LIFE", "should", proves=("LIFE-18",))
class OwnNameRefusedByRename(Operations):
    """The server refuses to rename a unit to its own name."""

    def check_name_is_free(self, name: str, own_id: str | None = None) -> None:
        super().check_name_is_free(name, None)


@fault("name-shortened", "LIFE", "must")
class NameShortened(Operations):
    """The server cuts names to 20 characters."""

    def create_unit(self, request: Request) -> Response:
        response = super().create_unit(request)
        unit = self.store.find(response.payload["id"])
        if unit is not None:
            self.store.save(replace(unit, name=unit.name[:20]))
        return response


@fault("long-names-cut", "LIFE", "should")
class LongNamesCut(Store):
    """The server cuts names to 128 characters."""

    def save(self, unit: Unit) -> None:
        super().save(replace(unit, name=unit.name[:128]))


@fault("name-lowered", "LIFE", "should")
class NameLowered(Store):
    """The server stores names in lower case."""

    def save(self, unit: Unit) -> None:
        super().save(replace(unit, name=unit.name.lower()))


@fault("blanks-in-names-merged", "LIFE", "should")
class BlanksInNamesMerged(Store):
    """The server merges several blanks in a name into one."""

    def save(self, unit: Unit) -> None:
        super().save(replace(unit, name=re.sub(" +", " ", unit.name)))


@fault("names-decomposed", "LIFE", "must")
class NamesDecomposed(Store):
    """The server stores names in Unicode form NFD."""

    def save(self, unit: Unit) -> None:
        super().save(replace(unit, name=unicodedata.normalize("NFD", unit.name)))


@fault("question-marks-in-names", "LIFE", "must")
class QuestionMarksInNames(Store):
    """The server replaces letters beyond Latin-1 by question marks."""

    def save(self, unit: Unit) -> None:
        super().save(replace(unit, name=unit.name.encode("latin-1", "replace").decode("latin-1")))


@fault("names-escaped-for-html", "LIFE", "should")
class NamesEscapedForHtml(Views):
    """The list shows names escaped for HTML."""

    def item(self, unit: Unit, team_count: int) -> Json:
        view = super().item(unit, team_count)
        return {**view, "name": view["name"].replace("&", "&amp;").replace("<", "&lt;")}


@fault("third-names-beyond-the-basic-plane", "LIFE", "should", origin="blind-3")
class NamesBeyondTheBasicPlane(Bodies):
    """The server refuses names beyond the basic multilingual plane."""

    def check_name(self, name: str) -> None:
        super().check_name(name)
        if any(character > "\uffff" for character in name):
            raise Refusal(400, "name has characters that cannot be stored")
