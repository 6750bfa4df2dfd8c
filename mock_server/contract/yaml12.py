"""Reads YAML with the core schema of YAML 1.2, as OpenAPI requires.

PyYAML alone follows YAML 1.1, in which `No` is false, `010` is eight, and a timestamp is a date. It also keeps the last
of two equal keys, which hides a mistake.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml

from mock_server.contract.pointers import pointer_of
from mock_server.errors import StartError

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
        members: dict[str, Any] = {}
        yield members
        for key, value in node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise yaml.constructor.ConstructorError(None, None, "a key that is not text", key.start_mark)
            if key.value in members:
                raise yaml.constructor.ConstructorError(None, None, f"duplicate key {key.value!r}", key.start_mark)
            members[key.value] = self.construct_object(value)

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


def read_file(path: Path, what: str, error: type[StartError] = StartError) -> tuple[bytes, Any]:
    """Return the text and the value of a file; `what` names it in the error that is raised if it cannot be used."""
    try:
        text = path.read_bytes()
        value = load(text)
    except OSError as reason:
        raise error(f"cannot read {what} {path}: {reason.strerror}") from None
    except YamlError as reason:
        raise error(f"cannot parse {what} {path}: {reason}") from None
    if value is None:
        raise error(f"cannot use {what} {path}: the file is empty")
    return text, value


def where(text: bytes, path: Sequence[str | int]) -> str:
    """Return line, column and JSON pointer of the value at a path in a YAML text, in words."""
    line, column = place(text, path)
    return f"line {line}, column {column}, {pointer_of(path) or 'the document'}"


def place(text: bytes, path: Sequence[str | int]) -> tuple[int, int]:
    """Return line and column of the value at a path in a YAML text, or of the deepest part of the path that exists."""
    node = yaml.compose(text, Loader=_Loader)
    for token in path:
        if isinstance(node, yaml.MappingNode):
            nodes = [value for key, value in node.value if key.value == token]
        elif isinstance(node, yaml.SequenceNode) and str(token).isdecimal():
            nodes = node.value[int(token) :][:1]
        else:
            nodes = []
        if not nodes:
            break
        [node] = nodes
    return (node.start_mark.line + 1, node.start_mark.column + 1) if node is not None else (1, 1)


def dump(value: Any) -> str:
    """Return a JSON value as YAML that reads back as the same value, with YAML 1.2 and 1.1."""
    text: str = yaml.dump(value, Dumper=_dumper(), sort_keys=False, allow_unicode=True, width=120)
    return text


def _dumper() -> Any:
    """Return a class that quotes every text that would be read as something else."""

    class Dumper(yaml.SafeDumper):
        def ignore_aliases(self, data: Any) -> bool:
            return True

        def represent_text(self, text: str) -> Any:
            # YAML takes some control characters for the end of a line, and only double quotes escape them.
            style = None if text.isprintable() else '"'
            return self.represent_scalar("tag:yaml.org,2002:str", text, style=style)

    Dumper.add_representer(str, Dumper.represent_text)
    for name, form in (("int", _INTEGER), ("float", _FLOAT)):
        Dumper.add_implicit_resolver(_TAG + name, re.compile(rf"(?:{form.pattern})\Z"), list("-+.0123456789"))
    return Dumper
