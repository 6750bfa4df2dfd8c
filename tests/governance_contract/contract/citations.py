"""Citations: the places of the normative text of a rule, and the text itself, which is read from the contract.

A citation takes one of two forms:

- ``RFC 9110 section 15.5.2``: a section of an RFC, or a whole RFC if there is no section. The text is its title.
- A place in the contract: names separated by ``/`` (RFC 6901 escapes). The first name is an operationId or
  ``components``. Paths are not part of a place, so that it is valid for a contract with other paths. A parameter
  is addressed by its name, and references are followed. The first words of a sentence may follow in quotes, to select
  one sentence of a description: ``assignTeamToBusinessUnit/description "A team belongs"``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, TypedDict

import yaml

from .document import Contract, follow_references
from .pointers import unescape
from .rules import Rule

RFC_TITLES: Mapping[str, str] = {
    "RFC 3339 section 5.6": "Internet Date/Time Format",
    "RFC 3986 section 6.2.2": "Syntax-Based Normalization",
    "RFC 3986 section 6.2.2.2": "Percent-Encoding Normalization",
    "RFC 8259": "The JavaScript Object Notation (JSON) Data Interchange Format",
    "RFC 8259 section 2": "JSON Grammar",
    "RFC 8259 section 8.1": "Character Encoding",
    "RFC 9110 section 8.3.1": "Media Type",
    "RFC 9110 section 9.2.1": "Safe Methods",
    "RFC 9110 section 9.2.2": "Idempotent Methods",
    "RFC 9110 section 9.3.2": "HEAD",
    "RFC 9110 section 9.3.7": "OPTIONS",
    "RFC 9110 section 12.5.1": "Accept",
    "RFC 9110 section 12.5.3": "Accept-Encoding",
    "RFC 9110 section 13.1.2": "If-None-Match",
    "RFC 9110 section 15.5.2": "401 Unauthorized",
    "RFC 9110 section 15.5.4": "403 Forbidden",
    "RFC 9110 section 15.5.5": "404 Not Found",
    "RFC 9110 section 15.5.6": "405 Method Not Allowed",
    "RFC 9110 section 15.5.14": "413 Content Too Large",
    "RFC 9110 section 15.5.16": "415 Unsupported Media Type",
    "RFC 9110 section 15.6": "Server Error 5xx",
    "RFC 9111 section 3.5": "Storing Responses to Authenticated Requests",
    "RFC 9112 section 7.1": "Chunked Transfer Coding",
}
_PLACE = re.compile(r'(?P<place>[^"]+?)(?: "(?P<beginning>[^"]+)")?')
_BETWEEN_SENTENCES = re.compile(r"(?<=[.!?])\s+(?=[A-Z`])")


class Cited(TypedDict):
    """A citation with its text."""

    citation: str
    text: str | None
    """None if the contract has nothing at the place. This happens only with a contract that the user gives."""


def cited(contract: Contract, rule: Rule) -> list[Cited]:
    """Return the citations of a rule with their texts: the published text if there is one.

    The quoted words are removed from the citation if the sentence was found.
    """
    citations: list[Cited] = []
    for citation in rule.citations:
        text = RFC_TITLES.get(citation) or text_at(contract, citation, published=True) or text_at(contract, citation)
        citations.append({"citation": _split(citation)[0] if text else citation, "text": text})
    return citations


def in_words(cited: Mapping[str, Any]) -> str:
    """Return a ``Cited`` as one line."""
    return f"{cited['text']} ({cited['citation']})" if cited["text"] else f"(not in this contract: {cited['citation']})"


def text_at(contract: Contract, citation: str, *, published: bool = False) -> str | None:
    """Return the text at a place of the contract, or of its published view; None if there is none."""
    place, beginning = _split(citation)
    document = contract.published if published else contract.document
    try:
        text = _text(contract, document, place)
    except (LookupError, TypeError, ValueError, AttributeError):
        return None
    if beginning is None:
        return text or None
    return next((sentence for sentence in _BETWEEN_SENTENCES.split(text) if sentence.startswith(beginning)), None)


def _split(citation: str) -> tuple[str, str | None]:
    """Return the place and the quoted first words of a sentence, if any."""
    match = _PLACE.fullmatch(citation)
    return (match["place"], match["beginning"]) if match else (citation, None)


def _text(contract: Contract, document: dict[str, Any], place: str) -> str:
    """Return the text at a place.

    Raises:
        LookupError, TypeError, ValueError, AttributeError: the document has nothing at the place.
    """
    first, *rest = map(unescape, place.split("/"))
    node: Any = document["components"] if first == "components" else _operation(contract, document, first)
    for token in rest:
        node = _member(document, node, token)
    name = rest[-1] if rest else first
    described = _described(document, node)
    if described is not None:
        # The status is shown before the description of a response.
        return f"{name}: {described}" if rest[-2:-1] == ["responses"] and name.isdigit() else described
    if name in ("description", "summary") and isinstance(node, str):
        return _one_line(node)
    return _in_brief(name, _target(document, node))


def _operation(contract: Contract, document: dict[str, Any], operation_id: str) -> dict[str, Any]:
    """Return an operation with its parameters by name, including those of its path."""
    indexed = contract.operations[operation_id]
    item = document["paths"][indexed.template]
    operation = item[indexed.method.lower()]
    declared = [*item.get("parameters", []), *operation.get("parameters", [])]
    parameters = [_target(document, parameter) for parameter in declared]
    named = {parameter["name"]: parameter for parameter in parameters}
    # Citations name a path parameter by its meaning, whatever the contract calls it.
    named |= {usual: named[name] for usual, name in zip(("id", "team_id"), indexed.path_parameters, strict=False)}
    return {**operation, "parameters": named}


def _target(document: dict[str, Any], node: Any) -> Any:
    """Follow a reference to its target; return any other node unchanged."""
    return follow_references(document, node)[0]


def _member(document: dict[str, Any], node: Any, token: str) -> Any:
    """Return a member of a node, or of the target of its reference."""
    if isinstance(node, dict) and token in node:
        return node[token]
    return _target(document, node)[token]


def _described(document: dict[str, Any], node: Any) -> str | None:
    """Return the description of an object, or of the target of its reference."""
    for described in (node, _target(document, node)):
        if isinstance(described, dict) and isinstance(described.get("description"), str):
            return _one_line(described["description"])
    return None


def _in_brief(name: str, node: Any) -> str:
    """Return a keyword with its value as YAML. An object of objects is reduced to the names of its members."""
    if isinstance(node, dict):
        members = {key: value for key, value in node.items() if not str(key).startswith("x-")}
        nested = any(isinstance(value, dict) for value in members.values())
        node = list(members) if nested else members
    flow = yaml.safe_dump({name: node}, default_flow_style=True, sort_keys=False, allow_unicode=True, width=1_000_000)
    return flow.strip().removeprefix("{").removesuffix("}")


def _one_line(text: str) -> str:
    return " ".join(text.split())
