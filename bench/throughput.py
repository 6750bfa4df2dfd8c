"""Compare the mock with other servers in one run. Print one Markdown table.

Exit status: 0 measured, 1 measured but requests failed, 2 not measured.
"""

import argparse
import json
import os
import platform
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import Any

import yaml
from mocks import Databases, databases
from servers import CONTRACT, NAMES, BenchError, Call, Running, Server, find, install_peers, memory_mb, running, send

CELLS = {f"{method} {connections}c": (method, connections) for method in ("GET", "PUT") for connections in (1, 16, 64)}
FAILURES = ("non_2xx", "socket_errors")

Workload = tuple[dict[str, Call], dict[str, str]]  # the request of each method, and the environment of all programs
Figures = dict[str, list[Any]]  # one value for each start, round or point in time


def main() -> int:
    """Measure what the command line asks for; return the exit status."""
    args = _arguments()
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # then the servers are stopped as on Ctrl-C
    busy = os.getloadavg()[0]
    try:
        servers, results = _measure(args)
    except BenchError as error:
        print(f"bench: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("bench: interrupted; all servers are stopped", file=sys.stderr)
        return 130
    libraries = ", ".join(f"{name} {version(name)}" for name in ("flask", "uvicorn", "httptools"))
    conditions = (
        f"{os.cpu_count()} cores shared with the load (load average before: {busy:.1f}),"
        f" Python {platform.python_version()}, {libraries};"
        f" servers in turn, medians of {args.starts} starts and of {args.rounds} rounds of {args.seconds} s."
    )
    ratios = _ratios(results)
    print(conditions, _table(servers, results), _ratio_lines(ratios), sep="\n\n")
    if args.json:
        args.json.write_text(json.dumps({"conditions": conditions, "servers": results, "ratios": ratios}, indent=1))
    failed = [server.title for server in servers if any(_failures(results[server.name]))]
    if failed:
        print(f"bench: requests failed, so the throughput is meaningless: {', '.join(failed)}", file=sys.stderr)
    return 1 if failed else 0


def _arguments() -> argparse.Namespace:
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "governance-contract"
    parser = argparse.ArgumentParser(usage=argparse.SUPPRESS, description=(__doc__ or "").partition("\n")[0])
    numbers = {"seconds": (4, "length of each load"), "rounds": (3, "repetitions of each load")}
    numbers |= {"starts": (5, "starts of each server"), "threads": (1, "threads of the other servers")}
    for name, (default, text) in numbers.items():
        parser.add_argument(f"--{name}", type=int, default=default, metavar="N", help=f"{text} (default: {default})")
    parser.add_argument("--servers", default="mock,bare,prism", metavar="NAME,...", help=f"any of {', '.join(NAMES)}")
    text = f"directory of the npm peers (default: {cache})"
    parser.add_argument("--peers", type=Path, default=cache, metavar="DIR", help=text)
    parser.add_argument(
        "--install-peers", type=Path, metavar="DIR", help="install the npm peers and Node in DIR and use them"
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write all figures to this file")
    args = parser.parse_args()
    for name in numbers:
        if not 1 <= getattr(args, name) <= 60:
            parser.error(f"--{name} must be from 1 to 60")
    if unknown := sorted(set(args.servers.split(",")) - set(NAMES)):
        parser.error(f"--servers: unknown {', '.join(unknown)}; choose from {', '.join(NAMES)}")
    if args.json and not os.access(args.json.absolute().parent, os.W_OK):
        parser.error(f"--json: cannot write in {args.json.absolute().parent}")
    return args


def _measure(args: argparse.Namespace) -> tuple[list[Server], dict[str, Figures]]:
    if shutil.which("wrk") is None:
        raise BenchError("wrk is not on PATH (Debian: apt-get install wrk)")
    if args.install_peers:
        install_peers(args.install_peers)
    servers = []
    for name in dict.fromkeys(args.servers.split(",")):
        try:
            servers.append(find(name, args.threads, args.install_peers or args.peers))
        except BenchError as error:
            print(f"bench: skipped {name}: {error}", file=sys.stderr)
    workload = _workload()
    results: dict[str, Figures] = {server.name: {"cold start": [], "memory": []} for server in servers}
    with tempfile.TemporaryDirectory() as logs, ExitStack() as stack:
        if any("{database}" in server.command for server in servers):
            stores = stack.enter_context(databases("postgresql"))
            servers = [_with_database(server, stores) for server in servers]
        for start in range(args.starts + 1):
            for server in servers:
                with running(server, *workload, Path(logs)) as up:
                    if start == 0:  # not counted: fills the caches of disk and interpreter
                        _verify(server.name, up, workload)
                    else:
                        results[server.name]["cold start"].append(round(up.cold_start_s, 4))
        ups = {server.name: stack.enter_context(running(server, *workload, Path(logs))) for server in servers}
        _load_all(ups, workload, args, results)
    return servers, results


def _with_database(server: Server, stores: Databases) -> Server:
    if "{database}" not in server.command:
        return server
    url = stores.new()
    return server._replace(command=[url if part == "{database}" else part for part in server.command])


def _load_all(
    ups: dict[str, Running], workload: Workload, args: argparse.Namespace, results: dict[str, Figures]
) -> None:
    for name, up in ups.items():
        _verify(name, up, workload)
        results[name]["memory"].append(memory_mb(up.pid))
    for current in range(args.rounds + 1):
        for cell, (method, connections) in CELLS.items():
            for name, up in ups.items():
                figures = _wrk(up.port, workload, method, connections, args.seconds if current else 1)
                if current:  # not counted: the first round is the warm-up
                    results[name].setdefault(cell, []).append(figures)
        print(f"bench: {current} of {args.rounds} rounds", file=sys.stderr)
    for name, up in ups.items():
        results[name]["memory"].append(memory_mb(up.pid))


def _workload() -> Workload:
    """Return the requests and the environment: a new key, and the responses of the bare servers, from the examples."""
    paths = yaml.safe_load(CONTRACT.read_text(encoding="utf-8"))["paths"]
    path = "/api/governance/business-units/{id}"
    get, put = paths[path]["get"], paths[f"{path}/governance"]["put"]
    body = put["requestBody"]["content"]["application/json"]["examples"]["set-both"]["value"]
    unit, updated = (
        operation["responses"]["200"]["content"]["application/json"]["examples"]["platform-engineering"]["value"]
        for operation in (get, put)
    )
    path = path.replace("{id}", unit["id"])
    calls = {"GET": Call("GET", path), "PUT": Call("PUT", f"{path}/governance", json.dumps(body))}
    key = f"bfst-{secrets.token_hex(22)}"
    answers = {"BENCH_UNIT": json.dumps(unit), "BENCH_UPDATED": json.dumps(updated)}
    return calls, {**os.environ, "GOVERNANCE_API_KEY": key, **answers}


def _verify(name: str, up: Running, workload: Workload) -> None:
    """Raise BenchError if the response to a measured request is not 200 with a budget."""
    calls, env = workload
    for call in calls.values():
        status, body = send(up.port, call, env)
        if status != 200 or b'"max_limit"' not in body:
            raise BenchError(f"{name} returns {status} for {call.method} {call.path}: {body[:200]!r}")


def _wrk(port: int, workload: Workload, method: str, connections: int, seconds: int) -> dict[str, float]:
    calls, env = workload
    call = calls[method]
    script = str(Path(__file__).with_name("request.lua"))
    command = ["wrk", f"-t{min(connections, 2)}", f"-c{connections}", f"-d{seconds}s", "-s", script]
    result = subprocess.run(
        [*command, f"http://127.0.0.1:{port}{call.path}"],
        env={**env, "BENCH_METHOD": call.method, "BENCH_BODY": call.body},
        capture_output=True,
        text=True,
        timeout=seconds + 30,
    )
    if result.returncode:
        raise BenchError(f"wrk failed: {(result.stderr or result.stdout).strip().splitlines()[-1]}")
    figures: dict[str, float] = json.loads(result.stdout.splitlines()[-1])
    if not figures["requests"]:
        raise BenchError(f"no response to {method} in {seconds} s on port {port}")
    return figures


def _failures(figures: Figures) -> list[int]:
    return [sum(one[kind] for cell in CELLS for one in figures[cell]) for kind in FAILURES]


def _ratios(results: dict[str, Figures]) -> dict[str, dict[str, list[float]]]:
    """Divide the figures of the mock by those of each other server in the same round."""
    series = {
        name: {cell: [one["rps"] for one in figures[cell]] for cell in CELLS}
        | {"cold start": figures["cold start"]}
        | {f"MB {when}": [figures["memory"][at]["Pss"]] for at, when in enumerate(("idle", "loaded"))}
        for name, figures in results.items()
    }
    mine = series.pop("mock", {})
    return {
        label: {
            name: [round(a / b, 3) for a, b in zip(values, theirs[label], strict=True)]
            for name, theirs in series.items()
        }
        for label, values in mine.items()
    }


def _ratio_lines(ratios: dict[str, dict[str, list[float]]]) -> str:
    return "\n".join(
        f"- {label}: "
        + ", ".join(f"mock / {name} = {median(r):.2f} ({min(r):.2f}-{max(r):.2f})" for name, r in row.items())
        for label, row in ratios.items()
    )


def _table(servers: list[Server], results: dict[str, Figures]) -> str:
    heads = ["server", "cold start s", "MB idle, PSS / RSS", "MB loaded, PSS / RSS"]
    heads += [f"{cell} req/s (p50 / p99 ms)" for cell in CELLS]
    rows = [[*heads, "non-2xx / socket errors"], ["---"] * (len(heads) + 1)]
    for server in servers:
        figures = results[server.name]
        row = [server.title, f"{median(figures['cold start']):.3f}"]
        row += [f"{memory['Pss']:.0f} / {memory['Rss']:.0f}" for memory in figures["memory"]]
        for cell in CELLS:
            rps, p50, p99 = (median(one[key] for one in figures[cell]) for key in ("rps", "p50_ms", "p99_ms"))
            row.append(f"{rps:,.0f} ({p50:.2f} / {p99:.2f})")
        rows.append([*row, " / ".join(map(str, _failures(figures)))])
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


if __name__ == "__main__":
    sys.exit(main())
