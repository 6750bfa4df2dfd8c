"""The command ``check``: runs pytest in a separate process, and starts the bundled mock if no target is given."""

from __future__ import annotations

import argparse
import os
import secrets
import shlex
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO

from ..contract.rules import select_rules, split_names
from ..plugin.options import DATABASE
from ..results.exit_code import ExitCode, print_error
from ..results.formats import FORMATS
from ..signals import STOPPING, block_signals
from ..target.base_url import check_url, is_loopback
from ..target.credentials import KEY_VARIABLE, NO_KEY
from ..target.extra_headers import without_value
from . import output
from .pytest_process import VERDICT

_PACKAGE = Path(__file__).parents[1]
_MOST_PROCESSES = 64
_BUNDLED_UNITS = ("bu-platform-engineering", "bu-customer-support")
_BUNDLED_TEAM = "team-data-science"
# Options of `check` that the plugin lacks, and options that have another name there.
NOT_PASSED_ON = {"command", "run", "version", "url", "quick", "thorough", "processes", "color"}
_PYTEST_COLORS = {"auto": "auto", "always": "yes", "never": "no"}
RENAMED = {"business_unit": "unit", "contract": "file", "rule": "rules"}


class CannotStart(RuntimeError):
    """The bundled mock did not start; the message gives the reason."""


def run(options: argparse.Namespace) -> int:
    """Run the command with its parsed options; return the exit code."""
    environment = _environment()
    try:
        select_rules(split_names(options.rule or []))
        to_output = _report_for_output(options)
        check_processes(options.processes)
        url = check_url(options.url) if options.url is not None else None
    except ValueError as error:
        return print_error(str(error))
    if url is None and options.start:
        return print_error("--start needs the URL of the target that the command starts")
    if url is not None and not options.allow_writes and not is_loopback(url):
        return print_error(
            f"{url} is not on this machine, and the checks create, change and delete business units there: "
            "add --allow-writes to allow that"
        )
    if url is not None and not environment.get(KEY_VARIABLE, "").strip():
        return print_error(NO_KEY)
    with output.report_to_standard_output(options, to_output) as text_output:
        if url is None:
            return _check_bundled(options, environment, text_output)
        return _judge(_pytest_command(options), environment, lambda: url, text_output)


def _report_for_output(options: argparse.Namespace) -> str | None:
    """Return the format of the report that goes to standard output, or None.

    Raises:
        ValueError: several reports would go there.
    """
    kinds = [kind for kind in FORMATS if getattr(options, f"report_{kind}") == "-"]
    if len(kinds) > 1:
        raise ValueError("two reports cannot be written to standard output")
    return kinds[0] if kinds else None


def check_processes(many: str | None) -> None:
    """Check the value of ``--processes``.

    Raises:
        ValueError: the value is neither ``auto`` nor a number in range.
    """
    if many in (None, "auto"):
        return
    if not (many.isdecimal() and len(many) < 9 and 0 < int(many) <= _MOST_PROCESSES):
        raise ValueError(f"--processes must be a number from 1 to {_MOST_PROCESSES}, or auto, not {many!r}")


def _check_bundled(options: argparse.Namespace, environment: dict[str, str], text_output: TextIO) -> int:
    # The user's management key belongs to another target, so the bundled mock gets its own.
    environment[KEY_VARIABLE] = f"bfst-{secrets.token_hex(22)}"
    options.business_unit = options.business_unit or list(_BUNDLED_UNITS)
    options.team = options.team or _BUNDLED_TEAM
    with _bundled_mock(environment, options.contract) as mock:

        def url() -> str:
            started_at = _url_of(mock)
            print(f"no URL given: judging the bundled mock, started at {started_at}", file=text_output, flush=True)
            return started_at

        try:
            return _judge(_pytest_command(options), environment, url, text_output)
        except CannotStart as error:
            return print_error(str(error))


@contextmanager
def _bundled_mock(environment: dict[str, str], contract: str | None) -> Iterator[subprocess.Popen[str]]:
    """Start the mock on a free loopback port, and end it with the block."""
    command = [sys.executable, "-m", "mock_server", "--port", "0", *(["--contract", contract] if contract else [])]
    with subprocess.Popen(  # noqa: S603  the interpreter that runs
        command,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,  # Ctrl-C must not stop it: the checks still clean up on the mock
    ) as mock:
        try:
            yield mock
        finally:
            mock.kill()  # it has nothing to save


def _url_of(mock: subprocess.Popen[str]) -> str:
    """Wait until the mock listens and return its base URL.

    Raises:
        CannotStart: the mock ended before that.
    """
    line = mock.stdout.readline() if mock.stdout else ""
    url = next((word for word in line.split() if word.startswith("http://")), None)
    if url is None:
        reason = (mock.stderr.read() if mock.stderr else "").strip().splitlines()
        raise CannotStart(f"the bundled mock did not start: {reason[-1] if reason else 'no reason given'}")
    return url.rstrip(".,;:")


def _pytest_command(options: argparse.Namespace) -> list[str]:
    """Return the command line of the pytest process, with only the configuration and plugins of the checks."""
    command = [sys.executable, "-m", "governance_contract.command.pytest_process"]
    command += ["-c", str(_PACKAGE / "pytest.ini"), "--rootdir", str(_PACKAGE)]
    command += ["-p", "governance_contract.plugin.entry", "-p", "xdist.plugin"]
    command.append(f"--color={_PYTEST_COLORS[options.color]}")
    if (processes := processes_of(options)) is not None:
        command += ["-n", processes]
    return [*command, *plugin_options(options), "--contract-url=-", str(_PACKAGE)]


def processes_of(options: argparse.Namespace) -> str | None:
    """Return the number of processes beside the first one, as pytest-xdist takes it; None if the plugin chooses it.

    The bundled mock responds at once, so a second process shortens the run of all rules. On other local targets, a
    second one would make it uncertain whose request ended the target.
    """
    chosen: str | None = options.processes
    if chosen is not None:
        return "0" if chosen == "1" else chosen  # one process runs the tests itself, which is faster
    return "2" if options.url is None and not options.rule and (os.cpu_count() or 1) > 1 else None


def plugin_options(options: argparse.Namespace) -> list[str]:
    """Return the plugin's options that correspond to the options of ``check``."""
    settings = {RENAMED.get(name, name): value for name, value in vars(options).items() if name not in NOT_PASSED_ON}
    settings["rules"] = ",".join(options.rule) if options.rule else None
    settings["profile"] = "quick" if options.quick else "thorough" if options.thorough else None
    settings["repeat"] = repetition(options)
    words: list[str] = []
    for name, values in settings.items():
        option = f"--contract-{name.replace('_', '-')}"
        words += [option if value is True else f"{option}={value}" for value in _each(values)]
    return words


def _each(value: Any) -> list[Any]:
    """Return the values of an option as a list."""
    return value if isinstance(value, list) else [] if value is None or value is False else [value]


def repetition(options: argparse.Namespace) -> str:
    """Return a command that judges one rule again on the same target, with placeholders for the rule and the seed."""
    reach = ("business_unit", "team", "start", "wait", "header", "timeout", "rate_limit")
    about = (*reach, "ca_bundle", "client_cert", "client_key", "contract")
    words = ["governance-contract", "check", *([options.url] if options.url else [])]
    for name in (*about, "max_examples", "database"):
        # The unit and the team of the bundled mock are added in each run.
        if options.url or name not in ("business_unit", "team"):
            for value in _each(getattr(options, name)):
                shown = without_value(value) if name == "header" else str(value)
                words += [f"--{name.replace('_', '-')}", shown]
    words += [f"--{name.replace('_', '-')}" for name in ("allow_writes", "quick", "thorough") if getattr(options, name)]
    if options.database is None and options.seed is None:
        # A run without a seed stores its findings here. A run with a seed uses them only with this option.
        words += ["--database", str(DATABASE)]
    return shlex.join(words) + " --rule {rule} --seed {seed}"


def _judge(command: Sequence[str], environment: dict[str, str], url: Callable[[], str], text_output: TextIO) -> int:
    """Run the pytest process. SIGINT and SIGTERM are passed on to it, so that it cleans up before both processes end.

    Args:
        command: the command line of the process, which reads the URL from standard input.
        environment: the environment of the process.
        url: waits for the target and returns its base URL, while the process starts.
        text_output: where the process prints.

    Returns:
        The exit code of the command.

    Raises:
        CannotStart: raised by ``url``.
        OSError: raised by ``url`` if the output cannot be written.
    """
    block_signals(True)  # until both processes can handle them
    # Libraries expect an open standard error, so a closed one is replaced.
    errors = subprocess.DEVNULL if sys.stderr is None else None
    printed = None if text_output is sys.stdout else text_output
    with subprocess.Popen(  # noqa: S603  the interpreter that runs
        command, env=environment, stdin=subprocess.PIPE, stdout=printed, stderr=errors, text=True
    ) as process:
        # A terminal sends SIGINT to both processes; another program may send a signal only to this one.
        before = {number: signal.signal(number, lambda *_: process.send_signal(signal.SIGINT)) for number in STOPPING}
        block_signals(False)
        try:
            process.communicate(f"{url()}\n")
        except BaseException:
            process.kill()  # it waits for the URL and has sent nothing
            raise
        finally:
            process.wait()
            for number, handler in before.items():
                signal.signal(number, handler)
    return exit_code(process.returncode)


def exit_code(status: int) -> ExitCode:
    """Return the exit code from the status of the pytest process; print one error line if the status has none."""
    code = status - VERDICT
    if code in set(ExitCode):
        return ExitCode(code)
    how = f"was ended by signal {-status}" if status < 0 else f"ended with status {status}"
    return print_error(f"the process that judges {how}, without a verdict")


def _environment() -> dict[str, str]:
    """Return the environment of the pytest process, without variables that change how pytest runs."""
    changing = {"PYTEST_ADDOPTS", "PYTEST_PLUGINS", "PYTEST_DEBUG"}
    kept = {name: value for name, value in os.environ.items() if name not in changing}
    # A fixed hash seed keeps the order of sets, so that the same seed sends the same requests. The safe path prevents
    # imports of Python files in the working directory.
    return {**kept, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTHONHASHSEED": "0", "PYTHONSAFEPATH": "1"}
