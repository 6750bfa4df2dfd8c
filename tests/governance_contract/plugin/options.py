"""The options of the pytest plugin. ``plan`` reads them. This module imports nothing large."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from ..results.formats import FORMATS

if TYPE_CHECKING:  # the command imports this module, and does not need pytest
    import pytest

DATABASE = Path(".hypothesis", "governance-contract")
"""The default directory of inputs that broke a rule, next to the database of Hypothesis."""


def add_options(parser: pytest.Parser) -> None:
    """Add the options. All have a prefix, since other plugins define options such as ``--base-url``."""
    group = parser.getgroup("governance-contract", "conformance checks of the business-unit governance API")
    add = group.addoption
    add("--contract-url", metavar="URL", help="base URL of the target; enables the conformance checks")
    add("--contract-file", metavar="FILE", type=Path, help="contract to judge by instead of the built-in one")
    text = "business unit that may be changed; its settings are restored; name a second one to spare the first's usage"
    add("--contract-unit", metavar="ID", action="append", help=text)
    add("--contract-team", metavar="ID", help="team without a business unit that may be assigned")
    text = "allow changes on a target that is not a loopback address"
    add("--contract-allow-writes", action="store_true", help=text)
    add("--contract-strict", action="store_true", help="count broken SHOULD rules as failures")
    add("--contract-exitfirst", action="store_true", help="stop at the first violation that decides the exit status")
    add("--contract-known-failures", metavar="FILE", type=Path, help="rules that may fail, with reasons")
    text = "judge only these rules or areas, separated by commas; can be repeated"
    add("--contract-rules", metavar="IDS", action="append", default=[], help=text)
    text = "amount of testing: quick, default or thorough"
    add("--contract-profile", metavar="NAME", default="default", help=text)
    add("--contract-max-examples", metavar="N", type=int, help="inputs per property instead of the profile's number")
    add("--contract-seed", metavar="N", type=int, help="use the same inputs as an earlier run")
    text = f"directory of inputs that broke a rule; they are tried first (without a seed: {DATABASE})"
    add("--contract-database", metavar="DIR", type=Path, help=text)
    text = "time limit for one response (default 10)"
    add("--contract-timeout", metavar="SECONDS", type=float, default=10.0, help=text)
    add("--contract-start", metavar="COMMAND", help="command that starts the target; it is stopped at the end")
    add("--contract-wait", metavar="SECONDS", type=float, help="time to wait until the target responds")
    text = "header field of every request, 'Name: value'; $NAME stands for an environment variable; can be repeated"
    add("--contract-header", metavar="FIELD", action="append", help=text)
    add("--contract-rate-limit", metavar="RATE", help="maximum rate of requests: N, N/s, N/m or N/h")
    add("--contract-max-time", metavar="SECONDS", type=float, help="time limit for the checks")
    add("--contract-ca-bundle", metavar="FILE", help="certificates to trust instead of the system's")
    add("--contract-client-cert", metavar="FILE", help="TLS client certificate; the file may include the key")
    add("--contract-client-key", metavar="FILE", help="key of the TLS client certificate")
    text = "write a file of known failures with every broken rule, the reasons left to fill in"
    add("--contract-write-known-failures", metavar="FILE", type=Path, help=text)
    add("--contract-verbose", action="store_true", help="print every broken rule with its violations")
    # Only the command `check` uses this option.
    add("--contract-repeat", help=argparse.SUPPRESS)
    for kind, form in FORMATS.items():
        add(f"--contract-report-{kind}", metavar="FILE", type=Path, help=f"write a report as {form}")
