"""Servers that wrap a unit wrongly."""

from __future__ import annotations

import html

from ...assembly import fault
from ...messages import Json, Request, Response
from ...model import Unit
from ...operations import Operations
from ...views import Views


@fault("message-missing", "RESP", "should")
class MessageMissing(Views):
    """The response to an update has no message."""

    def governed(self, english: str, unit: Unit) -> Json:
        return {"business_unit": self.unit(unit)}


@fault("message-empty", "RESP", "should")
class MessageEmpty(Views):
    """The response to an update has an empty message."""

    def governed(self, english: str, unit: Unit) -> Json:
        return {**super().governed(english, unit), "message": ""}


@fault("message-is-object", "RESP", "must")
class MessageIsObject(Views):
    """The message of the response to an update is an object."""

    def governed(self, english: str, unit: Unit) -> Json:
        return {**super().governed(english, unit), "message": {"text": english}}


@fault("field-message-missing-on-removal", "RESP", "should", origin="blind-2")
class MessageMissingOnRemoval(Operations):
    """The response to an update that removes a component has no message."""

    def update_governance(self, request: Request) -> Response:
        response = super().update_governance(request)
        if {} in self.document(request).values():
            del response.payload["message"]
        return response


@fault("unit-missing", "RESP", "must")
class UnitMissing(Views):
    """The response to an update has no unit."""

    def governed(self, english: str, unit: Unit) -> Json:
        return self.message(english)


@fault("unit-not-wrapped", "RESP", "must")
class UnitNotWrapped(Views):
    """The response to an update is the unit itself, with the message as one of its members."""

    def governed(self, english: str, unit: Unit) -> Json:
        return {**self.unit(unit), "message": english}


@fault("read-unit-wrapped", "RESP", "should")
class ReadUnitWrapped(Views):
    """A GET wraps the unit in business_unit."""

    def detail(self, unit: Unit, team_count: int) -> Json:
        return {"business_unit": super().detail(unit, team_count)}


@fault("unit-id-missing", "RESP", "must")
class UnitIdMissing(Views):
    """The unit in the response to an update has no id."""

    def unit(self, unit: Unit) -> Json:
        return {name: value for name, value in super().unit(unit).items() if name != "id"}


@fault("unit-id-differs", "RESP", "must", proves=("UPDATE-03",))
class UnitIdDiffers(Views):
    """The unit in the response to an update has another id than the path."""

    def unit(self, unit: Unit) -> Json:
        return {**super().unit(unit), "id": f"{unit.id}-1"}


@fault("unit-name-missing", "RESP", "should", proves=("RESP-05",))
class UnitNameMissing(Views):
    """The unit in the response to an update has no name."""

    def unit(self, unit: Unit) -> Json:
        return {name: value for name, value in super().unit(unit).items() if name != "name"}


@fault("unit-name-is-null", "RESP", "must")
class UnitNameIsNull(Views):
    """The unit in the response to an update has the name null."""

    def unit(self, unit: Unit) -> Json:
        return {**super().unit(unit), "name": None}


@fault("field-removal-answers-message", "RESP", "must", origin="blind-2")
class RemovalAnswersMessage(Operations):
    """The response to an update that removes a component has no unit."""

    def update_governance(self, request: Request) -> Response:
        response = super().update_governance(request)
        if {} in self.document(request).values():
            del response.payload["business_unit"]
        return response


@fault("field-names-escaped-in-answers", "RESP", "should", origin="blind-2")
class NamesEscapedInAnswers(Views):
    """The unit in the response to an update has its name escaped for HTML."""

    def unit(self, unit: Unit) -> Json:
        return {**super().unit(unit), "name": html.escape(unit.name)}
