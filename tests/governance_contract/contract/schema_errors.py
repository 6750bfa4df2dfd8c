"""Errors of JSON schemas, and of values that do not follow them, in words. The import is slow."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker
from jsonschema.exceptions import SchemaError
from referencing import Registry
from referencing.jsonschema import DRAFT202012

# jsonschema does not check int64, and the contract states its bounds. date-time needs rfc3339-validator.
_FORMATS = FormatChecker(formats=("date-time",))


def validator(document: Mapping[str, Any], pointer: str) -> Draft202012Validator:
    """Return a validator for the schema at a JSON pointer of the form ``#/a/b`` in a document."""
    resource: Any = DRAFT202012.create_resource(document)
    registry: Registry[Any] = Registry().with_resource("urn:contract", resource)
    return Draft202012Validator({"$ref": f"urn:contract{pointer}"}, registry=registry, format_checker=_FORMATS)


def of_schema(schema: Any) -> str:
    """Return why a value is not a JSON schema of draft 2020-12; empty if it is one."""
    try:
        Draft202012Validator.check_schema(schema)
    except SchemaError as error:
        return error.message
    return ""
