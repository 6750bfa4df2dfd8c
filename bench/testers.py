"""The tools that are compared, and the servers that they judge: how each is found, started, timed and stopped."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

from findings import Run, our_kinds, schemathesis_kinds
from servers import CONTRACT, ROOT, BenchError

GATEWAYS = ROOT / "tests" / "meta"
START_SECONDS = 30.0
POLL_SECONDS = 0.01
# Schemathesis' own default and 400: the contract has rules that no schema can say, so what is valid by the schema may
# be refused, and a correct server would be reported.
WIDENED = """[checks.positive_data_acceptance]
expected-statuses = ["2xx", "3xx", "400", "401", "403", "404", "409", "429", "5xx"]
"""
EVERYTHING = "-c all -n 50 --phases examples,coverage,fuzzing,stateful --continue-on-failure"


class Tool(NamedTuple):
    """A tool in one configuration: how the table calls it and what its command line has in addition."""

    name: str
    ours: bool
    options: tuple[str, ...] = ()
    widened: bool = False
    """Whether 400 is no failure for data that is valid by the schema."""


class Target(NamedTuple):
    """A server to judge; without a fault it is a conformant one."""

    variant: str
    fault: str = ""
    area: str = ""
    level: str = ""

    @property
    def name(self) -> str:
        """Return what sets this server apart."""
        return self.fault or self.variant

    @property
    def strict(self) -> bool:
        """Tell whether rules of good practice count: where good practice is all that is broken."""
        return self.level == "should"


class Address(NamedTuple):
    """Where a server listens, two units with usage, and a team without a unit, if there is one."""

    url: str
    units: list[str]
    team: str | None


def find_tools() -> list[Tool]:
    """Return the tools, ours first; raises BenchError where one is not installed."""
    for package in ("governance_contract", "schemathesis"):
        if find_spec(package) is None:
            raise BenchError(f"{package} is not installed in this environment")
    usage = subprocess.run(_ours("--help"), capture_output=True, text=True, timeout=60)
    if usage.returncode:
        raise BenchError("governance-contract check --help fails")
    ours = [Tool(f"ours {option}", True, (option,)) for option in ("--quick", "-x") if option in usage.stdout]
    ours += [Tool("ours", True), Tool("ours -n 2", True, ("-n", "2"))]
    peers = [Tool("schemathesis", False), Tool("schemathesis -w 2", False, ("-w", "2"))]
    return [*ours, *peers, Tool("schemathesis all checks", False, tuple(EVERYTHING.split()), widened=True)]


def _ours(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "governance_contract", "check", *arguments]


class Bench:
    """Runs tools on servers, each process in a group of its own; `stop` ends them all, from any thread."""

    def __init__(self, credentials: Mapping[str, str], seconds: float) -> None:
        """Take the credentials, as environment variables, and the time limit of a run in seconds."""
        clean = {name: value for name, value in os.environ.items() if not name.startswith(("GOVERNANCE_", "PYTEST_"))}
        self._environment = {**clean, "NO_PROXY": "127.0.0.1", "no_proxy": "127.0.0.1"}
        self._credentials = dict(credentials)
        self._seconds = seconds
        self._lock = threading.Lock()
        self._live: set[subprocess.Popen[bytes]] = set()
        self._stopped = False

    def judge(self, tool: Tool, target: Target, seed: int, *, strict: bool) -> Run:
        """Run a tool on a fresh server; raises BenchError where the server does not start."""
        with tempfile.TemporaryDirectory() as name, self._serving(target, Path(name)) as address:
            directory = Path(name)
            report = directory / "report"
            environment = {**self._environment, **(self._credentials if tool.ours else {})}
            command = self._command(tool, address, report, seed, strict)
            started = time.perf_counter()
            # A working directory of its own: no example that an earlier run has stored is known to it.
            with self._process(command, directory, environment, directory / "output") as process:
                try:
                    code: int | None = process.wait(self._seconds)
                except subprocess.TimeoutExpired:
                    code = None
                seconds = time.perf_counter() - started
            kinds = our_kinds(report, code) if tool.ours else schemathesis_kinds(report)
        return Run(round(seconds, 2), code, kinds)

    def _command(self, tool: Tool, address: Address, report: Path, seed: int, strict: bool) -> list[str]:
        if tool.ours:
            options = [word for unit in address.units for word in ("--business-unit", unit)]
            options += ["--team", address.team] if address.team else []
            options += ["--seed", str(seed), "--report-json", str(report), *(["--strict"] if strict else [])]
            return _ours(address.url, *options, *tool.options)
        configuration = []
        if tool.widened:
            file = report.with_name("schemathesis.toml")
            file.write_text(WIDENED, encoding="utf-8")
            configuration = ["--config-file", str(file)]
        key = self._credentials["GOVERNANCE_API_KEY"]
        options = ["--url", address.url, "-H", f"Authorization: Bearer {key}", "--seed", str(seed), "--no-color"]
        options += ["--report", "ndjson", "--report-ndjson-path", str(report), *tool.options]
        start = "from schemathesis.cli import schemathesis; schemathesis()"
        return [sys.executable, "-c", start, *configuration, "run", str(CONTRACT), *options]

    @contextlib.contextmanager
    def _serving(self, target: Target, directory: Path) -> Iterator[Address]:
        """Start a server with nothing but its demo records and wait until it says where it is."""
        command = [sys.executable, "-m", "gateway", "--variant", target.variant]
        command += ["--fault", target.fault] if target.fault else []
        output = directory / "gateway"
        environment = {**self._environment, **self._credentials}
        with self._process(command, GATEWAYS, environment, output) as process:
            deadline = time.monotonic() + START_SECONDS
            start = ""
            while not (start.startswith("{") and start.endswith("\n")):  # the file also holds complaints
                if process.poll() is not None or time.monotonic() > deadline:
                    self._raise_if_stopped()
                    raise BenchError(f"the server {target.name} did not start: {start[-200:]!r}")
                time.sleep(POLL_SECONDS)
                start = output.read_text(encoding="utf-8", errors="replace")
            yield Address(**json.loads(start))

    @contextlib.contextmanager
    def _process(
        self, command: Sequence[str], directory: Path, environment: Mapping[str, str], output: Path
    ) -> Iterator[subprocess.Popen[bytes]]:
        """Run a command; whatever is left of it and its children at the end is killed."""
        with output.open("wb") as file, self._lock:
            self._raise_if_stopped()
            process = subprocess.Popen(
                command,
                cwd=directory,
                env=dict(environment),
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
            self._live.add(process)
        try:
            yield process
            self._raise_if_stopped()
        finally:
            _kill(process)
            process.wait()
            with self._lock:
                self._live.discard(process)

    def _raise_if_stopped(self) -> None:
        if self._stopped:
            raise BenchError("stopped")

    def stop(self) -> None:
        """Kill every process that runs, and let none start any more."""
        with self._lock:
            self._stopped = True
            for process in self._live:
                _kill(process)


def _kill(process: subprocess.Popen[bytes]) -> None:
    # The whole group: what a tool has started need not end with it.
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
