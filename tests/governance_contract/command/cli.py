"""The command line ``governance-contract`` with its commands check, compare, mock, rules, spec and report-schema."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from typing import NoReturn

from ..plugin.options import HELP, START_WITHIN
from ..results.exit_code import ExitCode, describe_defect, print_error
from ..results.formats import FORMATS
from .output import escape_what_cannot_be_encoded, print_document


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        """Print the error as one line, without the usage."""
        self.exit(ExitCode.NO_VERDICT, f"error: {message}; see {self.prog} --help\n")


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number") from None


def _whole_number(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number") from None


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command and return its exit code: 0 success or conforms, 1 does not conform, 2 no verdict or an error."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    escape_what_cannot_be_encoded()
    try:
        code = _run(words)
        if sys.stdout is not None:
            sys.stdout.flush()
    except KeyboardInterrupt:
        return print_error("interrupted")
    except OSError as error:
        _discard_output()
        if isinstance(error, BrokenPipeError) and words[:1] != ["check"]:
            return 0  # the reader closed the pipe, as in `governance-contract rules | head`
        return print_error(f"stopped: {error.strerror or error}")
    except Exception as error:  # noqa: BLE001  exit code 1 would be a verdict
        return print_error(describe_defect(error))
    return code


def _run(words: Sequence[str]) -> int:
    """Run a command and return its exit code, also if argparse exits."""
    if words[:1] == ["mock"]:
        return _mock(words[1:])
    if sys.stdout is None:
        return print_error("standard output is closed: redirect it to /dev/null to discard the output")
    try:
        options, unknown = make_parser().parse_known_args(words)
    except SystemExit as end:
        return int(end.code or 0)
    if unknown:
        what = "no such option" if unknown[0].startswith("-") else "unexpected argument"
        return print_error(f"{what}: {unknown[0]}; see governance-contract {options.command} --help")
    code: int = options.run(options)
    return code


def _discard_output() -> None:
    """Redirect standard output to the null device, so that the interpreter's last flush raises no further error."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


class _Version(argparse.Action):
    """Prints the version, which is slow to look up."""

    def __call__(self, parser: argparse.ArgumentParser, *rest: object) -> NoReturn:
        """Print the version and exit."""
        from importlib.metadata import version

        print(parser.prog, version("governance-contract"))
        parser.exit()


def make_parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    parser = _Parser(
        prog="governance-contract",
        description="Contract, mock and conformance checks of the business-unit governance API.",
    )
    parser.add_argument("--version", action=_Version, nargs=0, help="show program's version number and exit")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    check = commands.add_parser(
        "check",
        help="check a target against the contract",
        description="Check the target at URL rule by rule; without URL, check the bundled mock. The environment "
        "variable GOVERNANCE_API_KEY must hold a management key of the target. GOVERNANCE_VIRTUAL_KEY, "
        "GOVERNANCE_SESSION_TOKEN, GOVERNANCE_DASHBOARD_TOKEN and GOVERNANCE_USER_TOKEN may hold valid credentials of "
        "other kinds; the checks then test that the target rejects these instead of made-up ones. "
        "Exit code: 0 conforms, 1 does not conform, 2 no verdict: target unreachable, key rejected, "
        "not this API, nothing judged, interrupted, or bad options.",
    )
    _add_check_options(check)
    check.set_defaults(run=_check)
    mock = commands.add_parser("mock", help="start the mock gateway", add_help=False)
    mock.set_defaults(run=lambda options: _mock([]))
    rules = commands.add_parser(
        "rules",
        help="print the catalogue of rules, or explain one",
        description="Print every rule with its normative text. With an area, print the rules of that area. With the id "
        "of a rule, explain the rule: what is sent, what counts as broken, and what it needs of the target.",
    )
    rules.add_argument(
        "rule", nargs="?", metavar="ID", help="the id of a rule, such as AUTH-05, or an area, such as AUTH"
    )
    rules.add_argument("--json", action="store_true", help="as JSON")
    rules.set_defaults(run=_rules)
    text = "tell what got better and worse between two reports"
    compare = commands.add_parser(
        "compare",
        help=text,
        description="Compare two JSON reports: rules that are newly broken, that hold again, and that are no longer "
        "judged. Exit code: 0 no rule that held is broken, 1 at least one is, 2 a file is not such a report.",
    )
    compare.add_argument("old", metavar="OLD.json", help="the earlier report, written with --report-json")
    compare.add_argument("new", metavar="NEW.json", help="the later report")
    compare.set_defaults(run=_compare)
    spec = commands.add_parser("spec", help="print the contract", description="Print the contract, OpenAPI 3.1 YAML.")
    spec.set_defaults(run=_spec)
    schema = commands.add_parser(
        "report-schema", help="print the JSON Schema of the JSON report", description="Print what --report-json writes."
    )
    schema.set_defaults(run=_report_schema)
    return parser


def _add_check_options(check: argparse.ArgumentParser) -> None:
    check.add_argument("url", nargs="?", metavar="URL", help="base URL of the target, without /api/...")
    target = check.add_argument_group("target")
    target.add_argument("--business-unit", metavar="ID", action="append", help=HELP["unit"])
    target.add_argument("--team", metavar="ID", help=HELP["team"])
    target.add_argument("--allow-writes", action="store_true", help=HELP["allow-writes"])
    target.add_argument("--start", metavar="COMMAND", help=HELP["start"])
    text = f"time to wait until the target responds (default {START_WITHIN:g} with --start, otherwise 0)"
    target.add_argument("--wait", type=_number, metavar="SECONDS", help=text)
    target.add_argument("--header", metavar="FIELD", action="append", help=HELP["header"])
    target.add_argument("--timeout", type=_number, metavar="SECONDS", help=HELP["timeout"])
    target.add_argument("--rate-limit", metavar="RATE", help=HELP["rate-limit"])
    text = "time limit for the checks; they then clean up and exit with 2"
    target.add_argument("--max-time", type=_number, metavar="SECONDS", help=text)
    target.add_argument("--ca-bundle", metavar="FILE", help=HELP["ca-bundle"])
    target.add_argument("--client-cert", metavar="FILE", help=HELP["client-cert"])
    target.add_argument("--client-key", metavar="FILE", help=HELP["client-key"])
    rules = check.add_argument_group("rules")
    rules.add_argument("--contract", metavar="FILE", help=HELP["file"])
    rules.add_argument("--rule", metavar="ID", action="append", help=HELP["rules"])
    rules.add_argument("--strict", action="store_true", help=HELP["strict"])
    text = "stop at the first violation that decides the exit code"
    rules.add_argument("-x", "--exitfirst", action="store_true", help=text)
    rules.add_argument("--known-failures", metavar="FILE", help=HELP["known-failures"])
    text = "write a file for --known-failures with every broken rule, the reasons left to fill in"
    rules.add_argument("--write-known-failures", metavar="FILE", help=text)
    amount = check.add_argument_group("amount of testing")
    profile = amount.add_mutually_exclusive_group()
    profile.add_argument("--quick", action="store_true", help="judge every rule once, with few cases each")
    profile.add_argument(
        "--thorough", action="store_true", help="try many more inputs and longer sequences; can take hours"
    )
    amount.add_argument("--max-examples", type=_whole_number, metavar="N", help=HELP["max-examples"])
    amount.add_argument("--seed", type=_whole_number, metavar="N", help=HELP["seed"])
    amount.add_argument("--database", metavar="DIR", help=HELP["database"])
    text = "number of processes, or auto for one per core (default: by the response time of the target)"
    amount.add_argument("-n", "--processes", metavar="N", help=text)
    output = check.add_argument_group("output")
    output.add_argument("-v", "--verbose", action="store_true", help=HELP["verbose"])
    text = "use colours: auto (on a terminal, unless NO_COLOR is set), always or never"
    output.add_argument("--color", choices=("auto", "always", "never"), default="auto", metavar="WHEN", help=text)
    reports = check.add_argument_group("reports")
    for kind, form in FORMATS.items():
        reports.add_argument(f"--report-{kind}", metavar="FILE", help=f"write a report as {form}; - is standard output")


def _mock(arguments: Sequence[str]) -> int:
    # A separate program, not an import: a target shares no code with the checks.
    # -P prevents imports of Python files in the working directory.
    command = [sys.executable, "-P", "-m", "mock_server", *arguments]
    if os.name == "posix":
        os.execv(sys.executable, command)  # noqa: S606  the mock then handles signals and sets the exit code itself
    import subprocess

    return subprocess.call(command)  # noqa: S603  the interpreter that runs


def _check(options: argparse.Namespace) -> int:
    from .check import run  # imported here to start fast

    return run(options)


def _rules(options: argparse.Namespace) -> int:
    from .rules import run  # imported here to start fast

    return run(options)


def _compare(options: argparse.Namespace) -> int:
    from .compare import run  # imported here to start fast

    return run(options)


def _spec(options: argparse.Namespace) -> int:
    from ..contract.document import default_path

    print_document(default_path().read_text(encoding="utf-8"))
    return 0


def _report_schema(options: argparse.Namespace) -> int:
    from ..results.reporting import schema

    print_document(schema())
    return 0
