"""The measured servers: how to find, start, probe and stop them, and how to measure their memory."""

import contextlib
import http.client
import importlib.util
import json
import os
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
CONTRACT = ROOT / "openapi" / "governance.yaml"
PRISM = "5.16.0"
BACKEND = "5.21.2"
SCALAR = {"@scalar/mock-server": "0.3.25", "@hono/node-server": "2.1.9"}
NODE = (24, 18)  # the minimum of this Prism
# name: arguments of the Python interpreter
PYTHON = {
    "mock": "-m mock_server --port {port}",
    "bare": "-m bench.bare {port}",
    "validated": "-m bench.bare {port} validated",
    "sqlite": "-m mock_server --port {port} --store {store}",
    "sqlite-2": "-m mock_server --port {port} --store {store} --workers 2",
    "postgresql": "-m mock_server --port {port} --store {database}",
    "postgresql-2": "-m mock_server --port {port} --store {database} --workers 2",
    "granian": "-m granian --interface=wsgi --host=127.0.0.1 --port={port} --blocking-threads={threads} --no-log"
    " --factory bench.bare:create_app",
    "granian-validated": "-m granian --interface=wsgi --host=127.0.0.1 --port={port} --blocking-threads={threads}"
    " --no-log --factory bench.bare:create_validated_app",
    "waitress": "-m waitress --listen=127.0.0.1:{port} --threads={threads} --call bench.bare:create_app",
    "gunicorn": "-m gunicorn -b 127.0.0.1:{port} --worker-class=gthread --threads={threads} bench.bare:create_app()",
    "cheroot": '-c "import bench.bare as b, cheroot.wsgi as w;'
    " w.Server(('127.0.0.1', {port}), b.create_app(), numthreads={threads}).safe_start()\"",
    "flask": "-m flask --app=bench.bare run --port={port}",
}
OWN = {
    "mock": "mock with all its features",
    "bare": "bare Flask on the server of the mock",
    "validated": "bare Flask with validation on the server of the mock",
    "sqlite": "mock with a SQLite file",
    "sqlite-2": "mock with a SQLite file and two workers",
    "postgresql": "mock with PostgreSQL",
    "postgresql-2": "mock with PostgreSQL and two workers",
}
"""The titles of the servers that need no other library."""
NAMES = ("mock", "bare", "prism", "openapi-backend", "scalar", *list(PYTHON)[2:])
START_SECONDS = 60.0
POLL_SECONDS = 0.003


class BenchError(Exception):
    """Raised if something cannot be measured. The message gives the reason in one line."""


class Call(NamedTuple):
    """A request that is sent repeatedly."""

    method: str
    path: str
    body: str = ""


class Server(NamedTuple):
    """A server to measure; `{port}` and `{store}` in its command become the port and a new file.

    `{database}` becomes the URL of a database before the server starts for the first time.
    """

    name: str
    title: str
    command: list[str]


class Running(NamedTuple):
    """A server that listens on a loopback port."""

    pid: int
    port: int
    cold_start_s: float


def find(name: str, threads: int, peers: Path) -> Server:
    """Return the server with this name. Raises BenchError if a part of it is not installed."""
    if name == "prism":
        return _find_prism(peers)
    if name == "openapi-backend":
        return _find_backend(peers)
    if name == "scalar":
        return _find_scalar(peers)
    if name not in OWN and importlib.util.find_spec(name.partition("-")[0]) is None:
        raise BenchError(f"{name} is not installed in this environment")
    arguments = PYTHON[name].replace("{threads}", str(threads))
    validated = "bare Flask with validation on granian" if name == "granian-validated" else None
    return Server(
        name, OWN.get(name) or validated or f"bare Flask on {name}", [sys.executable, *shlex.split(arguments)]
    )


def _find_prism(peers: Path) -> Server:
    package, version = _package(peers, "@stoplight/prism-cli")
    command = [_node(peers), str(package / "dist" / "index.js"), "mock", "-h", "127.0.0.1", "-p", "{port}"]
    return Server("prism", f"Prism {version}", [*command, "-v", "error", str(CONTRACT)])


def _find_backend(peers: Path) -> Server:
    package, version = _package(peers, "openapi-backend")
    script = str(Path(__file__).with_name("backend.mjs"))
    command = [_node(peers), script, "{port}", str(CONTRACT), str(package)]
    return Server("openapi-backend", f"openapi-backend {version}", command)


def _find_scalar(peers: Path) -> Server:
    _, version = _package(peers, "@scalar/mock-server")
    script = str(Path(__file__).with_name("scalar.mjs"))
    return Server("scalar", f"Scalar {version}", [_node(peers), script, "{port}", str(CONTRACT), str(peers.resolve())])


def _package(peers: Path, name: str) -> tuple[Path, str]:
    """Return the directory and the version of an npm package."""
    package = peers / "node_modules" / name
    if not package.is_dir():
        raise BenchError(f"no {name} in {peers} (--install-peers DIR installs it)")
    return package, json.loads((package / "package.json").read_text())["version"]


def _node(peers: Path) -> str:
    for node in (shutil.which("node", path=str(peers / "node_modules" / ".bin")), shutil.which("node")):
        if node and _node_version(node) >= NODE:
            return node
    raise BenchError(f"Node {NODE[0]}.{NODE[1]} or newer is needed; none in {peers} or on PATH")


def _node_version(node: str) -> tuple[int, ...]:
    text = subprocess.run([node, "--version"], capture_output=True, text=True, timeout=10).stdout
    return tuple(int(part) for part in text.strip().lstrip("v").split(".") if part.isdecimal())


def install_peers(directory: Path) -> None:
    """Install Prism, openapi-backend, Scalar and a suitable Node in a directory. Raises BenchError without npm."""
    scalar = [f"{name}@{version}" for name, version in SCALAR.items()]
    npm_install(directory, f"@stoplight/prism-cli@{PRISM}", f"openapi-backend@{BACKEND}", *scalar)


def npm_install(directory: Path, *packages: str) -> None:
    """Install npm packages and a suitable Node in a directory. Raises BenchError without npm, or if it fails."""
    npm = shutil.which("npm")
    if npm is None:
        raise BenchError("the installation needs npm on PATH")
    directory.mkdir(parents=True, exist_ok=True)
    command = [npm, "install", "--no-fund", "--no-audit", "--loglevel=error", "--prefix", str(directory)]
    if subprocess.run([*command, f"node@{NODE[0]}", *packages], stdout=sys.stderr).returncode:
        raise BenchError(f"npm could not install {' '.join(packages)} into {directory}")


def free_port() -> int:
    """Return a port of 127.0.0.1 that nothing listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
    return port


def spawn(command: Sequence[str], directory: Path, env: Mapping[str, str], output: Path) -> subprocess.Popen[bytes]:
    """Start a command in a new process group and write its output to a file."""
    with output.open("wb") as file:
        return subprocess.Popen(
            command,
            cwd=directory,
            env=dict(env),
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )


@contextlib.contextmanager
def running(server: Server, calls: Mapping[str, Call], env: Mapping[str, str], logs: Path) -> Iterator[Running]:
    """Start a server, wait for its first response with status 200, and stop the server after the block.

    Raises BenchError if the server ends or does not respond within START_SECONDS.
    """
    port = free_port()
    store = str(logs / f"{server.name}-{port}.db")
    command = [part.replace("{port}", str(port)).replace("{store}", store) for part in server.command]
    log = logs / server.name
    started = time.perf_counter()
    process = spawn(command, ROOT, env, log)
    try:
        while not _answers(port, calls["GET"], env):
            if process.poll() is not None or time.perf_counter() - started > START_SECONDS:
                last = (log.read_text(errors="replace").strip().splitlines() or ["no output"])[-1]
                raise BenchError(f"{server.name} did not start: {last}")
            time.sleep(POLL_SECONDS)  # the resolution of the cold start
        yield Running(process.pid, port, time.perf_counter() - started)
    finally:
        _stop(process)


def _answers(port: int, probe: Call, env: Mapping[str, str]) -> bool:
    try:
        return send(port, probe, env)[0] == 200
    except (OSError, http.client.HTTPException):
        return False  # the server does not listen yet


def _stop(process: subprocess.Popen[bytes]) -> None:
    # Stop the whole group, since child processes of a server may outlive it.
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGTERM)
    try:
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(5)
    finally:  # also after a second Ctrl-C
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def send(port: int, call: Call, env: Mapping[str, str]) -> tuple[int, bytes]:
    """Send the request of the load generator. Return the status and the body."""
    headers = {"Authorization": f"Bearer {env['GOVERNANCE_API_KEY']}"}
    if call.body:
        headers["Content-Type"] = "application/json"
    with contextlib.closing(http.client.HTTPConnection("127.0.0.1", port, timeout=10)) as connection:
        connection.request(call.method, call.path, call.body or None, headers)
        response = connection.getresponse()
        return response.status, response.read()


def memory_mb(pid: int) -> dict[str, float]:
    """Return PSS and RSS of a process and its descendants in MB (10^6 bytes), from /proc of Linux."""
    status = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    fields = {key: rest.split() for key, _, rest in (line.partition(":") for line in status)}
    total = {key: int(fields[key][0]) * 1024 / 1e6 for key in ("Pss", "Rss")}
    for children in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in children.read_text().split():
            total = {key: value + memory_mb(int(child))[key] for key, value in total.items()}
    return total
