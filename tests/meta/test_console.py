"""The command ``check``: exit codes, one line for each error, and no credential in any output."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import governance_contract
import pytest
from gateway import running_gateway
from governance_contract.contract import yaml12
from governance_contract.contract.rules import CATALOGUE
from judging import CREDENTIALS, command, gateway_credentials, judge
from stub_server import always, stub_server

_CONTRACT = Path(__file__).parents[2] / "openapi/governance.yaml"


@pytest.fixture(scope="module")
def html_url() -> Iterator[str]:
    """The URL of a server that responds with an HTML page."""
    with stub_server(always(200, b"<!doctype html><title>Hello</title>", Content_Type="text/html")) as server:
        yield server.url


@pytest.fixture(scope="module")
def enveloping_url() -> Iterator[str]:
    """The URL of a server that wraps the unit that it creates in another object."""
    body = b'{"business_units": [], "business_unit": {"id": "bu-1"}}'
    with stub_server(always(200, body, Content_Type="application/json")) as server:
        yield server.url


@pytest.fixture
def closed_url() -> str:
    """A URL on which no server listens."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{unused.getsockname()[1]}"


def _assert_error(done: subprocess.CompletedProcess[str], says: str) -> None:
    """Assert that a command ended with exit code 2 and printed one line with this text."""
    output = (done.stdout or "") + done.stderr
    assert done.returncode == 2, output
    lines = [line for line in output.splitlines() if line.strip()]
    assert len(lines) == 1, output
    assert says in lines[0]
    assert "Traceback" not in output


def test_connection_refused(closed_url: str) -> None:
    done = command("check", closed_url)
    _assert_error(done, "connection refused")


def test_a_wrong_key(mock_url: str) -> None:
    done = command("check", mock_url, environment={**CREDENTIALS, "GOVERNANCE_API_KEY": "bfst-wrong-key"})
    _assert_error(done, "rejects the management key")


def test_a_missing_key(mock_url: str) -> None:
    done = command("check", mock_url, environment={**CREDENTIALS, "GOVERNANCE_API_KEY": ""})
    _assert_error(done, "GOVERNANCE_API_KEY is not set")


@pytest.mark.parametrize("variable", ["GOVERNANCE_API_KEY", "GOVERNANCE_VIRTUAL_KEY"])
def test_a_credential_with_a_line_break_is_not_shown(mock_url: str, variable: str) -> None:
    done = command("check", mock_url, environment={**CREDENTIALS, variable: "sk-bf-SECRET\nSECOND"})
    _assert_error(done, f"{variable} contains a line break")
    assert "SEC" not in done.stdout + done.stderr


def test_a_local_target_is_not_reached_through_a_proxy(mock_url: str, closed_url: str) -> None:
    environment = {**CREDENTIALS, "http_proxy": closed_url, "no_proxy": ""}
    done = command("check", mock_url, "--rule", "AUTH-01", environment=environment)
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_server_of_html_pages_is_not_the_api(html_url: str) -> None:
    done = command("check", html_url)
    _assert_error(done, "does not serve the business-unit governance API")


def test_a_creation_without_an_id_in_the_response(enveloping_url: str) -> None:
    done = command("check", enveloping_url)
    _assert_error(done, "the response has no id")


@pytest.mark.parametrize(
    ("fault", "rule"), [("python-literals", "RESP-04"), ("json-inside-string", "RESP-02")], ids=["no JSON", "no object"]
)
def test_unreadable_responses_break_one_rule_and_end_the_run(fault: str, rule: str) -> None:
    with running_gateway(fault=fault, **gateway_credentials()) as gateway:
        judged = judge(gateway.url)
    assert judged.code == 1, judged.output
    assert list(judged.red) == [rule]
    assert "its responses cannot be read" in judged.output
    assert judged.report["requests"] < 10


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("nonsense", "is not an http:// or https:// URL"),
        ("ftp://127.0.0.1", "is not an http:// or https:// URL"),
        ("http://", "is not an http:// or https:// URL"),
        ("http://127.0.0.1:99999", "its port cannot be read"),
        ("http://a:b@c", "contains credentials"),
    ],
)
def test_an_invalid_url(url: str, says: str) -> None:
    done = command("check", url)
    _assert_error(done, says)


def test_writing_to_another_machine_needs_allow_writes() -> None:
    done = command("check", "http://gateway.example")
    _assert_error(done, "--allow-writes")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--rule", "NOPE-01"], "NOPE-01"),
        (["one-too-many"], "unexpected argument: one-too-many"),
        (["--quik"], "no such option: --quik; see governance-contract check --help"),
        (["--contract", "no-such-file.yaml"], "no-such-file.yaml"),
        (["--contract", __file__], "is not"),
        (["--report-json", "no-such-directory/report.json"], "cannot write"),
        (["--report-json", ""], "report-json needs the name of a file"),
        (["--report-json", "one.report", "--report-html", "./one.report"], "two reports cannot be written"),
        (["--database", __file__], "cannot keep findings"),
        (["--max-examples", "0"], "max-examples must be"),
        (["--timeout", "-1"], "timeout must be"),
        (["--timeout", "inf"], "timeout must be"),
        (["--processes", "1000"], "--processes must be"),
        (["--report-html", str(Path(__file__).parent)], "it is a directory"),
        (["--business-unit", "no-such-unit"], "no-such-unit"),
        (["--business-unit", "bu-legal", "--business-unit", "no-such-unit"], "no-such-unit"),
        (["--business-unit", "bu-legal", "--business-unit", "bu-legal"], "one or two different business units"),
        (["--business-unit", ""], "one or two different business units"),
        (["--team", "no-such-team"], "no-such-team"),
        (["--team", ""], "has no identifier"),
        (["--ca-bundle", __file__], "has no usable certificate"),
        (["--client-cert", __file__], "must hold the client certificate and its key"),
    ],
)
def test_bad_options(mock_url: str, arguments: list[str], says: str) -> None:
    done = command("check", mock_url, *arguments)
    _assert_error(done, says)


@pytest.mark.parametrize(
    ("whole", "spoilt", "says"),
    [
        ("operationId: updateBusinessUnitGovernance", "operationId: other", "the checks have no operation other"),
        ("#/components/schemas/ListBusinessUnitsResponse", "#/components/schemas/None", "has nothing at #/components"),
        ("version: 2026-06", "x-version: 2026-06", "has no edition"),
        (
            "    ManagementBearerAuth:",
            "    ManagementBearerAuth: none\n    Another:",
            "has no object at #/components/sec",
        ),
        ("      operationId: listBusinessUnits\n", "", "something lacks 'operationId'"),
        ("type: boolean", "type: nonsense", "has no JSON Schema at"),
    ],
    ids=["operation", "reference", "version", "security scheme", "path", "schema"],
)
def test_an_unusable_contract(mock_url: str, tmp_path: Path, whole: str, spoilt: str, says: str) -> None:
    text = _CONTRACT.read_text(encoding="utf-8")
    assert whole in text
    (tmp_path / "other.yaml").write_text(text.replace(whole, spoilt), encoding="utf-8")
    done = command("check", mock_url, "--contract", str(tmp_path / "other.yaml"))
    _assert_error(done, says)


def test_an_edition_may_lack_operations(mock_url: str, tmp_path: Path) -> None:
    document = yaml12.load(_CONTRACT.read_bytes())
    document["paths"] = {path: item for path, item in document["paths"].items() if "/teams" not in path}
    (tmp_path / "other.yaml").write_text(json.dumps(document), encoding="utf-8")
    judged = judge(
        mock_url, "--contract", str(tmp_path / "other.yaml"), "--quick", rules=["LIFE-01", "RESP-01", "LIFE-08"]
    )
    assert judged.code == 0, judged.output
    assert {rule["id"]: rule["status"] for rule in judged.report["rules"]} == {
        "LIFE-01": "pass",
        "RESP-01": "pass",
        "LIFE-08": "skip",
    }


def test_python_files_in_the_working_directory_are_not_imported(mock_url: str, tmp_path: Path) -> None:
    for name in ("calendar", "html", "queue", "yaml"):
        (tmp_path / f"{name}.py").write_text("raise RuntimeError('imported')\n", encoding="utf-8")
    own = [str(Path(sys.executable).with_name("governance-contract")), "check", mock_url, "--rule", "AUTH-01"]
    for options in ([], ["-n", "2"]):
        done = subprocess.run([*own, *options], cwd=tmp_path, env={**os.environ, **CREDENTIALS}, check=False)
        assert done.returncode == 0


def test_a_violation_lists_the_earlier_requests() -> None:
    with running_gateway(fault="update-revives-deleted-unit", **gateway_credentials()) as gateway:
        judged = judge(gateway.url, rules=["CONC-04"])
    failure = judged.report["rules"][0]["failures"][0]
    assert failure["exchange"]["method"] == "GET"
    assert {earlier["method"] for earlier in failure["before"]} == {"PUT", "DELETE"}
    assert "before    PUT" in judged.output


def test_exitfirst_stops_at_the_first_violation() -> None:
    with running_gateway(fault="raw-key-accepted", **gateway_credentials()) as gateway:
        judged = judge(gateway.url, "--exitfirst")
    assert judged.code == 1, judged.output
    assert judged.report["complete"] is False
    assert len(judged.red) == 1
    last = judged.output.splitlines()[-2:]
    assert last[0].startswith("ended early: stopped at the first violation")
    assert "does NOT conform" in last[1]


@pytest.mark.parametrize(("other", "decides"), [("VALID-04", False), ("RESP-05", True)], ids=["MUST", "SHOULD"])
def test_exitfirst_stops_at_a_should_rule_only_if_it_decides(other: str, decides: bool) -> None:
    with running_gateway(fault="lone-limit-refused", **gateway_credentials()) as gateway:
        judged = judge(gateway.url, "-x", rules=["UPDATE-07", other])
    assert judged.code == int(decides), judged.output
    assert judged.red == {"UPDATE-07": "SHOULD"}
    assert judged.report["complete"] is not decides


@pytest.mark.parametrize("named", [["--pyargs", "governance_contract"], [governance_contract.__path__[0]]])
def test_pytest_without_a_target_is_an_error(named: list[str]) -> None:
    pytest_command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-n", "0"]
    done = subprocess.run([*pytest_command, *named], capture_output=True, text=True, check=False)
    _assert_error(done, "no target: give --contract-url URL")


def test_weaker_evidence_is_only_reported_for_credentials_in_use(mock_url: str) -> None:
    key = {"GOVERNANCE_API_KEY": CREDENTIALS["GOVERNANCE_API_KEY"]}
    others = dict.fromkeys(CREDENTIALS.keys() - key.keys(), "")
    for rule, reported in (("VALID-04", False), ("AUTH-05", True)):
        done = command("check", mock_url, "--rule", rule, environment={**key, **others})
        assert done.returncode == 0, done.stdout + done.stderr
        assert ("weaker evidence" in done.stdout) is reported


def test_should_rules_decide_if_only_they_are_chosen() -> None:
    with running_gateway(fault="lone-limit-refused", **gateway_credentials()) as gateway:
        assert judge(gateway.url, rules=["UPDATE-07"]).code == 1
        assert judge(gateway.url, rules=["UPDATE-23"]).code == 0


def test_a_violation_is_reported_completely_and_without_secrets(tmp_path: Path) -> None:
    with running_gateway(fault="virtual-key-accepted", **gateway_credentials()) as gateway:
        judged = judge(gateway.url, rules=["AUTH-05"])
    assert judged.code == 1
    for part in ("FAIL  AUTH-05 (MUST)", "cites", "expected", "got", "exchange", "curl", "$GOVERNANCE_VIRTUAL_KEY"):
        assert part in judged.output
    assert re.search(r"and \d+ more of this rule", judged.output)
    everything = judged.output + json.dumps(judged.report)
    for secret in CREDENTIALS.values():
        assert secret not in everything
        assert secret[:12] not in everything


def test_only_secrets_are_redacted() -> None:
    """Neither the token ``null`` nor a word that the key shares with the API is redacted."""
    key = {"GOVERNANCE_API_KEY": "governance-key-of-this-test-7c1"}
    with running_gateway(
        fault="null-turns-alignment-off", **gateway_credentials() | {"api_key": key["GOVERNANCE_API_KEY"]}
    ) as gateway:
        done = command("check", gateway.url, "--quick", "--strict", "--rule", "ALIGN-07", environment=key)
    assert done.returncode == 1, done.stdout + done.stderr
    assert '"calendar_aligned": null' in done.stdout
    assert "/api/governance/business-units/" in done.stdout
    assert "[redacted]" not in done.stdout


def test_a_management_key_as_refused_credential_is_an_error() -> None:
    key = CREDENTIALS["GOVERNANCE_API_KEY"]
    both = {"GOVERNANCE_API_KEY": f"other-key,{key},", "GOVERNANCE_VIRTUAL_KEY": key}
    done = command("check", "http://127.0.0.1:9", environment=both)
    _assert_error(done, "GOVERNANCE_VIRTUAL_KEY holds a management key")
    assert key not in done.stderr


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
@pytest.mark.parametrize("printing", ["rules", "spec"])
def test_printing_to_a_full_device(printing: str) -> None:
    with Path("/dev/full").open("w", encoding="utf-8") as full:
        own = [sys.executable, "-m", "governance_contract", printing]
        done = subprocess.run(own, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    _assert_error(done, "No space left")


def test_an_area_selects_all_its_rules(mock_url: str) -> None:
    judged = judge(mock_url, "--quick", rules=["list", "LIFE-01"])
    areas = [rule["id"].partition("-")[0] for rule in judged.report["rules"]]
    assert judged.code == 0
    assert areas.count("LIFE") == 1
    assert areas.count("LIST") > 10
    assert set(areas) == {"LIFE", "LIST"}


def test_the_catalogue_is_printed() -> None:
    rows = json.loads(command("rules", "--json").stdout)
    assert {"id", "area", "level", "title", "cited", "sent", "broken", "example", "needs"} == set(rows[0])
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
    expected += [row["sent"], row["broken"], row["example"], *(row["needs"] or ["only updateBusinessUnitGovernance"])]
    places = [text.index(part) for part in expected]
    assert places == sorted(places)


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("rules", "NOSUCH-01"), "no rule or area 'NOSUCH-01'"),
        (("rules", "ERROR-08"), "ERROR-08 is not a rule: the id was skipped"),
        (("check", "--rule", "ERROR-08"), "ERROR-08 is not a rule: the id was skipped"),
    ],
)
def test_an_unknown_rule_or_area(words: tuple[str, ...], says: str) -> None:
    done = command(*words)
    _assert_error(done, says)


def test_the_contract_is_printed() -> None:
    assert command("spec").stdout == _CONTRACT.read_text(encoding="utf-8")
