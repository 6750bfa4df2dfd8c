"""Helpers that run pytest in a project of a user, with the plugin installed."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from textwrap import dedent

from judging import CREDENTIALS, run

# Plugins that shuffle tests are enabled by the tests that need them.
_QUIET = ("-p", "no:cacheprovider", "-p", "no:randomly", "-p", "no:random_order")
# Their import takes longer than most runs.
_SLOW = ("-p", "no:schemathesis", "-p", "no:anyio", "-p", "no:hypothesispytest")


def write(folder: Path, **modules: str) -> None:
    """Write Python modules into a project."""
    for name, text in modules.items():
        (folder / f"{name}.py").write_text(dedent(text), encoding="utf-8")


def run_pytest(
    folder: Path, *arguments: str, every_plugin: bool = False, **environment: str
) -> subprocess.CompletedProcess[str]:
    """Run pytest in a project, without the configuration of this repository.

    The plugins of schemathesis, anyio and Hypothesis are loaded only with ``every_plugin``.
    """
    quiet = _QUIET if every_plugin else _QUIET + _SLOW
    without = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "GOVERNANCE_"))}
    words = [sys.executable, "-m", "pytest", f"--rootdir={folder}", *quiet, *arguments]
    return run(words, cwd=folder, env={**without, **CREDENTIALS, **environment})


def outcomes(done: subprocess.CompletedProcess[str]) -> str:
    """Return the last line of pytest's output, without the duration."""
    lines = done.stdout.strip().splitlines()
    return lines[-1].strip("= ").rpartition(" in ")[0] if lines else ""
