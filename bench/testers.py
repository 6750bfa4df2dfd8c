"""The compared tools and the servers that they judge: how to find, start, time and stop them."""

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

from findings import ToolRun, our_findings, schemathesis_findings
from servers import CONTRACT, ROOT, BenchError, spawn

GATEWAYS = ROOT / "tests" / "meta"
START_SECONDS = 30.0
POLL_SECONDS = 0.01
# The default of Schemathesis and 400. The contract has rules that a schema cannot express, so a correct server may
# refuse data that is valid by the schema.
WIDENED = """[checks.positive_data_acceptance]
expected-statuses = ["2xx", "3xx", "400", "401", "403", "404", "409", "429", "5xx"]
"""
EVERYTHING = "-c all -n 50 --phases examples,coverage,fuzzing,stateful --continue-on-failure"


class Tool(NamedTuple):
    """A tool in one configuration: its name in the table and the additional options."""

    name: str
    ours: bool
    options: tuple[str, ...] = ()
    widened: bool = False
    """Whether 400 is accepted for data that is valid by the schema."""


class Target(NamedTuple):
    """A server to judge. It is conformant if it has no fault."""

    variant: str
    fault: str = ""
    area: str = ""
    level: str = ""

    @property
    def name(self) -> str:
        """The name of the fault, or of the variant if there is no fault."""
        return self.fault or self.variant

    @property
    def strict(self) -> bool:
        """Whether SHOULD rules count, which is the case if the fault breaks only good practice."""
        return self.level == "should"


class Address(NamedTuple):
    """The URL of a server, two units with usage, and a team without a unit or None."""

    url: str
    units: list[str]
    team: str | None


def find_tools() -> list[Tool]:
    """Return the tools, ours first. Raises BenchError if a tool is not installed."""
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
    """Runs tools on servers. `stop` ends all processes and can be called from any thread."""

    def __init__(self, credentials: Mapping[str, str], seconds: float) -> None:
        """Set the credentials, as environment variables, and the time limit of a run in seconds."""
        clean = {name: value for name, value in os.environ.items() if not name.startswith(("GOVERNANCE_", "PYTEST_"))}
        self._environment = {**clean, "NO_PROXY": "127.0.0.1", "no_proxy": "127.0.0.1"}
        self._credentials = dict(credentials)
        self._seconds = seconds
        self._lock = threading.Lock()
        self._live: set[subprocess.Popen[bytes]] = set()
        self._stopped = False

    def judge(self, tool: Tool, target: Target, seed: int, *, strict: bool) -> ToolRun:
        """Run a tool on a new server. Raises BenchError if the server does not start."""
        with tempfile.TemporaryDirectory() as name, self._serving(target, Path(name)) as address:
            directory = Path(name)
            report = directory / "report"
            environment = {**self._environment, **(self._credentials if tool.ours else {})}
            command = self._command(tool, address, report, seed, strict)
            started = time.perf_counter()
            # In a new working directory, so that the tool does not find examples of an earlier run.
            with self._process(command, directory, environment, directory / "output") as process:
                try:
                    code: int | None = process.wait(self._seconds)
                except subprocess.TimeoutExpired:
                    code = None
                seconds = time.perf_counter() - started
            found = our_findings(report, code) if tool.ours else schemathesis_findings(report)
        return ToolRun(round(seconds, 2), code, found.kinds, found.requests)

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
        """Start a server with its demo records and wait until it prints its URL."""
        command = [sys.executable, "-m", "gateway", "--variant", target.variant]
        command += ["--fault", target.fault] if target.fault else []
        output = directory / "gateway"
        environment = {**self._environment, **self._credentials}
        with self._process(command, GATEWAYS, environment, output) as process:
            deadline = time.monotonic() + START_SECONDS
            start = ""
            while not (start.startswith("{") and start.endswith("\n")):  # the file also contains error messages
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
        """Run a command. Kill its process group after the block."""
        with self._lock:
            self._raise_if_stopped()
            process = spawn(command, directory, environment, output)
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
        """Kill all processes and prevent new ones."""
        with self._lock:
            self._stopped = True
            for process in self._live:
                _kill(process)


def _kill(process: subprocess.Popen[bytes]) -> None:
    # Kill the whole group, since child processes of a tool may outlive it.
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
