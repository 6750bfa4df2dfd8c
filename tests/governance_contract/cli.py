"""``governance-contract``: check an implementation, start the mock, print the rules, print the contract."""

from __future__ import annotations

import argparse
import json
import os
import secrets
import shlex
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

_PACKAGE = Path(__file__).parent
_COULD_NOT_JUDGE = 2
_BUNDLED_UNIT = "bu-platform-engineering"
_BUNDLED_TEAM = "team-data-science"
_REPORTS = {"json": "JSON", "junit": "JUnit XML", "html": "one web page", "markdown": "Markdown, for a CI job's page"}
# Options of `check`, and the plugin's for each: values as given, which the plugin looks at.
_PASSED_ON = {
    "business_unit": "unit",
    "team": "team",
    "timeout": "timeout",
    "rate_limit": "rate-limit",
    "max_time": "max-time",
    "ca_bundle": "ca-bundle",
    "client_cert": "client-cert",
    "client_key": "client-key",
    "contract": "file",
    "known_failures": "known-failures",
    "max_examples": "max-examples",
    "seed": "seed",
    "database": "database",
    **{f"report_{kind}": f"report-{kind}" for kind in _REPORTS},
}


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        """One line instead of the usage and a line."""
        self.exit(_COULD_NOT_JUDGE, f"error: {message}; see {self.prog} --help\n")


class CannotStart(RuntimeError):
    """The bundled mock did not start; the message says why."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command and return its exit code: 0 conforms, 1 does not conform, 2 could not judge."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    if given[:1] == ["mock"]:
        return _mock(given[1:])
    options = _parser().parse_args(given)
    try:
        code: int = options.run(options)
        sys.stdout.flush()
    except KeyboardInterrupt:
        return _complain("interrupted")
    except BrokenPipeError:  # whoever read this has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    return code


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
        "refused a strong one. Exit code: 0 conforms, 1 does not conform, 2 could not judge.",
    )
    _add_check_options(check)
    check.set_defaults(run=_check)
    mock = commands.add_parser("mock", help="start the mock gateway", add_help=False)
    mock.set_defaults(run=lambda options: _mock([]))
    rules = commands.add_parser("rules", help="print the catalogue of rules", description="Print every rule.")
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
    unit = "a unit that may be changed; its settings are restored, its usage is not"
    where.add_argument("--business-unit", metavar="ID", help=unit)
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
    what.add_argument("--rule", metavar="ID", action="append", help="judge this rule alone; may be repeated")
    what.add_argument("--strict", action="store_true", help="let SHOULD rules decide the exit code, too")
    what.add_argument("--known-failures", metavar="FILE", help="rules that may fail: lines of an id and the reason")
    much = check.add_argument_group("how much is tried")
    profile = much.add_mutually_exclusive_group()
    profile.add_argument("--quick", action="store_true", help="one pass of every rule, in seconds")
    profile.add_argument("--thorough", action="store_true", help="many more inputs and longer sequences, for a night")
    much.add_argument("--max-examples", type=int, metavar="N", help="inputs per property instead of those")
    much.add_argument("--seed", type=int, metavar="N", help="repeat the inputs of an earlier run")
    much.add_argument(
        "--database", metavar="DIR", help="where findings are kept, to be tried first next time (.hypothesis/...)"
    )
    much.add_argument("-n", "--processes", metavar="N", help="judge with N processes, or auto; for slow targets")
    reports = check.add_argument_group("reports")
    for kind, form in _REPORTS.items():
        reports.add_argument(f"--report-{kind}", metavar="FILE", help=f"write the verdicts as {form}")


def _mock(arguments: Sequence[str]) -> int:
    # Another program, not an import: a target must share no code with what judges it.
    command = [sys.executable, "-m", "mock_server", *arguments]
    if os.name == "posix":
        os.execv(sys.executable, command)  # noqa: S606  signals and exit code are then the mock's own
    return subprocess.call(command)


def _rules(options: argparse.Namespace) -> int:
    from .rules import CATALOGUE

    if options.json:
        rows = [
            {"id": r.id, "level": r.level, "title": r.title, "citations": r.citations, "needs": r.needs}
            for r in CATALOGUE.values()
        ]
        print(json.dumps(rows, indent=2))
        return 0
    for rule in CATALOGUE.values():
        print(f"{rule.id:<10} {rule.level:<7} {rule.title}")
        for citation in rule.citations:
            print(f"{'':<19}{citation}")
        for need in rule.needs:
            print(f"{'':<19}needs that {need}")
    return 0


def _spec(options: argparse.Namespace) -> int:
    from .contract import default_path

    print(default_path().read_text(encoding="utf-8"), end="")
    return 0


def _report_schema(options: argparse.Namespace) -> int:
    from .reporting import schema

    print(schema(), end="")
    return 0


def _check(options: argparse.Namespace) -> int:
    from .address import check_url, is_loopback
    from .credentials import KEY_VARIABLE
    from .rules import CATALOGUE

    unknown = [rule for rule in options.rule or [] if rule not in CATALOGUE]
    if unknown:
        return _complain(f"no rule {unknown[0]!r}; `governance-contract rules` lists them")
    environment = _environment()
    if options.url is None:
        return _check_bundled(options, environment)
    try:
        url = check_url(options.url)
    except ValueError as error:
        return _complain(str(error))
    if not options.allow_writes and not is_loopback(url):
        return _complain(
            f"{url} is not on this machine: the checks create, change and delete business units of their own there; "
            "say --allow-writes if that is wanted"
        )
    if not environment.get(KEY_VARIABLE, "").strip():
        return _complain(f"{KEY_VARIABLE} is not set: the checks need a management key of the target")
    return _run_pytest(options, lambda: url, environment)


def _check_bundled(options: argparse.Namespace, environment: dict[str, str]) -> int:
    # The bundled mock gets a key of its own: a key of the user's has no business there.
    environment["GOVERNANCE_API_KEY"] = f"bfst-{secrets.token_hex(22)}"
    options.business_unit = options.business_unit or _BUNDLED_UNIT
    options.team = options.team or _BUNDLED_TEAM
    with _bundled_mock(environment, options.contract) as mock:

        def url() -> str:
            found = _url_of(mock)
            print(f"no URL given: judging the bundled mock, started at {found}", flush=True)
            return found

        try:
            return _run_pytest(options, url, environment)
        except CannotStart as error:
            return _complain(str(error))


@contextmanager
def _bundled_mock(environment: dict[str, str], contract: str | None) -> Iterator[subprocess.Popen[str]]:
    """Start the mock on a free loopback port, and end it with the block."""
    command = [sys.executable, "-m", "mock_server", "--port", "0", *(["--contract", contract] if contract else [])]
    with subprocess.Popen(
        command,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,  # Ctrl-C is for the checks: they still clean up on the mock
    ) as mock:
        try:
            yield mock
        finally:
            mock.kill()  # it keeps nothing


def _url_of(mock: subprocess.Popen[str]) -> str:
    """Wait until the mock listens and return its base URL.

    Raises:
        CannotStart: it ended before that.
    """
    line = mock.stdout.readline() if mock.stdout else ""
    url = next((word for word in line.split() if word.startswith("http://")), None)
    if url is None:
        reason = (mock.stderr.read() if mock.stderr else "").strip().splitlines()
        raise CannotStart(f"the bundled mock did not start: {reason[-1] if reason else 'no reason given'}")
    return url.rstrip(".,;:")


def _run_pytest(options: argparse.Namespace, url: Callable[[], str], environment: dict[str, str]) -> int:
    """Run the checks in a fresh interpreter, with their own configuration and plugins only.

    Args:
        options: of the command.
        url: waits for the target and returns its base URL; the interpreter starts in the meantime.
        environment: of the interpreter.

    Raises:
        CannotStart: by ``url``.
    """
    command = [sys.executable, "-m", "governance_contract.child"]
    command += ["-c", str(_PACKAGE / "pytest.ini"), "--rootdir", str(_PACKAGE)]
    for plugin in ("_hypothesis_pytestplugin", "governance_contract.plugin"):
        command += ["-p", plugin]
    if options.processes is not None:
        if options.processes != "auto" and not (options.processes.isdecimal() and int(options.processes) > 0):
            return _complain(f"--processes must be a number from 1, or auto, not {options.processes!r}")
        command += ["-p", "xdist.plugin", "-n", options.processes, "--dist", "loadgroup"]
    with tempfile.TemporaryDirectory(prefix="governance-contract-") as directory:
        # What pytest's exit code says may be about pytest.
        verdict = Path(directory, "verdict")
        given = [*_plugin_options(options), "--contract-url=-", f"--contract-verdict={verdict}"]
        _judge([*command, *given, str(_PACKAGE)], environment, url)
        return int(verdict.read_text(encoding="utf-8")) if verdict.is_file() else _COULD_NOT_JUDGE


def _plugin_options(options: argparse.Namespace) -> list[str]:
    """Return the options of the plugin that say the same."""
    given = {f"--contract-{name}": getattr(options, ours) for ours, name in _PASSED_ON.items()}
    given["--contract-rules"] = ",".join(options.rule) if options.rule else None
    given["--contract-profile"] = "quick" if options.quick else "thorough" if options.thorough else None
    given["--contract-repeat"] = _repetition(options)
    flags = {"--contract-allow-writes": options.allow_writes, "--contract-strict": options.strict}
    words = [f"{name}={value}" for name, value in given.items() if value is not None]
    return words + [flag for flag, wanted in flags.items() if wanted]


def _repetition(options: argparse.Namespace) -> str:
    """Return a command that judges one rule again, as the plugin's option has it: what it is about stays as given."""
    about = ("business_unit", "team", "timeout", "rate_limit", "ca_bundle", "client_cert", "client_key", "contract")
    words = ["governance-contract", "check", *([options.url] if options.url else [])]
    for name in (*about, "max_examples", "database"):
        value = getattr(options, name)
        # What the bundled mock is judged with is added each time.
        if value is not None and (options.url or name not in ("business_unit", "team")):
            words += [f"--{name.replace('_', '-')}", str(value)]
    words += [f"--{name.replace('_', '-')}" for name in ("allow_writes", "quick", "thorough") if getattr(options, name)]
    if options.database is None and options.seed is None:
        # Without a seed what was found is kept here, and is tried first.
        words += ["--database", str(Path(".hypothesis", "governance-contract"))]
    return shlex.join(words) + " --rule {rule} --seed {seed}"


def _judge(command: Sequence[str], environment: dict[str, str], url: Callable[[], str]) -> None:
    """Run a command that reads the URL to its end, and let it clean up first when this process is told to stop."""
    told = {signal.SIGINT, signal.SIGTERM}
    # A terminal sends Ctrl-C to both processes: the child answers it, this one waits.
    before = {number: signal.signal(number, signal.SIG_IGN) for number in told}
    listen = _listen if os.name == "posix" else None
    try:
        with subprocess.Popen(command, env=environment, stdin=subprocess.PIPE, text=True, preexec_fn=listen) as child:
            signal.signal(signal.SIGTERM, lambda number, frame: child.send_signal(number))
            try:
                child.communicate(f"{url()}\n")
            except CannotStart:
                child.kill()  # it has not begun
                raise
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _listen() -> None:
    """Undo in the child what it inherited: ignored signals stay ignored through exec."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)


def _environment() -> dict[str, str]:
    """Return the environment without what would bend a pytest run."""
    bending = {"PYTEST_ADDOPTS", "PYTEST_PLUGINS", "PYTEST_DEBUG"}
    kept = {name: value for name, value in os.environ.items() if name not in bending}
    # Text in sets comes in the same order each time: the same seed then asks the same.
    return {**kept, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTHONHASHSEED": "0"}


def _complain(problem: str) -> int:
    print(f"error: {problem}", file=sys.stderr)
    return _COULD_NOT_JUDGE
