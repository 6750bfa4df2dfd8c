"""The processes of a run that pytest-xdist distributes, and the messages between them.

The first process probes the target, restores the named units and writes the reports. The other processes, the workers,
run the tests. Each worker deletes the units that it created.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import pytest

from ..checks.run import PLUGIN_NAME
from ..contract.rules import Need

_GROUP_MODE = "loadgroup"
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
    skip_reason: str
    units: tuple[str, ...] = ()
    """The ids of the units to work on if the target creates none."""

    def send(self, node: Any) -> None:
        """Send the setup to a worker that pytest-xdist is about to start."""
        # pytest-xdist sends only built-in types.
        missing = {need.name: reason for need, reason in self.missing.items()}
        node.workerinput[PLUGIN_NAME] = {**asdict(self), "missing": missing}


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
    broken: dict[str, Any] | None = None
    """What was found after the tests, as ``TestRecord.to_json`` returns it."""

    def send(self, config: pytest.Config) -> None:
        """Send the result; pytest-xdist transfers it when the session of the worker ends."""
        config.workeroutput[PLUGIN_NAME] = asdict(self)  # type: ignore[attr-defined]  # xdist's


def receive_result(node: Any) -> WorkerResult | None:
    """Return the result that a worker sent; None if the worker was lost."""
    sent = getattr(node, "workeroutput", {}).get(PLUGIN_NAME)
    return None if sent is None else WorkerResult(**sent)


def distribute_by_group(config: pytest.Config) -> None:
    """Make pytest-xdist respect groups if it distributes this run. Call this in each of its processes.

    Raises:
        ValueError: the distribution mode that the user chose does not support groups.
    """
    option = config.option
    if hasattr(config, "workerinput"):
        option.loadgroup = True  # pytest-xdist sets it only if the command line has this mode
        return
    distributes = getattr(option, "numprocesses", None) or (getattr(option, "dist", "no") != "no" and option.tx)
    if not distributes:
        return
    if option.dist not in _REPLACED_MODES:
        raise ValueError(f"the checks cannot run with --dist {option.dist}: use --dist {_GROUP_MODE}")
    option.dist = _GROUP_MODE
