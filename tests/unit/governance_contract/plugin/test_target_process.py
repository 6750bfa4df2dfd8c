"""The process of a target: it is started again when it ends, and stopped with its children."""

from __future__ import annotations

import shlex
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from governance_contract.plugin.target_process import StartedTarget

Start = Callable[[str], StartedTarget]
_SECONDS = 20


@pytest.fixture
def start() -> Iterator[Start]:
    """Return a function that starts Python code as a target; the target is stopped at the end of the test."""
    with ExitStack() as stack:

        def run(code: str) -> StartedTarget:
            started = StartedTarget(shlex.join([sys.executable, "-c", code]))
            stack.callback(started.stop)
            return started

        yield run


def until(condition: Callable[[], bool]) -> None:
    """Wait until a condition holds."""
    deadline = time.monotonic() + _SECONDS
    while not condition():
        assert time.monotonic() < deadline


@pytest.mark.parametrize("command", ["", "  ", "'open", "/no/such/program --port 1"])
def test_a_command_that_cannot_be_started(command: str) -> None:
    with pytest.raises(ValueError, match="cannot start"):
        StartedTarget(command)


def test_a_process_that_ends_is_reported_with_its_last_output(start: Start) -> None:
    started = start("print('one'); print('two'); raise SystemExit(3)")
    with pytest.raises(ValueError, match=r"does not keep running: its process ended with status 3.*one \| two"):
        started.wait(lambda: False, _SECONDS)


def test_a_process_that_ends_is_started_again(start: Start, tmp_path: Path) -> None:
    runs = tmp_path / "runs"
    started = start(f"open({str(runs)!r}, 'a').write('.')")
    until(lambda: runs.exists() and len(runs.read_text()) > 1)
    assert "ended with status 0" in started.new_end()


def test_a_target_that_does_not_respond_in_time(start: Start) -> None:
    started = start("import time; print('listening', flush=True); time.sleep(60)")
    until(lambda: started.last_output() == "listening")
    with pytest.raises(ValueError, match=r"does not respond 0\.1 s after .*its last output was: listening"):
        started.wait(lambda: False, 0.1)
    assert started.new_end() == ""


def test_the_children_are_stopped_too(start: Start, tmp_path: Path) -> None:
    written = tmp_path / "pid"
    child = f"import os, time; open({str(written)!r}, 'w').write(str(os.getpid())); time.sleep(60)"
    started = start(f"import subprocess, sys; subprocess.run([sys.executable, '-c', {child!r}])")
    until(lambda: written.exists() and bool(written.read_text()))
    started.stop()
    started.stop()
    until(lambda: not _runs(int(written.read_text())))


def _runs(pid: int) -> bool:
    state = Path(f"/proc/{pid}/stat")
    return state.exists() and state.read_text().split()[2] != "Z"
