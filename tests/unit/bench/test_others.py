"""Tools that other people make: what the command says if they are missing."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

_ROOT = Path(__file__).parents[3]


def _run(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    words = [sys.executable, "bench/others.py", *arguments]
    return subprocess.run(words, cwd=_ROOT, capture_output=True, text=True, timeout=60, check=False)


def test_a_tool_that_is_not_installed_is_skipped(tmp_path: Path) -> None:
    done = _run("--peers", tmp_path, "prism", "mockoon")
    assert done.returncode == 2
    assert [line.split(":")[0] for line in done.stderr.splitlines()] == ["skipped", "skipped"]


def test_an_unknown_tool_is_an_error() -> None:
    done = _run("wiremock")
    assert done.returncode == 2
    assert done.stderr.endswith("error: no tool 'wiremock'\n")
