"""Schemathesis' schema of the contract: its operations, its configuration and the rules of its checks."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from governance_contract.checks.generation import PROFILES, GenerationSettings
from governance_contract.checks.schema import (
    CHECKS_OF_ANY,
    CHECKS_OF_FORBIDDEN,
    Case,
    RequestKind,
    Schema,
    schema_of,
    validate,
)
from governance_contract.checks.violation import Violation
from governance_contract.contract import document
from governance_contract.contract.operation_ids import CREATE_UNIT, GET_UNIT, UPDATE_GOVERNANCE
from governance_contract.target.credentials import NONE
from governance_contract.target.exchange import Exchange, Request, Response

_CONTRACT = document.load()
_FORBIDDEN = RequestKind("negative", published=True)


def _schema(data: RequestKind, profile: str = "default", seed: int = 1) -> Schema:
    return schema_of(_CONTRACT, data, GenerationSettings(seed, PROFILES[profile]))


def _operations(schema: Schema) -> set[str]:
    return {found.ok().definition.raw["operationId"] for found in schema.get_all_operations()}


def _case(operation_id: str, data: RequestKind = _FORBIDDEN) -> Case:
    schema: Any = _schema(data)
    case: Case = schema.find_operation_by_id(operation_id).Case(path_parameters={"id": "x"})
    return case


def _exchange(operation_id: str, status: int, body: bytes = b"{}", media_type: str = "application/json") -> Exchange:
    operation = _CONTRACT.operations[operation_id]
    request = Request(operation, operation.method, f"http://localhost{operation.path}", NONE)
    return Exchange(request, Response(status, {"content-type": media_type}, body))


def test_a_run_judges_every_operation() -> None:
    assert _operations(_schema(RequestKind("positive", published=False))) == set(_CONTRACT.operations)
    published = {one.id for one in _CONTRACT.operations.values() if one.published}
    assert _operations(_schema(_FORBIDDEN)) == published


def test_a_quick_run_judges_the_update_and_another_operation_of_the_seed() -> None:
    chosen = [_operations(_schema(_FORBIDDEN, "quick", seed)) for seed in range(20)]
    assert all(UPDATE_GOVERNANCE in one and len(one) == 2 for one in chosen)
    assert len(set().union(*chosen)) > 6


def test_a_file_in_the_working_directory_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "schemathesis.toml").write_text("[generation]\nmax-examples = 7\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    settings = _schema(_FORBIDDEN).config.get_hypothesis_settings(phase="fuzzing")
    assert (settings.max_examples, settings.database) == (8, None)


@pytest.mark.parametrize(
    ("operation", "status", "body", "media_type", "rule"),
    [
        (GET_UNIT, 500, b"{}", "application/json", "RESP-09"),
        (GET_UNIT, 418, b"{}", "application/json", "RESP-09"),
        (GET_UNIT, 404, b"{}", "text/html", "ERROR-04"),
        (GET_UNIT, 404, b'{"error": 7}', "application/json", "ERROR-02"),
        (GET_UNIT, 200, b"{}", "text/html", "RESP-03"),
        (GET_UNIT, 200, b'{"id": 7}', "application/json", "RESP-02"),
        (GET_UNIT, 200, b'{"budget": {}}', "application/json", "RESP-07"),
        (CREATE_UNIT, 500, b"{}", "application/json", "RESP-09"),
    ],
)
def test_a_failed_check_belongs_to_a_rule(operation: str, status: int, body: bytes, media_type: str, rule: str) -> None:
    exchange = _exchange(operation, status, body, media_type)
    with pytest.raises(Violation) as found:
        validate(_CONTRACT, exchange, _case(operation), CHECKS_OF_FORBIDDEN[1:], status_rule="RESP-09")
    assert found.value.rule == rule
    assert found.value.exchange is exchange


@pytest.mark.parametrize("status", [401, 403, 405, 429])
def test_a_status_that_the_checks_leave_open_is_no_violation(status: int) -> None:
    validate(_CONTRACT, _exchange(GET_UNIT, status), _case(GET_UNIT), CHECKS_OF_ANY, status_rule="RESP-09")
