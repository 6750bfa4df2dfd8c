"""Servers that change the names of units."""

from __future__ import annotations

import html
import re
import unicodedata
from dataclasses import replace
from typing import Any

from ...assembly import fault
from ...bodies import Bodies
from ...messages import Json, Request, Response
from ...model import Store, Unit
from ...operations import Operations
from ...views import Views


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


@fault("name-lowered", "must", Store.save)
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


@fault("field-name-escaped-for-html", "must", Store.save, origin="blind-2")
def name_escaped_for_html(self: Store, unit: Unit) -> None:
    """The server stores names escaped for HTML: `&` becomes `&amp;`."""
    Store.save(self, replace(unit, name=html.escape(html.unescape(unit.name), quote=False)))


_VERB = re.compile(r"%[-+# 0]*[0-9]*([a-zA-Z%]?)")


@fault("seldom-name-used-as-format", "must", Bodies.name, origin="blind-11")
def name_used_as_format(self: Bodies, document: Any) -> str:
    """The server uses the name of a unit as a format string, so a percent sign and a letter become `%!d(MISSING)`."""
    return _VERB.sub(_formatted, Bodies.name(self, document))


def _formatted(verb: re.Match[str]) -> str:
    return {"%": "%", "": "%!(NOVERB)"}.get(verb[1], f"%!{verb[1]}(MISSING)")


@fault("quiet-line-breaks-in-names-replaced", "should", Bodies.name, origin="blind-10")
def line_breaks_in_names_replaced(self: Bodies, document: Any) -> str:
    """The server replaces each tab and each line break in a name by a blank."""
    return re.sub(r"[\t\r\n]", " ", Bodies.name(self, document))


@fault("update-recodes-name", "must", Operations.update_governance, proves=("LIFE-13",))
def update_recodes_name(self: Operations, request: Request) -> Response:
    """An update that sets a budget replaces the characters of the name beyond ASCII."""
    response = Operations.update_governance(self, request)
    unit = self.store.find(request.unit_id)
    if unit is None or unit.budget is None:
        return response
    unit = replace(unit, name=unit.name.encode("ascii", "replace").decode())
    self.store.save(unit)
    return Response(200, self.views.governed("Business unit governance updated successfully", unit))


@fault("unescaped-names-read-as-latin-1", "must", Bodies.parse, proves=("LIFE-14",))
def unescaped_names_read_as_latin_1(self: Bodies, body: bytes) -> Any:
    """The server reads characters beyond ASCII that are not escaped in JSON as ISO 8859-1."""
    return Bodies.parse(self, body.decode("latin-1").encode("utf-8"))


@fault("invisible-characters-dropped", "should", Store.save, proves=("LIFE-15",))
def invisible_characters_dropped(self: Store, unit: Unit) -> None:
    """The server drops soft hyphens, zero-width blanks, marks of direction and byte order marks from names."""
    dropped = dict.fromkeys(map(ord, "\u00ad\u200b\u200e\u200f\ufeff"))
    Store.save(self, replace(unit, name=unit.name.translate(dropped)))
