"""`--reload`: edited files take effect while the mock runs, and broken ones do not."""

from __future__ import annotations

import json
import shutil
import signal
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from mock_api import KEY, UNITS
from processes import Process

from mock_server.app import create_app
from mock_server.contract.document import ContractError, default_path, load, parse
from mock_server.reload import Reloading

_SEED = "business_units:\n  - {id: bu-1, name: First}\n"


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    contract, seed = tmp_path / "contract.yaml", tmp_path / "seed.yaml"
    shutil.copy(default_path(), contract)
    seed.write_text(_SEED, "utf-8")
    return contract, seed


@pytest.fixture
def process(files: tuple[Path, Path]) -> Iterator[Process]:
    contract, seed = files
    running = Process("--reload", "--contract", str(contract), "--seed-file", str(seed))
    yield running
    running.stop(signal.SIGTERM)


def _names(process: Process) -> list[Any]:
    return [unit["name"] for unit in json.loads(process.call("GET", UNITS)[1])["business_units"]]


def test_edits_take_effect_and_broken_files_do_not(process: Process, files: tuple[Path, Path]) -> None:
    contract, seed = files
    assert _names(process) == ["First"]
    seed.write_text(f"{_SEED}  - {{id: bu-2, name: Second}}\n", "utf-8")
    assert "reloaded seed.yaml" in process.error_line()
    assert _names(process) == ["First", "Second"]

    seed.write_text(f"{_SEED}  - {{id: bu-2}}\n", "utf-8")
    said = process.error_line()
    assert "seed.yaml not reloaded" in said
    assert "line 3, column 5" in said
    assert process.call("POST", UNITS, b'{"name": "Third"}')[0] == 200

    text = contract.read_text("utf-8")
    contract.write_text(text.replace("minLength: 1", "minLength: 4") + "\n\t broken", "utf-8")
    assert "seed.yaml, contract.yaml not reloaded" in (said := process.error_line())
    assert "line " in said
    seed.write_text(f"{_SEED}  - {{id: bu-2, name: Second}}\n", "utf-8")
    assert "not reloaded" in process.error_line()  # the contract is still broken

    contract.write_text(text.replace("operationId: getBusinessUnit\n", "operationId: getUnit\n"), "utf-8")
    assert "unsupported 'operationId' at /paths" in (said := process.error_line())
    assert "(line " in said

    contract.write_text(text, "utf-8")
    assert "reloaded seed.yaml, contract.yaml" in process.error_line()
    assert _names(process) == ["First", "Second"]
    entries = json.loads(process.call("GET", "/_mock/journal")[1])["entries"]
    assert len(entries) == 4  # the journal goes on


def test_a_failure_of_the_mock_itself_does_not_end_the_reloads(
    files: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    outcomes = iter([RuntimeError("unexpected"), None])

    def make(app: Flask, _: bool) -> Flask:
        if error := next(outcomes):
            raise error
        return app

    reloading = Reloading(Flask("mock"), *files, make)
    for text in ("business_units: []\n", "business_units: []  # corrected\n"):
        files[1].write_text(text, "utf-8")
        reloading.look()
    said = capsys.readouterr().err
    assert "seed.yaml not reloaded, the last good files stay in use: RuntimeError: unexpected" in said
    assert "reloaded seed.yaml" in said


def test_an_edited_contract_is_used_at_once(process: Process, files: tuple[Path, Path]) -> None:
    contract, _ = files
    text = contract.read_text("utf-8")
    contract.write_text(text.replace("version: 2026-06", "version: 2026-99"), "utf-8")
    assert "reloaded contract.yaml" in process.error_line()
    assert json.loads(process.call("GET", "/_mock/info")[1])["edition"] == "2026-99"


def test_a_refused_contract_leaves_the_seed_in_use() -> None:
    contract = load(default_path())
    app = create_app(contract, [KEY], seed={"business_units": [{"id": "a", "name": "First"}]}, control=True)
    document = deepcopy(dict(contract.document))
    document["components"]["schemas"]["Budget"]["required"].append("nope")
    kept: dict[str, Any] = {"store": app.extensions["store"], "sandboxes": app.extensions["sandboxes"]}
    other_seed = {"business_units": [{"id": "b", "name": "Second"}]}
    with pytest.raises(ContractError):
        create_app(parse(document), [KEY], seed=other_seed, control=True, **kept)
    client = app.test_client()
    assert client.post("/_mock/reset").status_code == 204
    listed = client.get(UNITS, headers={"Authorization": f"Bearer {KEY}"}).get_json()
    assert [unit["name"] for unit in listed["business_units"]] == ["First"]
