"""Servers that handle unknown units wrongly."""

from __future__ import annotations

from typing import Any

from ...assembly import fault
from ...messages import Refusal, Request, Response
from ...model import Unit
from ...operations import Operations
from ...pipeline import Pipeline
from ...wire import Wire
from .common import RefusalWith


@fault("not-found-answered-400", "ERROR", "must")
class NotFoundAnswered400(RefusalWith):
    """The server answers 400 for an unknown unit."""

    status, instead = 404, 400


@fault("not-found-answered-403", "ERROR", "must")
class NotFoundAnswered403(RefusalWith):
    """The server answers 403 for an unknown unit."""

    status, instead = 404, 403


@fault("not-found-answered-500", "ERROR", "must")
class NotFoundAnswered500(RefusalWith):
    """The server answers 500 for an unknown unit."""

    status, instead = 404, 500


@fault("not-found-answered-200", "ERROR", "must", proves=("ERROR-01",))
class NotFoundAnswered200(Wire):
    """The server answers 200 with an error body for an unknown unit."""

    def status(self, request: Request, response: Response) -> int:
        return 200 if response.status == 404 else response.status


@fault("unknown-unit-created-by-update", "ERROR", "must")
class UnknownUnitCreatedByUpdate(Operations):
    """An update creates an unknown unit."""

    def update_governance(self, request: Request) -> Response:
        if self.store.find(request.unit_id) is None:
            now = self.clock.now()
            self.store.save(Unit(request.unit_id, request.unit_id, now, now))
        return super().update_governance(request)


@fault("unknown-unit-matched-by-prefix", "ERROR", "must")
class UnknownUnitMatchedByPrefix(Operations):
    """The server finds a unit by a shortened or lengthened id."""

    def unit(self, request: Request, now: int) -> Unit:
        if len(request.unit_id) >= 8:
            for unit in self.store.units():
                if unit.id.startswith(request.unit_id) or request.unit_id.startswith(unit.id):
                    request.parameters["id"] = unit.id
        return super().unit(request, now)


@fault("unknown-unit-shown-empty", "ERROR", "must")
class UnknownUnitShownEmpty(Operations):
    """A GET of an unknown unit shows a unit without a name."""

    def get_unit(self, request: Request) -> Response:
        if self.store.find(request.unit_id) is not None:
            return super().get_unit(request)
        now = self.clock.now()
        return Response(200, self.views.detail(Unit(request.unit_id, "", now, now), 0))


@fault("unknown-unit-has-no-teams", "ERROR", "must")
class UnknownUnitHasNoTeams(Operations):
    """The team list of an unknown unit is empty instead of a 404."""

    def list_teams(self, request: Request) -> Response:
        if self.store.find(request.unit_id) is None:
            return self.page("teams", [], request)
        return super().list_teams(request)


@fault("bad-body-for-unknown-unit-ignored", "ERROR", "must", proves=("ERROR-10",))
class BadBodyForUnknownUnitIgnored(Operations):
    """The server answers 200 to an invalid update of an unknown unit."""

    def update_governance(self, request: Request) -> Response:
        try:
            return super().update_governance(request)
        except Refusal as refusal:
            if refusal.status != 400 or self.store.find(request.unit_id) is not None:
                raise
            return Response(200, self.views.message("Nothing to update"))


@fault("bad-body-for-unknown-unit-breaks", "ERROR", "must")
class BadBodyForUnknownUnitBreaks(Operations):
    """The server answers 500 to an invalid creation of governance on an unknown unit."""

    def create_governance(self, request: Request) -> Response:
        try:
            return super().create_governance(request)
        except Refusal as refusal:
            if refusal.status == 400 and self.store.find(request.unit_id) is None:
                raise RuntimeError from refusal
            raise


@fault("field-unknown-unit-said-ok", "ERROR", "must", origin="blind-2")
class UnknownUnitSaidOk(Operations):
    """The server answers 200 to the update {} of an unknown unit."""

    def update_governance(self, request: Request) -> Response:
        if self.store.find(request.unit_id) is None and self.document(request) == {}:
            now = self.clock.now()
            return Response(200, self.views.governed("Business unit updated", Unit(request.unit_id, "", now, now)))
        return super().update_governance(request)


@fault("third-deleted-unit-is-gone", "ERROR", "must", origin="blind-3")
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


@fault("long-id-breaks", "ERROR", "must")
class LongIdBreaks(Operations):
    """The server answers 500 to an id of more than 100 characters."""

    def unit(self, request: Request, now: int) -> Unit:
        assert len(request.unit_id) <= 100
        return super().unit(request, now)


@fault("unicode-id-breaks", "ERROR", "must", proves=("RESP-09",))
class UnicodeIdBreaks(Operations):
    """The server answers 500 to a non-ASCII id."""

    def unit(self, request: Request, now: int) -> Unit:
        request.unit_id.encode("ascii")
        return super().unit(request, now)


@fault("third-undecodable-identifier-breaks", "ERROR", "should", origin="blind-3")
class UndecodableIdentifierBreaks(Pipeline):
    """The server answers 500 to an id that is not UTF-8 after percent-decoding."""

    def decoded(self, segment: str) -> str:
        try:
            return super().decoded(segment)
        except Refusal as refusal:
            raise RuntimeError(segment) from refusal
