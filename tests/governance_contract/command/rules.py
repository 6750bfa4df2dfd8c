"""The command ``rules``: prints the catalogue, the rules of an area, or the explanation of one rule."""

from __future__ import annotations

import argparse
import json
import textwrap
from collections.abc import Iterable, Iterator
from typing import Any

from ..contract import document
from ..contract.citations import cited, in_words
from ..contract.explanations import explanations
from ..contract.rules import CATALOGUE, Rule, select_rules
from ..results.exit_code import ExitCode, print_error
from .output import print_document

_PARAGRAPH = textwrap.TextWrapper(
    110, initial_indent=" " * 4, subsequent_indent=" " * 4, break_long_words=False, break_on_hyphens=False
)
_COLUMN = " " * 19
_TAKES_LONG = "a thorough run (--thorough), or a run that names it (--rule)"
_NEEDS_NOTHING = "no more than any run: updateBusinessUnitGovernance and a business unit that may be changed"


def run(options: argparse.Namespace) -> int:
    """Print the rules that ``options.rule`` names, an id or an area, or all of them; return the exit code."""
    try:
        named = select_rules([] if options.rule is None else [options.rule])
    except ValueError as error:
        return print_error(str(error))
    rules = [rule for rule in CATALOGUE.values() if rule.id in named or not named]
    contract = document.load()
    if options.json:
        print_document(json.dumps([_as_json(contract, rule) for rule in rules], indent=2, ensure_ascii=False) + "\n")
    elif len(rules) == 1:
        print("\n".join(_explained(contract, rules[0])))
    else:
        print("\n".join(line for rule in rules for line in _listed(contract, rule)))
    return ExitCode.CONFORMS


def _as_json(contract: document.Contract, rule: Rule) -> dict[str, Any]:
    how = explanations()[rule.id]
    return {
        "id": rule.id,
        "area": rule.area,
        "level": rule.level,
        "title": rule.title,
        "cited": cited(contract, rule),
        "sent": how.sent,
        "broken": how.broken,
        "example": how.example,
        "needs": rule.needs,
        "thorough": rule.thorough,
    }


def _listed(contract: document.Contract, rule: Rule) -> Iterator[str]:
    """Yield the lines of a rule in the list: the requirement, the normative text and the needs."""
    yield f"{rule.id:<10} {rule.level:<7} {rule.title}"
    for citation in cited(contract, rule):
        yield f"{_COLUMN}{in_words(citation)}"
    for need in [*rule.needs, *([_TAKES_LONG] * rule.thorough)]:
        yield f"{_COLUMN}needs: {need}"


def _explained(contract: document.Contract, rule: Rule) -> Iterator[str]:
    """Yield the lines that explain a rule."""
    how = explanations()[rule.id]
    yield f"{rule.id} ({rule.level}) {rule.title}"
    yield from _section("Normative text", (in_words(citation) for citation in cited(contract, rule)))
    yield from _section("What is sent", [how.sent])
    yield from _section("What counts as broken", [how.broken])
    yield from _section("A server that breaks it", [how.example])
    yield from _section("What the rule needs", [*(rule.needs or [_NEEDS_NOTHING]), *([_TAKES_LONG] * rule.thorough)])


def _section(heading: str, paragraphs: Iterable[str]) -> Iterator[str]:
    yield ""
    yield heading
    for paragraph in paragraphs:
        yield _PARAGRAPH.fill(paragraph)
