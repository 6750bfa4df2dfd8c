"""Sample runs for the report tests: one that passes, one that fails with hostile text, one without a verdict."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from governance_contract.contract import document as contract
from governance_contract.contract.rules import CATALOGUE
from governance_contract.results.records import EarlierRequest, Evidence, Failure, RecordedExchange, Status
from governance_contract.results.reporting import ReportData, to_json
from governance_contract.results.unusable_operations import KINDS, UnusableOperation
from governance_contract.results.verdict import RuleResult

HOSTILE = (
    "</script></style></pre></details><img src=x onerror=alert(1)> \"'` ]]> --> &amp; {{ 7 * 7 }} | **b** "
    "````\n-> 200 \x00\x07\x1b[31m\r\x7f\x85\u202e\ud800\ufffe\uffff <a href=http://evil.example>@everyone</a>"
)
_STARTED = datetime(2026, 6, 17, 9, 30, tzinfo=UTC)
_REPEAT = "governance-contract check http://gateway.example --rule {rule} --seed {seed}"


def exchange(text: str = "", **changes: Any) -> RecordedExchange:
    """Return an exchange that contains a text in every field that a target controls."""
    url = f"http://gateway.example/x{text and '?'}{text}"
    facts: dict[str, Any] = {
        "method": "PUT",
        "url": url,
        "request_headers": {"Accept": "application/json", "Authorization": "Bearer $GOVERNANCE_API_KEY"},
        "request_body": text or None,
        "status": 200,
        "response_headers": {"content-type": f"application/json{text}"},
        "response_body": text or '{"a": 1}',
        "curl": f"curl -i {url}",
    }
    return RecordedExchange(**{**facts, **changes})


def result(rule: str, status: Status = Status.PASS, text: str = "", **more: Any) -> RuleResult:
    """Return the result of a rule that contains a text in every field that a target controls."""
    broken = status in (Status.FAIL, Status.KNOWN_FAILURE)
    before = [EarlierRequest("DELETE", f"http://gateway.example/y{text}", text or None, 204)]
    failures = [Failure("test_it", text, f"{text} {number}", exchange(text), before) for number in range(4)]
    return RuleResult(
        CATALOGUE[rule],
        status,
        reason=text if status in (Status.SKIP, Status.ERROR) else "",
        failures=failures if broken else [],
        notes=[text] if text else [],
        tests=3,
        seconds=0.25,
        evidence=Evidence(exchange()) if status is Status.PASS else None,
        **more,
    )


def run(*results: RuleResult, **changes: Any) -> ReportData:
    """Return a run with these results."""
    facts: dict[str, Any] = {"target": "http://gateway.example", "contract": contract.load(), "results": results}
    facts |= {"unusable": [], "synthetic": [], "leftovers": [], "problem": "", "strict": False, "complete": True}
    facts |= {"started": _STARTED, "seconds": 74.25, "requests": 4123, "seed": 42, "repeat": _REPEAT}
    return ReportData(**{**facts, **changes})


def green() -> dict[str, Any]:
    """Return the report of a run in which every rule passes."""
    return to_json(run(*map(result, CATALOGUE)))


def red(text: str = HOSTILE) -> dict[str, Any]:
    """Return the report of a run with every status and with a text in every field that a target controls."""
    return to_json(
        run(
            result("AUTH-01"),
            result("AUTH-05", Status.FAIL, text),
            result("AUTH-15", Status.FAIL, text),
            result("UPDATE-01", Status.KNOWN_FAILURE, text),
            result("LIST-01", Status.SKIP, text),
            result("LIFE-01", Status.ERROR, text),
            target=f"http://gateway.example/{text}",
            unusable=[UnusableOperation(text, kind, text, exchange(text)) for kind in KINDS],
            synthetic=[text],
            leftovers=[text],
            known_failures={"UPDATE-01": text},
        )
    )


def unjudged() -> dict[str, Any]:
    """Return the report of a run whose target was unreachable."""
    return to_json(run(problem="no verdict on http://gateway.example: connection refused", complete=False))


def interrupted() -> dict[str, Any]:
    """Return the report of a run that was stopped."""
    return to_json(run(result("AUTH-01"), complete=False))


EVERY = {"green": green, "red": red, "unjudged": unjudged, "interrupted": interrupted}
