"""Compare plain Schemathesis, Schemathesis with the extension, and the checks on two correct and three faulty servers.

Prints a table for docs/schemathesis.md: red or green, and the seconds of one run.
"""

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from servers import CONTRACT
from testers import GATEWAYS

sys.path.insert(0, str(GATEWAYS))  # its credentials

from judging import CREDENTIALS

SERVERS = {
    "mock": ["-m", "mock_server", "--port", "0"],
    "second server": ["-m", "gateway"],
    **{
        f"`{fault}`": ["-m", "gateway", "--fault", fault]
        for fault in ("missing-credential-accepted", "omitted-budget-removed", "virtual-key-accepted")
    },
}
SCHEMATHESIS = [sys.executable, "-c", "from schemathesis.cli import schemathesis; schemathesis()", "run", str(CONTRACT)]
CHECKS = [sys.executable, "-m", "governance_contract", "check"]
TOOLS = ("plain Schemathesis", "with the extension", "`check --quick`", "`check`")
SEED = "1"
RUN_SECONDS = 300


@contextmanager
def serving(words: list[str], environment: Mapping[str, str]) -> Iterator[dict[str, Any]]:
    """Start a server; yield its URL, and the units and the team that it names."""
    process = subprocess.Popen(
        [sys.executable, *words], cwd=GATEWAYS, env=environment, stdout=subprocess.PIPE, text=True
    )
    try:
        line = process.stdout.readline() if process.stdout else ""
        found = re.search(r"http://\S+", line)
        yield json.loads(line) if line.startswith("{") else {"url": found and found[0], "units": [], "team": None}
    finally:
        process.terminate()
        process.communicate()


def commands(server: Mapping[str, Any]) -> list[tuple[list[str], dict[str, str]]]:
    """Return the command of each tool, and its additional environment variables."""
    plain = [*SCHEMATHESIS, "--url", server["url"], "--seed", SEED, "--no-color"]
    named = [word for unit in server["units"] for word in ("--business-unit", unit)]
    named += ["--team", server["team"]] if server["team"] else []
    checks = [*CHECKS, server["url"], "--seed", SEED, *named]
    return [
        ([*plain, "-H", f"Authorization: Bearer {CREDENTIALS['GOVERNANCE_API_KEY']}"], {}),
        (plain, {"SCHEMATHESIS_HOOKS": "governance_contract.schemathesis"}),
        ([*checks, "--quick"], {}),
        (checks, {}),
    ]


def main() -> None:
    """Print the table. Each tool gets a new server, since plain Schemathesis deletes business units."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GOVERNANCE_")}
    environment = {**kept, **CREDENTIALS}
    print(f"| server | {' | '.join(TOOLS)} |\n|{'---|' * (len(TOOLS) + 1)}")
    for name, words in SERVERS.items():
        cells = []
        for number in range(len(TOOLS)):
            with serving(words, environment) as server:
                command, more = commands(server)[number]
                began = time.perf_counter()
                done = subprocess.run(
                    command, env={**environment, **more}, capture_output=True, timeout=RUN_SECONDS, check=False
                )
                verdict = {0: "green", 1: "red"}.get(done.returncode, f"exit {done.returncode}")
                cells.append(f"{verdict}, {time.perf_counter() - began:.0f} s")
        print(f"| {name} | {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main()
