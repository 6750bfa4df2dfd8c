"""A short form of bench/soak.py: mixed traffic from 64 connections has no 5xx, and takes little memory."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
_MOST_MB = 50  # above the memory at the start


def test_mixed_traffic() -> None:
    command = [sys.executable, "bench/soak.py", "--store", "sqlite", "--seconds", "2"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120)
    counts = {int(status): int(count) for status, count in re.findall(r"(\d{3}): (\d+)", done.stdout)}
    assert {200, 400, 404} <= counts.keys(), done
    assert max(counts) < 500, done
    curve = [float(value) for value in re.findall(r"\d+\.\d(?= )", done.stdout.partition("MB: ")[2])]
    assert max(curve) < curve[0] + _MOST_MB, done
