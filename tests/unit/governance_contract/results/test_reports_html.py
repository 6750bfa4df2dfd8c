"""The HTML report: it is self-contained and complete, and text from the target is never interpreted."""

from __future__ import annotations

import re
from base64 import b64encode
from hashlib import sha256
from html.parser import HTMLParser
from itertools import pairwise

import pytest
from governance_contract.contract.rules import CATALOGUE
from governance_contract.results.reporting import html
from reports import EVERY, HOSTILE, green, interrupted, red, unjudged

_VOID = {"meta", "input", "br", "rect"}
_LOADING = {"src", "srcset", "data", "action", "formaction", "poster", "background", "ping", "style"}


class Page(HTMLParser):
    """Parses a page. An element that is not closed in order is an error."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text: dict[str, list[str]] = {}
        self._open: list[str] = []
        self.feed(text)
        self.close()
        assert not self._open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in _VOID:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in _VOID:
            assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text.setdefault(self._open[-1] if self._open else "", []).append(data)

    def all(self, tag: str) -> list[dict[str, str | None]]:
        """Return the attributes of every element with this name."""
        return [attributes for name, attributes in self.elements if name == tag]


@pytest.mark.parametrize("name", EVERY)
def test_the_page_has_no_external_references(name: str) -> None:
    text = html.render(EVERY[name]())
    page = Page(text)
    for tag, attributes in page.elements:
        assert tag not in {"link", "img", "iframe", "object", "embed", "base", "audio", "video"}
        assert not {attribute for attribute in attributes if attribute in _LOADING or attribute.startswith("on")}
        assert (attributes.get("href") or "#").startswith("#")
    assert not re.search(r"@import|url\(", "".join(page.text["style"]))


def test_the_policy_allows_only_the_own_style_and_script() -> None:
    page = Page(html.render(red()))
    (policy,) = (m["content"] for m in page.all("meta") if m.get("http-equiv") == "Content-Security-Policy")
    assert policy is not None
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    for tag in ("style", "script"):
        assert len(page.all(tag)) == 1
        digest = b64encode(sha256("".join(page.text[tag]).encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in policy


def test_hostile_text_is_escaped() -> None:
    plain, hostile = Page(html.render(red("x"))), Page(html.render(red(HOSTILE)))
    structure = [[tag for tag, _ in page.elements if tag not in {"div", "p", "pre", "b"}] for page in (plain, hostile)]
    assert structure[0] == structure[1]
    shown = "".join(text for texts in hostile.text.values() for text in texts)
    assert "<img src=x onerror=alert(1)>" in shown
    assert "{{ 7 * 7 }}" in shown
    assert "\\x1b[31m" in shown
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202e\ud800-\udfff]", shown)


def test_only_broken_rules_are_expanded() -> None:
    page = Page(html.render(red("x")))
    rules = {str(a["id"]): "open" in a for a in page.all("details") if "data-status" in a}
    assert rules == {"AUTH-05": True, "AUTH-15": True, "LIFE-01": True, "UPDATE-01": False, "AUTH-01": False}
    order = list(rules)
    assert order.index("AUTH-05") < order.index("UPDATE-01") < order.index("AUTH-01")


@pytest.mark.parametrize("name", EVERY)
def test_the_page_has_a_language_and_a_title(name: str) -> None:
    page = Page(html.render(EVERY[name]()))
    assert page.all("html") == [{"lang": "en"}]
    assert "".join(page.text["title"]).strip()


@pytest.mark.parametrize("name", EVERY)
def test_the_page_has_a_valid_outline(name: str) -> None:
    page = Page(html.render(EVERY[name]()))
    levels = [int(tag[1]) for tag, _ in page.elements if re.fullmatch("h[1-6]", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))


@pytest.mark.parametrize("name", EVERY)
def test_ids_are_unique_and_references_resolve(name: str) -> None:
    page = Page(html.render(EVERY[name]()))
    ids = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    assert {str(a["href"])[1:] for a in page.all("a")} <= set(ids)
    assert {a["aria-labelledby"] for a in page.all("section")} <= set(ids)


def test_the_page_shows_the_verdict_and_the_run() -> None:
    text = html.render(red("a reason"))
    for part in ("Does not conform", "http://gateway.example", "2026-06", "17 June 2026, 09:30:00 UTC"):
        assert part in text
    for part in ("4,123 requests", "Known failure", "Not judged", "Left behind", "Weaker evidence", "not served"):
        assert part in text
    assert "--rule AUTH-05" in text


def test_the_page_shows_every_rule_and_citation() -> None:
    shown = set(Page(html.render(green())).text["span"])
    assert shown >= {rule.title for rule in CATALOGUE.values()}
    quoted = set(Page(html.render(red())).text["blockquote"])
    assert quoted == {one["text"] for rule in red()["rules"] for one in rule["cited"]}


def test_the_page_says_why_a_run_is_not_complete() -> None:
    assert "connection refused" in html.render(unjudged())
    assert "interrupted before its end" in html.render(interrupted())


def test_json_is_formatted_without_changing_tokens() -> None:
    body = '{"a":{},"n":1.50,"n":[1e3,{"t":"x, {y}: \\" [z]"}],"long":"' + "-" * 90 + '"}'
    laid_out = html.indented(body)
    assert laid_out.count("\n") > 6
    assert '"a": {},' in laid_out
    outside_strings = r'\s+(?=(?:[^"]*"[^"]*")*[^"]*$)'
    escaped = laid_out.replace('\\"', "''")
    assert re.sub(outside_strings, "", escaped) == re.sub(outside_strings, "", body.replace('\\"', "''"))
    assert html.indented(body[:70] + " " * 40 + "... (9999 bytes)").endswith("... (9999 bytes)")
    for other in ("", "{}", "<html>" + "x" * 200, '"' + "x" * 200 + '"'):
        assert html.indented(other) == other


def _luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_contrast_meets_wcag_aa() -> None:
    style = "".join(Page(html.render(unjudged())).text["style"])
    blocks = re.findall(r":root \{(.*?)\}", style, re.S)
    themes = [dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", block)) for block in blocks]
    assert len(themes) == 3  # light, dark, print
    for theme in themes:
        for ground in ("paper", "wash"):
            for ink in ("ink", "soft", "link", "pass", "fail", "known-failure", "skip", "error"):
                light, dark = sorted((_luminance(theme[ground]), _luminance(theme[ink])), reverse=True)
                assert (light + 0.05) / (dark + 0.05) >= 4.5, (ground, ink)
