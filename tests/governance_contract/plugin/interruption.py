"""Ctrl-C during a run: the session ends normally, so that the checks clean up and report their results."""

from __future__ import annotations

from collections.abc import Generator

import pytest

from ..signals import block_signals, was_interrupted
from .workers import uses_several_processes


class Interruption:
    """Implements the hooks of pytest that handle Ctrl-C."""

    def __init__(self, config: pytest.Config) -> None:
        """Start without an interruption."""
        self.happened = False
        """Whether the user has interrupted the run."""
        self._config = config

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionstart(self) -> None:
        """Block Ctrl-C while pytest-xdist starts processes, and in these processes, until the test loop handles it."""
        block_signals(uses_several_processes(self._config))

    @pytest.hookimpl(wrapper=True)
    def pytest_collection(self) -> Generator[None, object, object]:
        """End the session without a traceback on Ctrl-C during the collection."""
        try:
            return (yield)
        except KeyboardInterrupt:
            self.happened = True
            return None

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> Generator[None, object, object]:
        """On Ctrl-C, end the session normally: the results are reported, without pytest's own message."""
        if self.happened:
            session.items = []
        try:
            return (yield)
        except KeyboardInterrupt:
            self.happened = True
            return True

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_protocol(self) -> None:
        """End the run before the next test if a KeyboardInterrupt was dropped."""
        if was_interrupted():
            raise KeyboardInterrupt

    @pytest.hookimpl(wrapper=True, specname="pytest_runtestloop")
    def pytest_unblock_signals(self) -> Generator[None, object, object]:
        """Unblock Ctrl-C after processes were started; ``pytest_runtestloop`` above catches a pending one."""
        block_signals(False)
        return (yield)
