"""The report as a self-contained web page: it loads no other files and is readable without scripts."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from hashlib import sha256
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from ...contract.rules import Level
from ..escaping import harmless
from ..records import Status
from . import view

if TYPE_CHECKING:
    from jinja2 import Template

_LABELS = {
    Status.PASS: "Holds",
    Status.FAIL: "Broken",
    Status.KNOWN_FAILURE: "Known failure",
    Status.SKIP: "Not judged",
    Status.ERROR: "Error",
}
_COUNTED = {
    Status.PASS: ("holds", "hold"),
    Status.FAIL: ("broken", "broken"),
    Status.KNOWN_FAILURE: ("known", "known"),
    Status.SKIP: ("not judged", "not judged"),
    Status.ERROR: ("error", "errors"),
}
_ONE_LINE = 88
_CUT = re.compile(r"\.\.\. \(\d+ bytes\)\Z")
_OPENING, _CLOSING = frozenset("{["), frozenset("}]")
_PIECE = re.compile(r'"(?:[^"\\]|\\.)*"?|[{}\[\],:]|[^\s"{}\[\],:]+', re.DOTALL)


def render(report: Mapping[str, Any]) -> str:
    """Return the report as an HTML document."""
    clean = harmless(report)
    style, script = _asset("report.css"), _asset("report.js")
    policy = (
        f"default-src 'none'; style-src '{_hash(style)}'; script-src '{_hash(script)}'; "
        "base-uri 'none'; form-action 'none'"
    )
    return _template().render(
        report=clean,
        style=Markup(style),  # noqa: S704  a file of this package
        script=Markup(script),  # noqa: S704  a file of this package
        policy=policy,
        areas=list(view.areas(clean)),
        levels=[level.value for level in Level],
    )


def indented(body: str) -> str:
    """Return JSON with line breaks and indentation; the tokens stay unchanged.

    The JSON may be incomplete, since long bodies are shortened. A body that is short or is not a JSON object or array
    is returned unchanged.
    """
    if len(body) <= _ONE_LINE or body[0] not in "{[":
        return body
    cut = _CUT.search(body)
    text, rest = (body[: cut.start()], cut.group()) if cut else (body, "")
    lines, depth, previous = [""], 0, ""
    for piece in _PIECE.findall(text):
        depth -= piece in _CLOSING
        if previous == "," or (previous in _OPENING) != (piece in _CLOSING):
            lines.append("  " * depth)
        lines[-1] += piece + (" " if piece == ":" else "")
        depth += piece in _OPENING
        previous = piece
    return "\n".join(lines) + rest


def _counts(rules: Sequence[view.RuleReport], level: str) -> list[tuple[str, int, str]]:
    """Return status, count and label for each status that occurs among the rules of a level."""
    return [(status.value, count, _COUNTED[status][count != 1]) for status, count in view.tally(rules, level).items()]


def _bar(counts: Sequence[tuple[str, int, str]]) -> Iterator[tuple[str, int, int]]:
    """Yield status, offset and length of each segment of a bar."""
    offset = 0
    for status, count, _ in counts:
        yield status, offset, count
        offset += count


@cache
def _template() -> Template:
    from jinja2 import Environment, StrictUndefined  # a slow import that few runs need

    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    environment.filters["earlier_text"] = view.earlier_text
    environment.globals |= {"bar": _bar, "counts": _counts, "indented": indented, "view": view, "labels": _LABELS}
    return environment.from_string(_asset("report.html.j2"))


@cache
def _asset(name: str) -> str:
    return (files(__package__) / name).read_text(encoding="utf-8").strip()


def _hash(text: str) -> str:
    return "sha256-" + b64encode(sha256(text.encode()).digest()).decode()
