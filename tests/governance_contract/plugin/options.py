"""The options of the pytest plugin, and what the options of the command share with them.

``plan`` reads the options of the plugin. This module imports nothing large.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from ..results.formats import FORMATS

if TYPE_CHECKING:  # the command imports this module, and does not need pytest
    import pytest

DATABASE = Path(".hypothesis", "governance-contract")
"""The default directory of inputs that broke a rule, next to the database of Hypothesis."""
TIMEOUT = 10.0
"""The default time limit for one response, in seconds."""
START_WITHIN = 30.0
"""Seconds that a target which the run starts has to respond, unless the user gives another time."""

HELP: Mapping[str, str] = {
    "file": "contract to judge by instead of the built-in one",
    "unit": "business unit that may be changed; its settings are restored, its usage is not; name a second one to "
    "spare the first's usage",
    "team": "team without a business unit that may be assigned; it is unassigned at the end",
    "allow-writes": "allow changes on a target that is not a loopback address",
    "strict": "count broken SHOULD rules as failures",
    "known-failures": "rules that may fail: one rule id and the reason on each line",
    "rules": "judge only these rules or areas, separated by commas; can be repeated",
    "max-examples": "inputs per property instead of the profile's number",
    "seed": "use the same inputs as an earlier run",
    "database": f"directory of inputs that broke a rule; they are tried first (default without a seed: {DATABASE})",
    "timeout": f"time limit for one response (default {TIMEOUT:g})",
    "start": "command that starts the target, without a shell; it is started again if it ends, and stopped at the end",
    "header": "header field of every request, 'Name: value'; $NAME stands for an environment variable; can be repeated",
    "rate-limit": "maximum rate of requests: N a second, or N/s, N/m, N/h",
    "ca-bundle": "certificates to trust instead of the system's",
    "client-cert": "TLS client certificate; the file may include the key",
    "client-key": "key of the TLS client certificate",
    "verbose": "also print every broken rule with its violations",
}
"""The texts that the plugin and the command share, by the plugin's options without their prefix.

The other texts differ, since they name other options, or the exit codes of the command.
"""


def add_options(parser: pytest.Parser) -> None:
    """Add the options. All have a prefix, since other plugins define options such as ``--base-url``."""
    group = parser.getgroup("governance-contract", "conformance checks of the business-unit governance API")
    add = group.addoption
    add("--contract-url", metavar="URL", help="base URL of the target; enables the conformance checks")
    add("--contract-file", metavar="FILE", type=Path, help=HELP["file"])
    add("--contract-unit", metavar="ID", action="append", help=HELP["unit"])
    add("--contract-team", metavar="ID", help=HELP["team"])
    add("--contract-allow-writes", action="store_true", help=HELP["allow-writes"])
    add("--contract-strict", action="store_true", help=HELP["strict"])
    add("--contract-exitfirst", action="store_true", help="stop at the first violation that decides the exit status")
    add("--contract-known-failures", metavar="FILE", type=Path, help=HELP["known-failures"])
    add("--contract-rules", metavar="IDS", action="append", default=[], help=HELP["rules"])
    text = "amount of testing: quick, default or thorough"
    add("--contract-profile", metavar="NAME", default="default", help=text)
    add("--contract-max-examples", metavar="N", type=int, help=HELP["max-examples"])
    add("--contract-seed", metavar="N", type=int, help=HELP["seed"])
    add("--contract-database", metavar="DIR", type=Path, help=HELP["database"])
    add("--contract-timeout", metavar="SECONDS", type=float, default=TIMEOUT, help=HELP["timeout"])
    add("--contract-start", metavar="COMMAND", help=HELP["start"])
    text = f"time to wait until the target responds (default {START_WITHIN:g} with --contract-start, otherwise 0)"
    add("--contract-wait", metavar="SECONDS", type=float, help=text)
    add("--contract-header", metavar="FIELD", action="append", help=HELP["header"])
    add("--contract-rate-limit", metavar="RATE", help=HELP["rate-limit"])
    add("--contract-max-time", metavar="SECONDS", type=float, help="time limit for the checks")
    add("--contract-ca-bundle", metavar="FILE", help=HELP["ca-bundle"])
    add("--contract-client-cert", metavar="FILE", help=HELP["client-cert"])
    add("--contract-client-key", metavar="FILE", help=HELP["client-key"])
    text = "write a file of known failures with every broken rule, the reasons left to fill in"
    add("--contract-write-known-failures", metavar="FILE", type=Path, help=text)
    add("--contract-verbose", action="store_true", help=HELP["verbose"])
    # Only the command `check` uses this option.
    add("--contract-repeat", help=argparse.SUPPRESS)
    for kind, form in FORMATS.items():
        add(f"--contract-report-{kind}", metavar="FILE", type=Path, help=f"write a report as {form}")
