"""Annotations for CI servers: one for each cause, in the form that the server shows beside a change.

GitHub reads workflow commands from the log. GitLab reads a file in the Code Quality format.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from typing import Any

from ..escaping import one_line
from . import view

_MOST = 10
"""GitHub shows this many errors and as many warnings of a step."""
_SEVERITIES = {"crash": "blocker", "access": "blocker", "data loss": "critical"}
_CONTRACT = "openapi/governance.yaml"


def of_github(report: view.Report) -> Iterator[str]:
    """Yield a workflow command for each cause of broken rules, errors for those that decide the exit code.

    The texts contain parts of what the target sent. They are escaped, so that they cannot contain a further command.
    """
    for level, decides in (("error", True), ("warning", False)):
        for cause in [cause for cause in report["causes"] if cause["decides"] is decides][:_MOST]:
            title = _escaped(f"{cause['kind']}: {cause['rules'][0]}").replace(":", "%3A").replace(",", "%2C")
            yield f"::{level} title={title}::{_escaped(_text(report, cause))}"


def _escaped(text: str) -> str:
    """Escape a text as the parameters of workflow commands are escaped."""
    return one_line(text).replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _text(report: view.Report, cause: Mapping[str, Any]) -> str:
    others = cause["rules"][1:]
    rules = cause["rules"][0] + (f" and {view.plural(len(others), 'other rule')}" if others else "")
    return f"{cause['sentence']}. {report['target']} breaks {rules}."


def render(report: view.Report) -> str:
    """Return the causes as GitLab's Code Quality report, which is a JSON array."""
    return json.dumps([_issue(report, cause) for cause in report["causes"]], indent=2, ensure_ascii=False) + "\n"


def _issue(report: view.Report, cause: Mapping[str, Any]) -> dict[str, Any]:
    usual = "major" if cause["decides"] else "minor"
    same = f"{cause['kind']} {cause['rules'][0]} {' '.join(cause['operations'])}"
    return {
        "description": one_line(_text(report, cause)),
        "check_name": cause["rules"][0],
        "fingerprint": hashlib.sha256(same.encode()).hexdigest(),
        "severity": _SEVERITIES.get(cause["kind"], usual) if cause["decides"] else usual,
        "location": {"path": _CONTRACT, "lines": {"begin": 1}},
    }
