"""Names with unusual characters: servers that store or read them changed."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ...assembly import fault
from ...bodies import Bodies
from ...messages import Request, Response
from ...model import Store, Unit
from ...operations import Operations


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
