"""The command ``check``: the options of the pytest process, and what can be refused before it starts."""

from __future__ import annotations

from pathlib import Path

import pytest
from governance_contract.command import check, cli
from governance_contract.command.pytest_process import VERDICT
from governance_contract.plugin.options import add_options
from governance_contract.results.exit_code import ExitCode

_URL = "http://127.0.0.1:9"


def _passed_on(*arguments: str) -> list[str]:
    options = cli.make_parser().parse_args(["check", *arguments])
    return check.plugin_options(options)


@pytest.mark.parametrize(
    ("given", "passed"),
    [
        (["--business-unit", "a", "--business-unit", "b"], ["--contract-unit=a", "--contract-unit=b"]),
        (["--rule", "LIST", "--rule", "auth-01,AUTH-02"], ["--contract-rules=LIST,auth-01,AUTH-02"]),
        (["--quick"], ["--contract-profile=quick"]),
        (["--thorough"], ["--contract-profile=thorough"]),
        (["--contract", "api.yaml"], ["--contract-file=api.yaml"]),
        (["-x", "--strict", "-v"], ["--contract-exitfirst", "--contract-strict", "--contract-verbose"]),
        (["--report-json", "-"], ["--contract-report-json=-"]),
        (["--header", "A: b"], ["--contract-header=A: b"]),
        (["--color", "never", "-n", "3"], []),
    ],
    ids=lambda words: " ".join(words),
)
def test_options_of_the_plugin(given: list[str], passed: list[str]) -> None:
    without = set(_passed_on(_URL)) - {word for word in _passed_on(_URL) if word.startswith("--contract-repeat=")}
    words = [word for word in _passed_on(_URL, *given) if not word.startswith("--contract-repeat=")]
    assert sorted(set(words) - without) == sorted(passed)


def test_the_plugin_has_each_option_that_is_passed_on() -> None:
    names: set[str] = set()

    class Parser:
        def getgroup(self, name: str, description: str) -> Parser:
            return self

        def addoption(self, name: str, **rest: object) -> None:
            names.add(name)

    add_options(Parser())  # type: ignore[arg-type]
    options = vars(cli.make_parser().parse_args(["check", _URL])).keys() - check.NOT_PASSED_ON
    assert {f"--contract-{check.RENAMED.get(name, name).replace('_', '-')}" for name in options} <= names


def repetition(*arguments: str) -> str:
    return check.repetition(cli.make_parser().parse_args(["check", *arguments]))


def test_a_repetition_reaches_the_same_target() -> None:
    given = ["--business-unit", "two words", "--timeout", "3", "--allow-writes", "--seed", "4", "--strict", "-v"]
    assert repetition(_URL, *given) == (
        f"governance-contract check {_URL} --business-unit 'two words' --timeout 3.0 --allow-writes "
        "--rule {rule} --seed {seed}"
    )


def test_a_repetition_hides_what_may_be_secret() -> None:
    repeated = repetition(_URL, "--header", "Cookie: abc", "--header", "X-Id: $ID")
    assert "abc" not in repeated
    assert "--header 'Cookie: ...' --header 'X-Id: $ID'" in repeated


def test_a_repetition_on_the_bundled_mock_names_no_unit() -> None:
    assert "--business-unit" not in repetition("--business-unit", "bu-research")


@pytest.mark.parametrize("many", [None, "auto", "1", "64"])
def test_a_number_of_processes(many: str | None) -> None:
    check.check_processes(many)


@pytest.mark.parametrize("many", ["0", "65", "-1", "1.5", "", "many", "9" * 20])
def test_an_unusable_number_of_processes(many: str) -> None:
    with pytest.raises(ValueError, match="--processes must be a number from 1 to 64, or auto"):
        check.check_processes(many)


@pytest.mark.parametrize(
    ("given", "processes"),
    [
        ([], "2"),
        (["--quick"], "2"),
        (["--rule", "LIST"], None),
        ([_URL], None),
        (["-n", "1"], "0"),
        (["-n", "3"], "3"),
    ],
    ids=str,
)
def test_the_processes_beside_the_first_one(
    monkeypatch: pytest.MonkeyPatch, given: list[str], processes: str | None
) -> None:
    monkeypatch.setattr("os.cpu_count", lambda: 4)
    assert check.processes_of(cli.make_parser().parse_args(["check", *given])) == processes
    monkeypatch.setattr("os.cpu_count", lambda: 1)
    alone = check.processes_of(cli.make_parser().parse_args(["check", *given]))
    assert alone == (processes if "-n" in given else None)


@pytest.mark.parametrize("code", list(ExitCode))
def test_the_exit_code_of_a_verdict(code: ExitCode) -> None:
    assert check.exit_code(VERDICT + code) is code


@pytest.mark.parametrize(("status", "how"), [(-9, "was ended by signal 9"), (1, "ended with status 1")])
def test_a_process_without_a_verdict(capsys: pytest.CaptureFixture[str], status: int, how: str) -> None:
    assert check.exit_code(status) == ExitCode.NO_VERDICT
    [line] = capsys.readouterr().err.splitlines()
    assert how in line


def test_two_reports_on_standard_output_are_refused(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    code = cli.main(["check", _URL, "--report-json", "-", "--report-html", "-", "--database", str(tmp_path)])
    assert code == ExitCode.NO_VERDICT
    assert capsys.readouterr().err == "error: two reports cannot be written to standard output\n"
