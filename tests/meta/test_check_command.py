"""The command ``check``: exit codes, one line for each error, and no credential in any output."""

from __future__ import annotations

import json
import os
import re
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

import governance_contract
import pytest
from gateway import running_gateway
from governance_contract.contract import yaml12
from governance_contract.contract.rules import CATALOGUE
from judging import CREDENTIALS, assert_error, command, judge, judge_fault, run
from stub_server import always, stub_server

_CONTRACT = Path(__file__).parents[2] / "openapi/governance.yaml"


_PAGE = always(200, b"<!doctype html><title>Hello</title>", Content_Type="text/html")


@pytest.fixture
def closed_url() -> Iterator[str]:
    """A URL on which no server listens. Its port is taken, so that no other test gets it."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{unused.getsockname()[1]}"


def test_connection_refused(closed_url: str) -> None:
    assert_error(command("check", closed_url, "--quick"), "connection refused")


@pytest.mark.parametrize(("key", "says"), [("bfst-wrong", "rejects the management key"), ("", "API_KEY is not set")])
def test_a_wrong_or_missing_key(mock_url: str, key: str, says: str) -> None:
    assert_error(command("check", mock_url, "--quick", GOVERNANCE_API_KEY=key), says)


@pytest.mark.parametrize("variable", ["GOVERNANCE_API_KEY", "GOVERNANCE_VIRTUAL_KEY"])
def test_a_credential_with_a_line_break_is_not_shown(mock_url: str, variable: str) -> None:
    done = command("check", mock_url, "--quick", **{variable: "sk-bf-SECRET\nSECOND"})
    assert_error(done, f"{variable} contains a line break")
    assert "SEC" not in done.stdout + done.stderr


def test_a_local_target_is_not_reached_through_a_proxy(mock_url: str, closed_url: str) -> None:
    done = command("check", mock_url, "--rule", "RESP-04", http_proxy=closed_url, no_proxy="")
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_server_of_something_else() -> None:
    with stub_server(_PAGE) as server:
        assert_error(command("check", server.url, "--quick"), "does not serve the business-unit governance API")


@pytest.mark.parametrize(
    ("fault", "rule"), [("python-literals", "RESP-04"), ("json-inside-string", "RESP-02")], ids=["no JSON", "no object"]
)
def test_of_unreadable_responses_only_the_statuses_are_judged(fault: str, rule: str) -> None:
    judged = judge_fault(fault, "--quick")
    assert judged.code == 1, judged.output
    assert set(judged.red) == {rule, "ERROR-02", "ERROR-09"}  # refusals cannot be read either
    assert any(rule in cause["rules"] for cause in judged.report["causes"][:2])
    assert "its responses cannot be read" in judged.output
    skipped = {one["id"] for one in judged.report["rules"] if one["status"] == "skip"}
    assert {"UPDATE-01", "LIST-01", "VALID-01"} <= skipped


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("nonsense", "is not an http:// or https:// URL"),
        ("ftp://127.0.0.1", "is not an http:// or https:// URL"),
        ("http://", "is not an http:// or https:// URL"),
        ("http://127.0.0.1:99999", "its port cannot be read"),
        ("http://a:b@c", "contains credentials"),
        ("http://gateway.example", "--allow-writes"),
    ],
)
def test_a_url_that_is_refused(url: str, says: str) -> None:
    assert_error(command("check", url), says)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--rule", "NOPE-01"], "NOPE-01"),
        (["one-too-many"], "unexpected argument: one-too-many"),
        (["--quik"], "no such option: --quik; see governance-contract check --help"),
        (["--contract", "no-such-file.yaml"], "no-such-file.yaml"),
        (["--contract", __file__], "is not"),
        (["--report-json", "no-such-directory/report.json"], "cannot write"),
        (["--database", __file__], "cannot keep findings"),
        (["--max-examples", "0"], "max-examples must be"),
        (["--processes", "1000"], "--processes must be"),
        (["--report-html", str(Path(__file__).parent)], "it is a directory"),
        (["--business-unit", "no-such-unit"], "no-such-unit"),
        (["--business-unit", "bu-legal", "--business-unit", "no-such-unit"], "no-such-unit"),
        (["--team", "no-such-team"], "no-such-team"),
        (["--ca-bundle", __file__], "has no usable certificate"),
        (["--client-cert", __file__], "must hold the client certificate and its key"),
    ],
)
def test_bad_options(mock_url: str, arguments: list[str], says: str) -> None:
    """``test_plan.py`` has more of them."""
    assert_error(command("check", mock_url, "--quick", *arguments), says)


@pytest.mark.parametrize(
    ("whole", "spoilt", "says"),
    [
        ("operationId: updateBusinessUnitGovernance", "operationId: other", "the checks have no operation other"),
        ("#/components/schemas/ListBusinessUnitsResponse", "#/components/schemas/None", "has nothing at #/components"),
        ("version: 2026-06", "x-version: 2026-06", "has no edition"),
        ("ManagementBearerAuth:\n", "ManagementBearerAuth: none\n    Other:\n", "has no object at #/components/sec"),
        ("      operationId: listBusinessUnits\n", "", "something lacks 'operationId'"),
        ("type: boolean", "type: nonsense", "has no JSON Schema at"),
    ],
    ids=["operation", "reference", "version", "security scheme", "path", "schema"],
)
def test_an_unusable_contract(mock_url: str, tmp_path: Path, whole: str, spoilt: str, says: str) -> None:
    text = _CONTRACT.read_text(encoding="utf-8")
    assert whole in text
    (tmp_path / "other.yaml").write_text(text.replace(whole, spoilt), encoding="utf-8")
    assert_error(command("check", mock_url, "--quick", "--contract", str(tmp_path / "other.yaml")), says)


def test_an_edition_may_lack_operations(mock_url: str, tmp_path: Path) -> None:
    document = yaml12.load(_CONTRACT.read_bytes())
    document["paths"] = {path: item for path, item in document["paths"].items() if "/teams" not in path}
    (tmp_path / "other.yaml").write_text(json.dumps(document), encoding="utf-8")
    expected = {"LIFE-01": "pass", "RESP-01": "pass", "LIFE-08": "skip"}
    judged = judge(mock_url, "--contract", str(tmp_path / "other.yaml"), "--quick", rules=list(expected))
    assert judged.code == 0, judged.output
    assert {rule["id"]: rule["status"] for rule in judged.report["rules"]} == expected


def test_python_files_in_the_working_directory_are_not_imported(mock_url: str, tmp_path: Path) -> None:
    for name in ("calendar", "html", "queue", "yaml"):
        (tmp_path / f"{name}.py").write_text("raise RuntimeError('imported')\n", encoding="utf-8")
    own = [str(Path(sys.executable).with_name("governance-contract")), "check", mock_url, "--rule", "RESP-04"]
    for options in ([], ["-n", "2"]):
        done = run([*own, *options], cwd=tmp_path, env={**os.environ, **CREDENTIALS})
        assert done.returncode == 0, done.stderr


def test_a_violation_lists_the_earlier_requests() -> None:
    judged = judge_fault("update-revives-deleted-unit", rules=["CONC-04"])
    failure = judged.report["rules"][0]["failures"][0]
    assert failure["exchange"]["method"] == "GET"
    assert {earlier["method"] for earlier in failure["before"]} == {"PUT", "DELETE"}
    assert "before    PUT" in judged.output


def test_exitfirst_stops_at_the_first_violation() -> None:
    judged = judge_fault("raw-key-accepted", "--exitfirst")
    assert judged.code == 1, judged.output
    assert judged.report["complete"] is False
    assert len(judged.red) == 1
    last = judged.output.splitlines()[-2:]
    assert last[0].startswith("ended early: stopped at the first violation")
    assert "does NOT conform" in last[1]


@pytest.mark.parametrize(("other", "decides"), [("VALID-04", False), ("RESP-05", True)], ids=["MUST", "SHOULD"])
def test_exitfirst_stops_at_a_should_rule_only_if_it_decides(other: str, decides: bool) -> None:
    judged = judge_fault("lone-limit-refused", "-x", rules=["UPDATE-07", other])
    assert judged.code == int(decides), judged.output
    assert judged.red == {"UPDATE-07": "SHOULD"}
    assert judged.report["complete"] is not decides


@pytest.mark.parametrize("named", [["--pyargs", "governance_contract"], [governance_contract.__path__[0]]])
def test_pytest_without_a_target_is_an_error(named: list[str]) -> None:
    done = run([sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-n", "0", *named])
    assert_error(done, "no target: give --contract-url URL")


def test_weaker_evidence_is_only_reported_for_credentials_in_use(mock_url: str) -> None:
    others = dict.fromkeys(CREDENTIALS.keys() - {"GOVERNANCE_API_KEY"}, "")
    for rule, reported in (("VALID-04", False), ("AUTH-05", True)):
        done = command("check", mock_url, "--quick", "--rule", rule, **others)
        assert done.returncode == 0, done.stdout + done.stderr
        assert ("weaker evidence" in done.stdout) is reported


def test_should_rules_decide_if_only_they_are_chosen() -> None:
    assert judge_fault("lone-limit-refused", rules=["UPDATE-07"]).code == 1
    assert judge_fault("lone-limit-refused", rules=["UPDATE-23"]).code == 0


def test_a_violation_is_reported_completely_and_without_secrets() -> None:
    judged = judge_fault("virtual-key-accepted", rules=["AUTH-05"])
    assert judged.code == 1
    for part in ("FAIL  AUTH-05 (MUST)", "cites", "expected", "got", "exchange", "curl", "$GOVERNANCE_VIRTUAL_KEY"):
        assert part in judged.output
    assert re.search(r"and \d+ more of this rule", judged.output)
    everything = judged.output + json.dumps(judged.report)
    assert not any(secret[:12] in everything for secret in CREDENTIALS.values())


def test_only_secrets_are_redacted() -> None:
    """Neither the token ``null`` nor a word that the key shares with the API is redacted."""
    key = "governance-key-of-this-test-7c1"
    only = {**dict.fromkeys(CREDENTIALS, ""), "GOVERNANCE_API_KEY": key}
    with running_gateway(fault="null-turns-alignment-off", api_key=key) as gateway:
        done = command("check", gateway.url, "--quick", "--strict", "--rule", "ALIGN-07", **only)
    assert done.returncode == 1, done.stdout + done.stderr
    assert '"calendar_aligned": null' in done.stdout
    assert "/api/governance/business-units/" in done.stdout
    assert "[redacted]" not in done.stdout


def test_a_management_key_as_refused_credential_is_an_error() -> None:
    key = CREDENTIALS["GOVERNANCE_API_KEY"]
    both = {"GOVERNANCE_API_KEY": f"other-key,{key},", "GOVERNANCE_VIRTUAL_KEY": key}
    done = command("check", "http://127.0.0.1:9", "--quick", **both)
    assert_error(done, "GOVERNANCE_VIRTUAL_KEY holds a management key")
    assert key not in done.stderr


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
@pytest.mark.parametrize("printing", ["rules", "spec"])
def test_printing_to_a_full_device(printing: str) -> None:
    with Path("/dev/full").open("w", encoding="utf-8") as full:
        done = run([sys.executable, "-m", "governance_contract", printing], stdout=full)
    assert_error(done, "No space left")


def test_an_area_selects_all_its_rules(mock_url: str) -> None:
    judged = judge(mock_url, "--quick", rules=["list", "LIFE-01"])
    areas = [rule["id"].partition("-")[0] for rule in judged.report["rules"]]
    assert judged.code == 0
    assert areas.count("LIFE") == 1
    assert areas.count("LIST") > 10
    assert set(areas) == {"LIFE", "LIST"}


def test_the_catalogue_is_printed() -> None:
    rows = json.loads(command("rules", "--json").stdout)
    assert {"id", "area", "level", "title", "cited", "sent", "broken", "example", "needs", "thorough"} == set(rows[0])
    assert [row["id"] for row in rows] == list(CATALOGUE)
    text = command("rules").stdout
    for row in rows:
        assert f"{row['id']:<10} {row['level']:<7} {row['title']}" in text
        assert all(f"{one['text']} ({one['citation']})" in text for one in row["cited"])


def test_the_rules_of_an_area_are_printed() -> None:
    done = command("rules", "align")
    assert done.returncode == 0
    ids = [line.split()[0] for line in done.stdout.splitlines() if not line.startswith(" ")]
    assert ids == [rule for rule in CATALOGUE if rule.startswith("ALIGN-")]
    assert [row["id"] for row in json.loads(command("rules", "align", "--json").stdout)] == ids


@pytest.mark.parametrize("rule", ["UPDATE-21", "LIST-07"])
def test_a_rule_is_explained(rule: str) -> None:
    done = command("rules", rule.lower())
    text = " ".join(done.stdout.split())
    (row,) = json.loads(command("rules", rule, "--json").stdout)
    assert done.returncode == 0
    expected = [f"{rule} ({row['level']}) {row['title']}", *(one["text"] for one in row["cited"])]
    expected += [row["sent"], row["broken"], row["example"], *(row["needs"] or ["no more than any run"])]
    places = [text.index(part) for part in expected]
    assert places == sorted(places)


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("rules", "NOSUCH-01"), "no rule or area 'NOSUCH-01'"),
        (("rules", "ERROR-08"), "ERROR-08 is not a rule: the id was never used"),
        (("check", "--rule", "ERROR-08"), "ERROR-08 is not a rule: the id was never used"),
    ],
)
def test_an_unknown_rule_or_area(words: tuple[str, ...], says: str) -> None:
    assert_error(command(*words), says)


def test_the_contract_is_printed() -> None:
    assert command("spec").stdout == _CONTRACT.read_text(encoding="utf-8")
