"""The command ``check``: starts the bundled mock where no target is named, and pytest in an interpreter of its own."""

from __future__ import annotations

import argparse
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
from typing import Any

from ..contract.rules import chosen
from ..results.exit_code import ExitCode, complain
from ..results.formats import FORMATS
from ..signals import STOPPING, block_signals
from ..target.base_url import check_url, is_loopback
from ..target.credentials import KEY_VARIABLE

_PACKAGE = Path(__file__).parents[1]
_MOST_PROCESSES = 64
_BUNDLED_UNITS = ("bu-platform-engineering", "bu-customer-support")
_BUNDLED_TEAM = "team-data-science"
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
    **{f"report_{kind}": f"report-{kind}" for kind in FORMATS},
}
_FLAGS = ("allow-writes", "strict", "exitfirst")


class CannotStart(RuntimeError):
    """The bundled mock did not start; the message says why."""


def run(options: argparse.Namespace) -> int:
    """Judge what the options of ``check`` name, as they say; return the exit code."""
    environment = _environment()
    try:
        chosen(options.rule or [])
        url = check_url(options.url) if options.url is not None else None
    except ValueError as error:
        return complain(str(error))
    if url is None:
        return _check_bundled(options, environment)
    if not options.allow_writes and not is_loopback(url):
        return complain(
            f"{url} is not on this machine: the checks create, change and delete business units of their own there; "
            "say --allow-writes if that is wanted"
        )
    if not environment.get(KEY_VARIABLE, "").strip():
        return complain(f"{KEY_VARIABLE} is not set: the checks need a management key of the target")
    return _run_pytest(options, lambda: url, environment)


def _check_bundled(options: argparse.Namespace, environment: dict[str, str]) -> int:
    # The bundled mock gets a key of its own: a key of the user's has no business there.
    environment["GOVERNANCE_API_KEY"] = f"bfst-{secrets.token_hex(22)}"
    options.business_unit = options.business_unit or list(_BUNDLED_UNITS)
    options.team = options.team or _BUNDLED_TEAM
    with _bundled_mock(environment, options.contract) as mock:

        def url() -> str:
            found = _url_of(mock)
            print(f"no URL given: judging the bundled mock, started at {found}", flush=True)
            return found

        try:
            return _run_pytest(options, url, environment)
        except CannotStart as error:
            return complain(str(error))


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
    command = [sys.executable, "-m", "governance_contract.command.pytest_process"]
    command += ["-c", str(_PACKAGE / "pytest.ini"), "--rootdir", str(_PACKAGE)]
    for plugin in ("_hypothesis_pytestplugin", "governance_contract.plugin.entry"):
        command += ["-p", plugin]
    if options.processes is not None:
        many = options.processes
        if many != "auto" and not (many.isdecimal() and len(many) < 9 and 0 < int(many) <= _MOST_PROCESSES):
            text = f"a number from 1 to {_MOST_PROCESSES}, or auto"
            return complain(f"--processes must be {text}, not {many!r}")
        command += ["-p", "xdist.plugin", "-n", many, "--dist", "loadgroup"]
    with tempfile.TemporaryDirectory(prefix="governance-contract-") as directory:
        # What pytest's exit code says may be about pytest.
        verdict = Path(directory, "verdict")
        given = [*_plugin_options(options), "--contract-url=-", f"--contract-verdict={verdict}"]
        _judge([*command, *given, str(_PACKAGE)], environment, url)
        return int(verdict.read_text(encoding="utf-8")) if verdict.is_file() else ExitCode.NO_VERDICT


def _plugin_options(options: argparse.Namespace) -> list[str]:
    """Return the options of the plugin that say the same."""
    given = {f"--contract-{name}": getattr(options, ours) for ours, name in _PASSED_ON.items()}
    given["--contract-rules"] = ",".join(options.rule) if options.rule else None
    given["--contract-profile"] = "quick" if options.quick else "thorough" if options.thorough else None
    given["--contract-repeat"] = _repetition(options)
    flags = {f"--contract-{name}": getattr(options, name.replace("-", "_")) for name in _FLAGS}
    words = [f"{name}={value}" for name, values in given.items() for value in _each(values)]
    return words + [flag for flag, wanted in flags.items() if wanted]


def _each(given: Any) -> list[Any]:
    """Return the values of an option: none, one, or as many as were given."""
    return given if isinstance(given, list) else [] if given is None else [given]


def _repetition(options: argparse.Namespace) -> str:
    """Return a command that judges one rule again, as the plugin's option has it: what it is about stays as given."""
    about = ("business_unit", "team", "timeout", "rate_limit", "ca_bundle", "client_cert", "client_key", "contract")
    words = ["governance-contract", "check", *([options.url] if options.url else [])]
    for name in (*about, "max_examples", "database"):
        # What the bundled mock is judged with is added each time.
        if options.url or name not in ("business_unit", "team"):
            for value in _each(getattr(options, name)):
                words += [f"--{name.replace('_', '-')}", str(value)]
    words += [f"--{name.replace('_', '-')}" for name in ("allow_writes", "quick", "thorough") if getattr(options, name)]
    if options.database is None and options.seed is None:
        # Without a seed what was found is kept here, and is tried first.
        words += ["--database", str(Path(".hypothesis", "governance-contract"))]
    return shlex.join(words) + " --rule {rule} --seed {seed}"


def _judge(command: Sequence[str], environment: dict[str, str], url: Callable[[], str]) -> None:
    """Run a command that reads the URL to its end, and let it clean up first when this process is told to stop."""
    block_signals(True)  # until both processes are ready to answer
    with subprocess.Popen(command, env=environment, stdin=subprocess.PIPE, text=True) as child:
        # A terminal sends Ctrl-C to both, another program perhaps to this one alone: the child answers it once.
        before = {number: signal.signal(number, lambda *_: child.send_signal(signal.SIGINT)) for number in STOPPING}
        block_signals(False)
        try:
            child.communicate(f"{url()}\n")
        except CannotStart:
            child.kill()  # it has not begun
            raise
        finally:
            child.wait()
            for number, handler in before.items():
                signal.signal(number, handler)


def _environment() -> dict[str, str]:
    """Return the environment without what would bend a pytest run."""
    bending = {"PYTEST_ADDOPTS", "PYTEST_PLUGINS", "PYTEST_DEBUG"}
    kept = {name: value for name, value in os.environ.items() if name not in bending}
    # Text in sets comes in the same order each time: the same seed then asks the same. Python files that happen to lie
    # in the working directory are no modules of these programs.
    return {**kept, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTHONHASHSEED": "0", "PYTHONSAFEPATH": "1"}
