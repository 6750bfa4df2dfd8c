"""The catalogue: every rule has a citation, a test and an explanation."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from governance_contract.contract import document
from governance_contract.contract.citations import RFC_TITLES, cited, text_at
from governance_contract.contract.explanations import explanations
from governance_contract.contract.rules import AREAS, CATALOGUE, RETIRED, Level, Rule, select_rules
from tools.rule_tests import rule_tests

_RULES = list(CATALOGUE.values())
_CONTRACT = document.load()
_CHECKS = Path(document.__file__).parents[1]
_TESTS = list(rule_tests())


def test_each_rule_has_a_test() -> None:
    assert {rule for test in _TESTS for rule in test.rules} == set(CATALOGUE)


def test_each_test_of_the_checks_names_a_rule() -> None:
    assert [f"{test.module}: {test.name}" for test in _TESTS if not test.rules] == []


def test_a_module_holds_the_rules_of_its_area() -> None:
    """The modules whose names are not areas, such as ``test_sequences``, hold rules of several areas."""
    for test in _TESTS:
        area = test.module.split("_")[1].upper()
        if area in AREAS:
            assert {CATALOGUE[rule].area for rule in test.rules} == {area}, f"{test.module}: {test.name}"


def test_sequences_name_the_rules_of_their_steps() -> None:
    """A run reports a rule as judged if a test names it."""
    steps = ("areas/test_sequences.py", "checks/inputs/sequences.py")
    sources = [_CHECKS / name for name in (*steps, "checks/update_effects.py", "target/present_components.py")]
    text = "".join(source.read_text("utf-8") for source in sources)
    marker = re.compile(r"^_RULES = \(.*?^\)", re.MULTILINE | re.DOTALL)
    named = set(re.findall(r'"([A-Z]+-[0-9]{2})"', marker.sub("", text, count=1)))
    (test,) = (test for test in _TESTS if test.module == "test_sequences")
    assert named - {"UPDATE-09"} == set(test.rules)


@pytest.mark.parametrize("rule", _RULES, ids=lambda rule: rule.id)
def test_every_citation_resolves(rule: Rule) -> None:
    found = cited(_CONTRACT, rule)
    assert len(found) == len(rule.citations) > 0
    for one in found:
        assert one["text"], one["citation"]


@pytest.mark.parametrize("rule", [r for r in _RULES if r.level is Level.MUST], ids=lambda rule: rule.id)
def test_a_must_rule_cites_the_published_contract(rule: Rule) -> None:
    """The first citation of a MUST rule has a text in the published view of the contract."""
    (first, *_) = cited(_CONTRACT, rule)
    assert text_at(_CONTRACT, rule.citations[0], published=True) == first["text"]


def test_every_title_of_an_rfc_is_used() -> None:
    assert set(RFC_TITLES) == {one for rule in _RULES for one in rule.citations if one.startswith("RFC ")}


def test_every_rule_is_explained() -> None:
    assert [rule for rule in CATALOGUE if rule not in explanations()] == [], "add them to explanations.toml"
    assert list(explanations()) == list(CATALOGUE)
    for rule, how in explanations().items():
        for text in (how.sent, how.broken, how.example):
            assert re.fullmatch(r"(\S+ ){2,}\S+\.", text), rule


def test_rules_are_sentences_in_known_areas() -> None:
    for rule in _RULES:
        assert rule.area in AREAS
        assert re.fullmatch(r"[^.\n]+\.", rule.title)
    assert len({rule.title for rule in _RULES}) == len(_RULES)


def test_each_area_is_in_the_documentation() -> None:
    page = (Path(__file__).parents[2] / "docs/rules.md").read_text(encoding="utf-8")
    for area, meaning in AREAS.items():
        assert f"| `{area}` | {meaning} |" in page


def test_ids_have_no_gaps_except_retired_ids() -> None:
    assert not set(RETIRED) & set(CATALOGUE)
    for area in AREAS:
        numbers = sorted(int(one.rpartition("-")[2]) for one in (*CATALOGUE, *RETIRED) if one.startswith(f"{area}-"))
        assert numbers == list(range(1, len(numbers) + 1))


def test_a_retired_id_is_refused_with_the_reason() -> None:
    (retired, reason), *_ = RETIRED.items()
    with pytest.raises(ValueError, match=f"{retired} is not a rule: {reason}"):
        select_rules([retired])
