"""x-provenance: its marks resolve, are left out of the published view, and are not read as responses."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from governance_contract.contract import document as contract
from governance_contract.contract.indexing import METHODS

_CONTRACT = contract.load()


def _operations(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for item in document["paths"].values():
        yield from (item[method] for method in METHODS if method in item)


_OPERATIONS = {operation["operationId"]: operation for operation in _operations(_CONTRACT.document)}
_PUBLISHED = {operation["operationId"]: operation for operation in _operations(_CONTRACT.published)}


@pytest.mark.parametrize("name", _OPERATIONS)
def test_marks_of_an_operation_name_its_responses(name: str) -> None:
    marked = _OPERATIONS[name]["x-provenance"]
    assert set(marked) <= {f"responses/{status}" for status in _OPERATIONS[name]["responses"]}
    assert all(text.startswith(("documented ", "observed: ", "inferred: ")) for text in marked.values())


@pytest.mark.parametrize("name", _PUBLISHED)
def test_the_published_view_has_only_unmarked_responses(name: str) -> None:
    marked = _OPERATIONS[name]["x-provenance"]
    unmarked = [status for status in _OPERATIONS[name]["responses"] if f"responses/{status}" not in marked]
    assert list(_PUBLISHED[name]["responses"]) == unmarked
    assert "200" in unmarked
    assert "401" not in unmarked


def test_the_published_view_has_no_bounds_of_our_own() -> None:
    schemas = _CONTRACT.published["components"]["schemas"]
    assert set(schemas["CreateRateLimitRequest"]) == {"type", "description", "properties"}
    assert set(schemas["UpdateBudgetRequest"]) == {"type", "description", "properties"}
    assert set(schemas["CreateBudgetRequest"]) == {"type", "description", "required", "properties"}
    assert schemas["ResetDuration"].keys() & {"pattern", "minLength", "maxLength"} == set()
    assert schemas["Budget"]["properties"]["max_limit"].keys() == {"type", "description"}
    page = _CONTRACT.published["components"]["parameters"]["Page"]["schema"]
    assert page == {"type": "integer", "minimum": 1, "default": 1}


def test_the_published_view_has_only_published_links() -> None:
    created = _PUBLISHED["createBusinessUnit"]["responses"]["200"]
    assert set(created["links"]) == {"read", "update", "governance", "delete"}
    assert "links" not in _PUBLISHED["assignTeamToBusinessUnit"]["responses"]["200"]


def _marks(node: Any) -> Iterator[tuple[dict[str, Any], str]]:
    """Yield each object with marks and each of its marks."""
    if isinstance(node, dict):
        yield from ((node, mark) for mark in node.get("x-provenance", ()))
    if isinstance(node, dict | list):
        for part in node.values() if isinstance(node, dict) else node:
            yield from _marks(part)


def test_each_mark_names_a_member() -> None:
    """A mark of an entry of a list, such as ``required/0``, would have no effect."""
    marks = list(_marks(_CONTRACT.document))
    assert len(marks) > 50
    for holder, mark in marks:
        part: Any = holder
        for token in mark.split("/"):
            assert isinstance(part, dict), mark
            part = part.get(token.replace("~1", "/").replace("~0", "~"))
        assert part is not None, mark


def test_a_mark_can_address_nested_values() -> None:
    marked = {"x-provenance": {"a/b~1c": "observed", "d": "inferred"}, "a": {"b/c": 1, "b": 2, "d": 3}, "d": 4}
    assert contract.published_view(marked) == {"a": {"b": 2, "d": 3}}


def test_an_unpublished_property_is_not_required() -> None:
    schema = {"x-provenance": {"properties/b": "observed"}, "required": ["a", "b"], "properties": {"a": {}, "b": {}}}
    assert contract.published_view(schema) == {"required": ["a"], "properties": {"a": {}}}


def test_schemathesis_reads_only_statuses() -> None:
    operations = list(schemathesis.openapi.from_dict(_CONTRACT.document).get_all_operations())
    assert len(operations) == len(_OPERATIONS)
    for operation in operations:
        assert all(status.isdecimal() for status in operation.ok().responses.status_codes)
