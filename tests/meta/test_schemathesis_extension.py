"""The extension of Schemathesis: green on both servers, red on faults, and no unit left behind.

A few operations and examples run by default. ``GOVERNANCE_WHOLE_MATRIX=1`` runs every operation, phase and check
(``tox -e extension``).
"""

from __future__ import annotations

import ast
import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest
from gateway import running_gateway
from gateway.odd import running_odd
from governance_contract import areas
from governance_contract.checks.inputs.foreign_credentials import RULES_OF_KINDS
from governance_contract.checks.inputs.strategies import RULES_OF_BAD_BODIES
from governance_contract.contract.document import default_path
from governance_contract.contract.explanations import explanations
from governance_contract.contract.rules import CATALOGUE
from judging import CREDENTIALS, gateway_credentials, run
from plain_pytest import run_pytest

_WHOLE = bool(os.environ.get("GOVERNANCE_WHOLE_MATRIX"))
_PAGE = Path(__file__).parents[2] / "docs" / "schemathesis.md"
_TIMEOUT_SECONDS = 600
_UPDATE, _CREATE = "updateBusinessUnitGovernance", "createBusinessUnitGovernance"
_CHECKS: Mapping[str, tuple[str, str, str, str]] = {
    "AUTH-01": ("missing-credential-accepted", "auth_01_missing_credential_refused", _UPDATE, "fuzzing"),
    "AUTH-05": ("virtual-key-accepted-by-update", "auth_05_virtual_key_refused", _UPDATE, "fuzzing"),
    "AUTH-11": ("longer-key-accepted", "auth_11_near_miss_of_key_refused", "getBusinessUnit", "fuzzing"),
    "RESP-02": ("usage-as-string", "resp_02_members_have_types", _UPDATE, "fuzzing"),
    "RESP-06": ("date-without-zone", "resp_06_timestamps_are_rfc3339", _UPDATE, "fuzzing"),
    "ERROR-01": ("not-found-answered-200", "error_01_unknown_unit_not_found", "getBusinessUnit", "fuzzing"),
    "ERROR-02": ("error-as-string", "error_02_error_body_matches", _UPDATE, "coverage"),
    "UPDATE-02": ("stale-response", "update_02_read_after_update_matches", _UPDATE, "fuzzing"),
    "UPDATE-12": ("limit-as-float-32", "update_12_dollars_exact", _UPDATE, "fuzzing"),
    "REMOVE-01": ("empty-budget-ignored", "remove_01_empty_budget_removes", _UPDATE, "fuzzing"),
    "VALID-15": ("any-body-accepted", "valid_15_invalid_update_refused", _UPDATE, "coverage"),
    "CREATE-08": ("second-creation-overwrites", "create_08_second_creation_is_conflict", _CREATE, "fuzzing"),
    "LIFE-02": ("duplicate-name-accepted", "life_02_name_in_use_is_conflict", "createBusinessUnit", "fuzzing"),
    "LIFE-03": ("deleted-unit-still-read", "life_03_deleted_unit_not_found", "deleteBusinessUnit", "fuzzing"),
}
"""A fault for each of some rules, and the check, the operation and the phase that find it."""
_SLOW = tuple(rule for rule in _CHECKS if rule not in ("AUTH-05", "RESP-02", "UPDATE-02", "LIFE-02"))
"""The rules whose faults are judged only in the long form, to save time."""


_OF_SEQUENCES = {"REMOVE-08", "REMOVE-10", "CREATE-11"}
"""Rules about a component that an earlier request removed. The extension judges one request at a time."""


_OF_TEAMS = {"VALID-18"}
"""Rules about a team. The extension has none to assign."""


def test_each_rule_that_one_request_can_break_has_a_check() -> None:
    package = Path(areas.__file__).parents[1]
    sources = [package / "checks" / name for name in ("update_effects.py", "every_response.py", "refusals.py")]
    trees = [ast.parse(source.read_text(encoding="utf-8")) for source in (package / "schemathesis.py", *sources)]
    named = {node.value for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Constant)}
    named |= {*RULES_OF_KINDS.values(), *RULES_OF_BAD_BODIES.values()}
    with_check = {rule for rule, explanation in explanations().items() if explanation.check}
    assert with_check == (named & set(CATALOGUE)) - _OF_SEQUENCES - _OF_TEAMS


def _command(url: str, *arguments: str) -> list[str]:
    return ["schemathesis", "run", str(default_path()), "--url", url, *arguments]


def _environment() -> dict[str, str]:
    scripts = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"
    return {**os.environ, **CREDENTIALS, "PATH": scripts, "SCHEMATHESIS_HOOKS": "governance_contract.schemathesis"}


def _run(url: str, folder: Path, *arguments: str) -> tuple[int, str]:
    done = subprocess.run(
        _command(url, *arguments),
        cwd=folder,
        env=_environment(),
        capture_output=True,
        text=True,
        timeout=_TIMEOUT_SECONDS,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


def test_a_missing_key_ends_the_run_in_one_line(tmp_path: Path) -> None:
    environment = {name: value for name, value in _environment().items() if name != "GOVERNANCE_API_KEY"}
    done = run(_command("http://127.0.0.1:1"), cwd=tmp_path, env=environment)
    assert done.returncode == 2
    assert done.stderr == "error: GOVERNANCE_API_KEY is not set: the extension needs a management key\n"


def _names(url: str) -> list[str]:
    """Return the names of all business units."""
    key = {"Authorization": f"Bearer {CREDENTIALS['GOVERNANCE_API_KEY']}"}
    request = urllib.request.Request(f"{url}/api/governance/business-units?limit=100", headers=key)  # noqa: S310
    with urllib.request.urlopen(request) as response:  # noqa: S310  the URL of a server of this test
        return sorted(unit["name"] for unit in json.load(response)["business_units"])


@contextmanager
def _gateway(fault: str | None = None) -> Iterator[str]:
    with running_gateway(fault=fault, **gateway_credentials()) as gateway:
        yield gateway.url


def _some(seed: int) -> list[str]:
    """Return the options of a run without a fault: everything, or one operation with few examples."""
    if _WHOLE:
        return ["--seed", str(seed)]
    few = ["--max-examples", "5", "--phases", "fuzzing", "--include-operation-id", _UPDATE]
    return ["--seed", str(seed), *few]


@pytest.mark.parametrize("seed", [1, 2, 3] if _WHOLE else [1])
def test_the_mock_is_green_and_unchanged(mock_url: str, seed: int, tmp_path: Path) -> None:
    before = _names(mock_url)
    code, output = _run(mock_url, tmp_path, *_some(seed))
    assert code == 0, output
    assert _names(mock_url) == before


@pytest.mark.parametrize("seed", [1, 2, 3] if _WHOLE else [1])
def test_the_gateway_is_green_and_unchanged(seed: int, tmp_path: Path) -> None:
    with _gateway() as url:
        before = _names(url)
        code, output = _run(url, tmp_path, *_some(seed))
        assert code == 0, output
        assert _names(url) == before


@pytest.mark.parametrize("rule", [rule for rule in _CHECKS if _WHOLE or rule not in _SLOW])
def test_a_fault_is_red_with_its_rule(rule: str, tmp_path: Path) -> None:
    fault, check, operation, phase = _CHECKS[rule]
    chosen = ["-c", check, "--include-operation-id", operation, "--phases", phase]
    with _gateway(fault) as url:
        before = _names(url)
        valid = ["--mode", "positive"] if phase == "fuzzing" else []
        code, output = _run(url, tmp_path, "--seed", "1", "--max-examples", "25", *chosen, *valid)
        assert code == 1, output
        assert f"{rule} (MUST): " in output
        assert "Contract: " in output
        assert _names(url) == before


def test_a_quota_of_units_is_no_failure(tmp_path: Path) -> None:
    with running_odd("quota", **gateway_credentials()) as (url, _):
        chosen = ["--include-operation-id", "deleteBusinessUnit", "--phases", "fuzzing", "--max-examples", "60"]
        code, output = _run(url, tmp_path, "--seed", "1", *chosen)
    assert code == 0, output


_READS = """
import os
import sys
import schemathesis
from types import SimpleNamespace
from governance_contract import schemathesis as extension

schema = schemathesis.openapi.from_path(sys.argv[1])
schema.config.update(base_url=sys.argv[2])
operation = schema.find_operation_by_id("getBusinessUnit")
lost = SimpleNamespace(checks={"ensure_resource_availability"})
for number in range(40):
    case = operation.Case(path_parameters={"id": f"unit-{number}"})
    response = case.call(headers={"Authorization": f"Bearer {os.environ['GOVERNANCE_API_KEY']}"})
    print(response.status_code, extension.filter_failure(None, lost, case, response))
"""
"""Prints the status of each read, and whether the extension reports that Schemathesis takes its unit for lost."""


def test_an_unknown_unit_is_not_taken_for_a_lost_one(mock_url: str) -> None:
    done = run([sys.executable, "-c", _READS, str(default_path()), mock_url], env=_environment())
    assert set(done.stdout.splitlines()) == {"200 True", "404 False"}, done.stderr


def test_no_credential_is_shown_and_limits_of_tokens_are(tmp_path: Path) -> None:
    with _gateway("tokens-have-fraction") as url:
        chosen = ["-c", "resp_02_members_have_types", "--include-operation-id", _UPDATE]
        code, output = _run(url, tmp_path, "--seed", "1", "--max-examples", "25", "--phases", "fuzzing", *chosen)
    assert code == 1, output
    assert "'Authorization: [Filtered]'" in output
    assert not [name for name, secret in CREDENTIALS.items() if secret in output]
    assert '"token_max_limit": "[Filtered]"' not in output


def test_an_interrupted_run_leaves_no_unit(tmp_path: Path) -> None:
    with _gateway() as url:
        before = _names(url)
        command = _command(url, "--max-examples", "5000", "--phases", "fuzzing")
        with subprocess.Popen(
            command,
            cwd=tmp_path,
            env=_environment(),
            stdout=subprocess.DEVNULL,
            # A shell's job in the background ignores SIGINT, and so does everything that it starts.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        ) as run:
            deadline = time.monotonic() + _TIMEOUT_SECONDS
            while _names(url) == before and run.poll() is None and time.monotonic() < deadline:
                pass  # until the run has created a unit
            assert run.poll() is None
            run.send_signal(signal.SIGINT)
            run.wait(_TIMEOUT_SECONDS)
        assert _names(url) == before


def test_the_file_for_pytest_in_the_documentation_works(tmp_path: Path) -> None:
    example = re.findall(r"```python\n(.*?)```", _PAGE.read_text(encoding="utf-8"), re.DOTALL)[-1]
    (tmp_path / "test_example.py").write_text(example.replace("openapi/governance.yaml", str(default_path())))
    (tmp_path / "schemathesis.toml").write_text("[generation]\nmax-examples = 2\n[phases.coverage]\nenabled = false\n")
    chosen = ["-k", "PUT"]
    with _gateway("usage-as-string") as url:
        done = run_pytest(tmp_path, "-q", *chosen, every_plugin=True, GOVERNANCE_URL=url)
        assert done.returncode == 1, done.stdout
        assert "RESP-02 (MUST): " in done.stdout
        assert "governance-contract-" not in " ".join(_names(url))


def test_nothing_is_registered_before_it_is_loaded() -> None:
    script = "import governance_contract.plugin.entry, schemathesis.checks as c; print(c.CHECKS.get_all_names())"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert "auth_01" not in done.stdout
