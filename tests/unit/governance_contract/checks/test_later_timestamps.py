"""Changes until a timestamp in whole seconds has advanced, on fast and on slow targets."""

from __future__ import annotations

import pytest
from governance_contract.checks import later_timestamps


class _Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


@pytest.mark.parametrize(("seconds", "fewest", "most"), [(0.0001, 25, 60), (0.05, 20, 40), (0.9, 2, 2), (5.0, 2, 2)])
def test_the_changes_take_longer_than_a_second(
    monkeypatch: pytest.MonkeyPatch, seconds: float, fewest: int, most: int
) -> None:
    clock = _Clock()
    monkeypatch.setattr(later_timestamps, "time", clock)
    count = 0
    for number in later_timestamps.until_a_later_timestamp():
        assert number == count
        count += 1
        clock.now += seconds
    assert fewest <= count <= most
    assert clock.now > 1.5
