"""The wheel: it is complete and works without a checkout."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from governance_contract.contract.rules import CATALOGUE
from judging import run

_REPOSITORY = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The path of the wheel, built from this checkout."""
    directory = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "build", "--wheel", "--outdir", str(directory), str(_REPOSITORY)]
    subprocess.run(command, check=True, capture_output=True)
    (built,) = directory.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with only the unpacked wheel. The dependencies come from this environment."""
    directory = tmp_path_factory.mktemp("site")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(directory)
    return directory


def _run(installed: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return run([sys.executable, *arguments], cwd=installed, env={**os.environ, "PYTHONPATH": str(installed)})


def test_the_wheel_contains_only_the_packages(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    tops = {name.partition("/")[0] for name in names}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"mock_server", "governance_contract"}
    for package in ("mock_server", "governance_contract"):
        assert f"{package}/openapi/governance.yaml" in names
        assert f"{package}/py.typed" in names
    for data in ("pytest.ini", "results/reporting/report.schema.json", "results/reporting/report.html.j2"):
        assert f"governance_contract/{data}" in names
    for data in ("control/openapi.yaml", "console/index.html", "console/vendor/preact.js", "console/vendor/htm.js"):
        assert f"mock_server/{data}" in names
    assert not any("unit/" in name or "meta/" in name for name in names)


def test_both_copies_of_the_contract_equal_the_original(wheel: Path) -> None:
    contract = (_REPOSITORY / "openapi" / "governance.yaml").read_bytes()
    with zipfile.ZipFile(wheel) as archive:
        for package in ("mock_server", "governance_contract"):
            assert archive.read(f"{package}/openapi/governance.yaml") == contract


def test_the_installed_checks_pass_on_the_installed_mock(installed: Path) -> None:
    where = _run(installed, "-c", "import governance_contract, mock_server; print(governance_contract.__file__)")
    assert where.stdout.startswith(str(installed))
    arguments = ("check", "--quick", "--strict", "--report-json", "report.json")
    done = _run(installed, "-m", "governance_contract", *arguments)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "conforms to the contract" in done.stdout
    report = json.loads((installed / "report.json").read_text(encoding="utf-8"))
    # No rule is skipped on the bundled mock.
    judged = [rule for rule in CATALOGUE if not CATALOGUE[rule].thorough]
    assert {rule["id"]: rule["status"] for rule in report["rules"]} == dict.fromkeys(judged, "pass")


def test_the_installed_plugin_works_with_pytest(installed: Path) -> None:
    done = _run(installed, "-m", "pytest", "--help")
    assert "--contract-url" in done.stdout
