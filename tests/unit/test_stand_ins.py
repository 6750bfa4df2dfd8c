"""The mock and the checks agree on which declared status stands in for a usual one, such as 422 for 409."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from api_paths import UNITS
from governance_contract.contract.document import Contract as ContractOfTheChecks
from hypothesis import given
from hypothesis import strategies as st

from mock_server.contract import yaml12
from mock_server.contract.document import default_path, parse

_DOCUMENT: dict[str, Any] = yaml12.load(default_path().read_bytes())
_USUAL = (400, 401, 404, 405, 409, 413, 500)
_PATHS = (UNITS, f"{UNITS}/{{id}}/governance")


def _stand_ins(path: str, method: str, keys: list[str]) -> tuple[dict[int, int], dict[int, int]]:
    """Declare these responses; return what the mock and the checks take for each usual status."""
    document = {**_DOCUMENT, "paths": {path: copy.deepcopy(_DOCUMENT["paths"][path])}}
    node = document["paths"][path][method]
    node["responses"] = {key: {"description": "A response."} for key in ["200", *keys]}
    name = node["operationId"]
    mock, checks = parse(document).operations[name], ContractOfTheChecks(document, "").operations[name]
    return {usual: mock.status(usual) for usual in _USUAL}, {usual: checks.declared(usual) for usual in _USUAL}


@given(
    st.sampled_from([(_PATHS[0], "get"), (_PATHS[0], "post"), (_PATHS[1], "put"), (_PATHS[1], "delete")]),
    st.lists(
        st.integers(400, 511).map(str) | st.sampled_from([*map(str, _USUAL), "422", "4XX", "5XX", "default"]),
        unique=True,
        max_size=8,
    ),
)
def test_both_take_the_same_statuses(operation: tuple[str, str], keys: list[str]) -> None:
    mock, checks = _stand_ins(*operation, keys)
    assert mock == checks


@pytest.mark.parametrize(
    ("keys", "usual", "declared"),
    [
        (["400", "422"], 409, 422),
        (["409", "422"], 400, 422),
        (["400", "409", "422"], 409, 409),
        (["400", "409", "402"], 401, 402),
        (["400", "401", "409", "405", "500", "507"], 413, 413),
        (["4XX", "422"], 409, 422),
    ],
)
def test_known_stand_ins(keys: list[str], usual: int, declared: int) -> None:
    mock, checks = _stand_ins(UNITS, "post", keys)
    assert mock[usual] == checks[usual] == declared
