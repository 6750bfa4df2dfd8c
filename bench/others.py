"""Judges tools that other people make with the checks: Prism, Specmatic and Mockoon, which serve our contract.

None of them is an implementation of the API: they answer with the examples of the contract and keep no state. The
command shows what the checks make of such a target. Run it from the root of the repository with
`python bench/others.py --install DIR`.
"""

import argparse
import json
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any, NamedTuple

from servers import CONTRACT, PRISM, BenchError, free_port, npm_install

PACKAGES = (f"@stoplight/prism-cli@{PRISM}", "specmatic@2.55.1", "@mockoon/cli@9.9.0")
KEY = "bfst-Zx81kQpLm20RtYbVn7WsEd5cUj3HgFa9oIq4TzXe"
_START_SECONDS = 90.0
_LONGEST_RUN = 900.0
_HEAD = (
    "| tool | exit | rules | ok | FAIL | ERROR | skip | AUTH judged | causes | lines | seconds | first cause |\n"
    "|---|---|---|---|---|---|---|---|---|---|---|---|"
)


class Judged(NamedTuple):
    """The result of a run: its report, what the terminal showed, and the seconds."""

    report: dict[str, Any]
    output: str
    seconds: float


def command_of(tool: str, peers: Path, port: int) -> list[str]:
    """Return the command that serves the contract with a tool. Raises BenchError if a part of it is missing."""
    modules = peers / "node_modules"
    node = shutil.which("node", path=str(modules / ".bin")) or shutil.which("node") or ""
    programs = {
        "prism": (node, modules / "@stoplight/prism-cli/dist/index.js"),
        "specmatic": (shutil.which("java") or "", modules / "specmatic/specmatic.jar"),
        "mockoon": (node, modules / "@mockoon/cli/bin/run.js"),
    }
    program, file = programs[tool]
    if not program:
        raise BenchError(f"{tool} needs {'Java' if tool == 'specmatic' else 'Node.js'}, which is not installed")
    if not file.is_file():
        raise BenchError(f"no {tool} in {peers} (--install DIR installs it)")
    arguments = {
        "prism": ["mock", "-h", "127.0.0.1", "-p", str(port), "-v", "error", str(CONTRACT)],
        "specmatic": ["mock", "--host=127.0.0.1", f"--port={port}", str(CONTRACT)],
        "mockoon": ["start", "--data", str(CONTRACT), "--port", str(port), "--hostname", "127.0.0.1", "-X"],
    }
    return [program, *(["-jar"] if tool == "specmatic" else []), str(file), *arguments[tool]]


def judge(tool: str, peers: Path, folder: Path) -> Judged:
    """Judge a tool with a quick run, which starts it, and starts it again after a crash.

    Raises:
        BenchError: it is not installed, or does not respond.
    """
    port = free_port()
    report = folder / f"{tool}.json"
    words = [sys.executable, "-m", "governance_contract", "check", f"http://127.0.0.1:{port}", "--quick", "--seed", "1"]
    words += ["--start", shlex.join(command_of(tool, peers, port)), "--wait", str(_START_SECONDS)]
    environment = {**os.environ, "GOVERNANCE_API_KEY": KEY}
    began = time.monotonic()
    done = subprocess.run(
        [*words, "--report-json", str(report)],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=_LONGEST_RUN,
        check=False,
    )
    seconds = time.monotonic() - began
    output = done.stdout + done.stderr
    if not report.is_file():
        raise BenchError(f"{tool}: {output.strip().splitlines()[-1]}")
    return Judged(json.loads(report.read_text(encoding="utf-8")), output, seconds)


def row(tool: str, judged: Judged) -> str:
    """Return the row of a tool in the table."""
    rules = judged.report.get("rules", [])
    statuses = Counter(rule["status"] for rule in rules)
    auth = [rule["status"] for rule in rules if rule["area"] == "AUTH"]
    causes = judged.report.get("causes", [])
    first = f"{causes[0]['kind']}: {causes[0]['sentence']}" if causes else judged.output.strip().splitlines()[-1]
    cells = [
        tool,
        judged.report["exit_code"],
        len(rules),
        *(statuses[one] for one in ("pass", "fail", "error", "skip")),
    ]
    cells += [f"{sum(one in ('pass', 'fail') for one in auth)} of {len(auth)}", len(causes)]
    cells += [len(judged.output.splitlines()), round(judged.seconds), first.replace("|", "\\|")]
    return f"| {' | '.join(map(str, cells))} |"


def main() -> int:
    """Judge the tools and print the table. Return 2 if none could be judged."""
    parser = argparse.ArgumentParser(description="Judge tools that other people make, serving the contract.")
    parser.add_argument("tools", nargs="*", default=[], metavar="TOOL", help="prism, specmatic, mockoon (default: all)")
    parser.add_argument("--install", type=Path, metavar="DIR", help="install the tools there with npm first")
    parser.add_argument("--peers", type=Path, default=Path("peers"), metavar="DIR", help="where they are installed")
    parser.add_argument("--show", action="store_true", help="also print the output of the checks")
    options = parser.parse_args()
    tools = options.tools or ["prism", "specmatic", "mockoon"]
    if unknown := set(tools) - {"prism", "specmatic", "mockoon"}:
        parser.error(f"no tool {sorted(unknown)[0]!r}")
    rows = []
    with tempfile.TemporaryDirectory() as scratch:
        try:
            if options.install:
                npm_install(options.install, *PACKAGES)
        except BenchError as error:
            print(f"bench: {error}", file=sys.stderr)
            return 2
        for tool in tools:
            try:
                judged = judge(tool, (options.install or options.peers).resolve(), Path(scratch))
            except BenchError as error:
                print(f"skipped: {error}", file=sys.stderr)
                continue
            rows.append(row(tool, judged))
            if options.show:
                print(judged.output)
    print(_HEAD, *rows, sep="\n")
    return 0 if rows else 2


if __name__ == "__main__":
    sys.exit(main())
