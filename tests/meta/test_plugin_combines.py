"""The plugin together with other tests and plugins: exit status, order of tests and groups."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from gateway import running_gateway
from judging import gateway_credentials
from plain_pytest import outcomes, run_pytest, write

_AREAS = "governance_contract.areas"
_PASSES, _FAILS = "def test_mine(): pass", "def test_mine(): assert False"
_FAILS_THE_SESSION = """
    import pytest

    @pytest.hookimpl(wrapper=True)
    def pytest_runtestloop(session):
        result = yield
        session.testsfailed += 1  # as pytest-cov does for --cov-fail-under
        return result
"""
_SETS_THE_STATUS = """
    def pytest_sessionfinish(session):
        session.exitstatus = {status}
"""
_SHUFFLES = """
    import random

    import pytest

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(items):
        random.Random({seed}).shuffle(items)
"""
_STOPS = """
    def pytest_runtest_logreport(report):
        if report.nodeid.endswith("test_mine") and report.when == "call":
            raise RuntimeError("a defect of the user's plugin")
"""
_TELLS_THE_SEED = """
    import os
    from pathlib import Path

    def pytest_sessionfinish(session):
        run = session.config.pluginmanager.get_plugin("governance-contract-judge")
        Path(f"seed-{os.getpid()}").write_text(str(run.seed))
"""


@pytest.fixture(scope="module")
def wrong_url() -> Iterator[str]:
    """A target that breaks AUTH-05 (MUST)."""
    with running_gateway(fault="virtual-key-accepted", **gateway_credentials()) as gateway:
        yield gateway.url


def _checks(url: str, rules: str = "AUTH-05", modules: Sequence[str] = ("test_auth",)) -> list[str]:
    fixed = ["--contract-profile", "quick", "--contract-seed", "1", "--contract-rules", rules]
    return ["--contract-url", url, *fixed, "--pyargs", *(f"{_AREAS}.{module}" for module in modules)]


@pytest.mark.parametrize(
    ("mine", "conforms", "status"),
    [(_PASSES, True, 0), (_FAILS, True, 1), (_PASSES, False, 1), (_FAILS, False, 1)],
    ids=["both pass", "the user's test fails", "a rule is broken", "both fail"],
)
def test_a_failed_test_or_a_broken_rule_fails_the_run(
    tmp_path: Path, gateway_url: str, wrong_url: str, mine: str, conforms: bool, status: int
) -> None:
    write(tmp_path, test_mine=mine)
    done = run_pytest(tmp_path, *_checks(gateway_url if conforms else wrong_url), "test_mine.py")
    assert done.returncode == status, done.stdout + done.stderr
    assert ("does NOT conform" in done.stdout) is not conforms


@pytest.mark.parametrize("mine", [_PASSES, _FAILS], ids=["passes", "fails"])
def test_a_failed_test_does_not_replace_a_missing_verdict(tmp_path: Path, gateway_url: str, mine: str) -> None:
    """A known failure that passes gives no verdict."""
    write(tmp_path, test_mine=mine)
    (tmp_path / "known.txt").write_text("AUTH-05 open since 2.3\n", encoding="utf-8")
    known = ["--contract-known-failures", "known.txt"]
    done = run_pytest(tmp_path, *known, *_checks(gateway_url), "test_mine.py")
    assert done.returncode == 2, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("plugin", "status"),
    [
        (_FAILS_THE_SESSION, 1),
        (_SETS_THE_STATUS.format(status=1), 1),
        (_SETS_THE_STATUS.format(status=6), 6),
    ],
    ids=["fails the session", "sets 1", "sets 6"],
)
def test_the_status_of_another_plugin_is_kept(tmp_path: Path, gateway_url: str, plugin: str, status: int) -> None:
    write(tmp_path, conftest=plugin, test_mine=_PASSES)
    done = run_pytest(tmp_path, *_checks(gateway_url), "test_mine.py")
    assert done.returncode == status, done.stdout + done.stderr
    assert "keeps the only judged rule" in done.stdout


@pytest.mark.parametrize(
    "plugin", [_FAILS_THE_SESSION, _SETS_THE_STATUS.format(status=1)], ids=["fails the session", "sets 1"]
)
def test_another_plugin_does_not_lower_the_status(tmp_path: Path, gateway_url: str, plugin: str) -> None:
    write(tmp_path, conftest=plugin, test_mine=_PASSES)
    (tmp_path / "known.txt").write_text("AUTH-05 open since 2.3\n", encoding="utf-8")
    known = ["--contract-known-failures", "known.txt"]
    done = run_pytest(tmp_path, *known, *_checks(gateway_url), "test_mine.py")
    assert done.returncode == 2, done.stdout + done.stderr


@pytest.mark.skipif(importlib.util.find_spec("pytest_cov") is None, reason="needs pytest-cov")
def test_unmet_coverage_fails_the_run(tmp_path: Path, gateway_url: str) -> None:
    write(tmp_path, mine="def used(): return 1\ndef unused():\n    x = 1\n    y = 2\n    return x + y")
    write(tmp_path, test_mine="import mine\ndef test_mine(): assert mine.used()")
    coverage = ["--cov=mine", "--cov-fail-under=99"]
    done = run_pytest(tmp_path, *coverage, *_checks(gateway_url), "test_mine.py", PYTHONPATH=str(tmp_path))
    assert done.returncode == 1, done.stdout + done.stderr


def test_an_internal_error_of_pytest_keeps_its_status(tmp_path: Path, gateway_url: str) -> None:
    write(tmp_path, conftest=_STOPS, test_mine=_PASSES)
    done = run_pytest(tmp_path, *_checks(gateway_url), "test_mine.py")
    assert done.returncode == 3, done.stdout + done.stderr
    assert "conforms" not in done.stdout


def test_maxfail_before_the_rules_gives_no_verdict(tmp_path: Path, gateway_url: str) -> None:
    write(tmp_path, test_mine=_FAILS)
    done = run_pytest(tmp_path, "-x", *_checks(gateway_url, "AUTH"), "test_mine.py")
    assert done.returncode == 2, done.stdout + done.stderr
    assert "stopping after 1 failures" in done.stdout


def test_broken_should_rules_do_not_fail_the_run(tmp_path: Path) -> None:
    with running_gateway(fault="lone-limit-refused", **gateway_credentials()) as gateway:
        done = run_pytest(tmp_path, *_checks(gateway.url, "UPDATE-07,UPDATE-01", ["test_update"]))
    assert done.returncode == 0, done.stdout + done.stderr
    assert "3 xfailed" in outcomes(done)


# Rules whose tests depend on their order or share the named team. They fail in another order or in parallel.
_ORDERED = "UPDATE-09,UPDATE-10,REMOVE,LIFE-07,LIFE-08,LIFE-09,LIFE-10,LIFE-11,LIFE-12,ERROR-03"
_MODULES = ("test_update", "test_remove", "test_life", "test_error")


def _judge_named(tmp_path: Path, *options: str) -> str:
    with running_gateway(**gateway_credentials()) as gateway:
        named = ["--contract-unit", gateway.unit_id, "--contract-team", gateway.team_id or ""]
        done = run_pytest(tmp_path, *options, *named, *_checks(gateway.url, _ORDERED, _MODULES))
    assert done.returncode == 0, done.stdout + done.stderr
    assert "FAIL" not in done.stdout
    return done.stdout


@pytest.mark.parametrize("seed", [1, 2])
def test_a_shuffled_run_judges_in_order(tmp_path: Path, seed: int) -> None:
    write(tmp_path, shuffles=_SHUFFLES.format(seed=seed))
    # pytest's own option sets the path, since the plugin is loaded before the conftest of the project.
    _judge_named(tmp_path, "-o", f"pythonpath={tmp_path}", "-p", "shuffles")


@pytest.mark.skipif(importlib.util.find_spec("pytest_randomly") is None, reason="needs pytest-randomly")
def test_pytest_randomly_does_not_change_the_order(tmp_path: Path) -> None:
    assert "--randomly-seed=" in _judge_named(tmp_path, "-p", "pytest_randomly")


@pytest.mark.parametrize("options", [[], ["--dist", "worksteal"]], ids=["plain", "worksteal"])
def test_tests_of_a_group_run_in_one_process(tmp_path: Path, options: list[str]) -> None:
    _judge_named(tmp_path, "-n", "2", *options)


def test_all_processes_use_the_reported_seed(tmp_path: Path, gateway_url: str) -> None:
    write(tmp_path, conftest=_TELLS_THE_SEED)
    done = run_pytest(
        tmp_path,
        "-n",
        "2",
        "--contract-url",
        gateway_url,
        "--contract-rules",
        "AUTH-01,RESP-01",
        "-s",
        "--contract-profile",
        "quick",
        "--pyargs",
        f"{_AREAS}.test_auth",
        f"{_AREAS}.test_resp",
        ".",
    )
    seeds = {file.read_text(encoding="utf-8") for file in tmp_path.glob("seed-*")}
    assert len(seeds) == 1
    assert f"seed {seeds.pop()}\n" in done.stdout


@pytest.mark.parametrize("mode", ["each", "loadfile", "loadscope"])
def test_a_distribution_without_groups_is_refused(tmp_path: Path, gateway_url: str, mode: str) -> None:
    done = run_pytest(tmp_path, "-n", "2", "--dist", mode, *_checks(gateway_url))
    assert done.returncode == 2
    assert done.stderr == f"error: the checks cannot run with --dist {mode}: use --dist loadgroup\n"
