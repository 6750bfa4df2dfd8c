"""Servers that handle unknown units wrongly."""

from __future__ import annotations

from typing import Any

from ...assembly import fault
from ...messages import Refusal, Request, Response
from ...model import Unit
from ...operations import Operations
from ...wire import Wire


@fault("not-found-answered-200", "must", Wire.status, proves=("ERROR-01",))
def not_found_answered_200(self: Wire, request: Request, response: Response) -> int:
    """The server answers 200 with an error body for an unknown unit."""
    return 200 if response.status == 404 else response.status


@fault("unknown-unit-created-by-update", "must", Operations.update_governance)
def unknown_unit_created_by_update(self: Operations, request: Request) -> Response:
    """An update creates an unknown unit."""
    if self.store.find(request.unit_id) is None:
        now = self.clock.now()
        self.store.save(Unit(request.unit_id, request.unit_id, now, now))
    return Operations.update_governance(self, request)


@fault("unknown-unit-shown-empty", "must", Operations.get_unit)
def unknown_unit_shown_empty(self: Operations, request: Request) -> Response:
    """A GET of an unknown unit shows a unit without a name."""
    if self.store.find(request.unit_id) is not None:
        return Operations.get_unit(self, request)
    now = self.clock.now()
    return Response(200, self.views.detail(Unit(request.unit_id, "", now, now), 0))


@fault("unknown-unit-has-no-teams", "must", Operations.list_teams)
def unknown_unit_has_no_teams(self: Operations, request: Request) -> Response:
    """The team list of an unknown unit is empty instead of a 404."""
    if self.store.find(request.unit_id) is None:
        return self.page("teams", [], request)
    return Operations.list_teams(self, request)


@fault("bad-body-for-unknown-unit-ignored", "must", Operations.update_governance, proves=("ERROR-10",))
def bad_body_for_unknown_unit_ignored(self: Operations, request: Request) -> Response:
    """The server answers 200 to an invalid update of an unknown unit."""
    try:
        return Operations.update_governance(self, request)
    except Refusal as refusal:
        if refusal.status != 400 or self.store.find(request.unit_id) is not None:
            raise
        return Response(200, self.views.message("Nothing to update"))


@fault("bad-body-for-unknown-unit-breaks", "must", Operations.create_governance)
def bad_body_for_unknown_unit_breaks(self: Operations, request: Request) -> Response:
    """The server answers 500 to an invalid creation of governance on an unknown unit."""
    try:
        return Operations.create_governance(self, request)
    except Refusal as refusal:
        if refusal.status == 400 and self.store.find(request.unit_id) is None:
            raise RuntimeError from refusal
        raise


@fault("field-unknown-unit-said-ok", "must", Operations.update_governance, origin="blind-2")
def unknown_unit_said_ok(self: Operations, request: Request) -> Response:
    """The server answers 200 to the update {} of an unknown unit."""
    if self.store.find(request.unit_id) is None and self.document(request) == {}:
        now = self.clock.now()
        return Response(200, self.views.governed("Business unit updated", Unit(request.unit_id, "", now, now)))
    return Operations.update_governance(self, request)


@fault("third-deleted-unit-is-gone", "must", origin="blind-3")
class DeletedUnitIsGone(Operations):
    """The server answers 410 for a deleted unit."""

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        self._deleted: set[str] = set()

    def delete_unit(self, request: Request) -> Response:
        response = super().delete_unit(request)
        self._deleted.add(request.unit_id)
        return response

    def unit(self, request: Request, now: int) -> Unit:
        if request.unit_id in self._deleted:
            raise Refusal(410, "Business unit was deleted")
        return super().unit(request, now)


@fault("rare-rename-of-unknown-unit-takes-name", "should", origin="blind-4")
class RenameOfUnknownUnitTakesName(Operations):
    """After a rename of an unknown unit was refused with 404, no unit can be created under the requested name."""

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        self.reserved: set[str] = set()

    def rename_unit(self, request: Request) -> Response:
        try:
            return super().rename_unit(request)
        except Refusal as refusal:
            if refusal.status == 404:
                self.reserved.add(self.bodies.name(self.document(request)))
            raise

    def check_name_is_free(self, name: str, own_id: str | None = None) -> None:
        super().check_name_is_free(name, own_id)
        if own_id is None and name in self.reserved:
            raise Refusal(409, "A business unit with this name already exists")


@fault("undecodable-body-for-unknown-unit-breaks", "must", Operations.document, proves=("ERROR-10",))
def undecodable_body_for_unknown_unit_breaks(self: Operations, request: Request) -> Any:
    """The server answers 500 to a body that is not UTF-8 if the unit is unknown."""
    if "id" in request.parameters and self.store.find(request.unit_id) is None:
        assert request.body.decode("utf-8", "replace").encode() == request.body
    return Operations.document(self, request)
