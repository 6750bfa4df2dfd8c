"""Repeated runs: a seed gives the same requests, and the commands in a report work."""

from __future__ import annotations

import functools
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
from gateway import running_gateway
from judging import CREDENTIALS, gateway_credentials, judge
from proxying import Proxy, proxying
from stub_server import Request

# Rules without concurrent requests, whose order is not fixed.
_IN_ORDER = ("AUTH-02", "UPDATE-20", "VALID-15", "RESP-09", "LIFE-13", "LIST-04", "ERROR-01")
_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")


def _normalised(proxy: Proxy) -> list[tuple[str, ...]]:
    """Return the requests with the random prefix and the identifiers replaced by stable names."""
    seen: dict[str, str] = {}
    named = (re.search(r"gc([a-z0-9]{6})n?-?\d", _text(request)) for request in proxy.requests)
    random = next(found.group(1) for found in named if found)

    def plain(text: str) -> str:
        text = _UUID.sub(lambda found: seen.setdefault(found.group(), f"<{len(seen)}>"), text)
        # Searches vary the case. Names in lists end with the last three characters and a number.
        text = re.sub(random, "<run>", text, flags=re.IGNORECASE)
        return re.sub(rf"-{random[-3:]}(?=n?-\d+-[a-z])", "-<run>", text, flags=re.IGNORECASE)

    return [(request.method, plain(request.target), plain(_text(request))) for request in proxy.requests]


def _text(request: Request) -> str:
    return request.body.decode("utf-8", "replace")


def _recorded(seed: int, rules: Sequence[str]) -> list[tuple[str, ...]]:
    with running_gateway(**gateway_credentials()) as gateway, proxying(gateway.url) as proxy:
        judged = judge(proxy.url, "--quick", "--seed", str(seed), rules=rules, examples=4)
    assert judged.code == 0, judged.output
    return _normalised(proxy)


_requests_of = functools.cache(_recorded)


def test_the_same_seed_sends_the_same_requests() -> None:
    assert _recorded(11, _IN_ORDER) == _requests_of(11, _IN_ORDER)


def test_another_seed_sends_other_requests() -> None:
    assert _requests_of(12, ("UPDATE-20",)) != _requests_of(11, ("UPDATE-20",))


def test_the_requests_of_a_rule_do_not_depend_on_other_rules() -> None:
    alone, among = _requests_of(11, ("UPDATE-20",)), _requests_of(11, _IN_ORDER)
    updates = [(method, body) for method, path, body in alone if path.endswith("/governance") and method == "PUT"]
    assert len(updates) >= 4
    sent = [(method, body) for method, path, body in among]
    assert all(update in sent for update in updates)


@pytest.mark.skipif(shutil.which("curl") is None, reason="needs curl, which is not installed")
@pytest.mark.parametrize(
    ("fault", "area", "rule"),
    [
        ("virtual-key-accepted", "AUTH", "AUTH-05"),
        ("truncated-json-accepted", "VALID", "VALID-03"),
        ("field-header-without-space-breaks", "AUTH", "ERROR-06"),  # tests of other rules show it
    ],
)
def test_the_printed_commands_work(fault: str, area: str, rule: str, tmp_path: Path) -> None:
    with running_gateway(fault=fault, **gateway_credentials()) as gateway:
        judged = judge(gateway.url, "--quick", "--business-unit", gateway.unit_id, rules=[area])
        assert judged.code == 1, judged.output
        red = {rule["id"]: rule for rule in judged.report["rules"] if rule["status"] == "fail"}
        for failure in (failure for broken in red.values() for failure in broken["failures"]):
            shown = _shell(failure["exchange"]["curl"], tmp_path)
            assert re.match(r"HTTP/1\.[01] \d{3}", shown.stdout), failure["exchange"]["curl"] + shown.stderr
        again = _shell(_with_this_python(red[rule]["repeat"]), tmp_path)
    assert again.returncode == 1, again.stdout + again.stderr
    assert f"FAIL  {rule}" in again.stdout


def _shell(line: str, directory: Path) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, **CREDENTIALS}
    return subprocess.run(  # noqa: S602  the commands of a report, as a user would run them
        line, shell=True, executable="/bin/bash", cwd=directory, env=environment, capture_output=True, text=True,
        timeout=240, check=False,
    )  # fmt: skip


def _with_this_python(line: str) -> str:
    assert line.startswith("governance-contract check ")
    return f"{sys.executable} -m governance_contract{line.removeprefix('governance-contract')}"


def test_stored_failing_inputs_are_tried_first(tmp_path: Path) -> None:
    """After a run with many inputs has found a rare fault, a run with one input finds it."""
    kept = ("--database", str(tmp_path / "found"))
    with running_gateway(fault="far-page-stated-in-32-bits", **gateway_credentials()) as gateway:
        assert judge(gateway.url, rules=["LIST-02"], examples=1).red == {}
        found = judge(gateway.url, *kept, rules=["LIST-02"], examples=40)
        assert found.red, found.output
        again = [judge(gateway.url, *kept, "--seed", seed, rules=["LIST-02"], examples=1) for seed in ("2", "3")]
    assert all(judged.red for judged in again)


def test_reports_are_written_in_every_form(tmp_path: Path) -> None:
    forms = {"junit": "report.xml", "html": "report.html", "markdown": "report.md", "codequality": "report.json"}
    options = [word for form, name in forms.items() for word in (f"--report-{form}", str(tmp_path / name))]
    with running_gateway(fault="virtual-key-accepted", **gateway_credentials()) as gateway:
        judged = judge(gateway.url, *options, rules=["AUTH-05", "AUTH-01"])
    for name in forms.values():
        text = (tmp_path / name).read_text(encoding="utf-8")
        assert "AUTH-05" in text
        assert not any(secret in text for secret in CREDENTIALS.values())
    assert "AUTH-05" in json.dumps(judged.report)
