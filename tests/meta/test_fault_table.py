"""The fault tables are complete: each fault has a row and a red rule, and each rule is red on a fault.

Judging every row takes long. ``tox -e mutants`` does this.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from gateway import FAULTS
from governance_contract.contract.rules import CATALOGUE
from judging import run
from test_faults import REFUSES_LATER
from tools.fault_table import FOLDER, TABLES, introduction, place_of, read_tables, write_tables
from tools.odds import summary

_FOUND = read_tables()


_NOT_DRAWN = "the inputs of a default run with seed 1 do not show it"
_PREFIX = "the names of a run have a prefix of letters, by which they can be found"
_ONE_TEAM = "the user names one team, so that no test can exchange it for another one"
_TEAM_AGAIN = "the contract leaves open whether a team can be assigned to its own unit again"
_EQUIVALENT = "the contract leaves open whether names that Unicode takes for equivalent are equal"
_MISSED = {
    "fresh-long-integer-limit-wraps": _NOT_DRAWN,
    "fresh-name-of-digits-listed-as-number": _PREFIX,
    "fresh-names-compared-by-prefix": "no property gives two units names that begin alike",
    "hidden-names-compared-in-compatibility-form": _EQUIVALENT,
    "hidden-team-list-renewed-by-count": _ONE_TEAM,
    "late-alignment-to-duration-of-creation": "the contract leaves open what the flag alone means",
    "late-cookie-of-script-accepted": _NOT_DRAWN,
    "late-deletion-drops-pending-update": "the checks read the unit after each update",
    "late-limit-without-duration-restarts-periods": "the contract leaves open what an incomplete rate limit means",
    "late-numbers-as-names-compared-by-value": _PREFIX,
    "late-search-trimmed": "the contract leaves open whether blanks around the text of a search count",
    "next-alignment-of-successor-keeps-window": _NOT_DRAWN,
    "next-exchanged-pairs-ignored": _NOT_DRAWN,
    "quiet-simultaneous-renames-share-name": "no rule is about simultaneous renames",
    "quiet-team-in-conflict-with-renamed-unit": _TEAM_AGAIN,
    "rare-duration-of-other-unit": _NOT_DRAWN,
    "rare-long-counts-in-durations-refused": _NOT_DRAWN,
    "rare-lower-case-escapes-kept": _NOT_DRAWN,
    "rare-patch-renames": _NOT_DRAWN,
    "rare-refused-alignment-resets-usage": _NOT_DRAWN,
    "rare-second-header-after-another-scheme": _NOT_DRAWN,
    "scarce-conflict-restarts-usage": _NOT_DRAWN,
    "scarce-conflict-survives-deletion": _NOT_DRAWN,
    "scarce-empty-update-repeats-last": _NOT_DRAWN,
    "scarce-fraction-of-period-breaks": _NOT_DRAWN,
    "scarce-long-search-cut": "no search has more than 64 characters that a name begins with",
    "scarce-names-compared-without-accents": "no property gives two units names that differ in an accent alone",
    "scarce-refused-alignment-counts-as-aligned": _NOT_DRAWN,
    "scarce-unordered-duration-parts-lost": _NOT_DRAWN,
    "scarce-x-api-key-beside-session-cookie": _NOT_DRAWN,
    "seldom-body-for-missing-unit-kept": _NOT_DRAWN,
    "seldom-empty-search-outlives-rename": _NOT_DRAWN,
    "seldom-zero-led-duration-read-as-octal": _NOT_DRAWN,
    "subtle-dashboard-token-searches": _NOT_DRAWN,
    "subtle-refused-removal-lowers-count": "no test refuses a removal from a unit that has teams",
    "subtle-same-reads-share-response": "no rule is about simultaneous requests with different credentials",
    "subtle-session-cookie-beside-empty-bearer": _NOT_DRAWN,
}
"""The faults of rare inputs and states that a default run does not show, and why. They measure the checks."""
_SHOWN_BY_SHOULD_RULES = {
    "hidden-name-length-in-bytes",
    "hidden-rename-takes-governance-of-deleted-unit",
    "hidden-search-misses-second-rename",
    "enabling-keeps-last-reset-later",
    "fresh-equal-length-keeps-spelling",
    "quiet-alignment-returns-with-next-update",
    "quiet-refused-rename-listed",
    "quiet-rename-of-case-lost",
    "quiet-rename-restores-last-read",
    "rare-budget-id-of-removed-budget",
    "rare-escaped-surrogates-replaced",
    "seldom-cache-knows-one-spelling-of-path",
    "seldom-period-start-kept-from-first-alignment",
    "subtle-removed-id-beside-set-component",
}
"""Faults of level must that only SHOULD rules show: the states are rare, or the contract published no rename."""


def test_each_fault_has_a_row() -> None:
    missing, unknown = sorted(set(FAULTS) - set(_FOUND)), sorted(set(_FOUND) - set(FAULTS))
    assert (missing, unknown) == ([], []), "run: python tests/meta/tools/fault_table.py --missing"


def test_each_fault_turns_a_rule_red() -> None:
    """On a fault of level must, one of them is a MUST rule."""
    assert {name for name, (_, red) in _FOUND.items() if not red} == set(_MISSED)
    must = {name for name, fault in FAULTS.items() if fault.level == "must"} - set(_MISSED)
    levels = {name: {CATALOGUE[rule].level for rule in red} for name, (_, red) in _FOUND.items()}
    assert {name for name in must & set(levels) if "MUST" not in levels[name]} == _SHOWN_BY_SHOULD_RULES
    assert {name for name in set(levels) - must if "MUST" in levels[name]} == set(REFUSES_LATER)


def test_the_odds_of_each_missed_fault_are_known() -> None:
    page = (FOLDER / "ODDS.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| ([a-z-]+) \| \d+ of \d+ \| (.*) \|$", page, re.MULTILINE)
    assert sorted(name for name, _ in rows) == sorted(_MISSED)
    assert page.endswith(f"\n{summary(_FOUND, [name for name, thorough in rows if thorough])}\n")


def test_each_rule_is_red_on_a_fault() -> None:
    seen = {rule for _, red in _FOUND.values() for rule in red}
    # Rules that take long are judged only if they are named; test_faults.py proves them.
    assert seen == {rule.id for rule in CATALOGUE.values() if not rule.thorough}


def test_the_tables_are_up_to_date(tmp_path: Path) -> None:
    write_tables(_FOUND, tmp_path)
    names = sorted(page.relative_to(tmp_path) for page in tmp_path.rglob("*.md"))
    assert names == sorted([Path("FAULTS.md"), *(page.relative_to(FOLDER) for page in FOLDER.glob(f"{TABLES}/*.md"))])
    for name in names:
        made = (tmp_path / name).read_text(encoding="utf-8")
        assert made == (FOLDER / name).read_text(encoding="utf-8"), "run: python tests/meta/tools/fault_table.py NAME"


def test_only_the_tables_of_some_areas_are_written(tmp_path: Path) -> None:
    write_tables(_FOUND, tmp_path, written=["LIST"])
    assert [page.name for page in (tmp_path / TABLES).iterdir()] == ["list.md"]
    assert (tmp_path / "FAULTS.md").read_text(encoding="utf-8") == (FOLDER / "FAULTS.md").read_text(encoding="utf-8")


def test_the_introduction_of_a_fault_on_a_condition_names_the_other_fault() -> None:
    place, description, other = introduction("unit-renamed-later").splitlines()
    assert place == place_of("unit-renamed-later")
    assert place.startswith("tests/meta/gateway/faults/update/conditional.py:")
    assert description == f"Level must. {FAULTS['unit-renamed-later'].description}"
    assert other == f"The fault unit-renamed ({place_of('unit-renamed')}) after five changes of a unit."


def _run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return run([sys.executable, Path(__file__).parent / "tools" / "fault_table.py", *arguments])


def test_show_prints_why_the_rules_of_a_fault_are_red() -> None:
    done = _run("--show", "month-is-thirty-days")
    assert done.returncode == 0, done.stderr
    file, line = done.stdout.splitlines()[0].split(":")
    source = (FOLDER.parents[2] / file).read_text(encoding="utf-8")
    assert '"month-is-thirty-days"' in source.splitlines()[int(line) - 1]
    assert done.stdout.splitlines()[1] == f"Level must. {FAULTS['month-is-thirty-days'].description}"
    [line] = [line for line in done.stderr.splitlines() if " run: " in line]  # the run of the row shows it
    assert line.startswith(f"{_FOUND['month-is-thirty-days'][0]} run: ")
    assert "FAIL  ALIGN-01 (MUST)" in done.stdout
    assert "exchange" in done.stdout
    assert "python tests/meta/tools/fault_table.py --show month-is-thirty-days --rule ALIGN-01" in done.stdout


def test_show_ends_after_the_run_of_a_row_with_should_rules_only() -> None:
    fault = "hidden-search-misses-second-rename"
    done = _run("--show", fault)
    assert [line.split()[0] for line in done.stderr.splitlines() if " run: " in line][-1] == _FOUND[fault][0]
    assert f"FAIL  {_FOUND[fault][1][0]} (SHOULD)" in done.stdout


def test_show_judges_one_rule_alone() -> None:
    done = _run("--show", "month-is-thirty-days", "--rule", "ALIGN-01")
    assert done.returncode == 0, done.stderr
    assert "(MUST 1 FAIL" in done.stdout


@pytest.mark.parametrize("names", [[], ["search-ignored", "search-respects-case"]], ids=len)
def test_show_needs_one_fault(names: list[str]) -> None:
    done = _run("--show", *names)
    assert done.returncode == 2
    assert done.stderr.endswith("error: --show needs the name of one fault\n")
