"""The catalogue: every rule is cited, tested, and said in words."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import governance_contract
import pytest
from governance_contract.contract import document as contract
from governance_contract.contract.rules import AREAS, CATALOGUE, Level, Rule

_PACKAGE = Path(governance_contract.__file__).parent
_RULES = list(CATALOGUE.values())


def _tested() -> dict[str, int]:
    """Return how many test functions each rule has, read from the sources."""
    counts: dict[str, int] = {}
    for source in (_PACKAGE / "areas").glob("test_*.py"):
        for node in ast.walk(ast.parse(source.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                marks = " ".join(map(ast.unparse, node.decorator_list))
                if "pytest.param(rule" in marks:
                    continue  # one test for rules that look at different parts of the same responses
                ids = re.findall(r"pytest\.mark\.rule\('([A-Z]+-\d+)'\)", marks)
                assert len(ids) == 1, f"{source.name}: {node.name} carries {len(ids)} rules"
                counts[ids[0]] = counts.get(ids[0], 0) + 1
    return counts


def test_every_test_has_a_rule() -> None:
    assert set(_tested()) <= set(CATALOGUE)


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


def test_each_area_is_documented() -> None:
    page = (Path(__file__).parents[2] / "docs" / "rules.md").read_text(encoding="utf-8")
    for area in AREAS:
        assert f"| `{area}` |" in page
