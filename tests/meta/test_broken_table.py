"""``BROKEN.md`` is up to date: its servers are those that are drawn, and one of them is judged again."""

from __future__ import annotations

import pytest
from governance_contract.results.reporting.terminal import MOST_LINES
from tools.broken_targets import TABLE, Row, judge_server, page, read_rows, servers

_SAMPLE = "2-1"
_MOST_DIFFERENT = 1
"""Another version of Hypothesis generates other inputs with the same seed."""


@pytest.fixture(scope="module")
def rows() -> dict[str, Row]:
    """The rows by the names of their servers."""
    return read_rows()


def test_the_page_shows_the_rows(rows: dict[str, Row]) -> None:
    assert TABLE.read_text(encoding="utf-8") == page(rows)


def test_the_servers_are_those_that_are_drawn(rows: dict[str, Row]) -> None:
    drawn = {name: (draw.faults, draw.left_out) for name, draw in servers().items()}
    assert {name: (row.faults, row.left_out) for name, row in rows.items()}.items() <= drawn.items()


def test_every_server_does_not_conform_and_has_few_lines(rows: dict[str, Row]) -> None:
    assert {row.code for row in rows.values()} == {1}
    assert max(row.lines for row in rows.values()) <= MOST_LINES


def test_a_server_is_as_its_row_says(rows: dict[str, Row]) -> None:
    judged, _ = judge_server(rows[_SAMPLE].faults)
    races = {rule for rule in judged.red if rule.startswith("CONC-")}  # found by chance
    different = set(judged.red) ^ {*rows[_SAMPLE].red, *rows[_SAMPLE].errors}
    assert len(different - races) <= _MOST_DIFFERENT
    assert judged.code == rows[_SAMPLE].code
    assert abs(len(judged.report["causes"]) - rows[_SAMPLE].causes) <= _MOST_DIFFERENT
