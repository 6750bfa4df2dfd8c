"""The HTML report in a browser: it fits a phone in light and dark mode, and its content policy allows its script."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from governance_contract.results.reporting import html
from reports import EVERY

_SCHEMES = {"dark": 0, "light": 1}
# A headless window has a minimum width; a frame does not.
_FRAME = """<!doctype html><meta charset="utf-8"><title>A phone</title>
<iframe src="/report" width="360" height="740" style="border: 0"></iframe><script>
addEventListener("load", async () => {
  const inside = document.querySelector("iframe").contentWindow;
  for (const details of inside.document.querySelectorAll("details")) details.open = true;
  const root = inside.document.documentElement;
  const seen = {
    innerWidth: inside.innerWidth,
    scrollWidth: root.scrollWidth,
    dark: inside.matchMedia("(prefers-color-scheme: dark)").matches,
    ground: inside.getComputedStyle(inside.document.body).backgroundColor,
    filter: inside.document.querySelector("#filter:not([hidden])") !== null,
    images: inside.document.querySelectorAll("img").length,
  };
  await fetch("/seen", {method: "POST", body: JSON.stringify(seen)});
});
</script>"""


@pytest.mark.parametrize("scheme", _SCHEMES)
@pytest.mark.parametrize("name", ["red", "unjudged"])
def test_the_page_fits_a_phone(browse: Callable[..., dict[str, Any]], name: str, scheme: str) -> None:
    pages = {"/": _FRAME, "/report": html.render(EVERY[name]())}
    seen = browse(pages, f"--blink-settings=preferredColorScheme={_SCHEMES[scheme]}")
    assert seen["innerWidth"] == 360
    assert seen["scrollWidth"] <= seen["innerWidth"]
    assert seen["dark"] == (scheme == "dark")
    assert seen["ground"] == ("rgb(20, 23, 26)" if scheme == "dark" else "rgb(255, 255, 255)")
    assert seen["filter"] == (name == "red"), "the content policy blocks the script of the page"
    assert seen["images"] == 0
