"""What a developer sees of a target with several faults: causes, in few lines, with commands that work."""

from __future__ import annotations

import json
import os
import re
import shlex
import sys
from pathlib import Path

import pytest
from gateway import running_gateway
from governance_contract.results.reporting.terminal import MOST_LINES
from judging import CREDENTIALS, Judged, assert_error, command, gateway_credentials, judge, judge_fault, run
from small_server import running_small_server
from stub_server import always, stub_server


@pytest.fixture(scope="module")
def broken() -> Judged:
    """The result of a run on a server that breaks several rules for one reason."""
    return judge_fault("virtual-key-accepted", "--quick", rules=["AUTH"])


def test_one_fault_that_breaks_many_rules_is_the_first_cause(broken: Judged) -> None:
    assert broken.code == 1
    assert len(broken.red) > 2
    first = broken.report["causes"][0]
    assert (first["kind"], first["rules"][0]) == ("access", "AUTH-05")
    assert first["sentence"].startswith("A virtual key")
    assert " 1  ACCESS       A virtual key" in broken.output


def test_each_broken_rule_is_part_of_a_cause(broken: Judged) -> None:
    named = {rule for cause in broken.report["causes"] for rule in cause["rules"]}
    assert named == {rule["id"] for rule in broken.report["rules"] if rule["status"] == "fail"}


def test_the_terminal_shows_few_lines_and_verbose_shows_all(broken: Judged) -> None:
    assert len(broken.output.splitlines()) <= MOST_LINES
    assert "FAIL  AUTH-05" not in broken.output
    verbose = judge_fault("virtual-key-accepted", "--quick", "--verbose", rules=["AUTH"])
    assert "FAIL  AUTH-05 (MUST)" in verbose.output
    assert "1  ACCESS" in verbose.output


def test_one_broken_rule_is_shown_in_full() -> None:
    judged = judge_fault("virtual-key-accepted", "--quick", rules=["AUTH-05", "VALID", "LIST-02"])
    assert list(judged.red) == ["AUTH-05"]
    for part in ("FAIL  AUTH-05 (MUST)", "cites", "exchange", "curl", "repeat"):
        assert part in judged.output


@pytest.mark.parametrize(("option", "coloured"), [("always", True), ("never", False), ("auto", False)])
def test_colours_follow_the_option(option: str, coloured: bool, mock_url: str) -> None:
    done = command("check", mock_url, "--rule", "RESP-04", "--color", option)
    assert done.returncode == 0, done.stderr
    assert ("\x1b[32m" in done.stdout) is coloured


def test_a_target_that_breaks_should_rules_only_conforms_at_must() -> None:
    judged = judge_fault("usage-zeroed-by-limit-change", "--quick", "--business-unit", "bu-usage", rules=["UPDATE"])
    assert judged.code == 0, judged.output
    last = judged.output.splitlines()[-1]
    assert " conforms at MUST " in last
    assert "1 SHOULD rule is broken: " in last
    assert "current_usage` is lost" in last


def test_a_text_of_the_target_is_no_command_of_a_ci_server() -> None:
    hostile = b"::error::forged\n##[error]forged\n##vso[task.complete]\nFAIL AUTH-99\x1b[2J"
    with stub_server(always(200, hostile, Content_Type="text/html")) as server:
        done = command("check", server.url, "--quick")
    output = done.stdout + done.stderr
    assert "\x1b" not in output
    assert "##[" not in output
    assert "##vso[" not in output
    assert not re.search(r"^\s*(?:::|FAIL AUTH-99)", output, re.MULTILINE)


def test_access_is_judged_by_statuses_if_no_body_can_be_read() -> None:
    faults = ["json-inside-string", "missing-credential-accepted"]
    with running_gateway(fault=faults, **gateway_credentials()) as gateway:
        named = ("--quick", "--business-unit", gateway.unit_id)
        judged = judge(gateway.url, *named, rules=["AUTH-01", "AUTH-03", "UPDATE-01"])
    assert judged.code == 1, judged.output
    statuses = {rule["id"]: rule["status"] for rule in judged.report["rules"]}
    assert [statuses[rule] for rule in ("AUTH-01", "AUTH-03", "UPDATE-01")] == ["fail", "pass", "skip"]


def test_rules_about_other_things_are_judged_if_no_response_shows_governance() -> None:
    faults = ["components-missing-when-read", "update-answered-204"]
    judged, skipped = ["AUTH-05", "HTTP-03", "ERROR-11", "LIFE-03"], ["UPDATE-06", "REMOVE-01"]
    with running_gateway(fault=faults, **gateway_credentials()) as gateway:
        report = judge(gateway.url, "--quick", rules=[*judged, *skipped]).report
    statuses = {rule["id"]: rule["status"] for rule in report["rules"]}
    assert [statuses[rule] for rule in judged] == ["pass"] * len(judged)
    assert [statuses[rule] for rule in skipped] == ["skip"] * len(skipped)


def test_rules_about_a_component_that_is_never_shown_are_skipped(tmp_path: Path) -> None:
    known = tmp_path / "known"
    known.write_text("UPDATE-02  a known defect\n", encoding="utf-8")
    with running_gateway(fault="rate-limit-never-shown", **gateway_credentials()) as gateway:
        found = judge(gateway.url, "--quick", rules=["CREATE-02"])
        listed = judge(gateway.url, "--quick", "--known-failures", str(known), rules=["CREATE-02", "AUTH-05"])
    assert (found.code, found.red) == (1, {"UPDATE-02": "MUST"})
    statuses = {rule["id"]: rule["status"] for rule in listed.report["rules"]}
    assert statuses == {"UPDATE-02": "known-failure", "CREATE-02": "skip", "AUTH-05": "pass"}
    assert "1 rule was not judged: no response shows a rate limit" in " ".join(listed.output.split())


def test_a_report_on_standard_output(mock_url: str) -> None:
    done = command("check", mock_url, "--quick", "--rule", "AUTH-01,VALID-04", "--report-json", "-")
    assert done.returncode == 0, done.stderr
    rules = json.loads(done.stdout)["rules"]
    assert {rule["id"]: rule["evidence"]["exchange"]["status"] for rule in rules} == {"AUTH-01": 401, "VALID-04": 400}
    assert "breaks none of the 2 judged rules" in done.stderr
    assert_error(command("check", mock_url, "--report-json", "-", "--report-html", "-"), "standard output")


def test_github_gets_an_annotation_for_each_cause() -> None:
    with running_gateway(fault="virtual-key-accepted", **gateway_credentials()) as gateway:
        done = command(
            "check", gateway.url, "--quick", "--seed", "1", "--rule", "AUTH-05,AUTH-01", GITHUB_ACTIONS="true"
        )
    lines = done.stdout.splitlines()
    assert [line.split("::")[1] for line in lines if line.startswith("::")] == ["error title=access%3A AUTH-05"]
    assert " does NOT conform " in lines[-1]


@pytest.mark.parametrize("encoding", ["ascii", "latin-1"])
def test_output_in_another_encoding(encoding: str, mock_url: str) -> None:
    done = command("check", mock_url, "--rule", "LIFE-15", "--verbose", PYTHONIOENCODING=encoding)
    assert done.returncode == 0, done.stdout + done.stderr
    assert json.loads(command("rules", "--json", PYTHONIOENCODING=encoding).stdout)


def test_a_unit_with_a_name_beyond_ascii_in_the_c_locale(mock_url: str) -> None:
    locale = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    done = command("check", mock_url, "--rule", "RESP-04", "--business-unit", "Büro", **locale)
    assert_error(done, "B%C3%BCro")


def test_known_failures_are_written_and_read_again(tmp_path: Path) -> None:
    listed = tmp_path / "known.txt"
    judged = judge_fault("virtual-key-accepted", "--quick", "--write-known-failures", str(listed), rules=["AUTH-05"])
    assert judged.code == 1
    assert "A virtual key" in listed.read_text(encoding="utf-8")
    assert_error(command("check", "http://127.0.0.1:9", "--known-failures", str(listed)), "AUTH-05 has no reason")
    listed.write_bytes(b"\xef\xbb\xbf# old\r\nAUTH-05\tuntil\t2.4\r\n")
    again = judge_fault("virtual-key-accepted", "--quick", "--known-failures", str(listed), rules=["AUTH-05"])
    assert again.code == 0, again.output
    assert "until\t2.4" in again.output


def test_a_run_that_ends_early_keeps_known_failures(tmp_path: Path) -> None:
    listed, written = tmp_path / "known.txt", tmp_path / "new.txt"
    listed.write_text("AUTH-01 until 2.4\nLIST-01 until 2.5\n", encoding="utf-8")
    options = ["-x", "--known-failures", str(listed), "--write-known-failures", str(written)]
    judged = judge_fault("raw-key-accepted", "--quick", *options, rules=["AUTH-01", "AUTH-04"])
    assert judged.code == 1, judged.output
    assert "MUST 1 ok, 1 FAIL" in judged.output
    assert "that passed" not in judged.output
    lines = written.read_text(encoding="utf-8").splitlines()
    assert [line for line in lines if not line.startswith("#")] == ["AUTH-01 until 2.4", "LIST-01 until 2.5", "AUTH-04"]


def _report(folder: Path, name: str, **statuses: str) -> str:
    rules = [
        {"id": rule.replace("_", "-"), "level": "MUST", "title": "It holds.", "status": status}
        for rule, status in statuses.items()
    ]
    path = folder / name
    path.write_text(json.dumps({"target": "http://x", "complete": True, "rules": rules}), encoding="utf-8")
    return str(path)


def test_two_reports_are_compared(tmp_path: Path) -> None:
    old = _report(tmp_path, "old", AUTH_01="pass", AUTH_02="fail", AUTH_03="pass", AUTH_04="fail")
    new = _report(tmp_path, "new", AUTH_01="fail", AUTH_02="pass", AUTH_03="skip", AUTH_04="fail", AUTH_05="fail")
    done = command("compare", old, new)
    assert done.returncode == 1
    expected = ["Newly broken: 1", "AUTH-01", "Broken, not judged before: 1", "AUTH-05", "Hold now: 1", "AUTH-02"]
    expected += ["No longer judged: 1", "AUTH-03", "Still broken: 1", "AUTH-04"]
    places = [done.stdout.index(part) for part in expected]
    assert places == sorted(places)
    assert command("compare", old, old).returncode == 0


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"rules": [1], "target": ""}', '{"rules": 5, "target": ""}'])
def test_a_file_that_is_no_report_cannot_be_compared(content: str, tmp_path: Path) -> None:
    file = tmp_path / "report.json"
    file.write_text(content, encoding="utf-8")
    assert_error(command("compare", str(file), str(file)), "is not a report")
    assert_error(command("compare", str(file), str(tmp_path / "none.json")), "")


@pytest.mark.parametrize("setting", ["python_functions = check_*", "addopts = -k nothing_of_this"])
def test_settings_that_hide_the_checks_are_named(setting: str, tmp_path: Path, mock_url: str) -> None:
    (tmp_path / "pytest.ini").write_text(f"[pytest]\n{setting}\n", encoding="utf-8")
    words = [sys.executable, "-m", "pytest", "-n", "0", f"--contract-url={mock_url}", "--pyargs", "governance_contract"]
    done = run(words, cwd=tmp_path, env={**os.environ, **CREDENTIALS})
    assert done.returncode == 2, done.stdout
    assert f"pytest collected no check: these settings may hide them: {setting}" in done.stdout


def test_the_curl_of_a_cause_is_shown_whole() -> None:
    with running_gateway(fault="virtual-key-accepted", **gateway_credentials()) as gateway:
        judged = judge(gateway.url, "--quick", "--business-unit", gateway.unit_id, rules=["AUTH"])
        line = judged.report["causes"][0]["example"]["exchange"]["curl"]
        assert line in judged.output
        assert shlex.split(line)[0] == "curl"


def test_accepted_bad_bodies_are_not_taken_for_effects_of_refused_requests() -> None:
    with running_small_server(CREDENTIALS["GOVERNANCE_API_KEY"]) as (url, _):
        judged = judge(url, "--rule", "AUTH-13,AUTH-19")
    statuses = {rule["id"]: rule["status"] for rule in judged.report["rules"] if rule["area"] == "AUTH"}
    assert statuses == {"AUTH-13": "pass", "AUTH-19": "pass"}


def test_a_first_implementation_is_judged_with_few_causes() -> None:
    """It stores what it is sent, validates nothing, and responds in another shape."""
    with running_small_server(CREDENTIALS["GOVERNANCE_API_KEY"]) as (url, units):
        judged = judge(url, "--quick")
        assert units == {}
    assert judged.code == 1, judged.output
    assert len(judged.report["causes"]) <= 10, judged.output
    assert len(judged.output.splitlines()) <= MOST_LINES
    statuses = [rule["status"] for rule in judged.report["rules"]]
    assert statuses.count("error") == 0
    assert {rule["status"] for rule in judged.report["rules"] if rule["area"] == "AUTH"} == {"pass"}
