"""The plan of a run: what the options mean, and which values are refused."""

from __future__ import annotations

import argparse
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from governance_contract.contract.rules import CATALOGUE
from governance_contract.plugin.options import add_options
from governance_contract.plugin.plan import Plan, read_plan
from governance_contract.target.connections import Transport


class _Parser(argparse.ArgumentParser):
    """Takes the options as pytest's parser does."""

    def getgroup(self, name: str, description: str) -> SimpleNamespace:
        return SimpleNamespace(addoption=self.add_argument)


def _plan(*options: str) -> Plan:
    """Return the plan of a run with these options. The seed keeps it from opening a database."""
    parser: Any = _Parser()
    add_options(parser)
    words = [f"--contract-{option}" for option in ("seed=1", "url=http://127.0.0.1:9", *options)]
    given = parser.parse_args(words)
    config: Any = SimpleNamespace(
        option=SimpleNamespace(noconftest=False),
        getoption=lambda name: getattr(given, name.removeprefix("--").replace("-", "_")),
        invocation_params=SimpleNamespace(args=words),
    )
    return read_plan(config)


def test_the_defaults() -> None:
    plan = _plan()
    assert (plan.units, plan.team, plan.rules, plan.known_failures, plan.reports) == ((), None, frozenset(), {}, {})
    assert (plan.generation.profile.name, plan.generation.seed, plan.transport) == ("default", 1, Transport())
    assert not plan.from_command


def test_rules_and_areas_are_selected() -> None:
    plan = _plan("rules=update-04,LIST")
    assert plan.rules == {"UPDATE-04", *(rule.id for rule in CATALOGUE.values() if rule.area == "LIST")}
    assert "UPDATE-04" in plan.thorough_rules


def test_a_repetition_of_the_users_command() -> None:
    assert _plan("strict").repeat == (
        "pytest --contract-seed=1 --contract-url=http://127.0.0.1:9 --contract-strict "
        "--contract-rules={rule} --contract-seed={seed}"
    )


def test_a_repetition_of_the_users_command_hides_what_may_be_secret() -> None:
    repeat = _plan("header=X-Token: s3cr3t", "header=X-Id: $HOME").repeat
    assert "s3cr3t" not in repeat
    assert "'--contract-header=X-Token: ...' '--contract-header=X-Id: $HOME'" in repeat


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        (["unit=a", "unit=b", "unit=c"], "one or two different business units can be named"),
        (["unit=a", "unit=a"], "one or two different business units can be named"),
        (["unit="], "one or two different business units can be named"),
        (["team="], "--team has no identifier"),
        (["profile=slow"], "there is no profile 'slow': use one of "),
        (["max-examples=0"], "max-examples must be 1 or more"),
        (["timeout=0"], "timeout must be more than 0 seconds and at most a week"),
        (["timeout=-1"], "timeout must be more than 0 seconds and at most a week"),
        (["timeout=inf"], "timeout must be more than 0 seconds and at most a week"),
        (["timeout=nan"], "timeout must be more than 0 seconds and at most a week"),
        (["max-time=-1"], "max-time must be more than 0 seconds and at most a week"),
        (["wait=700000"], "wait must be more than 0 seconds and at most a week"),
        (["start="], "start has no value"),
        (["rate-limit="], "rate-limit has no value"),
        (["rules=,"], "no rule is named"),
        (["client-key=k.pem"], "a client key needs its certificate"),
        (["ca-bundle=none.pem"], "the CA bundle none.pem is not a file"),
        (["report-json=none/report.json"], "there is no directory "),
        (["report-json="], "needs the name of a file"),
        (["report-json=one", "report-html=./one"], "two reports cannot be written to one"),
        (["write-known-failures=-"], "cannot write to standard output here"),
    ],
)
def test_an_unusable_value_is_refused(options: list[str], reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        _plan(*options)


def _known(folder: Path) -> str:
    file = folder / "known.txt"
    file.write_text("UPDATE-04 a budget is removed, see issue 7\n", encoding="utf-8")
    return f"known-failures={file}"


@pytest.mark.parametrize(
    ("options", "broken", "decides"),
    [
        ([], ["UPDATE-04"], True),
        ([], [], False),
        ([], ["HTTP-04"], False),  # a SHOULD rule
        (["strict"], ["HTTP-04"], True),
        ([], ["HTTP-04", "UPDATE-04"], True),
        (["known"], ["UPDATE-04"], False),
        (["known"], ["UPDATE-04", "UPDATE-05"], True),
    ],
)
def test_which_broken_rules_decide(tmp_path: Path, options: list[str], broken: list[str], *, decides: bool) -> None:
    plan = _plan(*(_known(tmp_path) if option == "known" else option for option in options))
    assert plan.decides(broken) is decides
