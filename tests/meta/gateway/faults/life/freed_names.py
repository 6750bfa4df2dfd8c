"""Servers that free the wrong name."""

from __future__ import annotations

from typing import Any

from ...assembly import fault
from ...messages import Request, Response
from ...operations import Operations


@fault("seldom-deletion-frees-first-name", "must", origin="blind-11")
class DeletionFreesFirstName(Operations):
    """The deletion of a renamed unit frees its first name even if another unit has that name by then."""

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        self.first_names: dict[str, str] = {}
        self.freed: set[str] = set()

    def check_name_is_free(self, name: str, own_id: str | None = None) -> None:
        if name not in self.freed:
            super().check_name_is_free(name, own_id)

    def create_unit(self, request: Request) -> Response:
        response = super().create_unit(request)
        name = response.payload["name"]
        self.first_names[response.payload["id"]] = name
        self.freed.discard(name)
        return response

    def rename_unit(self, request: Request) -> Response:
        response = super().rename_unit(request)
        self.freed.discard(response.payload["name"])
        return response

    def delete_unit(self, request: Request) -> Response:
        response = super().delete_unit(request)
        first_name = self.first_names.pop(request.unit_id, None)
        if first_name is not None:
            self.freed.add(first_name)
        return response
