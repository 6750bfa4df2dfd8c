"""The catalogue: every rule is cited, tested, and said in words."""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections.abc import Collection
from pathlib import Path

import governance_contract
import pytest
from governance_contract.contract import document as contract
from governance_contract.contract.rules import AREAS, CATALOGUE, Level, Rule

_RULES = list(CATALOGUE.values())


def _tested() -> set[str]:
    """Return the rules that have a test; every test has one rule, or one in each of its cases."""
    found: set[str] = set()
    for info in pkgutil.walk_packages(governance_contract.__path__, "governance_contract."):
        if not info.name.rpartition(".")[2].startswith("test_"):
            continue
        for name, function in vars(importlib.import_module(info.name)).items():
            if name.startswith("test_"):
                rules = _rules_of(getattr(function, "pytestmark", []))
                assert rules, f"{info.name}.{name} has no rule"
                areas = {CATALOGUE[rule].area.lower() for rule in rules}
                assert areas == {info.name.split("test_")[1].split("_")[0]}, f"{info.name} holds rules of {areas}"
                found |= rules
    return found


def _rules_of(marks: Collection[pytest.Mark]) -> set[str]:
    own = {mark.args[0] for mark in marks if mark.name == "rule"}
    assert len(own) <= 1
    cases = [case for mark in marks if mark.name == "parametrize" for case in mark.args[1]]
    return own.union(*(_rules_of(case.marks) for case in cases if hasattr(case, "marks")))


def test_every_test_has_a_rule_and_every_rule_a_test() -> None:
    assert _tested() == set(CATALOGUE)


@pytest.mark.parametrize("rule", _RULES, ids=lambda rule: rule.id)
def test_every_citation_resolves(rule: Rule) -> None:
    assert rule.citations
    document = contract.load()
    for citation in rule.citations:
        if citation.startswith("#"):
            assert document.resolve(citation) is not None
        else:
            assert re.fullmatch(r"RFC \d{4}( section [\d.]+)?", citation)


@pytest.mark.parametrize("rule", [r for r in _RULES if r.level is Level.MUST], ids=lambda rule: rule.id)
def test_a_must_rule_rests_on_the_published_contract(rule: Rule) -> None:
    """The first citation of a MUST rule survives when everything unpublished is taken out of the contract."""
    node = contract.load().published
    for token in rule.citations[0].removeprefix("#").split("/")[1:]:
        key = token.replace("~1", "/").replace("~0", "~")
        node = node[int(key)] if isinstance(node, list) else node[key]


def test_rules_are_sentences_in_known_areas() -> None:
    for rule in _RULES:
        assert rule.area in AREAS
        assert rule.title.endswith(".")
    assert len({rule.title for rule in _RULES}) == len(_RULES)


def test_each_area_is_published_in_the_readme() -> None:
    readme = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
    for area in AREAS:
        assert f"`{area}`" in readme
