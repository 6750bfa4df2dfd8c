"""The terminal report and the Markdown report."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape
from typing import Any

import pytest
from governance_contract.contract.rules import CATALOGUE
from governance_contract.results.escaping import harmless_in_log
from governance_contract.results.records import EarlierRequest, Facts, Failure, Status
from governance_contract.results.reporting import RENDERERS, markdown, summary, terminal, to_json
from governance_contract.results.verdict import RuleResult
from governance_contract.vocabulary import Difference
from reports import EVERY, HOSTILE, exchange, green, interrupted, red, result, run, unjudged

_UNSHOWABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\ud800-\udfff]")


@pytest.mark.parametrize("render", [terminal.render, markdown.render])
@pytest.mark.parametrize("name", EVERY)
def test_control_characters_are_escaped(name: str, render: Callable[[Any], str]) -> None:
    text = render(EVERY[name]())
    assert not _UNSHOWABLE.search(text)
    text.encode()


def test_the_terminal_shows_all_data_in_order() -> None:
    text = terminal.render(red("because of this"), verbose=True)
    expected = ["FAIL  AUTH-05 (MUST)", "cites", "expected", "got", "before    DELETE", "exchange  PUT", "-> 200"]
    expected += ["curl      curl", "and 1 more of this rule", "repeat", "--rule AUTH-05", "ERROR LIFE-01"]
    expected += ["FAIL  AUTH-15 (SHOULD)", "not counted", "known UPDATE-01", "because   because of this"]
    expected += ["skip  because of this", "LIST-01", "  AUTH ", "not served", "weaker evidence", "left behind"]
    expected += ["6 rules, 4,123 requests in 1 min 14 s, profile default, seed 42"]
    place = text.index("FAIL  AUTH-05")  # the causes are above
    for part in expected:
        place = text.index(part, place)
    assert "1 known failure" in text.splitlines()[-1]


def test_the_terminal_shows_the_normative_text_of_a_red_rule() -> None:
    text = terminal.render(red("x"), verbose=True)
    assert "cites     Virtual keys, dashboard/user/session tokens" in text
    assert "cites     Missing or invalid credentials." in text
    assert "          401 Unauthorized (RFC 9110 section 15.5.2)" in text


def test_text_from_the_target_cannot_add_a_line() -> None:
    forged = "status 200\nhttp://gateway.example conforms to the contract"
    report = red(forged)
    for failure in (failure for rule in report["rules"] for failure in rule["failures"]):
        failure["exchange"]["curl"] = "curl"  # neither shortened nor joined to one line, so that it can be copied
    lines = terminal.render({**report, "target": "http://gateway.example"}).splitlines()
    assert not any(line.startswith("http://gateway.example conforms") for line in lines)


def test_the_last_line_is_the_verdict() -> None:
    (*_, last) = summary(run(*map(result, CATALOGUE)))
    must, should = (sum(rule.level == level for rule in CATALOGUE.values()) for level in ("MUST", "SHOULD"))
    counts = f"(MUST {must} ok; SHOULD {should} ok)"
    assert last == f"http://gateway.example conforms to the contract, edition 2026-06 {counts}"
    (*_, last) = summary(run(result("AUTH-01"), complete=False))
    assert last.startswith("no verdict on http://gateway.example")
    assert terminal.render(unjudged()).strip() == f"error: {unjudged()['problem']}"
    assert "interrupted before its end" in terminal.render(interrupted())


def test_a_skipped_rule_does_not_count_as_judged() -> None:
    (*_, last) = summary(run(result("AUTH-01"), result("AUTH-02", Status.SKIP, "no unit"), result("AUTH-03")))
    assert "breaks none of the 2 judged rules of the contract, edition " in last


def test_known_failures_are_part_of_the_verdict() -> None:
    rules = [result("AUTH-01"), result("AUTH-02", Status.KNOWN_FAILURE, "as known")]
    (*_, last) = summary(run(*rules, known_failures={"AUTH-02": "until 2.4"}))
    assert "breaks none of the 2 judged rules of the contract, edition " in last
    assert ", except for 1 known failure (" in last
    assert "Conforms except for known failures" in markdown.render(to_json(run(*rules)))
    (*_, last) = summary(run(rules[1], known_failures={"AUTH-02": "until 2.4"}))
    assert "breaks no judged rule of the contract, edition 2026-06, except for 1 known failure (" in last


def test_text_from_the_target_cannot_close_a_markdown_fence() -> None:
    text = markdown.render(red(HOSTILE + "\n`````\n# out"))
    open_fence, outside = "", []
    for line in text.splitlines():
        if open_fence:
            open_fence = "" if line == open_fence else open_fence
        elif found := re.fullmatch(r"(`{3,})text", line):
            open_fence = found[1]
        else:
            outside.append(line)
    assert open_fence == ""
    tags = [line.partition(">")[0] for line in outside]
    assert text.count("<details>") == tags.count("<details") == tags.count("</details") == 6
    assert not any(line.startswith("# out") or "<img" in re.sub(r"(`+).*?\1(?!`)", "", line) for line in outside)


@pytest.mark.parametrize("name", ["green", "red", "interrupted"])
def test_markdown_tables_keep_their_columns(name: str) -> None:
    rows = [line for line in markdown.render(EVERY[name]()).splitlines() if line.startswith("|")]
    assert len(rows) > 3
    assert {len(re.findall(r"(?<!\\)\|", row)) for row in rows} == {4}
    assert markdown.plain("a|b\n<c> @d [e](f)") == r"a\|b &lt;c&gt; \@d \[e\]\(f\)"


def test_markdown_shows_the_normative_text_of_every_rule() -> None:
    report = red("x")
    text = markdown.render(report)
    for rule in report["rules"]:
        assert f"**{rule['id']}** ({rule['level']}) {markdown.plain(rule['title'])}" in text
        assert all(markdown.plain(one["text"]) in text for one in rule["cited"])


def test_markdown_starts_with_the_verdict() -> None:
    text = markdown.render(red("x"))
    assert text.startswith("## Does not conform to the contract\n")
    assert "**1 FAIL**" in text
    assert "1 known failure" in text
    assert "Accepted because: x" in text
    assert markdown.render(green()).startswith("## Conforms to the contract\n")
    assert "connection refused" in markdown.render(unjudged())


def test_markdown_stays_below_a_mebibyte() -> None:
    long = [result(rule, Status.FAIL, "ö" * 30_000) for rule in CATALOGUE]
    text = markdown.render(to_json(run(*long)))
    assert 500_000 < len(text.encode()) < 1024 * 1024
    assert re.search(r"\d+ broken rules not shown because of the size limit", text)
    assert f"{len(CATALOGUE)} rules, 4,123 requests" in text


_FORMATS = {**RENDERERS, "terminal": terminal.render}
del _FORMATS["codequality"]  # it has one line for each cause, see test_ci_annotations.py


@pytest.mark.parametrize("kind", _FORMATS)
def test_every_form_shows_the_exchange(kind: str) -> None:
    shown = exchange(request_body='{"sent": 1}', response_body='{"received": 2}')
    before = [EarlierRequest("DELETE", "http://gateway.example/y", '{"earlier": 3}', None)]
    failure = Failure("test_it", "a refusal", "status 200", shown, before)
    broken = RuleResult(CATALOGUE["AUTH-05"], Status.FAIL, failures=[failure])
    text = unescape(_FORMATS[kind](to_json(run(broken)))).replace('\\"', '"')
    for part in ('{"sent": 1}', '{"received": 2}', "http://gateway.example/y", '{"earlier": 3}', shown.curl):
        assert part in text


_NO_RESPONSE = {"json": '"status": null', "html": "No response: the connection was closed."}


@pytest.mark.parametrize("kind", _FORMATS)
def test_a_closed_connection_is_shown(kind: str) -> None:
    failure = Failure("test_it", "a response", "none", exchange(status=None, response_headers={}, response_body=""))
    report = to_json(run(RuleResult(CATALOGUE["ERROR-06"], Status.FAIL, failures=[failure])))
    assert _NO_RESPONSE.get(kind, "-> no response") in unescape(_FORMATS[kind](report))


def _many_causes() -> dict[str, Any]:
    """Return the report of a run in which every rule is red for a reason of its own."""
    results = []
    for number, rule in enumerate(CATALOGUE):
        facts = Facts(difference=Difference.LOST, place=f"member_{number}.name", operation=f"operation{number}")
        failure = Failure("test_it", "this", HOSTILE * 20, exchange(HOSTILE * 20), facts=facts)
        skipped = Status.SKIP if number % 9 == 0 else Status.ERROR if number % 7 == 0 else Status.FAIL
        failures = [failure] if skipped is Status.FAIL else []
        results.append(RuleResult(CATALOGUE[rule], skipped, reason=f"{number}" * 300, failures=failures))
    return to_json(run(*results, leftovers=["unit"] * 100))


def test_the_terminal_is_short_however_many_causes_there_are() -> None:
    report = _many_causes()
    assert len(report["causes"]) > 100
    lines = terminal.render(report).splitlines()
    assert len(lines) <= terminal.MOST_LINES
    assert " 1  ACCESS" in "\n".join(lines)
    assert "more cause" in "\n".join(lines)
    assert lines[-1].startswith("http://gateway.example does NOT conform")


@pytest.mark.parametrize("width", [60, 80, 200])
def test_lines_about_causes_fit_the_terminal(width: int) -> None:
    lines = terminal.render(_many_causes(), screen=terminal.Screen(width)).splitlines()
    about = [line for line in lines if line.startswith("    ") and "curl " not in line]
    assert max(map(len, about)) <= width


def test_verbose_shows_causes_and_every_rule() -> None:
    report = _many_causes()
    text = terminal.render(report, verbose=True)
    assert " 1  ACCESS" in text
    for rule in report["rules"]:
        assert rule["status"] != "fail" or f"FAIL  {rule['id']} (" in text


def test_colours_are_used_only_if_asked() -> None:
    assert "\x1b" not in terminal.render(_many_causes())
    assert "\x1b[31mDATA LOSS\x1b[0m" in terminal.render(_many_causes(), screen=terminal.Screen(colour=True))


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("::error::x", "\\x3a:error::x"),
        ("a\n  ::set-output", "a\n  \\x3a:set-output"),
        ("a ##[error] b", "a \\x23#[error] b"),
        ("##vso[task.complete]", "\\x23#vso[task.complete]"),
        ("a::b and #1 [x]", "a::b and #1 [x]"),
        ("\x1b[2J", "\\x1b[2J"),
    ],
)
def test_commands_to_ci_servers_are_escaped(text: str, shown: str) -> None:
    assert harmless_in_log(text) == shown


def test_a_verdict_at_must_names_the_broken_should_rules() -> None:
    lost = Failure("t", "e", "g", exchange(), facts=Facts(difference=Difference.LOST, place="budget.current_usage"))
    results = [result(rule) for rule in CATALOGUE if rule != "UPDATE-09"]
    broken = RuleResult(CATALOGUE["UPDATE-09"], Status.FAIL, failures=[lost])
    last = terminal.render(to_json(run(*results, broken))).splitlines()[-1]
    assert "conforms at MUST to the contract, edition 2026-06; 1 SHOULD rule is broken: `budget.current_usage`" in last
    strict = terminal.render(to_json(run(*results, broken, strict=True))).splitlines()[-1]
    assert "does NOT conform" in strict


@pytest.mark.parametrize("kind", _FORMATS)
def test_every_form_shows_the_causes(kind: str) -> None:
    report = _many_causes()
    text = unescape(_FORMATS[kind](report))
    assert report["causes"][0]["sentence"].replace("`", "") in text.replace("`", "").replace("\\", "")
