"""``governance-contract``: check an implementation, start the mock, print the rules, print the contract."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from typing import NoReturn

from ..results.exit_code import ExitCode, complain
from ..results.formats import FORMATS


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        """One line instead of the usage and a line."""
        self.exit(ExitCode.NO_VERDICT, f"error: {message}; see {self.prog} --help\n")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command and return its exit code: 0 conforms, 1 does not conform, 2 no verdict."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    try:
        if given[:1] == ["mock"]:
            return _mock(given[1:])
        options, unknown = _parser().parse_known_args(given)
        if unknown:
            what = "no such option" if unknown[0].startswith("-") else "one argument too many"
            return complain(f"{what}: {unknown[0]}; see governance-contract {options.command} --help")
        code: int = options.run(options)
        sys.stdout.flush()
    except KeyboardInterrupt:
        return complain("interrupted")
    except BrokenPipeError:  # whoever read this has seen enough
        _write_no_more()
        return 0
    except OSError as error:
        _write_no_more()
        return complain(f"stopped: {error.strerror or error}")
    return code


def _write_no_more() -> None:
    """Let what is still to be written go nowhere, so that ending brings no further error."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


class _Version(argparse.Action):
    """Prints the version; looking it up is not for every run."""

    def __call__(self, parser: argparse.ArgumentParser, *rest: object) -> NoReturn:
        """Print it and end."""
        from importlib.metadata import version

        print(parser.prog, version("governance-contract"))
        parser.exit()


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="governance-contract",
        description="Contract, mock and conformance checks of the business-unit governance API.",
    )
    parser.add_argument("--version", action=_Version, nargs=0, help="show program's version number and exit")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    check = commands.add_parser(
        "check",
        help="judge an implementation against the contract",
        description="Judge the implementation at URL rule by rule; without URL, the bundled mock. Needs a management "
        "key of the target in GOVERNANCE_API_KEY. Valid foreign credentials in GOVERNANCE_VIRTUAL_KEY, "
        "GOVERNANCE_SESSION_TOKEN, GOVERNANCE_DASHBOARD_TOKEN and GOVERNANCE_USER_TOKEN make the proof that they are "
        "refused a strong one. Exit code: 0 conforms, 1 does not conform, 2 no verdict.",
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
    spec = commands.add_parser("spec", help="print the contract", description="Print the contract, OpenAPI 3.1 YAML.")
    spec.set_defaults(run=_spec)
    schema = commands.add_parser(
        "report-schema", help="print the JSON Schema of the JSON report", description="Print what --report-json writes."
    )
    schema.set_defaults(run=_report_schema)
    return parser


def _add_check_options(check: argparse.ArgumentParser) -> None:
    add = check.add_argument
    add("url", nargs="?", metavar="URL", help="base URL, without /api/...")
    where = check.add_argument_group("the target")
    unit = "a unit that may be changed, its settings are restored, its usage is not; a second one spares the first"
    where.add_argument("--business-unit", metavar="ID", action="append", help=unit)
    where.add_argument(
        "--team", metavar="ID", help="a team without a unit that may be assigned; it is unassigned again"
    )
    where.add_argument("--allow-writes", action="store_true", help="needed where URL is not a loopback address")
    where.add_argument("--timeout", type=float, metavar="SECONDS", help="patience for one answer (default 10)")
    where.add_argument("--rate-limit", metavar="RATE", help="most requests: N a second, or N/s, N/m, N/h")
    where.add_argument(
        "--max-time", type=float, metavar="SECONDS", help="stop judging after this long, clean up, exit with 2"
    )
    where.add_argument("--ca-bundle", metavar="FILE", help="certificates to trust instead of the usual ones")
    where.add_argument("--client-cert", metavar="FILE", help="the client's TLS certificate, its key in it or beside it")
    where.add_argument("--client-key", metavar="FILE", help="the key of the client's TLS certificate")
    what = check.add_argument_group("what is judged")
    what.add_argument("--contract", metavar="FILE", help="judge by this contract instead of the built-in edition")
    what.add_argument(
        "--rule", metavar="ID", action="append", help="judge this rule alone, or this area; may be repeated"
    )
    what.add_argument("--strict", action="store_true", help="let SHOULD rules decide the exit code, too")
    what.add_argument("-x", "--exitfirst", action="store_true", help="stop at the first violation that decides it")
    what.add_argument("--known-failures", metavar="FILE", help="rules that may fail: lines of an id and the reason")
    much = check.add_argument_group("how much is tried")
    profile = much.add_mutually_exclusive_group()
    profile.add_argument("--quick", action="store_true", help="one pass of every rule, few cases each")
    profile.add_argument("--thorough", action="store_true", help="many more inputs and longer sequences, for a night")
    much.add_argument("--max-examples", type=int, metavar="N", help="inputs per property instead of those")
    much.add_argument("--seed", type=int, metavar="N", help="repeat the inputs of an earlier run")
    much.add_argument(
        "--database", metavar="DIR", help="where findings are kept, to be tried first next time (.hypothesis/...)"
    )
    much.add_argument("-n", "--processes", metavar="N", help="judge with N processes, or auto; for slow targets")
    reports = check.add_argument_group("reports")
    for kind, form in FORMATS.items():
        reports.add_argument(f"--report-{kind}", metavar="FILE", help=f"write the verdicts as {form}")


def _mock(arguments: Sequence[str]) -> int:
    # Another program, not an import: a target must share no code with what judges it.
    # -P: Python files that happen to lie in the working directory are no modules of it.
    command = [sys.executable, "-P", "-m", "mock_server", *arguments]
    if os.name == "posix":
        os.execv(sys.executable, command)  # noqa: S606  signals and exit code are then the mock's own
    import subprocess

    return subprocess.call(command)


def _check(options: argparse.Namespace) -> int:
    from .check import run  # here, as all that takes a while: Ctrl-C may come

    return run(options)


def _rules(options: argparse.Namespace) -> int:
    from .rules import run  # here: it loads the contract

    return run(options)


def _spec(options: argparse.Namespace) -> int:
    from ..contract.document import default_path

    print(default_path().read_text(encoding="utf-8"), end="")
    return 0


def _report_schema(options: argparse.Namespace) -> int:
    from ..results.reporting import schema

    print(schema(), end="")
    return 0
