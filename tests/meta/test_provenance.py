"""What x-provenance marks is there, stays out of the published view, and is never taken for a response."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from governance_contract.contract import document as contract

_CONTRACT = contract.load()


def _operations(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for item in document["paths"].values():
        yield from (item[method] for method in contract.METHODS if method in item)


_OPERATIONS = {operation["operationId"]: operation for operation in _operations(_CONTRACT.document)}
_PUBLISHED = {operation["operationId"]: operation for operation in _operations(_CONTRACT.published)}


@pytest.mark.parametrize("name", _OPERATIONS)
def test_marks_of_an_operation_name_its_responses(name: str) -> None:
    marked = _OPERATIONS[name]["x-provenance"]
    assert set(marked) <= {f"responses/{status}" for status in _OPERATIONS[name]["responses"]}
    assert all(text.startswith(("documented ", "observed: ", "inferred: ")) for text in marked.values())


@pytest.mark.parametrize("name", _PUBLISHED)
def test_the_published_view_has_the_responses_that_are_not_marked(name: str) -> None:
    marked = _OPERATIONS[name]["x-provenance"]
    unmarked = [status for status in _OPERATIONS[name]["responses"] if f"responses/{status}" not in marked]
    assert list(_PUBLISHED[name]["responses"]) == unmarked
    assert "200" in unmarked
    assert "401" not in unmarked


def test_a_mark_reaches_any_depth() -> None:
    marked = {"x-provenance": {"a/b~1c": "observed", "d": "inferred"}, "a": {"b/c": 1, "b": 2, "d": 3}, "d": 4}
    assert contract.published_view(marked) == {"a": {"b": 2, "d": 3}}


def test_schemathesis_reads_statuses_alone() -> None:
    operations = list(schemathesis.openapi.from_dict(_CONTRACT.document).get_all_operations())
    assert len(operations) == len(_OPERATIONS)
    for operation in operations:
        assert all(status.isdecimal() for status in operation.ok().responses.status_codes)
