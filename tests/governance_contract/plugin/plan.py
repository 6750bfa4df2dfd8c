"""The plan of a run: the values of the plugin's options, validated and converted."""

from __future__ import annotations

import os
import secrets
import shlex
import ssl
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from ..checks.generation import PROFILES, GenerationSettings
from ..contract.rules import CATALOGUE, select_rules, split_names
from ..results.formats import FORMATS
from ..results.records import Status
from ..results.verdict import decides
from ..target.connections import Transport
from ..target.extra_headers import parse_headers, without_value
from ..target.request_rate import parse_rate
from . import known_failures
from .options import DATABASE
from .workers import count_of_workers, receive_setup

_MOST_UNITS = 2
_NEED_A_VALUE = ("start", "rate-limit", "ca-bundle", "client-cert", "client-key")  # texts, which can be empty
_MOST_SECONDS = 7 * 24 * 3600.0


@dataclass(frozen=True)
class Plan:
    """The settings of a run."""

    url: str
    contract: Path | None
    units: tuple[str, ...]
    """Ids of business units that may be changed: none, one or two. Tests that reset usage prefer the second."""
    team: str | None
    allow_writes: bool
    strict: bool
    exit_first: bool
    """Whether the run stops at the first violation that decides the exit status."""
    rules: frozenset[str]
    """Ids of the rules to judge; empty for all rules."""
    thorough_rules: frozenset[str]
    """Ids of the rules that are judged even if they take long: all in a thorough run, and those that are named."""
    known_failures: Mapping[str, str]
    generation: GenerationSettings
    transport: Transport
    start: str | None
    """A command that starts the target."""
    wait: float | None
    """How many seconds to wait until the target responds; None means the default."""
    max_time: float | None
    """The time limit of the checks in seconds; None means no limit."""
    reports: Mapping[str, Path]
    write_known: Path | None
    """Where to list all broken rules as known failures."""
    verbose: bool
    """Whether to print every broken rule with its violations."""
    repeat: str
    """A command line that judges one rule again, with the placeholders ``{rule}`` and ``{seed}``."""
    from_command: bool
    """Whether the command ``check`` started the run, rather than the user's pytest."""

    def decides(self, broken: Iterable[str]) -> bool:
        """Whether any of some broken rules decides the verdict; known failures do not."""
        return any(
            decides(CATALOGUE[rule].level, Status.FAIL, strict=self.strict, chosen=self.rules)
            for rule in broken
            if rule not in self.known_failures
        )


def read_plan(config: pytest.Config) -> Plan:
    """Read and validate the options.

    Raises:
        ValueError: the value of an option cannot be used; the message names the option and the reason.
    """
    option = config.getoption
    if config.option.noconftest:
        raise ValueError("the checks need their fixtures: do not use --noconftest")
    for name in _NEED_A_VALUE:
        if option(f"--contract-{name}") == "":
            raise ValueError(f"{name} has no value")
    known_file = option("--contract-known-failures")
    names, generation = split_names(option("--contract-rules")), _generation(config)
    return Plan(
        url=option("--contract-url"),
        contract=option("--contract-file"),
        units=_units(config),
        team=None if option("--contract-team") is None else _as_utf8(option("--contract-team")),
        allow_writes=option("--contract-allow-writes"),
        strict=option("--contract-strict"),
        exit_first=option("--contract-exitfirst"),
        rules=select_rules(names),
        thorough_rules=frozenset(CATALOGUE if generation.profile.name == "thorough" else map(str.upper, names)),
        known_failures=known_failures.read(known_file, CATALOGUE) if known_file else {},
        generation=generation,
        transport=_transport(config),
        start=option("--contract-start"),
        wait=option("--contract-wait"),
        max_time=option("--contract-max-time"),
        reports=_reports(config),
        write_known=_writable("--contract-write-known-failures", option("--contract-write-known-failures")),
        verbose=option("--contract-verbose"),
        repeat=option("--contract-repeat") or _command(config),
        from_command=option("--contract-repeat") is not None,
    )


def _units(config: pytest.Config) -> tuple[str, ...]:
    units = tuple(map(_as_utf8, config.getoption("--contract-unit") or ()))
    if len(units) > _MOST_UNITS or len(set(units)) < len(units) or "" in units:
        raise ValueError("one or two different business units can be named")
    if config.getoption("--contract-team") == "":
        raise ValueError("--team has no identifier")
    return units


def _as_utf8(argument: str) -> str:
    """Return an argument of the command line as UTF-8, also if the locale has another encoding, such as C."""
    try:
        return os.fsencode(argument).decode("utf-8")
    except UnicodeError:
        return argument


def _generation(config: pytest.Config) -> GenerationSettings:
    name = config.getoption("--contract-profile")
    if name not in PROFILES:
        raise ValueError(f"there is no profile {name!r}: use one of {', '.join(PROFILES)}")
    profile = PROFILES[name]
    examples = config.getoption("--contract-max-examples")
    if examples is not None:
        if examples < 1:
            raise ValueError("max-examples must be 1 or more")
        profile = replace(profile, examples=examples)
    seed, database = config.getoption("--contract-seed"), config.getoption("--contract-database")
    if database is not None:
        _require_writable(database)
    elif seed is None:
        database = DATABASE
    if seed is None:
        setup = receive_setup(config)
        seed = setup.seed if setup else secrets.randbelow(2**32)
    return GenerationSettings(seed, profile, database)


def _require_writable(database: Path) -> None:
    try:
        database.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ValueError(f"cannot keep findings in {database}: {error.strerror}") from error
    if not os.access(database, os.W_OK | os.X_OK):
        raise ValueError(f"cannot keep findings in {database}: permission denied")


def _transport(config: pytest.Config) -> Transport:
    option = config.getoption
    timeout, rate = option("--contract-timeout"), option("--contract-rate-limit")
    for name in ("timeout", "max-time", "wait"):
        seconds = option(f"--contract-{name}")
        if seconds is not None and not (0 < seconds <= _MOST_SECONDS or (seconds == 0 and name == "wait")):
            raise ValueError(f"{name} must be more than 0 seconds and at most a week")
    certificate, key = option("--contract-client-cert"), option("--contract-client-key")
    bundle = option("--contract-ca-bundle")
    if key and not certificate:
        raise ValueError("a client key needs its certificate")
    _require_usable_tls_files(bundle, certificate, key)
    return Transport(
        timeout=timeout,
        rate=parse_rate(rate) / count_of_workers(config) if rate else None,
        ca_bundle=bundle,
        client_certificate=(certificate, key) if key else certificate,
        extra=parse_headers(option("--contract-header") or (), os.environ),
    )


def _require_usable_tls_files(bundle: str | None, certificate: str | None, key: str | None) -> None:
    for name, file in (("CA bundle", bundle), ("client certificate", certificate), ("client key", key)):
        if file and not Path(file).is_file():
            raise ValueError(f"the {name} {file} is not a file")
    # Not `ssl.create_default_context`, which loads the system's certificates and is slow.
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    try:
        if bundle:
            context.load_verify_locations(bundle)
    except OSError as error:
        raise ValueError(f"the CA bundle {bundle} has no usable certificate") from error
    try:
        if certificate:
            context.load_cert_chain(certificate, key, password="")
    except (OSError, ValueError) as error:
        files = f"{certificate} and {key}" if key else certificate
        raise ValueError(f"{files} must hold the client certificate and its key, unencrypted") from error


def _reports(config: pytest.Config) -> dict[str, Path]:
    reports: dict[str, Path] = {}
    for kind in FORMATS:
        path = _writable(f"report-{kind}", config.getoption(f"--contract-report-{kind}"))
        if path is None:
            continue
        if path.resolve() in (other.resolve() for other in reports.values()):
            raise ValueError(f"two reports cannot be written to {path}")
        reports[kind] = path
    return reports


def _writable(option: str, path: Path | None) -> Path | None:
    """Return the path of a file to write, or None if none was given.

    Raises:
        ValueError: the file cannot be written.
    """
    if path is None:
        return None
    if path == Path():
        raise ValueError(f"{option} needs the name of a file")
    if path == Path("-"):
        raise ValueError(f"{option} cannot write to standard output here; `governance-contract check` can")
    directory = path.resolve().parent
    if path.is_dir():
        raise ValueError(f"cannot write {path}: it is a directory")
    if not directory.is_dir():
        raise ValueError(f"cannot write {path}: there is no directory {directory}")
    if not os.access(path if path.exists() else directory, os.W_OK):
        raise ValueError(f"cannot write {path}: permission denied")
    return path


def _command(config: pytest.Config) -> str:
    """Return the user's pytest command, with placeholders for a rule and the seed."""
    arguments = [str(argument) for argument in config.invocation_params.args]
    for number, argument in enumerate(arguments):
        option, equals, header = argument.partition("=")
        if option == "--contract-header" and equals:
            arguments[number] = f"{option}={without_value(header)}"
        elif number and arguments[number - 1] == "--contract-header":
            arguments[number] = without_value(argument)
    return shlex.join(["pytest", *arguments]) + " --contract-rules={rule} --contract-seed={seed}"
