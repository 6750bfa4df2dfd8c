"""The console and the documentation of the mock in a browser."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
import requests
from api_paths import UNITS
from browser import browsers
from playwright.sync_api import Browser, Page, expect
from stub_server import Request, Response, stub_server

from mock_server import GovernanceMock, governance_mock
from mock_server.contract.document import default_path

_GENERATORS = Path(__file__).parent / "generators"
_AXE = _GENERATORS / "node_modules" / "axe-core" / "axe.min.js"
_SECONDS = 15
HOSTILE = "<img src=x onerror=document.title=1><script>document.title=2</script>{{x}}${x}"
SEED: dict[str, Any] = {
    "business_units": [
        {"id": "bu-a", "name": "Alpha", "budget": {"max_limit": 100, "reset_duration": "1h", "current_usage": 20}},
        {
            "id": "bu b/%",
            "name": HOSTILE,
            "rate_limit": {"token_max_limit": 1000, "token_reset_duration": "1d", "token_current_usage": 900},
        },
        {"id": "bu-zero", "name": "Zero", "budget": {"max_limit": 0, "reset_duration": "1M"}},
        {"id": "bu-none", "name": "None"},
    ]
}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    expect.set_options(timeout=1000 * _SECONDS)
    with browsers() as (opened,):
        yield opened


@pytest.fixture(scope="module")
def running() -> Iterator[GovernanceMock]:
    with governance_mock(seed=SEED) as gateway:
        yield gateway


@pytest.fixture
def mock(running: GovernanceMock) -> GovernanceMock:
    running.reset()
    running.control("DELETE", "/journal")
    return running


Open = Callable[..., Page]


@pytest.fixture
def open_page(browser: Browser, mock: GovernanceMock) -> Iterator[Open]:
    """Open a page of the mock: ``open_page(path, **options)``. It may report no error and call no other host."""
    contexts = []
    faults: list[str] = []

    def show(path: str = "/_mock/", *, base: str = mock.url, allow_errors: bool = False, **options: Any) -> Page:
        context = browser.new_context(**{"viewport": {"width": 1280, "height": 800}, **options})
        contexts.append(context)
        context.set_default_timeout(1000 * _SECONDS)
        page = context.new_page()
        if not allow_errors:
            page.on("console", lambda said: faults.append(said.text) if said.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("request", lambda sent: None if sent.url.startswith((base, "data:")) else faults.append(sent.url))
        page.goto(f"{base}{path}")
        return page

    yield show
    for context in contexts:
        context.close()
    assert faults == []


def _send(mock: GovernanceMock, method: str, path: str, body: Any = None, **headers: str) -> int:
    url = f"{mock.url}{path}"
    return requests.request(method, url, json=body, headers={**mock.headers, **headers}, timeout=_SECONDS).status_code


def _width(page: Page, name: str) -> str:
    return str(page.locator(".unit", has_text=name).locator(".fill").get_attribute("style"))


def test_a_bar_moves_after_a_spend_and_empties_after_a_reset(open_page: Open) -> None:
    page = open_page()
    alpha = page.locator(".unit", has_text="Alpha")
    expect(alpha.locator(".amount")).to_have_text("$20 / $100")
    assert _width(page, "Alpha") == "width: 20%;"
    alpha.click()
    page.get_by_label("spend dollars").fill("70.5")
    expect(page.locator("footer code")).to_contain_text(
        "spend -H 'Content-Type: application/json' -d '{\"dollars\":70.5}'"
    )
    page.get_by_role("button", name="Spend", exact=True).click()
    expect(alpha.locator(".amount")).to_have_text("$90.50 / $100")
    expect(alpha.locator(".bar-row .word")).to_have_text("near")
    assert _width(page, "Alpha") == "width: 90.5%;"
    page.get_by_role("button", name="Advance the clock by 1 h").click()
    expect(alpha.locator(".amount")).to_have_text("$0 / $100")
    expect(page.locator(".unit", has_text="Zero").locator(".bar-row .word")).to_have_text("reached")


def test_a_forced_error_and_a_violation_are_explained(open_page: Open, mock: GovernanceMock) -> None:
    page = open_page()
    page.locator("summary", has_text="Failures").click()
    page.get_by_role("button", name="Force").click()
    expect(page.locator("summary", has_text="Failures")).to_contain_text("on")
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Force")).to_be_hidden()
    assert _send(mock, "GET", UNITS) == 429
    expect(page.locator(".exchange").first).to_contain_text("forced")
    mock.fail({"drop": True, "next": 1})
    with pytest.raises(requests.ConnectionError):
        _send(mock, "PUT", f"{UNITS}/bu-a/governance", {})
    expect(page.locator(".exchange .status").first).to_have_text("drop")
    assert _send(mock, "PUT", f"{UNITS}/bu-a/governance", {"budget": {"reset_duration": "1 month"}}) == 400
    page.locator(".exchange", has_text="400").click()
    detail = page.locator("#journal .detail")
    expect(detail.locator(".message")).to_contain_text('"1 month" is not allowed')
    expect(detail.locator(".place")).to_contain_text(
        "at /budget/reset_duration · contract #/components/schemas/ResetDuration"
    )
    expect(detail).not_to_contain_text(mock.key)
    detail.get_by_role("button", name="Replay").click()
    expect(page.locator(".exchange", has_text="400")).to_have_count(2)
    assert _send(mock, "GET", UNITS, Authorization="Bearer sk-bf-0123456") == 401
    page.get_by_label("Kind of exchanges").select_option("violations")
    expect(page.locator(".exchange")).to_have_count(3)
    page.locator(".exchange", has_text="401").click()
    expect(detail.locator(".message")).to_contain_text("This is a virtual key")


def test_the_documentation_sends_a_request(open_page: Open, mock: GovernanceMock) -> None:
    page = open_page(f"/_mock/docs#key={mock.key}")
    operation = page.locator("rapi-doc").locator("[id='get-/api/governance/business-units']")
    operation.get_by_role("button", name="Try").click()
    expect(operation).to_contain_text("Response Status: OK:200")
    assert mock.key not in page.url
    assert mock.control("GET", "/journal")["entries"][-1]["status"] == 200
    expect(page.locator("rapi-doc")).to_contain_text("with Bearer <API key>. Virtual keys")
    expect(operation).to_contain_text("Max 9223372036854775807")


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 1280), ("light", 390)])
def test_axe_finds_nothing(open_page: Open, mock: GovernanceMock, scheme: str, width: int) -> None:
    if not _AXE.exists():
        pytest.skip("axe-core is not installed; tests/meta/generators/install installs it")
    mock.fail({"status": 503, "operations": ["getBusinessUnit"]})
    mock.snapshot("before")
    _send(mock, "PUT", f"{UNITS}/bu-a/governance", {"budget": {"max_limit": -1}, "budgets": 1})
    page = open_page(color_scheme=scheme, viewport={"width": width, "height": 800}, reduced_motion="reduce")
    page.locator(".unit").first.click()
    if width < 500:
        page.locator("[data-tab=journal]").click()
    page.locator(".exchange").first.click()
    page.locator("summary", has_text="State").click()
    page.evaluate(_AXE.read_text("utf-8") + "; undefined")
    result = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    assert [(one["id"], one["nodes"][0]["html"]) for one in result["violations"]] == []


def test_names_and_entries_are_text(open_page: Open, mock: GovernanceMock) -> None:
    path = f"{UNITS}/%3Cimg%20src=x%20onerror=document.title=3%3E"
    _send(mock, "GET", path)
    _send(mock, "PUT", f"{UNITS}/bu-a/governance", {"budget": {"reset_duration": HOSTILE}})
    page = open_page()
    unit = page.locator(".unit", has_text="onerror")
    expect(unit.locator(".name")).to_have_text(HOSTILE)
    unit.click()
    page.get_by_label("spend tokens").fill("50")
    page.get_by_role("button", name="Spend", exact=True).click()
    expect(unit.locator(".amount")).to_have_text("950 / 1,000")
    for row in page.locator(".exchange").all():
        row.click()
        expect(page.locator("#journal .detail")).to_contain_text("onerror")
    expect(page).to_have_title("Governance mock")


def test_the_keyboard_is_enough(open_page: Open) -> None:
    page = open_page()
    expect(page.locator(".unit")).to_have_count(4)
    page.keyboard.press("/")
    expect(page.get_by_label("Search units")).to_be_focused()
    page.keyboard.type("z")
    expect(page.locator(".unit")).to_have_count(1)
    page.keyboard.press("Escape")
    expect(page.locator(".unit")).to_have_count(4)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowUp")
    expect(page.locator(".unit", has_text="Alpha")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#selected-title")).to_have_text("Alpha")
    page.keyboard.press("Escape")
    expect(page.locator("#selected-title")).to_have_count(0)
    expect(page.locator(".unit", has_text="Alpha")).to_be_focused()


def test_a_phone_has_two_tabs(open_page: Open, mock: GovernanceMock) -> None:
    _send(mock, "GET", UNITS)
    page = open_page(viewport={"width": 390, "height": 800})
    expect(page.locator("#units")).to_be_visible()
    expect(page.locator("#journal")).to_be_hidden()
    page.get_by_role("tab", name=re.compile("Units")).focus()
    page.keyboard.press("ArrowRight")
    expect(page.locator(".exchange")).to_be_visible()
    expect(page.locator("#units")).to_be_hidden()
    assert page.evaluate("document.documentElement.scrollWidth") == 390


def test_an_empty_mock_says_how_to_fill_it(open_page: Open, mock: GovernanceMock) -> None:
    mock.load({"business_units": []})
    page = open_page(f"/_mock/#key={mock.key}")
    expect(page.locator("#units .none")).to_contain_text("PUT /_mock/state")
    page.locator("summary", has_text="State").click()
    page.get_by_label("name", exact=True).fill("First")
    page.get_by_role("button", name="Create").first.click()
    expect(page.locator(".unit .name")).to_have_text("First")


def test_a_lost_connection_comes_back(open_page: Open, browser: Browser, mock: GovernanceMock) -> None:
    with governance_mock(seed=SEED) as other:
        page = open_page(base=other.url, allow_errors=True)
        expect(page.locator(".unit")).to_have_count(4)
        port = int(other.url.rpartition(":")[2])
    expect(page.locator(".lost")).to_contain_text("does not answer")
    with governance_mock(seed={"business_units": [{"name": "Reborn"}]}, port=port):
        expect(page.locator(".lost")).to_have_count(0)
        expect(page.locator(".unit .name")).to_have_text(["Reborn"])  # waits until it is the only one


def test_two_sandboxes_have_two_consoles(open_page: Open, mock: GovernanceMock) -> None:
    other = mock.sandbox("second")
    try:
        other.spend("bu-a", dollars=5)
        page = open_page("/s/second/_mock/")
        expect(page.locator(".unit", has_text="Alpha").locator(".amount")).to_have_text("$25 / $100")
        expect(page.locator("header")).to_contain_text("sandbox second")
        page.get_by_role("button", name="Advance the clock by 1 h").click()
        expect(page.locator(".unit", has_text="Alpha").locator(".amount")).to_have_text("$0 / $100")
        assert mock.control("GET", "/units")["business_units"][0]["budget"]["current_usage"] == 20
    finally:
        mock.control("DELETE", "/sandboxes/second")


_ATTACK = """async (url) => {
  const attempts = [
    ["/_mock/journal", {}], ["/_mock/units", {mode: "no-cors"}], ["/_mock/reset", {method: "POST"}],
    ["/_mock/reset", {method: "POST", mode: "no-cors"}],
    ["/_mock/units/bu-a/spend", {method: "POST", mode: "no-cors", body: '{"dollars": 1}'}],
    ["/_mock/journal", {method: "DELETE"}], ["/_mock/journal/1/replay", {method: "POST", mode: "no-cors"}],
  ];
  const seen = [];
  for (const [path, options] of attempts)
    try {
      seen.push((await (await fetch(url + path, options)).text()).length);
    } catch (error) { seen.push(error.name); }
  return seen;
}"""


def test_pages_of_other_origins_reach_nothing(browser: Browser, mock: GovernanceMock) -> None:
    assert _send(mock, "PUT", f"{UNITS}/bu-a/governance", {"budget": {"max_limit": 77}}) == 200
    before = mock.state()
    evil = Response(200, b"<title>evil</title>", {"Content-Type": "text/html"})
    with stub_server(lambda request: evil) as server, browser.new_context() as context:
        page = context.new_page()
        page.goto(f"http://evil.example:{server.port}/")
        assert set(page.evaluate(_ATTACK, mock.url)) <= {"TypeError", 0}
        rebound = mock.url.replace("127.0.0.1", "rebound.example")
        answers = [page.goto(f"{rebound}/_mock/{path}") for path in ("", "journal", "units", "docs")]
        assert [answer.status for answer in answers if answer] == [403] * 4
    assert mock.state() == before
    entries = mock.control("GET", "/journal")["entries"]
    assert [entry["method"] for entry in entries if entry["path"].startswith(UNITS)] == ["PUT"]


@pytest.fixture(scope="module")
def dashboard(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[str, bytes]]:
    """The files of a dashboard that uses a client generated from the contract, by path: media type and text."""
    tools = _GENERATORS / "node_modules"
    if not (tools / "openapi-fetch").exists():
        pytest.skip("openapi-fetch is not installed; tests/meta/generators/install installs it")
    folder = tmp_path_factory.mktemp("dashboard")
    for source in (*(_GENERATORS / "dashboard").iterdir(), _GENERATORS / "tsconfig.json"):
        shutil.copy(source, folder)
    (folder / "package.json").write_text('{"type": "module"}', "utf-8")
    (folder / "node_modules").symlink_to(tools)
    for command in (["openapi-typescript", str(default_path()), "-o", "schema.d.ts"], ["tsc"]):
        done = subprocess.run([tools / ".bin" / command[0], *command[1:]], cwd=folder, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr
    script = "text/javascript"
    return {
        "/": ("text/html", (folder / "index.html").read_bytes()),
        "/dashboard.js": (script, (folder / "built" / "dashboard.js").read_bytes()),
        "/openapi-fetch.js": (script, (tools / "openapi-fetch" / "dist" / "index.mjs").read_bytes()),
    }


def test_a_dashboard_with_a_generated_client_works(
    browser: Browser, mock: GovernanceMock, dashboard: dict[str, tuple[str, bytes]]
) -> None:
    def respond(request: Request) -> Response:
        media_type, text = dashboard.get(request.target.partition("?")[0], ("text/plain", b""))
        return Response(200, text, {"Content-Type": media_type})

    with stub_server(respond) as server, browser.new_context() as context:
        page = context.new_page()
        page.goto(f"http://localhost:{server.port}/?{urlencode({'api': mock.url, 'key': mock.key})}")
        expect(page.locator(".total")).to_have_text("4 units")
        page.get_by_role("link", name="Alpha").click()
        expect(page.locator(".budget")).to_have_text("20 of 100 dollars, resets every 1h")
        page.get_by_role("button", name="Change").click()
        page.get_by_label("Duration").fill("1 month")
        page.get_by_role("button", name="Save").click()
        expect(page.get_by_role("alert")).to_contain_text("budget.reset_duration")
        page.get_by_label("Duration").fill("1d")
        page.get_by_label("Limit").fill("250")
        page.get_by_role("button", name="Save").click()
        expect(page.locator(".budget")).to_have_text("20 of 250 dollars, resets every 1d")
    (breach,) = mock.control("GET", "/journal?violations=true")["entries"]
    assert breach["verdict"]["problems"][0]["pointer"] == "/budget/reset_duration"
