"""Options that the mock refuses at the start, in one line."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from mock_api import KEY

from mock_server.__main__ import main
from mock_server.contract.document import Contract
from mock_server.control.start import chaos_of_file

ROOT = Path(__file__).resolve().parents[4]


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (("--seed-file", "missing.yaml"), "cannot read the seed file missing.yaml"),
        (("--seed-file", str(ROOT / "pyproject.toml")), "cannot parse the seed file"),
        (("--seed-file", str(ROOT / ".pre-commit-config.yaml")), "the document"),
        (("--seed-file", "x", "--empty"), "not allowed with"),
        (("--chaos", str(ROOT / ".pre-commit-config.yaml")), "the document"),
        (("--seed-file", os.devnull), f"cannot use the seed file {os.devnull}: the file is empty"),
        (("--chaos", "missing.yaml"), "cannot read the rules"),
        (("--chaos", "x", "--no-control"), "--chaos needs control"),
        (("--export", "--store", "missing.db"), "there is no store missing.db"),
        (("--seed", "x"), "not a whole number"),
        (("--seed", "1", "--store", "x.db"), "--seed is for the store in memory"),
        (("--export", "--seed", "1", "--store", "x.db"), "--seed is for the store in memory"),
        (("--tls-key", "x"), "--tls-key needs --tls-cert"),
        (("--tls", "--tls-cert", "x"), "--tls makes a certificate"),
        (("--tls-cert", "missing.pem"), "No such file"),
        (("--tls-cert", __file__), "cannot use the certificate"),
    ],
)
def test_bad_options_are_refused_in_one_line(
    arguments: tuple[str, ...], reason: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("GOVERNANCE_API_KEY", KEY)
    try:
        status = main(["--port", "0", *arguments])
    except SystemExit as end:  # argparse
        status = int(end.code or 0)
    output = capsys.readouterr()
    assert (status, output.out) == (2, "")
    assert output.err.startswith("governance-contract mock: ")
    assert output.err.count("\n") == 1
    assert reason in output.err


def test_rules_of_a_file_are_in_force_from_the_start(tmp_path: Path, contract: Contract) -> None:
    path = tmp_path / "rules.yaml"
    path.write_text("rules:\n  - {status: 503, next: 1}\n", encoding="utf-8")
    failure = chaos_of_file(path, contract).draw("getBusinessUnit")
    assert failure is not None
    assert failure.status == 503
