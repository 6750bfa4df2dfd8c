"""Whether a usage window may have ended between an update and the read that follows."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from governance_contract.contract.calendar import may_have_ended

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)  # a Thursday


@pytest.mark.parametrize(
    ("duration", "began", "aligned", "over"),
    [
        ("1M", datetime(2026, 11, 1, tzinfo=UTC), True, False),
        ("1d", datetime(2026, 11, 1, tzinfo=UTC), True, True),
        ("1w", datetime(2026, 11, 23, tzinfo=UTC), True, False),
        ("1d", NOW - timedelta(days=2), False, True),
        ("3d", NOW - timedelta(days=2), False, False),
        ("1M", NOW - timedelta(days=27), False, False),
        ("1h", NOW, False, True),
        ("1Y", None, False, False),
        ("9" * 30 + "Y", NOW, False, False),
        ("", NOW, False, True),
    ],
)
def test_a_window_may_have_ended(duration: str, began: datetime | None, aligned: bool, over: bool) -> None:
    assert may_have_ended(duration, began, NOW, aligned=aligned) is over
