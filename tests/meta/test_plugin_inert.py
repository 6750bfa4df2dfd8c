"""The installed plugin does not affect the test runs of other projects."""

from __future__ import annotations

from pathlib import Path

import pytest
from plain_pytest import outcomes, run_pytest, write

_AUTH = ["--contract-profile", "quick", "--pyargs", "governance_contract.areas.test_auth"]
_UNREACHABLE = ["--contract-url", "http://127.0.0.1:9"]
_PRINT_IMPORTS = """
    import sys

    def test_nothing():
        print("IMPORTED", *sorted(sys.modules))
"""
_NAMES_OF_THE_CHECKS = """
    import pytest

    @pytest.fixture
    def operation():
        return "mine"

    @pytest.fixture(params=["one"])
    def unit(request):
        return request.param

    def test_fixture(operation, unit):
        assert (operation, unit) == ("mine", "one")

    @pytest.mark.parametrize("operation", ["add", "subtract"])
    def test_parameter(operation):
        assert operation in ("add", "subtract")

    @pytest.mark.rule("R1")
    @pytest.mark.property
    @pytest.mark.spends_usage("never")
    def test_markers(record_property):
        record_property("governance", "a value of the user's")
        record_property("governance-requests", "many")
"""


def test_only_the_options_are_imported(tmp_path: Path) -> None:
    write(tmp_path, test_imports=_PRINT_IMPORTS)
    done = run_pytest(tmp_path, "-s")
    assert done.returncode == 0, done.stdout
    line = next(line for line in done.stdout.splitlines() if "IMPORTED" in line)
    imported = set(line.split())
    assert {name for name in imported if name.startswith("governance_contract")} == {
        "governance_contract",
        "governance_contract.plugin",
        "governance_contract.plugin.entry",
        "governance_contract.plugin.options",
        "governance_contract.results",
        "governance_contract.results.formats",
    }
    large = {"hypothesis", "jsonschema", "jsonschema_rs", "schemathesis", "urllib3", "requests", "yaml", "jinja2"}
    assert imported.isdisjoint(large)


@pytest.mark.parametrize("with_checks", [False, True], ids=["alone", "with the checks"])
def test_a_project_may_reuse_names_of_fixtures_and_markers(tmp_path: Path, with_checks: bool, gateway_url: str) -> None:
    write(tmp_path, test_mine=_NAMES_OF_THE_CHECKS)
    checks = ["--contract-url", gateway_url, "--contract-rules", "AUTH-01", *_AUTH]
    done = run_pytest(tmp_path, "-W", "ignore", *(checks if with_checks else []), "test_mine.py", every_plugin=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert outcomes(done).startswith("5 passed" if with_checks else "4 passed"), done.stdout


@pytest.mark.parametrize("name", ["run", "target", "unit", "units", "used_unit", "operation"])
def test_a_mistyped_fixture_is_reported(tmp_path: Path, name: str) -> None:
    write(tmp_path, test_mine=f"def test_it({name}): pass")
    done = run_pytest(tmp_path)
    assert done.returncode == 1
    assert f"fixture '{name}' not found" in done.stdout


def test_markers_of_the_checks_are_not_registered(tmp_path: Path) -> None:
    write(tmp_path, test_mine="import pytest\n@pytest.mark.rule('R1')\ndef test_it(): pass")
    done = run_pytest(tmp_path, "--strict-markers")
    assert "'rule' not found in `markers`" in done.stdout


def test_choosing_rules_does_not_deselect_other_tests(tmp_path: Path, gateway_url: str) -> None:
    write(tmp_path, test_mine="def test_one(): pass\ndef test_two(): pass\ndef test_three(): pass")
    checks = ["--contract-url", gateway_url, "--contract-rules", "AUTH-01,AUTH-05", *_AUTH]
    done = run_pytest(tmp_path, "-v", *checks, "test_mine.py")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "2 rules, " in done.stdout
    shown = [line.split("::")[1].split()[0] for line in done.stdout.splitlines() if " PASSED" in line]
    assert shown[:3] == ["test_one", "test_two", "test_three"]
    assert len(shown) > 3


def test_the_time_limit_applies_only_to_the_checks(tmp_path: Path, gateway_url: str) -> None:
    write(tmp_path, test_mine="import time\ndef test_one(): time.sleep(0.2)\ndef test_two(): pass")
    checks = ["--contract-url", gateway_url, "--contract-max-time", "0.1", "--contract-rules", "AUTH-01"]
    done = run_pytest(tmp_path, *checks, *_AUTH, "test_mine.py")
    assert done.returncode == 2, done.stdout
    assert outcomes(done).startswith("2 passed, 1 skipped"), done.stdout
    assert "the time limit of the run was reached" in done.stdout


@pytest.mark.parametrize(
    "options",
    [["--collect-only"], ["--markers"], ["--help"], ["--fixtures"], ["-p", "no:governance-contract"]],
    ids=lambda options: options[-1],
)
def test_other_ways_to_call_pytest_work(tmp_path: Path, options: list[str]) -> None:
    write(tmp_path, test_mine="def test_it(): pass")
    done = run_pytest(tmp_path, *options)
    assert done.returncode == 0, done.stdout + done.stderr
    assert ("--contract-url" in done.stdout) is (options == ["--help"])


@pytest.mark.parametrize(
    ("option", "target", "listed"),
    [
        ("--collect-only", [], "<Function test_a_virtual_key_is_refused"),
        ("--collect-only", _UNREACHABLE, "<Function test_a_virtual_key_is_refused"),
        ("--markers", [], "@pytest.mark.parametrize"),
        ("--markers", _UNREACHABLE, "@pytest.mark.parametrize"),
        ("--fixtures", _UNREACHABLE, "fixtures defined from governance_contract.areas.conftest"),
    ],
    ids=["tests", "tests, with a target", "markers", "markers, with a target", "fixtures, with a target"],
)
def test_the_checks_are_listed_without_a_request(tmp_path: Path, option: str, target: list[str], listed: str) -> None:
    """A request to the target would fail, and the run would end with exit status 2."""
    done = run_pytest(tmp_path, "--strict-markers", option, *target, "--pyargs", "governance_contract")
    assert done.returncode == 0, done.stdout + done.stderr
    assert listed in done.stdout


def test_the_fixtures_of_the_checks_are_not_listed_without_a_target(tmp_path: Path) -> None:
    done = run_pytest(tmp_path, "--fixtures", "--pyargs", "governance_contract")
    assert done.returncode == 2, done.stdout
    assert done.stderr == "error: no target: give --contract-url URL\n"


def test_an_unknown_profile_is_refused(tmp_path: Path) -> None:
    done = run_pytest(tmp_path, *_UNREACHABLE, "--contract-profile", "quik")
    assert done.returncode == 2
    assert done.stderr == "error: there is no profile 'quik': use one of quick, default, thorough\n"
