"""The number of processes follows the response time of the target."""

from __future__ import annotations

import pytest
from governance_contract.plugin.workers import suitable_processes


@pytest.mark.parametrize(
    ("latency", "rate", "local", "processes"),
    [
        (0.001, None, True, 1),
        (0.02, None, True, 1),
        (0.05, None, True, 5),
        (0.12, None, True, 12),
        (5.0, None, True, 12),
        (0.12, None, False, 4),
        (0.001, None, False, 1),
        (0.12, 20.0, True, 3),  # three processes send 25 requests each second
        (0.12, 5.0, False, 1),
        (0.0, 0.1, True, 1),
    ],
)
def test_a_slow_target_gets_more_processes(latency: float, rate: float | None, local: bool, processes: int) -> None:
    assert suitable_processes(latency, rate, local=local) == processes
