"""Starts a run: creates the target and the run from the options, and registers the run with pytest."""

from __future__ import annotations

import atexit
import os
import sys
import time
from functools import partial
from pathlib import Path

import pytest

from ..checks.inputs import sample_settings
from ..checks.run_protocol import PLUGIN_NAME
from ..contract import document as contracts
from ..contract.rules import Need
from ..results.exit_code import describe_defect, print_error
from ..signals import interrupt_once
from ..target.base_url import check_url, is_loopback
from ..target.credentials import NO_KEY, Keyring
from ..target.target import Target
from ..target.unit_permits import OWN, SHARED
from .contract_run import ContractRun
from .options import START_WITHIN
from .plan import Plan, read_plan
from .target_process import StartedTarget
from .workers import (
    FewReports,
    count_of_processes,
    distribute,
    distribute_by_group,
    may_be_distributed,
    suitable_processes,
)

_PACKAGE = Path(__file__).parents[1]
_MANY_RULES = 20
"""A run of fewer rules ends before further processes are ready."""
_COLLECT_ONLY = ("collectonly", "showfixtures", "show_fixtures_per_test")
"""Options with which pytest only collects tests."""


def start(config: pytest.Config) -> int | None:
    """Register the run and probe the target.

    Returns:
        None if the run can continue, else the exit status. The reason is printed as one line on standard error.
    """
    try:
        return _start(config)
    except Exception as error:  # noqa: BLE001  exit status 1 would be a verdict
        return print_error(describe_defect(error))


def _start(config: pytest.Config) -> int | None:
    try:
        distribute_by_group(config)
        plan = read_plan(config)
        run = ContractRun(config, plan, _make_target(plan))
    except ValueError as error:
        return print_error(str(error))
    if config.args_source is not pytest.Config.ArgsSource.ARGS:
        config.args[:] = [str(_PACKAGE)]
    run.collects_only = any(getattr(config.option, name, False) for name in _COLLECT_ONLY)
    config.pluginmanager.register(run, PLUGIN_NAME)
    config.pluginmanager.register(run.interruption)
    if run.collects_only:
        return None
    if run.is_first:
        try:
            _wait_for_target(plan, run)
        except ValueError as error:
            run.stop_target()
            return print_error(run.target.redact(str(error)))
    elif plan.from_command:
        config.pluginmanager.register(FewReports())
        atexit.register(os._exit, 0)  # tearing down all imported modules is slow, and the first process waits for it
    # SIGTERM ends the run after the cleanup, as Ctrl-C does.
    interrupt_once()
    if run.begin(partial(_distribute, config, plan, run)):
        return None
    print_error(run.outcome.problem)
    for line in run.outcome.leftovers:
        print(f"left behind: {line}", file=sys.stderr)  # noqa: T201  pytest prints nothing before this
    return run.outcome.exit_status


def _distribute(config: pytest.Config, plan: Plan, run: ContractRun) -> None:
    """Use several processes if the target responds slowly, unless the user has chosen their number.

    If the target refuses as many business units as the processes may have, there are fewer of them.
    """
    if run.skip_reason or not run.missing.keys().isdisjoint((Need.OWN_UNITS, Need.LIST)):
        return
    chosen, latency = count_of_processes(config), run.target.latency
    processes, why, hint = chosen, "", ""
    if _may_distribute(config, plan):
        processes = suitable_processes(latency, plan.transport.rate, local=is_loopback(plan.url))
        why, hint = f"a response takes {latency * 1000:.0f} ms", " (-n N changes that)"
    if processes <= 1:
        return
    room = run.units.measure_room(processes * OWN + SHARED)
    permitted = max(1, min(processes, (room - SHARED) // OWN))
    if permitted < processes:
        why, hint = f"the target refuses more than {room} further business units", ""
    if permitted != chosen:
        if permitted > 1 or chosen:
            distribute(config, permitted)
        count = "1 process judges" if permitted == 1 else f"{permitted} processes judge"
        print(f"{why}, so {count} the target{hint}", flush=True)  # noqa: T201  pytest prints nothing before this


def _may_distribute(config: pytest.Config, plan: Plan) -> bool:
    """Whether the checks choose the number of processes.

    A target that the run starts gets one: with several, it would be uncertain whose request ended it.
    """
    of_few_rules = 0 < len(plan.rules) < _MANY_RULES
    return plan.from_command and may_be_distributed(config) and not (plan.start or of_few_rules)


def _wait_for_target(plan: Plan, run: ContractRun) -> None:
    """Start the target if the user gave its command, and wait until it responds.

    Raises:
        ValueError: the command cannot be started, or ends.
    """
    target = run.target
    if plan.start:
        if target.is_reachable():
            raise ValueError(f"{target.base_url} responds before --start has started it: another program serves it")
        started = StartedTarget(plan.start)
        run.stop_target, target.process_end = started.stop, started.new_end
        target.patience = plan.wait or START_WITHIN
        started.wait(target.is_reachable, plan.wait or START_WITHIN)
        return
    until = time.monotonic() + (plan.wait or 0)
    while time.monotonic() < until and not target.is_reachable():
        time.sleep(0.1)


def _make_target(plan: Plan) -> Target:
    contract = contracts.load(plan.contract)
    try:
        keyring = Keyring(os.environ, contract.security_scheme, plan.generation.seed)
    except KeyError as error:
        raise ValueError(NO_KEY) from error
    target = Target(check_url(plan.url), contract, keyring, plan.transport)
    sample_settings.SECURITY_SCHEME.update(contract.security_scheme)
    if plan.contract is not None:  # another contract may have other bounds, and lack operations
        sample_settings.fit_to(contract)
        for operation in contracts.load().operations.keys() - contract.operations.keys():
            target.unusable[operation] = f"the contract has no operation {operation}"
    if not plan.allow_writes and not is_loopback(plan.url):
        raise ValueError(f"{target.base_url} is not on this machine: add --contract-allow-writes to change data there")
    return target
