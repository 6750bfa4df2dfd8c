"""The model of lists: which units a search must find and may find, and which page has how many entries."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from governance_contract.checks.inputs.texts import JSON_STRINGS, case_folded, has_only_letters, in_other_case
from governance_contract.checks.list_model import ListModel, NameSearch, size_of_page
from governance_contract.contract import document


@pytest.mark.parametrize(
    ("name", "text", "must", "may"),
    [
        ("Alpha", "lph", True, True),
        ("Alpha", "LPHA", True, True),
        ("Alpha", "Al%a", False, False),
        ("Zürich", "zÜR", False, True),
        ("Zu\u0308rich", "Zürich", False, True),
        ("straße", "STRASSE", False, True),
        ("a b", "a  b", False, False),
        ("a b", " b ", False, True),
        ("50%;x", "%;", True, True),
    ],
)
def test_a_search_finds_what_contains_the_text(name: str, text: str, must: bool, may: bool) -> None:
    model = ListModel()
    model.names["id"] = name
    assert (bool(model.must_find(text)), bool(model.may_find(text))) == (must, may)


@pytest.mark.parametrize(("page", "size"), [(1, 3), (2, 3), (3, 1), (4, 0), (2**63 - 1, 0)])
def test_the_last_page_has_the_rest(page: int, size: int) -> None:
    assert size_of_page(7, page, 3) == size


def test_the_contract_bounds_pages_and_limits() -> None:
    contract = document.load()
    limit = contract.pages("listBusinessUnits").limit_bounds
    assert (limit.least, limit.most, limit.default) == (1, 100, 20)
    assert contract.pages("listBusinessUnits").page_bounds.default == 1


@pytest.mark.parametrize(
    ("search", "text"),
    [
        (NameSearch("whole", 0, "in upper case", 0, ""), "MARKER-TEXT-END"),
        (NameSearch("beginning", 2, "as it is", 0, ""), "ker-te"),
        (NameSearch("end", 2, "as it is", 0, ""), "xt-end"),
        (NameSearch("whole", 0, "with one character replaced", 0, "%"), "marker-%ext-end"),
        (NameSearch("whole", 0, "with one character inserted", 1, "%"), "marker-t%ext-end"),
    ],
)
def test_the_text_of_a_search_is_made_of_a_name(search: NameSearch, text: str) -> None:
    assert search.text("marker-text-end", len("marker-"), len("marker-text")) == text


def test_letters_with_a_doubtful_case_are_left_alone() -> None:
    assert in_other_case("Äbc ßıſ") == "äBC ßıſ"
    assert case_folded("ÄΩЖ K") == "äωж k"


@pytest.mark.parametrize(
    ("text", "only_letters"),
    [
        ("Zürich 1", True),
        ("Zurich", False),
        ("Zu\u0308rich", False),
        ("Zürich  2", False),
        ("東京", True),
        ("𠮷", False),
    ],
)
def test_which_names_have_only_letters(text: str, only_letters: bool) -> None:
    assert has_only_letters(text) is only_letters


@pytest.mark.parametrize("write", JSON_STRINGS)
def test_each_way_to_write_a_text_gives_the_text(write: Callable[[str], str]) -> None:
    assert json.loads(write('é "😀"\\\x7f')) == 'é "😀"\\\x7f'
