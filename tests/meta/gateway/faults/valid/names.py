"""Servers that validate names and team ids wrongly."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from ...assembly import fault
from ...bodies import Bodies
from ...messages import Refusal, Request, Response
from ...operations import Operations


@fault("unicode-names-refused", "VALID", "must", proves=("LIFE-14",))
class UnicodeNamesRefused(Bodies):
    """The server refuses a non-ASCII name."""

    def check_name(self, name: str) -> None:
        super().check_name(name)
        if not name.isascii():
            raise Refusal(400, "name must be ASCII")


@fault("unicode-names-break", "VALID", "must")
class UnicodeNamesBreak(Bodies):
    """The server answers 500 to a name beyond the basic multilingual plane."""

    def check_name(self, name: str) -> None:
        super().check_name(name)
        assert all(ord(character) < 2**16 for character in name)


@fault("punctuation-in-names-refused", "VALID", "should", proves=("LIFE-15",))
class PunctuationInNamesRefused(Bodies):
    """The server refuses punctuation in names, other than hyphens."""

    def check_name(self, name: str) -> None:
        super().check_name(name)
        if re.search(r"[^\w \-]", name):
            raise Refusal(400, "name has a character that is not allowed")


@fault("missing-name-accepted", "VALID", "must", proves=("VALID-17",))
class MissingNameAccepted(Bodies):
    """The server creates a unit without a name and calls it Unnamed."""

    def name(self, document: Any) -> str:
        return super().name({"name": "Unnamed", **self.body_object(document)})


@fault("missing-name-breaks", "VALID", "must")
class MissingNameBreaks(Bodies):
    """The server answers 500 to a body without a name."""

    def name(self, document: Any) -> str:
        assert "name" in self.body_object(document)
        return super().name(document)


@fault("name-as-number-accepted", "VALID", "must", proves=("VALID-20",))
class NameAsNumberAccepted(Bodies):
    """The server accepts a number as a name."""

    def name(self, document: Any) -> str:
        value = self.body_object(document).get("name")
        return str(value) if isinstance(value, int | float) else super().name(document)


@fault("empty-name-accepted", "VALID", "should", proves=("VALID-22",))
class EmptyNameAccepted(Bodies):
    """The server accepts an empty name."""

    def check_name(self, name: str) -> None:
        if name:
            super().check_name(name)


@fault("blank-name-accepted", "VALID", "should")
class BlankNameAccepted(Bodies):
    """The server accepts a blank name."""

    def check_name(self, name: str) -> None:
        super().check_name(name if name == "" else f".{name.strip()}")


@fault("long-name-accepted", "VALID", "should")
class LongNameAccepted(Bodies):
    """The server accepts a name of more than 255 characters."""

    def check_name(self, name: str) -> None:
        super().check_name(name[:255])


@fault("empty-name-accepted-by-rename", "VALID", "should")
class EmptyNameAcceptedByRename(Operations):
    """A rename accepts an empty name."""

    def rename_unit(self, request: Request) -> Response:
        document = self.bodies.document(request.body)
        if isinstance(document, dict) and document.get("name") == "":
            return Response(200, self.views.mutation(self.unit(request, self.clock.now())))
        return super().rename_unit(request)


@fault("invalid-rename-is-stored", "VALID", "should")
class InvalidRenameIsStored(Operations):
    """A rename to a number answers 400 and is stored."""

    def rename_unit(self, request: Request) -> Response:
        try:
            return super().rename_unit(request)
        except Refusal:
            document, unit = self.bodies.document(request.body), self.store.find(request.unit_id)
            if unit is not None and isinstance(document, dict) and isinstance(document.get("name"), int):
                self.store.save(replace(unit, name=str(document["name"])))
            raise


@fault("refused-rename-moves-updated-at", "VALID", "should")
class RefusedRenameMovesUpdatedAt(Operations):
    """A refused rename moves updated_at of the unit."""

    def rename_unit(self, request: Request) -> Response:
        try:
            return super().rename_unit(request)
        except Refusal:
            if (unit := self.store.find(request.unit_id)) is not None:
                self.store.save(replace(unit, updated_at=self.clock.now()))
            raise


@fault("missing-team-id-breaks", "VALID", "must", proves=("VALID-18",))
class MissingTeamIdBreaks(Bodies):
    """The server answers 500 to a body without team_id."""

    def team_id(self, document: Any) -> str:
        assert "team_id" in self.body_object(document)
        return super().team_id(document)


@fault("team-id-as-number-looked-up", "VALID", "must")
class TeamIdAsNumberLookedUp(Bodies):
    """The server answers 404 instead of 400 to a team_id that is a number."""

    def team_id(self, document: Any) -> str:
        value = self.body_object(document).get("team_id")
        return str(value) if isinstance(value, int) else super().team_id(document)
