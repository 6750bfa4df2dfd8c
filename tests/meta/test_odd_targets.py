"""Odd targets: servers with quotas, other clocks, unusual transport or unusable answers get a fair verdict.

Each is asked afterwards which business units exist.
"""

from __future__ import annotations

import json
import os
import re
import socket
import sys
from pathlib import Path

import pytest
from gateway.odd import ODD, left_units, running_odd
from judging import CREDENTIALS, gateway_credentials, judge, run
from ports import unused_port
from tools.interruptions import Interruption, interruptions, trouble

_SLOW = ("--timeout", "1")
_EXPECTED: dict[str, tuple[int, str, tuple[str, ...]]] = {
    "quota": (0, "", ()),
    "names-of-29": (0, "", ()),
    "no-hyphen-in-names": (0, "", ()),
    "numeric-ids": (1, "RESP-02 RESP-05", ()),
    "clock-15-minutes-ahead": (0, "", ()),
    "clock-26-hours-ahead": (0, "", ()),
    "idle-50-ms": (0, "", ()),
    "interim-responses": (0, "", ()),
    "gzip-label": (1, "ERROR-02 ERROR-09 RESP-04 HTTP-04", ()),
    "slow-creation": (1, "ERROR-06", _SLOW),
    "hanging-deletion": (1, "ERROR-06", _SLOW),
    "added-members": (0, "", ()),
    "http-1.0": (0, "", ()),
    "single-threaded": (0, "", ()),
    "wrapped-creation": (0, "RESP-05", ()),
    "no-id-in-creation": (0, "RESP-05", ()),
    "location-only": (0, "RESP-05", ()),
    "no-creation": (1, "LIFE-01", ()),
    "stuck-path": (1, "ERROR-06", ()),
    "dripping-body": (1, "RESP-04", _SLOW),
    "endless-body": (1, "RESP-04", ()),
}
"""The exit code, the broken rules, and the options of the run."""

_WHOLE = bool(os.environ.get("GOVERNANCE_WHOLE_MATRIX"))
_FIRST_REQUESTS = 300
"""The default tests interrupt runs early, to save time."""
_SAMPLE = {
    "numeric-ids": ("RESP", "UPDATE", "LIST", "LIFE-01"),
    "hanging-deletion": ("LIFE-01", "LIFE-03", "ERROR-06", "LIST-06"),
    "endless-body": ("RESP", "VALID", "LIST"),
    "names-of-29": ("LIFE-03", "LIFE-05"),
}
"""The targets that are judged by default, and the rules, if not all; ``tox -e broken`` judges all."""


@pytest.mark.parametrize("name", _EXPECTED if _WHOLE else _SAMPLE)
def test_an_odd_target_gets_the_expected_verdict(name: str) -> None:
    code, red, options = _EXPECTED[name]
    with running_odd(name, **gateway_credentials()) as (url, gateway):
        judged = judge(url, "--quick", *options, rules=() if _WHOLE else _SAMPLE[name])
        left = left_units(gateway)
    assert judged.code == code, judged.output
    assert sorted(judged.red) == sorted(red.split()), judged.output
    assert "Traceback" not in judged.output
    assert not [rule["id"] for rule in judged.report["rules"] if rule["status"] == "error"]
    if name.startswith("clock"):
        assert "by its Date header" in judged.output
    if name == "hanging-deletion":  # the report names what cannot be deleted
        assert judged.output.count("left behind: business unit ") == len(left) == 1
    else:
        assert left == []


_OTHER_TYPES = [name for name in ODD if name.startswith("other-types")]


@pytest.mark.parametrize("name", _OTHER_TYPES if _WHOLE else _OTHER_TYPES[:1])
def test_values_of_other_types_are_violations(name: str) -> None:
    with running_odd(name, **gateway_credentials()) as (url, gateway):
        judged = judge(url, "--quick", "--timeout", "3")
        left = left_units(gateway)
    assert judged.code == 1, judged.output
    assert "Traceback" not in judged.output
    assert not re.search(r"\b(Type|Key|Attribute|Value|Index)Error\b", judged.output), judged.output
    assert left == []


def test_a_rule_about_changes_is_not_judged_without_a_unit() -> None:
    with running_odd("no-creation", **gateway_credentials()) as (url, _):
        judged = judge(url, rules=["AUTH-01", "AUTH-13"])
    statuses = {rule["id"]: rule["status"] for rule in judged.report["rules"]}
    assert (statuses["AUTH-01"], statuses["AUTH-13"]) == ("pass", "skip"), judged.output


def test_every_odd_target_is_judged() -> None:
    assert {*_EXPECTED, *_OTHER_TYPES, "crash"} == set(ODD)


@pytest.fixture
def port() -> int:
    """A free port for a target that a run starts."""
    return unused_port()


def _check(port: int, *options: str) -> tuple[int, str]:
    words = [sys.executable, "-m", "governance_contract", "check", f"http://127.0.0.1:{port}", "--quick", "--seed", "1"]
    done = run([*words, *options], env={**os.environ, **CREDENTIALS, "PYTHONPATH": str(Path(__file__).parent)})
    return done.returncode, done.stdout + done.stderr


def test_a_crash_of_a_started_target_is_the_first_finding(port: int, tmp_path: Path) -> None:
    start = ("--start", f"{sys.executable} -m gateway --odd crash --port {port}")
    report = tmp_path / "report.json"
    code, output = _check(port, *start, "--rule", "ERROR", "--rule", "AUTH-01", "--report-json", str(report))
    assert code == 1, output
    first, *_ = json.loads(report.read_text(encoding="utf-8"))["causes"]
    assert (first["kind"], first["rules"]) == ("crash", ["ERROR-06"])
    assert re.search(r"curl .*%FF", output)
    assert "its process ended with status 1" in output
    assert "left behind" not in output
    with socket.socket() as probe, pytest.raises(ConnectionRefusedError):
        probe.connect(("127.0.0.1", port))


def test_a_command_that_ends_is_an_error(port: int) -> None:
    code, output = _check(port, "--start", f"{sys.executable} -c \"raise SystemExit('no such port')\"")
    assert code == 2, output
    assert "ended with status 1, its last output was: no such port" in output


_INTERRUPTIONS = list(interruptions(20, seed=1) if _WHOLE else interruptions(2, seed=1, last=_FIRST_REQUESTS))


@pytest.mark.parametrize("interruption", _INTERRUPTIONS, ids=lambda one: f"{one.server}-{one.first}")
def test_an_interrupted_run_leaves_nothing_unnamed(interruption: Interruption) -> None:
    assert trouble(interruption) == ""
