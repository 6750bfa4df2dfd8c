"""Servers that accept what they must refuse."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import Any

from ..assembly import fault
from ..bodies import Bodies
from ..messages import Json, Refusal, Request, Response
from ..model import Change, Unit
from ..operations import Operations

_TOO_DEEP = 1_000

# the document


@fault("VALID", "must")
class MalformedJsonAccepted(Bodies):
    """A body that is not JSON counts as {}."""

    def document(self, body: bytes) -> Any:
        try:
            return super().document(body)
        except Refusal:
            return {}


@fault("VALID", "must")
class EmptyBodyAccepted(Bodies):
    """An empty body counts as {}."""

    def parse(self, body: bytes) -> Any:
        return super().parse(body) if body.strip() else {}


@fault("VALID", "must")
class TrailingBytesAccepted(Bodies):
    """Whatever follows the JSON value is ignored."""

    def parse(self, body: bytes) -> Any:
        text = body.decode().lstrip()
        return super().parse(text[: json.JSONDecoder().raw_decode(text)[1]].encode())


@fault("VALID", "must")
class NanAccepted(Bodies):
    """NaN and Infinity are read, and count as 1."""

    def parse(self, body: bytes) -> Any:
        return json.loads(body.decode(), parse_constant=lambda name: 1.0, object_pairs_hook=self.members)


@fault("VALID", "must")
class CommentsAccepted(Bodies):
    """Comments in JSON are skipped."""

    def parse(self, body: bytes) -> Any:
        return super().parse(re.sub(rb"/\*.*?\*/|//[^\n]*", b"", body, flags=re.DOTALL))


@fault("VALID", "must")
class TruncatedJsonAccepted(Bodies):
    """Closing braces that are missing are added."""

    def parse(self, body: bytes) -> Any:
        return super().parse(body + b"}" * (body.count(b"{") - body.count(b"}")))


@fault("VALID", "must")
class DeepNestingBreaks(Bodies):
    """Deeply nested JSON is a 500."""

    def document(self, body: bytes) -> Any:
        if b"[" * _TOO_DEEP in body:  # counted here: each version of Python gives up at a depth of its own
            raise RecursionError("nested too deeply")
        return super().document(body)


@fault("VALID", "must")
class ArrayBodyAccepted(Bodies):
    """A body that is an array counts as {}."""

    def body_object(self, document: Any) -> Json:
        return {} if isinstance(document, list) else super().body_object(document)


@fault("VALID", "must")
class AnyBodyAccepted(Bodies):
    """A body that is a string, a number or a boolean counts as {}."""

    def body_object(self, document: Any) -> Json:
        return {} if isinstance(document, str | int | float) else super().body_object(document)


@fault("VALID", "must")
class WrongTypeOfBodyBreaks(Bodies):
    """A body that is no object is a 500."""

    def body_object(self, document: Any) -> Json:
        assert isinstance(document, dict)
        return super().body_object(document)


# components


@fault("VALID", "must")
class ArrayCountsAsEmptyComponent(Bodies):
    """budget: [] removes the budget."""

    def mapping(self, value: Any, place: str) -> Json:
        return {} if value == [] else super().mapping(value, place)


@fault("VALID", "must")
class StringComponentIgnored(Bodies):
    """A component that is a string or a number is ignored."""

    def is_omitted(self, value: Any) -> bool:
        return isinstance(value, str | int) or super().is_omitted(value)


@fault("VALID", "must")
class FalseCountsAsEmptyComponent(Bodies):
    """Whatever is false (0, "", false) removes the component."""

    def mapping(self, value: Any, place: str) -> Json:
        return {} if value is not None and not value else super().mapping(value, place)


@fault("VALID", "must")
class NullComponentBreaks(Bodies):
    """budget: null is a 500."""

    def mapping(self, value: Any, place: str) -> Json:
        assert value is not None
        return super().mapping(value, place)


@fault("VALID", "must")
class RateLimitTypesNotChecked(Bodies):
    """Beside a budget, a rate limit of the wrong type is ignored."""

    def update_of(self, body: Json) -> Change:
        try:
            return super().update_of(body)
        except Refusal:
            return super().update_of({"budget": body["budget"]}) if body.get("budget") else super().update_of(body)


@fault("VALID", "must")
class WrongTypesIgnored(Bodies):
    """An update that breaks the schema is answered 200 and ignored."""

    def update_of(self, body: Json) -> Change:
        try:
            return super().update_of(body)
        except Refusal:
            return Change()


# names and teams


@fault("VALID", "must")
class NameAsNumberAccepted(Bodies):
    """A number is a name."""

    def name(self, document: Any) -> str:
        value = self.body_object(document).get("name")
        return str(value) if isinstance(value, int | float) else super().name(document)


@fault("VALID", "must")
class MissingNameAccepted(Bodies):
    """A body without a name creates a unit called Unnamed."""

    def name(self, document: Any) -> str:
        return super().name({"name": "Unnamed", **self.body_object(document)})


@fault("VALID", "must")
class MissingNameBreaks(Bodies):
    """A body without a name is a 500."""

    def name(self, document: Any) -> str:
        assert "name" in self.body_object(document)
        return super().name(document)


@fault("VALID", "should")
class EmptyNameAccepted(Bodies):
    """A name may be empty."""

    def check_name(self, name: str) -> None:
        if name:
            super().check_name(name)


@fault("VALID", "should")
class BlankNameAccepted(Bodies):
    """A name may be blank."""

    def check_name(self, name: str) -> None:
        super().check_name(name if name == "" else f".{name.strip()}")


@fault("VALID", "should")
class LongNameAccepted(Bodies):
    """A name may be longer than 255 characters."""

    def check_name(self, name: str) -> None:
        super().check_name(name[:255])


@fault("VALID", "must")
class TeamIdAsNumberLookedUp(Bodies):
    """A team_id that is a number is looked up: 404 instead of 400."""

    def team_id(self, document: Any) -> str:
        value = self.body_object(document).get("team_id")
        return str(value) if isinstance(value, int) else super().team_id(document)


@fault("VALID", "must")
class MissingTeamIdBreaks(Bodies):
    """A body without a team_id is a 500."""

    def team_id(self, document: Any) -> str:
        assert "team_id" in self.body_object(document)
        return super().team_id(document)


# what a refusal leaves


@fault("VALID", "must")
class InvalidBodyClearsGovernance(Operations):
    """A body that breaks the schema is answered 400, and the unit has lost its governance."""

    def update_governance(self, request: Request) -> Response:
        try:
            self.bodies.update(self.document(request))
        except Refusal:
            if unit := self.store.find(request.unit_id):
                self.store.save(replace(unit, budget=None, rate_limit=None))
            raise
        return super().update_governance(request)


@fault("VALID", "should")
class InvalidRenameIsStored(Operations):
    """A rename with a name of the wrong type is answered 400 and stored as text."""

    def rename_unit(self, request: Request) -> Response:
        try:
            return super().rename_unit(request)
        except Refusal:
            document, unit = self.bodies.document(request.body), self.store.find(request.unit_id)
            if unit is not None and isinstance(document, dict) and isinstance(document.get("name"), int):
                self.store.save(replace(unit, name=str(document["name"])))
            raise


class _Incomplete(Operations):
    """Applies one component of a refused update to units in some state."""

    component = ""

    def concerns(self, unit: Unit) -> bool:
        """Return whether it does so to this unit."""
        return True

    def update_governance(self, request: Request) -> Response:
        try:
            return super().update_governance(request)
        except Refusal:
            unit = self.store.find(request.unit_id)
            document = self.bodies.document(request.body)
            if unit is not None and isinstance(document, dict) and self.component in document and self.concerns(unit):
                change = self.bodies.update({self.component: document[self.component]})
                self.store.save(self.governance.update(unit, change, self.clock.now()))
            raise


@fault("VALID", "must")
class FirstBudgetStoredDespiteRefusal(_Incomplete):
    """A unit without governance is given the budget of an update that is refused for its rate limit."""

    component = "budget"

    def concerns(self, unit: Unit) -> bool:
        return unit.budget is None and unit.rate_limit is None


@fault("VALID", "must")
class FirstRateLimitStoredDespiteRefusal(_Incomplete):
    """A unit with a budget alone is given the rate limit of an update that is refused for its budget."""

    component = "rate_limit"

    def concerns(self, unit: Unit) -> bool:
        return unit.budget is not None and unit.rate_limit is None


@fault("VALID", "must")
class RefusalTurnsAlignmentOff(Operations):
    """An update that is refused turns the alignment of the budget off."""

    def update_governance(self, request: Request) -> Response:
        try:
            return super().update_governance(request)
        except Refusal:
            unit = self.store.find(request.unit_id)
            if unit is not None and unit.budget is not None:
                self.store.save(replace(unit, budget=replace(unit.budget, calendar_aligned=False)))
            raise


# what a body says to be, and where it goes


def _is_json(request: Request) -> bool:
    return request.headers.get_content_type() == "application/json" and "Content-Type" in request.headers


@fault("VALID", "should")
class OtherMediaTypesHalfRead(Operations):
    """Of a body that is not declared application/json the budget alone is read."""

    def document(self, request: Request) -> Any:
        document = super().document(request)
        if _is_json(request) or not isinstance(document, dict):
            return document
        return {name: value for name, value in document.items() if name != "rate_limit"}


@fault("VALID", "should")
class OtherMediaTypesRefusedTooLate(Operations):
    """A body that is not declared application/json is applied and answered 415."""

    def update_governance(self, request: Request) -> Response:
        response = super().update_governance(request)
        if not _is_json(request):
            return Response(415, self.views.error(415, "Unsupported media type"))
        return response


@fault("VALID", "should")
class MissingMediaTypeBreaks(Operations):
    """A body without a media type is a 500."""

    def document(self, request: Request) -> Any:
        assert not request.body or "Content-Type" in request.headers
        return super().document(request)


@fault("ERROR", "must")
class BadBodyForUnknownUnitIgnored(Operations):
    """An update of an unknown unit that would be refused for its body is answered 200."""

    def update_governance(self, request: Request) -> Response:
        try:
            return super().update_governance(request)
        except Refusal as refusal:
            if refusal.status != 400 or self.store.find(request.unit_id) is not None:
                raise
            return Response(200, self.views.message("Nothing to update"))


@fault("ERROR", "must")
class BadBodyForUnknownUnitBreaks(Operations):
    """A first governance for an unknown unit that breaks the schema is a 500."""

    def create_governance(self, request: Request) -> Response:
        try:
            return super().create_governance(request)
        except Refusal as refusal:
            if refusal.status == 400 and self.store.find(request.unit_id) is None:
                raise RuntimeError from refusal
            raise


# first governance is another matter


class _LaxCreation(Bodies):
    """Reads counts otherwise in a creation."""

    creating = False

    def creation(self, document: Any) -> Change:
        self.creating = True
        try:
            return super().creation(document)
        finally:
            self.creating = False

    def whole(self, value: Any, place: str) -> int:
        return super().whole(self.read(value) if self.creating else value, place)

    def read(self, value: Any) -> Any:
        """Return what counts as the value."""
        return value


@fault("VALID", "must")
class FractionOfCountCutByCreation(_LaxCreation):
    """A count of 1.5 counts as 1 in POST; in PUT it is refused."""

    def read(self, value: Any) -> Any:
        return int(value) if isinstance(value, float) else value


@fault("VALID", "must")
class CountBeyondRangeCappedByCreation(_LaxCreation):
    """A count beyond 64 bits counts as the largest in POST; in PUT it is refused."""

    def read(self, value: Any) -> Any:
        return min(max(value, 1), 2**63 - 1) if type(value) is int else value


@fault("VALID", "must")
class FalseBodyAccepted(Bodies):
    """The body false counts as {}."""

    def body_object(self, document: Any) -> Json:
        return {} if document is False or document is True else super().body_object(document)


@fault("VALID", "should")
class EmptyNameAcceptedByRename(Operations):
    """A unit may be renamed to nothing."""

    def rename_unit(self, request: Request) -> Response:
        document = self.bodies.document(request.body)
        if isinstance(document, dict) and document.get("name") == "":
            return Response(200, self.views.mutation(self.unit(request, self.clock.now())))
        return super().rename_unit(request)


@fault("VALID", "should")
class RefusedRenameMovesUpdatedAt(Operations):
    """A rename that is refused for its body is taken for a change of the unit."""

    def rename_unit(self, request: Request) -> Response:
        try:
            return super().rename_unit(request)
        except Refusal:
            if (unit := self.store.find(request.unit_id)) is not None:
                self.store.save(replace(unit, updated_at=self.clock.now()))
            raise
