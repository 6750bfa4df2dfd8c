"""The processes of a run that pytest-xdist distributes, and the messages between them.

The first process probes the target, restores the named units and writes the reports. The other processes, the workers,
run the tests. Each worker deletes the units that it created.
"""

from __future__ import annotations

import math
import os
import tempfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import pytest
from _pytest.runner import runtestprotocol  # plugins that run tests again use it, too

from ..checks.generation import Profile
from ..checks.run_protocol import PLUGIN_NAME
from ..contract.rules import Need

_GROUP_MODE = "loadgroup"
_LATENCY_OF_ONE = 0.01
"""Seconds of waiting for a response for which a further process is worth its start."""
_LEAST_LATENCY = 0.03
"""Seconds; a faster target gets one process, also on a busy machine."""
_MOST_LOCAL, _MOST_REMOTE = 12, 4
# The modes of pytest-xdist that send a test to any process. loadgroup does the same for tests without a group.
_REPLACED_MODES = ("no", "load", "worksteal", _GROUP_MODE)


@dataclass(frozen=True)
class Setup:
    """The message of the first process to a worker before the tests: the seed, and the result of the probe."""

    prefix: str
    """The prefix of the names of created units. Each worker extends it by its own id."""
    seed: int
    missing: Mapping[Need, str]
    unusable: Mapping[str, str]
    broken: tuple[str, ...]
    hidden: Mapping[str, str]
    stable_members: tuple[str, ...]
    """The undeclared members that are compared, as ``Members.stable`` has them."""
    accepted_updates: tuple[tuple[str, str, str], ...]
    """As ``PresentComponents.accepted`` has them."""
    skip_reason: str
    unreadable: bool
    units: tuple[str, ...] = ()
    """The ids of the units to work on if the target creates none."""
    permits_file: str = ""
    """The file of the permits for business units that the processes share."""

    def send(self, node: Any) -> None:
        """Send the setup to a worker that pytest-xdist is about to start."""
        # pytest-xdist sends only built-in types.
        missing = {need.name: reason for need, reason in self.missing.items()}
        node.workerinput[PLUGIN_NAME] = {**asdict(self), "missing": missing}


def new_permits_file() -> str:
    """Make the file of the permits for business units that the processes of a run share, and return its path."""
    descriptor, file = tempfile.mkstemp(prefix="governance-contract-")
    os.close(descriptor)
    return file


def receive_setup(config: pytest.Config) -> Setup | None:
    """Return the setup that the first process sent; None in the first process."""
    received: dict[str, Any] = getattr(config, "workerinput", {})
    sent = received.get(PLUGIN_NAME)
    if sent is None:
        return None
    missing = {Need[name]: reason for name, reason in sent["missing"].items()}
    prefix = f"{sent['prefix']}W{received['workerid'].removeprefix('gw')}"
    return Setup(**{**sent, "prefix": prefix, "missing": missing, "units": tuple(sent["units"])})


@dataclass(frozen=True)
class WorkerResult:
    """The message of a worker to the first process after its tests."""

    leftovers: list[str]
    ended_early: str
    requests: int
    broken: str | None = None
    """What was found after the tests, as ``TestRecord.to_json`` returns it."""

    def send(self, config: pytest.Config) -> None:
        """Send the result; pytest-xdist transfers it when the session of the worker ends."""
        config.workeroutput[PLUGIN_NAME] = asdict(self)  # type: ignore[attr-defined]  # xdist's


def receive_result(node: Any) -> WorkerResult | None:
    """Return the result that a worker sent; None if the worker was lost."""
    sent = getattr(node, "workeroutput", {}).get(PLUGIN_NAME)
    return None if sent is None else WorkerResult(**sent)


class FewReports:
    """Runs the tests of a worker, and sends the first process only the reports that it reads.

    Otherwise there are six messages for each test, and a quick run takes about 4 % more processor time.
    """

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item, nextitem: pytest.Item | None) -> bool:
        """Run a test; leave out the reports that its setup and its teardown passed."""
        for report in runtestprotocol(item, log=False, nextitem=nextitem):
            if report.when == "call" or not report.passed:
                item.ihook.pytest_runtest_logreport(report=report)
        return True


def suitable_processes(latency: float, rate: float | None, *, local: bool) -> int:
    """Return how many processes shorten a run most. The work of a run is mostly waiting for responses.

    Args:
        latency: seconds until a response arrives.
        rate: the maximum requests per second of the run; None means no limit.
        local: whether the target is on this machine. Another one may be in use by others, so it gets at most four.
    """
    wanted = latency / _LATENCY_OF_ONE if latency >= _LEAST_LATENCY else 1
    if rate is not None:
        wanted = min(wanted, rate * latency)  # more processes would wait for the rate
    return max(1, min(math.ceil(wanted), _MOST_LOCAL if local else _MOST_REMOTE))


def distribute(config: pytest.Config, processes: int) -> None:
    """Distribute the tests of a run that the user did not distribute. Call this before pytest is configured."""
    option = config.option
    option.numprocesses, option.tx = processes, ["popen"] * processes
    distribute_by_group(config)


def may_be_distributed(config: pytest.Config) -> bool:
    """Whether pytest-xdist is loaded, and the user has not chosen how to use it."""
    return getattr(config.option, "numprocesses", 0) is None and not config.option.tx


def count_of_processes(config: pytest.Config) -> int:
    """Return how many processes the user chose for this run; 0 if the user chose none."""
    chosen = getattr(config.option, "numprocesses", None)
    return chosen if isinstance(chosen, int) else 0


def uses_several_processes(config: pytest.Config) -> bool:
    """Whether several processes send requests."""
    return count_of_processes(config) > 0 or hasattr(config, "workerinput")


def count_of_workers(config: pytest.Config) -> int:
    """Return the number of processes that send requests at the same time as this one, and this one."""
    return int(getattr(config, "workerinput", {}).get("workercount", 1))


def share_imports(config: pytest.Config, profile: Profile) -> bool:
    """Whether one process should run all tests that import Schemathesis: two processes end a quick run sooner then."""
    return not profile.every_case and count_of_workers(config) == 2


def distribute_by_group(config: pytest.Config) -> None:
    """Make pytest-xdist respect groups if it distributes this run. Call this in each of its processes.

    Raises:
        ValueError: the distribution mode that the user chose does not support groups.
    """
    option = config.option
    if hasattr(config, "workerinput"):
        option.loadgroup = True  # pytest-xdist sets it only if the command line has this mode
        return
    distributes = count_of_processes(config) or (getattr(option, "dist", "no") != "no" and option.tx)
    if not distributes:
        return
    if option.dist not in _REPLACED_MODES:
        raise ValueError(f"the checks cannot run with --dist {option.dist}: use --dist {_GROUP_MODE}")
    option.dist = _GROUP_MODE
