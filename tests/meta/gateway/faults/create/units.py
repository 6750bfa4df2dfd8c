"""Servers that create units wrongly."""

from __future__ import annotations

import html
from dataclasses import replace
from typing import Any

from ...assembly import fault
from ...messages import Refusal, Request, Response
from ...model import Store, Unit
from ...operations import Operations


@fault("field-conflict-leaves-unit", "CREATE", "must", origin="blind-2")
class ConflictLeavesUnit(Operations):
    """The unit is inserted before its name is compared: 409, and one more unit of that name."""

    def check_name_is_free(self, name: str, own_id: str | None = None) -> None:
        try:
            super().check_name_is_free(name, own_id)
        except Refusal:
            if own_id is None:
                now = self.clock.now()
                self.store.save(Unit(self.ids.new(), name, now, now))
            raise


@fault("field-names-compared-on-first-page", "CREATE", "must", origin="blind-2")
class NamesComparedOnFirstPage(Operations):
    """Whether a name is taken is looked up with the list's default limit: beyond 20 units a double passes."""

    def check_name_is_free(self, name: str, own_id: str | None = None) -> None:
        if any(unit.name == name and unit.id != own_id for unit in self.store.units()[:20]):
            raise Refusal(409, "A business unit with this name already exists")


@fault("field-name-escaped-for-html", "CREATE", "must", origin="blind-2")
class NameEscapedForHtml(Store):
    """Names are escaped before they are stored: `&` comes back as `&amp;`."""

    def save(self, unit: Unit) -> None:
        super().save(replace(unit, name=html.escape(html.unescape(unit.name), quote=False)))


@fault("field-double-name-after-rename", "CREATE", "should", proves=("LIFE-17",), origin="blind-2")
class DoubleNameAfterRename(Operations):
    """Names are checked in a set that renames do not maintain: the new name of a unit can be given again."""

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
