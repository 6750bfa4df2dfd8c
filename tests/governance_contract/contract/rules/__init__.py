"""The catalogue of rules: requirement, level, citations, and the needs of each rule. Each area has a module.

Ids are permanent: they are never renumbered or reused. A MUST rule is based on the published contract. A SHOULD rule
is based on the behaviour of the product's sibling endpoints, or on good practice. Tests name only the id.
`contract/citations.py` describes the form of a citation, `contract/explanations.toml` explains each rule.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from .align import RULES as ALIGN
from .auth import RULES as AUTH
from .conc import RULES as CONC
from .create import RULES as CREATE
from .error import RULES as ERROR
from .http import RULES as HTTP
from .life import RULES as LIFE
from .list import RULES as LIST
from .remove import RULES as REMOVE
from .resp import RULES as RESP
from .rule import Level as Level
from .rule import Need as Need
from .rule import Rule as Rule
from .update import RULES as UPDATE
from .valid import RULES as VALID

AREAS: Mapping[str, str] = {
    "AUTH": "authentication",
    "UPDATE": "updates of governance",
    "REMOVE": "removal of components",
    "CREATE": "creation of components",
    "ALIGN": "calendar alignment",
    "VALID": "request validation",
    "ERROR": "error responses",
    "RESP": "successful responses",
    "LIFE": "business units and their teams",
    "LIST": "lists, pages and search",
    "CONC": "concurrent requests",
    "HTTP": "HTTP semantics",
}

RETIRED: Mapping[str, str] = {
    "ERROR-08": "the id was never used",
}
"""Ids that are never assigned to a rule, with the reason."""

_RULES = (*AUTH, *UPDATE, *REMOVE, *CREATE, *ALIGN, *VALID, *ERROR, *RESP, *LIFE, *LIST, *CONC, *HTTP)
CATALOGUE: Mapping[str, Rule] = {rule.id: rule for rule in _RULES}


def split_names(texts: Iterable[str]) -> list[str]:
    """Return the names of rules and areas in some texts, in which commas separate them."""
    return [name.strip() for text in texts for name in text.split(",")]


def select_rules(words: Iterable[str]) -> frozenset[str]:
    """Return the ids of the rules that match some words.

    A word is an id or an area, in any case. Empty words are ignored, unless all are empty.

    Raises:
        ValueError: a word matches no rule, or all words are empty. The message is one line.
    """
    selected: set[str] = set()
    upper = [word.strip().upper() for word in words]
    if upper and not any(upper):
        raise ValueError("no rule is named; `governance-contract rules` lists them")
    for word in filter(None, upper):
        if word in RETIRED:
            raise ValueError(f"{word} is not a rule: {RETIRED[word]}")
        named = {rule.id for rule in CATALOGUE.values() if word in (rule.id, rule.area)}
        if not named:
            raise ValueError(f"no rule or area {word!r}; `governance-contract rules` lists them")
        selected |= named
    return frozenset(selected)
