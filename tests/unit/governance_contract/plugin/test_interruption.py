"""An interruption ends the run, even if its KeyboardInterrupt is dropped."""

from __future__ import annotations

import signal
from contextlib import suppress
from typing import Any, cast

import pytest
from governance_contract import signals
from governance_contract.plugin.interruption import Interruption


def test_a_dropped_interrupt_ends_the_run_before_the_next_test(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(signals, "_received", [])
    before = {number: signal.getsignal(number) for number in signals.STOPPING}
    interruption = Interruption(cast(Any, None))
    try:
        signals.interrupt_once()
        interruption.pytest_runtest_protocol()
        with suppress(KeyboardInterrupt):  # as Python does in a destructor
            signal.raise_signal(signal.SIGTERM)
        signal.raise_signal(signal.SIGINT)  # later signals are ignored
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    with pytest.raises(KeyboardInterrupt):
        interruption.pytest_runtest_protocol()
