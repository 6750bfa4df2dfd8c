"""Servers that wrap a unit wrongly."""

from __future__ import annotations

from ...assembly import fault
from ...messages import Json
from ...model import Unit
from ...views import Views


@fault("message-missing", "should", Views.governed)
def message_missing(self: Views, english: str, unit: Unit) -> Json:
    """The response to an update has no message."""
    return {"business_unit": self.unit(unit)}


@fault("message-empty", "should", Views.governed)
def message_empty(self: Views, english: str, unit: Unit) -> Json:
    """The response to an update has an empty message."""
    return {**Views.governed(self, english, unit), "message": ""}


@fault("message-is-object", "must", Views.governed)
def message_is_object(self: Views, english: str, unit: Unit) -> Json:
    """The message of the response to an update is an object."""
    return {**Views.governed(self, english, unit), "message": {"text": english}}


@fault("unit-missing", "must", Views.governed)
def unit_missing(self: Views, english: str, unit: Unit) -> Json:
    """The response to an update has no unit."""
    return self.message(english)


@fault("unit-not-wrapped", "must", Views.governed)
def unit_not_wrapped(self: Views, english: str, unit: Unit) -> Json:
    """The response to an update is the unit itself, with the message as one of its members."""
    return {**self.unit(unit), "message": english}


@fault("read-unit-wrapped", "should", Views.detail)
def read_unit_wrapped(self: Views, unit: Unit, team_count: int) -> Json:
    """A GET wraps the unit in business_unit."""
    return {"business_unit": Views.detail(self, unit, team_count)}


@fault("unit-id-missing", "must", Views.unit)
def unit_id_missing(self: Views, unit: Unit) -> Json:
    """The unit in the response to an update has no id."""
    return {name: value for name, value in Views.unit(self, unit).items() if name != "id"}


@fault("unit-id-differs", "must", Views.unit, proves=("UPDATE-03",))
def unit_id_differs(self: Views, unit: Unit) -> Json:
    """The unit in the response to an update has another id than the path."""
    return {**Views.unit(self, unit), "id": f"{unit.id}-1"}


@fault("unit-name-missing", "should", Views.unit, proves=("RESP-05",))
def unit_name_missing(self: Views, unit: Unit) -> Json:
    """The unit in the response to an update has no name."""
    return {name: value for name, value in Views.unit(self, unit).items() if name != "name"}
