"""Servers that refuse valid names and team ids, or accept invalid ones."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from ...assembly import fault
from ...bodies import Bodies
from ...messages import Refusal, Request, Response
from ...operations import Operations


@fault("unicode-names-refused", "must", Bodies.check_name, proves=("LIFE-14",))
def unicode_names_refused(self: Bodies, name: str) -> None:
    """The server refuses a non-ASCII name."""
    Bodies.check_name(self, name)
    if not name.isascii():
        raise Refusal(400, "name must be ASCII")


@fault("unicode-names-break", "must", Bodies.check_name)
def unicode_names_break(self: Bodies, name: str) -> None:
    """The server answers 500 to a name beyond the basic multilingual plane."""
    Bodies.check_name(self, name)
    assert all(ord(character) < 2**16 for character in name)


@fault("punctuation-in-names-refused", "should", Bodies.check_name, proves=("LIFE-15",))
def punctuation_in_names_refused(self: Bodies, name: str) -> None:
    """The server refuses punctuation in names, other than hyphens."""
    Bodies.check_name(self, name)
    if re.search(r"[^\w \-]", name):
        raise Refusal(400, "name has a character that is not allowed")


@fault("missing-name-accepted", "must", Bodies.name, proves=("VALID-17",))
def missing_name_accepted(self: Bodies, document: Any) -> str:
    """The server creates a unit without a name and calls it Unnamed."""
    return Bodies.name(self, {"name": "Unnamed", **self.body_object(document)})


@fault("missing-name-breaks", "must", Bodies.name)
def missing_name_breaks(self: Bodies, document: Any) -> str:
    """The server answers 500 to a body without a name."""
    assert "name" in self.body_object(document)
    return Bodies.name(self, document)


@fault("name-as-number-accepted", "must", Bodies.name, proves=("VALID-20",))
def name_as_number_accepted(self: Bodies, document: Any) -> str:
    """The server accepts a number as a name."""
    value = self.body_object(document).get("name")
    return str(value) if isinstance(value, int | float) else Bodies.name(self, document)


@fault("empty-name-accepted", "should", Bodies.check_name, proves=("VALID-22",))
def empty_name_accepted(self: Bodies, name: str) -> None:
    """The server accepts an empty name."""
    if name:
        Bodies.check_name(self, name)


@fault("blank-name-accepted", "should", Bodies.check_name)
def blank_name_accepted(self: Bodies, name: str) -> None:
    """The server accepts a blank name."""
    Bodies.check_name(self, name if name == "" else f".{name.strip()}")


@fault("long-name-accepted", "should", Bodies.check_name)
def long_name_accepted(self: Bodies, name: str) -> None:
    """The server accepts a name of more than 255 characters."""
    Bodies.check_name(self, name[:255])


@fault("ideographic-blank-accepted", "should", Bodies.check_name)
def ideographic_blank_accepted(self: Bodies, name: str) -> None:
    """The server accepts a name of ideographic blanks."""
    Bodies.check_name(self, name.replace("\u3000", "x"))


@fault("empty-name-accepted-by-rename", "should", Operations.rename_unit)
def empty_name_accepted_by_rename(self: Operations, request: Request) -> Response:
    """A rename accepts an empty name."""
    document = self.bodies.document(request.body)
    if isinstance(document, dict) and document.get("name") == "":
        return Response(200, self.views.mutation(self.unit(request, self.clock.now())))
    return Operations.rename_unit(self, request)


@fault("invalid-rename-is-stored", "should", Operations.rename_unit)
def invalid_rename_is_stored(self: Operations, request: Request) -> Response:
    """A rename to a number answers 400 and is stored."""
    try:
        return Operations.rename_unit(self, request)
    except Refusal:
        document, unit = self.bodies.document(request.body), self.store.find(request.unit_id)
        if unit is not None and isinstance(document, dict) and isinstance(document.get("name"), int):
            self.store.save(replace(unit, name=str(document["name"])))
        raise


@fault("missing-team-id-breaks", "must", Bodies.team_id, proves=("VALID-18",))
def missing_team_id_breaks(self: Bodies, document: Any) -> str:
    """The server answers 500 to a body without team_id."""
    assert "team_id" in self.body_object(document)
    return Bodies.team_id(self, document)


@fault("team-id-as-number-looked-up", "must", Bodies.team_id)
def team_id_as_number_looked_up(self: Bodies, document: Any) -> str:
    """The server answers 404 instead of 400 to a team_id that is a number."""
    value = self.body_object(document).get("team_id")
    return str(value) if isinstance(value, int) else Bodies.team_id(self, document)


@fault("hidden-name-length-in-bytes", "must", Bodies.check_name, origin="blind-8")
def name_length_in_bytes(self: Bodies, name: str) -> None:
    """The server refuses a name of at most 255 characters if it has more than 255 bytes in UTF-8."""
    Bodies.check_name(self, name)
    if len(name) <= 255 < len(name.encode()):
        raise Refusal(400, "name must have 1 to 255 characters")
