"""Reads YAML with the core schema of YAML 1.2 (https://yaml.org/spec/1.2.2/#103-core-schema), as OpenAPI requires.

PyYAML alone follows YAML 1.1, in which `No` is false, `010` is eight, and a timestamp is a date. It also keeps the last
of two equal keys, which hides a mistake.
"""

from __future__ import annotations

import math
import re
from typing import Any

import yaml

_INTEGER = re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(
    r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)"
)


class YamlError(ValueError):
    """The text is not YAML; the message says why and where, in one line."""


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]  # the type of a chosen base class
    """A safe loader with the tags of the core schema alone. Keys are text, as in JSON."""

    yaml_implicit_resolvers: dict[str, Any] = {}  # noqa: RUF012  PyYAML's name and form
    yaml_constructors: dict[str, Any] = {}  # noqa: RUF012  PyYAML's name and form

    def mapping(self, node: Any) -> Any:
        """Construct an object. It exists before its members do, so that an alias can refer to it."""
        mapping: dict[str, Any] = {}
        yield mapping
        for key, value in node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise yaml.constructor.ConstructorError(None, None, "a key that is not text", key.start_mark)
            if key.value in mapping:
                raise yaml.constructor.ConstructorError(None, None, f"duplicate key {key.value!r}", key.start_mark)
            mapping[key.value] = self.construct_object(value)

    def unknown(self, node: Any) -> Any:
        """Refuse a tag outside the core schema."""
        raise yaml.constructor.ConstructorError(None, None, f"unknown tag {node.tag!r}", node.start_mark)


def _number(loader: Any, node: Any) -> int:
    text: str = loader.construct_scalar(node)
    return int(text, 0) if text[:2] in ("0o", "0x") else int(text)


def _float(loader: Any, node: Any) -> float:
    value: float = loader.construct_yaml_float(node)
    if not math.isfinite(value):
        raise yaml.constructor.ConstructorError(None, None, f"{node.value} is not a number of JSON", node.start_mark)
    return value


_TAG = "tag:yaml.org,2002:"
for _name, _form, _first in (
    ("bool", re.compile("true|True|TRUE|false|False|FALSE"), "tTfF"),
    ("int", _INTEGER, "-+0123456789"),
    ("float", _FLOAT, "-+0123456789."),
    ("null", re.compile("~|null|Null|NULL|"), ["~", "n", "N", ""]),
):
    _whole = re.compile(rf"(?:{_form.pattern})\Z")
    _Loader.add_implicit_resolver(_TAG + _name, _whole, list(_first))
_Loader.add_constructor(f"{_TAG}bool", lambda loader, node: loader.construct_scalar(node).lower() == "true")
_Loader.add_constructor(f"{_TAG}int", _number)
_Loader.add_constructor(f"{_TAG}float", _float)
_Loader.add_constructor(f"{_TAG}null", lambda loader, node: None)
_Loader.add_constructor(f"{_TAG}str", lambda loader, node: loader.construct_scalar(node))
_Loader.add_constructor(f"{_TAG}seq", _Loader.construct_yaml_seq)
_Loader.add_constructor(f"{_TAG}map", _Loader.mapping)
_Loader.add_constructor(None, _Loader.unknown)


def load(text: bytes) -> Any:
    """Return the value of a YAML text (JSON included); raises YamlError with line and column."""
    try:
        return yaml.load(text, Loader=_Loader)  # noqa: S506  the loader constructs plain values only
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = f", line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        raise YamlError(f"{error.problem or error.context}{where}") from None
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise YamlError(" ".join(str(error).split())) from None
