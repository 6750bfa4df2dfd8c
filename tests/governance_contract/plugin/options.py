"""The options of the pytest plugin, and what a run is to do according to them."""

from __future__ import annotations

import argparse
import os
import secrets
import shlex
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from ..checks.search import PROFILES, Search, open_database
from ..contract.rules import CATALOGUE, chosen
from ..results.formats import FORMATS
from ..target.connections import Transport
from ..target.request_rate import parse_rate
from . import known_failures as known

DATABASE = Path(".hypothesis", "governance-contract")
"""Where what runs found is kept unless a directory is named: beside Hypothesis' own."""

_MOST_UNITS = 2
_MOST_SECONDS = 7 * 24 * 3600.0


def add_options(parser: pytest.Parser) -> None:
    """Add the options; all prefixed, since other plugins have a --base-url of their own."""
    group = parser.getgroup("governance-contract", "conformance checks of the business-unit governance API")
    add = group.addoption
    add("--contract-url", metavar="URL", help="judge the implementation at this base URL")
    add("--contract-file", metavar="FILE", type=Path, help="judge by this contract instead of the built-in one")
    text = "a unit that may be changed, its settings are restored; a second one spares the usage of the first"
    add("--contract-unit", metavar="ID", action="append", help=text)
    add("--contract-team", metavar="ID", help="a team without a business unit that may be assigned")
    add("--contract-allow-writes", action="store_true", help="needed where the URL is not a loopback address")
    add("--contract-strict", action="store_true", help="let SHOULD rules count as failures, too")
    add("--contract-exitfirst", action="store_true", help="stop at the first violation that decides the exit status")
    add("--contract-known-failures", metavar="FILE", type=Path, help="rules that are known to fail, with reasons")
    add("--contract-rules", metavar="IDS", default="", help="judge these rules or areas alone, separated by commas")
    add("--contract-profile", choices=PROFILES, default="default", help="how much is tried: quick, default, thorough")
    add("--contract-max-examples", metavar="N", type=int, help="inputs per property instead of the profile's")
    add("--contract-seed", metavar="N", type=int, help="repeat the inputs of an earlier run")
    add("--contract-database", metavar="DIR", type=Path, help=f"what earlier runs found (without a seed: {DATABASE})")
    add("--contract-timeout", metavar="SECONDS", type=float, default=10.0, help="patience for one answer (default 10)")
    add("--contract-rate-limit", metavar="RATE", help="most requests: N, N/s, N/m or N/h")
    add("--contract-max-time", metavar="SECONDS", type=float, help="stop judging after this long")
    add("--contract-ca-bundle", metavar="FILE", help="certificates to trust instead of the usual ones")
    add("--contract-client-cert", metavar="FILE", help="the client's TLS certificate, with its key or beside it")
    add("--contract-client-key", metavar="FILE", help="the key of the client's TLS certificate")
    # What the command `check` tells the process that judges.
    add("--contract-verdict", type=Path, help=argparse.SUPPRESS)
    add("--contract-repeat", help=argparse.SUPPRESS)
    for kind in FORMATS:
        add(f"--contract-report-{kind}", metavar="FILE", type=Path, help=f"write the verdicts as {kind}")


@dataclass(frozen=True)
class Plan:
    """What a run is to do."""

    url: str
    contract: Path | None
    units: tuple[str, ...]
    """Business units that may be changed: none, one, or one and another that spares its usage."""
    team: str | None
    allow_writes: bool
    strict: bool
    exit_first: bool
    """Whether the first violation that decides the exit status ends the run."""
    rules: frozenset[str]
    """Judge these alone; all where it is empty."""
    known_failures: Mapping[str, str]
    search: Search
    transport: Transport
    max_time: float | None
    """Seconds."""
    reports: Mapping[str, Path]
    verdict: Path | None
    """Where the exit code goes, for a program that waits."""
    repeat: str
    """A command line that repeats one rule; ``{rule}`` and ``{seed}`` stand for the rule's id and the run's seed."""


def read_plan(config: pytest.Config) -> Plan:
    """Return what the options ask for.

    Raises:
        ValueError: an option has a value that cannot be used; the message says which and why.
    """
    option = config.getoption
    rules = chosen(option("--contract-rules").split(","))
    known_file = option("--contract-known-failures")
    return Plan(
        url=option("--contract-url"),
        contract=option("--contract-file"),
        units=_units(config),
        team=option("--contract-team"),
        allow_writes=option("--contract-allow-writes"),
        strict=option("--contract-strict"),
        exit_first=option("--contract-exitfirst"),
        rules=rules,
        known_failures=known.read(known_file, CATALOGUE) if known_file else {},
        search=_search(config),
        transport=_transport(config),
        max_time=option("--contract-max-time"),
        reports=_reports(config),
        verdict=option("--contract-verdict"),
        repeat=option("--contract-repeat") or _command(config),
    )


def _units(config: pytest.Config) -> tuple[str, ...]:
    units = tuple(config.getoption("--contract-unit") or ())
    if len(units) > _MOST_UNITS or len(set(units)) < len(units) or "" in units:
        raise ValueError("one or two different business units can be named")
    if config.getoption("--contract-team") == "":
        raise ValueError("the team that is named has no identifier")
    return units


def _search(config: pytest.Config) -> Search:
    profile = PROFILES[config.getoption("--contract-profile")]
    examples = config.getoption("--contract-max-examples")
    if examples is not None:
        if examples < 1:
            raise ValueError("max-examples must be 1 or more")
        profile = replace(profile, examples=examples)
    seed, database = config.getoption("--contract-seed"), config.getoption("--contract-database")
    if database is not None:
        _refuse_unwritable(database)
    elif seed is None:
        database = DATABASE
    # Every process of a run needs the same seed: the first one draws it, the others get it with their options.
    if seed is None:
        seed = config.option.contract_seed = secrets.randbelow(2**32)
        config.option.contract_database = database
    return Search(seed, profile, open_database(database) if database else None)


def _refuse_unwritable(database: Path) -> None:
    try:
        database.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ValueError(f"cannot keep findings in {database}: {error.strerror}") from error
    if not os.access(database, os.W_OK | os.X_OK):
        raise ValueError(f"cannot keep findings in {database}: it cannot be written to")


def _transport(config: pytest.Config) -> Transport:
    option = config.getoption
    timeout, rate = option("--contract-timeout"), option("--contract-rate-limit")
    for name, seconds in (("timeout", timeout), ("max-time", option("--contract-max-time"))):
        if seconds is not None and not 0 < seconds <= _MOST_SECONDS:
            raise ValueError(f"{name} must be more than 0 seconds, and a week at most")
    certificate, key = option("--contract-client-cert"), option("--contract-client-key")
    bundle = option("--contract-ca-bundle")
    if key and not certificate:
        raise ValueError("a client key needs its certificate, too")
    _refuse_unusable(bundle, certificate, key)
    return Transport(
        timeout=timeout,
        rate=parse_rate(rate) if rate else None,
        ca_bundle=bundle,
        client_certificate=(certificate, key) if key else certificate,
    )


def _refuse_unusable(bundle: str | None, certificate: str | None, key: str | None) -> None:
    for name, file in (("CA bundle", bundle), ("client certificate", certificate), ("client key", key)):
        if file and not Path(file).is_file():
            raise ValueError(f"the {name} {file} is no file")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # the usual certificates take long to load
    try:
        if bundle:
            context.load_verify_locations(bundle)
    except OSError as error:
        raise ValueError(f"the CA bundle {bundle} holds no usable certificate") from error
    try:
        if certificate:
            context.load_cert_chain(certificate, key, password="")
    except (OSError, ValueError) as error:
        files = f"{certificate} and {key}" if key else certificate
        raise ValueError(f"{files} must hold the client certificate and its key, unencrypted") from error


def _reports(config: pytest.Config) -> dict[str, Path]:
    reports: dict[str, Path] = {}
    for kind in FORMATS:
        path = config.getoption(f"--contract-report-{kind}")
        if path is None:
            continue
        if path == Path():
            raise ValueError(f"report-{kind} needs the name of a file")
        directory = path.resolve().parent
        if path.is_dir():
            raise ValueError(f"cannot write {path}: it is a directory")
        if not directory.is_dir():
            raise ValueError(f"cannot write {path}: there is no directory {directory}")
        if not os.access(path if path.exists() else directory, os.W_OK):
            raise ValueError(f"cannot write {path}: permission denied")
        if path.resolve() in (other.resolve() for other in reports.values()):
            raise ValueError(f"two reports cannot be written to {path}")
        reports[kind] = path
    return reports


def _command(config: pytest.Config) -> str:
    """Return the pytest command that was called, with one rule and a seed instead of its own."""
    given = [str(argument) for argument in config.invocation_params.args]
    return shlex.join(["pytest", *given]) + " --contract-rules={rule} --contract-seed={seed}"
