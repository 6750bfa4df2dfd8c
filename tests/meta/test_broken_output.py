"""Exit code 1 only means "does not conform". A failure of the tool gives exit code 2 and one line."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest
from judging import CREDENTIALS, assert_error, run

_FULL = Path("/dev/full")
_needs_full_device = pytest.mark.skipif(not _FULL.exists(), reason="needs /dev/full")


@pytest.fixture(params=[False, True], ids=["a target", "the bundled mock"])
def target(request: pytest.FixtureRequest, gateway_url: str) -> list[str]:
    """The words of a command that name the target."""
    return [] if request.param else [gateway_url]


def _check(
    *arguments: str, environment: Mapping[str, str] | None = None, **options: Any
) -> subprocess.CompletedProcess[str]:
    """Run ``check`` for one rule. ``options`` are those of ``subprocess.run``."""
    words = [sys.executable, "-m", "governance_contract", "check", "--quick", "--rule", "ERROR-05", *arguments]
    return run(words, env={**os.environ, **CREDENTIALS, **(environment or {})}, **options)


@_needs_full_device
@pytest.mark.parametrize("processes", [(), ("-n", "2")], ids=["one process", "two processes"])
def test_output_to_a_full_device(target: list[str], processes: Sequence[str]) -> None:
    with _FULL.open("w", encoding="utf-8") as full:
        done = _check(*target, *processes, stdout=full)
    assert_error(done, "No space left on device")


def test_output_to_a_closed_pipe(target: list[str]) -> None:
    """The situation of ``governance-contract check | true``."""
    reader, writer = os.pipe()
    os.close(reader)
    done = _check(*target, stdout=writer)
    os.close(writer)
    assert_error(done, "Broken pipe")


def test_closed_standard_output(target: list[str]) -> None:
    done = _check(*target, preexec_fn=lambda: os.close(1))
    assert_error(done, "standard output is closed")


@pytest.mark.parametrize("closed", [0, 2], ids=["standard input", "standard error"])
def test_other_closed_streams_are_ignored(target: list[str], closed: int) -> None:
    done = _check(*target, preexec_fn=lambda: os.close(closed))
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stderr == ""


@_needs_full_device
def test_an_error_message_that_cannot_be_written() -> None:
    done = _check("nonsense", preexec_fn=lambda: os.dup2(os.open(_FULL, os.O_WRONLY), 2))
    assert done.returncode == 2
    assert done.stdout == ""


def _no_file_can_grow() -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))


def test_a_full_disk_does_not_change_the_verdict(gateway_url: str, tmp_path: Path) -> None:
    """No file can be written, but the verdict needs none."""
    done = _check(gateway_url, "--database", str(tmp_path), preexec_fn=_no_file_can_grow)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("kind", ["json", "junit", "html", "markdown"])
def test_a_report_that_cannot_be_written_completely(gateway_url: str, tmp_path: Path, kind: str) -> None:
    done = _check(gateway_url, f"--report-{kind}", str(tmp_path / "report"), preexec_fn=_no_file_can_grow)
    assert done.returncode == 2, done.stdout + done.stderr
    assert f"cannot write {tmp_path / 'report'}: File too large" in done.stdout
    assert "Traceback" not in done.stdout + done.stderr


_PATCHES = {
    "before anything is sent": ("target.discovery", "discover"),
    "while a test runs": ("checks.generation", "generating"),
    "in the cleanup": ("target.run_units", "Units.clean_up"),
    "in the summary": ("results.reporting", "summary"),
    "in the process that was started": ("contract.rules", "select_rules"),
}


def _with_a_defect(folder: Path, module: str, name: str, effect: str) -> dict[str, str]:
    """Return an environment that replaces a function of the tool by the code ``effect``, in all its processes."""
    owner, _, function = f"module.{name}".rpartition(".")
    text = f"""
        import os, signal, sys
        if sys.argv[1:2] != ["mock_server"]:
            import governance_contract.{module} as module

            def defect(*arguments, **options):
                {effect}

            {owner}.{function} = defect
    """
    (folder / "sitecustomize.py").write_text(dedent(text), encoding="utf-8")
    return {"PYTHONPATH": str(folder)}


@pytest.mark.parametrize("where", _PATCHES)
def test_an_unexpected_exception(gateway_url: str, tmp_path: Path, where: str) -> None:
    environment = _with_a_defect(tmp_path, *_PATCHES[where], "raise RuntimeError('bfst-SECRET')")
    done = _check(gateway_url, environment=environment)
    everything = done.stdout + done.stderr
    assert done.returncode == 2, everything
    assert everything.count("internal error: RuntimeError in sitecustomize.py, line ") >= 1, everything
    assert "Traceback" not in everything
    assert "SECRET" not in everything


@pytest.mark.parametrize(
    ("effect", "says"),
    [
        ("os.kill(os.getpid(), signal.SIGKILL)", "the process that judges was ended by signal 9"),
        ("os._exit(1)", "the process that judges ended with status 1"),
        ("os._exit(0)", "the process that judges ended with status 0"),
    ],
    ids=["killed", "1", "0"],
)
def test_a_process_that_ends_without_a_verdict(target: list[str], tmp_path: Path, effect: str, says: str) -> None:
    environment = _with_a_defect(tmp_path, "target.discovery", "discover", effect)
    done = _check(*target, environment=environment)
    assert_error(done, says)
