"""Servers that accept bodies and components of the wrong type."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ...assembly import fault
from ...bodies import Bodies
from ...messages import Json, Refusal
from ...model import Change, HalfChange, RateLimitChange


@fault("any-body-accepted", "VALID", "must", proves=("VALID-15",))
class AnyBodyAccepted(Bodies):
    """The server reads a string, a number or a boolean as the body {}."""

    def body_object(self, document: Any) -> Json:
        return {} if isinstance(document, str | int | float) else super().body_object(document)


@fault("array-body-accepted", "VALID", "must", proves=("VALID-02",))
class ArrayBodyAccepted(Bodies):
    """The server reads an array as the body {}."""

    def body_object(self, document: Any) -> Json:
        return {} if isinstance(document, list) else super().body_object(document)


@fault("false-body-accepted", "VALID", "must")
class FalseBodyAccepted(Bodies):
    """The server reads true or false as the body {}."""

    def body_object(self, document: Any) -> Json:
        return {} if document is False or document is True else super().body_object(document)


@fault("wrong-type-of-body-breaks", "VALID", "must")
class WrongTypeOfBodyBreaks(Bodies):
    """The server answers 500 to a body that is not an object."""

    def body_object(self, document: Any) -> Json:
        assert isinstance(document, dict)
        return super().body_object(document)


@fault("array-counts-as-empty-component", "VALID", "must")
class ArrayCountsAsEmptyComponent(Bodies):
    """The server reads an empty array as an empty component."""

    def mapping(self, value: Any, place: str) -> Json:
        return {} if value == [] else super().mapping(value, place)


@fault("false-counts-as-empty-component", "VALID", "must")
class FalseCountsAsEmptyComponent(Bodies):
    """The server reads 0, "" and false as an empty component."""

    def mapping(self, value: Any, place: str) -> Json:
        return {} if value is not None and not value else super().mapping(value, place)


@fault("field-false-removes", "VALID", "must", origin="blind-2")
class FalseRemoves(Bodies):
    """The server reads false, 0 and "" as an empty rate limit."""

    def update_of(self, body: Json) -> Change:
        value = body.get("rate_limit", 1)
        return super().update_of({**body, "rate_limit": {}} if not value and value is not None else body)


@fault("null-component-breaks", "VALID", "must")
class NullComponentBreaks(Bodies):
    """The server answers 500 to a component that is null."""

    def mapping(self, value: Any, place: str) -> Json:
        assert value is not None
        return super().mapping(value, place)


@fault("string-component-ignored", "VALID", "must")
class StringComponentIgnored(Bodies):
    """The server ignores a component that is a string or a number."""

    def is_omitted(self, value: Any) -> bool:
        return isinstance(value, str | int) or super().is_omitted(value)


@fault("field-string-component-ignored", "VALID", "must", origin="blind-2")
class StringBudgetIgnored(Bodies):
    """The server ignores a budget that is a string or a number."""

    def update_of(self, body: Json) -> Change:
        if isinstance(body.get("budget"), str | int | float):
            body = {name: value for name, value in body.items() if name != "budget"}
        return super().update_of(body)


@fault("wrong-types-ignored", "VALID", "must")
class WrongTypesIgnored(Bodies):
    """The server answers 200 to an update that breaks the schema and ignores it."""

    def update_of(self, body: Json) -> Change:
        try:
            return super().update_of(body)
        except Refusal:
            return Change()


@fault("rate-limit-types-not-checked", "VALID", "must")
class RateLimitTypesNotChecked(Bodies):
    """The server ignores an invalid rate limit beside a budget."""

    def update_of(self, body: Json) -> Change:
        try:
            return super().update_of(body)
        except Refusal:
            return super().update_of({"budget": body["budget"]}) if body.get("budget") else super().update_of(body)


@fault("field-invalid-rate-limit-skipped", "VALID", "must", origin="blind-2")
class InvalidRateLimitSkipped(Bodies):
    """The server reads an invalid rate limit as one without members."""

    def rate_limit(self, raw: Json, purpose: str) -> RateLimitChange:
        try:
            return super().rate_limit(raw, purpose)
        except Refusal:
            return RateLimitChange(HalfChange(), HalfChange())

    def update_of(self, body: Json) -> Change:
        change = super().update_of(body)
        skipped = change.rate_limit == RateLimitChange() and change.budget is not None
        return replace(change, rate_limit=None) if skipped else change
