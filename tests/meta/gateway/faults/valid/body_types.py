"""Servers that accept bodies and components of the wrong type."""

from __future__ import annotations

from typing import Any

from ...assembly import fault
from ...bodies import Bodies
from ...messages import Json, Refusal
from ...model import Change


@fault("any-body-accepted", "must", Bodies.body_object, proves=("VALID-15",))
def any_body_accepted(self: Bodies, document: Any) -> Json:
    """The server reads a string, a number or a boolean as the body {}."""
    return {} if isinstance(document, str | int | float) else Bodies.body_object(self, document)


@fault("array-body-accepted", "must", Bodies.body_object, proves=("VALID-02",))
def array_body_accepted(self: Bodies, document: Any) -> Json:
    """The server reads an array as the body {}."""
    return {} if isinstance(document, list) else Bodies.body_object(self, document)


@fault("wrong-type-of-body-breaks", "must", Bodies.body_object)
def wrong_type_of_body_breaks(self: Bodies, document: Any) -> Json:
    """The server answers 500 to a body that is not an object."""
    assert isinstance(document, dict)
    return Bodies.body_object(self, document)


@fault("array-counts-as-empty-component", "must", Bodies.mapping)
def array_counts_as_empty_component(self: Bodies, value: Any, place: str) -> Json:
    """The server reads an empty array as an empty component."""
    return {} if value == [] else Bodies.mapping(self, value, place)


@fault("false-counts-as-empty-component", "must", Bodies.mapping)
def false_counts_as_empty_component(self: Bodies, value: Any, place: str) -> Json:
    """The server reads 0, "" and false as an empty component."""
    return {} if value is not None and not value else Bodies.mapping(self, value, place)


@fault("field-false-removes", "must", Bodies.update_of, origin="blind-2")
def false_removes(self: Bodies, body: Json) -> Change:
    """The server reads false, 0 and "" as an empty rate limit."""
    value = body.get("rate_limit", 1)
    return Bodies.update_of(self, {**body, "rate_limit": {}} if not value and value is not None else body)


@fault("null-component-breaks", "must", Bodies.mapping)
def null_component_breaks(self: Bodies, value: Any, place: str) -> Json:
    """The server answers 500 to a component that is null."""
    assert value is not None
    return Bodies.mapping(self, value, place)


@fault("string-component-ignored", "must", Bodies.is_omitted)
def string_component_ignored(self: Bodies, value: Any) -> bool:
    """The server ignores a component that is a string or a number."""
    return isinstance(value, str | int) or Bodies.is_omitted(self, value)


@fault("wrong-types-ignored", "must", Bodies.update_of)
def wrong_types_ignored(self: Bodies, body: Json) -> Change:
    """The server answers 200 to an update that breaks the schema and ignores it."""
    try:
        return Bodies.update_of(self, body)
    except Refusal:
        return Change()


@fault("rate-limit-types-not-checked", "must", Bodies.update_of)
def rate_limit_types_not_checked(self: Bodies, body: Json) -> Change:
    """The server ignores an invalid rate limit beside a budget."""
    try:
        return Bodies.update_of(self, body)
    except Refusal:
        return (
            Bodies.update_of(self, {"budget": body["budget"]}) if body.get("budget") else Bodies.update_of(self, body)
        )
