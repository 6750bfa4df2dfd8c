"""Citations: reading the text at a place of the contract, including an edited contract."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from governance_contract.contract import document
from governance_contract.contract.citations import cited, in_words, text_at
from governance_contract.contract.document import Contract
from governance_contract.contract.rules import CATALOGUE

_BUILT_IN = document.load()


def _edited() -> tuple[Contract, dict[str, Any]]:
    """Return a contract and its document, which the test may edit."""
    edited = copy.deepcopy(_BUILT_IN.document)
    return Contract(edited, _BUILT_IN.digest), edited


@pytest.mark.parametrize(
    ("citation", "text"),
    [
        ("components/schemas/CreateBudgetRequest/required", "required: [max_limit, reset_duration]"),
        ("components/schemas/MaxLimitCount/format", "format: int64"),
        ("components/schemas/CreateBudgetRequest/properties/calendar_aligned/default", "default: false"),
        ("createBusinessUnitGovernance/responses/409", "409: Business unit already has governance configured"),
        ("updateBusinessUnitGovernance/responses/404", "404: Business unit not found"),
        ("updateBusinessUnitGovernance/requestBody/content", "content: [application/json]"),
        ("updateBusinessUnitGovernance/parameters/id", "Business unit ID"),
        ("listBusinessUnits/parameters/limit/schema", "schema: {type: integer, minimum: 1, maximum: 100, default: 20}"),
        ("components/schemas/Budget/properties/created_at", "created_at: {type: string, format: date-time}"),
        ('updateBusinessUnit/description "Changes only"', "Changes only the name of a business unit."),
        ("components/schemas/RateLimit/properties/token_max_limit", "A 64-bit integer."),
    ],
)
def test_a_place_has_a_text(citation: str, text: str) -> None:
    assert text_at(_BUILT_IN, citation) == text


@pytest.mark.parametrize(
    "citation",
    [
        "noSuchOperation/description",
        "updateBusinessUnitGovernance/responses/418",
        "components/schemas/NoSuchSchema",
        "updateBusinessUnitGovernance/description/deeper",
        'updateBusinessUnitGovernance/description "No such sentence"',
        'unbalanced "quotes',
    ],
)
def test_a_missing_place_has_no_text(citation: str) -> None:
    assert text_at(_BUILT_IN, citation) is None


def test_unpublished_text_is_absent_from_the_published_view() -> None:
    required = "components/schemas/BusinessUnit/required"
    assert text_at(_BUILT_IN, required, published=True) is None
    assert (text_at(_BUILT_IN, required) or "").startswith("required: [id, name, ")


def test_a_place_does_not_depend_on_the_path() -> None:
    contract, edited = _edited()
    edited["paths"] = {path.replace("/api/", "/v2/"): item for path, item in edited["paths"].items()}
    for rule in CATALOGUE.values():
        assert cited(contract, rule) == cited(_BUILT_IN, rule)


def test_text_is_quoted_from_the_edited_contract() -> None:
    contract, edited = _edited()
    edited["components"]["schemas"]["CreateBudgetRequest"]["required"] = ["max_limit"]
    assert cited(contract, CATALOGUE["CREATE-10"])[0]["text"] == "required: [max_limit]"


def test_a_place_missing_from_an_edited_contract_is_named() -> None:
    contract, edited = _edited()
    edited["components"]["securitySchemes"]["ManagementBearerAuth"]["description"] = "Use any credential."
    (only,) = cited(contract, CATALOGUE["AUTH-05"])
    assert only["text"] is None
    assert in_words(only) == f"(not in this contract: {CATALOGUE['AUTH-05'].citations[0]})"


def test_a_chain_of_references_is_followed_as_elsewhere() -> None:
    contract, edited = _edited()
    links = {f"Link{n}": {"$ref": f"#/components/schemas/Link{n + 1}"} for n in range(12)}
    edited["components"]["schemas"] |= links | {"Link12": {"description": "The end."}}
    assert text_at(contract, "components/schemas/Link0") == "The end."
    assert contract.follow("#/components/schemas/Link0")[1] == "#/components/schemas/Link12"


def test_circular_references_have_no_text() -> None:
    contract, edited = _edited()
    edited["components"]["schemas"]["Budget"] = {"$ref": "#/components/schemas/Budget"}
    assert text_at(contract, "components/schemas/Budget/properties/last_reset") is None
