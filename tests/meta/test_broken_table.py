"""``BROKEN.md`` is up to date: its servers are those that are drawn, and one of them is judged again."""

from __future__ import annotations

import pytest
from governance_contract.results.reporting.terminal import MOST_LINES
from tools.broken_targets import TABLE, Row, judge_server, page, read_rows, servers

_SAMPLE = "2-2"
"""Its red rules do not depend on generated inputs, which differ between versions of Hypothesis."""


@pytest.fixture(scope="module")
def rows() -> dict[str, Row]:
    """The rows by the names of their servers."""
    return read_rows()


def test_the_page_shows_the_rows(rows: dict[str, Row]) -> None:
    assert TABLE.read_text(encoding="utf-8") == page(rows)


def test_the_servers_are_those_that_are_drawn(rows: dict[str, Row]) -> None:
    drawn = {name: (draw.faults, draw.left_out) for name, draw in servers().items()}
    differ = [name for name, row in rows.items() if (row.faults, row.left_out) != drawn.get(name)]
    assert differ == [], f"run: python tests/meta/tools/broken_targets.py {' '.join(differ)}"
    assert rows.keys() == drawn.keys()


def test_every_server_does_not_conform_and_has_few_lines(rows: dict[str, Row]) -> None:
    assert {row.code for row in rows.values()} == {1}
    assert max(row.lines for row in rows.values()) <= MOST_LINES


def test_a_server_is_as_its_row_says(rows: dict[str, Row]) -> None:
    judged, _ = judge_server(rows[_SAMPLE].faults)
    races = {rule for rule in judged.red if rule.startswith("CONC-")}  # found by chance
    assert set(judged.red) - races == {*rows[_SAMPLE].red, *rows[_SAMPLE].errors} - races
    assert judged.code == rows[_SAMPLE].code
    assert len(judged.report["causes"]) == rows[_SAMPLE].causes
