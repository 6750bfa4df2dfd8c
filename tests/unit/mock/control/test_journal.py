"""The journal: what it records, what it says of a request, and what is never in it."""

from __future__ import annotations

import http.client
import json
from base64 import b64encode
from typing import Any
from urllib.parse import quote

import pytest
from controlled import Controlled
from mock_api import KEY, SUPPORT, UNITS

from mock_server import governance_mock
from mock_server.api.request_reader import Breach
from mock_server.app import create_app
from mock_server.contract.document import Contract
from mock_server.control.journal import journal as recording
from mock_server.control.journal.journal import MAX_ENTRIES, MAX_RECORDED_BYTES
from mock_server.control.journal.verdict import Verdict
from mock_server.wsgi import RECORDED_KEY

GROWTH = f"{UNITS}/bu-growth"
PUT = f"{GROWTH}/governance"
_UPDATE = "paths/~1api~1governance~1business-units~1{id}~1governance/put"


@pytest.fixture(autouse=True)
def _empty(mock: Controlled) -> None:
    mock.control("DELETE", "/journal")


def _entries(mock: Controlled, query: str = "") -> list[dict[str, Any]]:
    return list(mock.control("GET", f"/journal{query}")["entries"])


def _last(mock: Controlled) -> dict[str, Any]:
    return _entries(mock)[-1]


def test_an_exchange_has_everything_but_the_key(mock: Controlled) -> None:
    mock.call("PUT", f"{PUT}?x=%2F", json={"budget": {"max_limit": 5.0, "reset_duration": "1M"}})
    entry = _last(mock)
    assert (entry["method"], entry["path"], entry["query"]) == ("PUT", PUT, "x=%2F")
    assert (entry["operation"], entry["status"]) == ("updateBusinessUnitGovernance", 200)
    assert json.loads(entry["request"]["body"]) == {"budget": {"max_limit": 5.0, "reset_duration": "1M"}}
    assert json.loads(entry["response"]["body"])["business_unit"]["id"] == "bu-growth"
    assert {"name": "Authorization", "value": "Bearer [redacted]"} in entry["request"]["headers"]
    assert entry["verdict"]["ok"]
    assert mock.control("GET", f"/journal/{entry['number']}") == entry


@pytest.mark.parametrize(
    ("headers", "words"),
    [
        ({"Authorization": "Bearer sk-bf-0123456789"}, "This is a virtual key"),
        ({"Authorization": "Bearer undefined"}, "placeholder"),
        ({"Authorization": "Bearer "}, "There is no key after `Bearer`."),
        ({"Authorization": "Bearer $GOVERNANCE_API_KEY"}, "placeholder"),
        ({"Authorization": KEY}, "the scheme is missing"),
        ({"Authorization": f"Bearer {KEY.upper()}"}, "upper and lower case"),
        ({"Authorization": f'Bearer "{KEY}"'}, "quotation marks"),
        ({"Authorization": f"Bearer {KEY},{KEY}"}, "sent twice"),
        ({"Authorization": f"Bearer {KEY} {KEY}"}, "holds two keys"),
        ({"Authorization": "Bearer bfst-" + "z" * 44}, "is not a key of this mock"),
        ({"Authorization": "Bearer eyJhbGciOiJIUzI1NiJ9.eyJhIjoxfQ.c2ln"}, "JSON Web Token"),
        ({"Authorization": f"Basic {b64encode(KEY.encode()).decode()}"}, "The scheme of Authorization is Basic"),
        ({"Authorization": "", "x-api-key": KEY}, "The header Authorization is empty"),
        ({"Authorization": f"Bearer\t{KEY}"}, "no space between `Bearer` and the key"),
        ({"Authorization": f"Bearer{KEY}"}, "no space between `Bearer` and the key"),
        ({"Authorization": f"Bearer Bearer {KEY}"}, "is there twice"),
        ({"Authorization": f"BearerX {KEY}"}, "The scheme of Authorization is another one"),
        ({"Authorization": "Bearer SK-BF-0123456789"}, "This is a virtual key"),
        ({"Authorization": f"Bearer {KEY} "}, "blanks beside it"),
        ({"Authorization": f"Bearer <{KEY}>"}, "in brackets"),
        ({"Authorization": f"Bearer {{{{{KEY}}}}}"}, "in brackets"),
        ({"Authorization": "Negotiate abc"}, "The scheme of Authorization is another one"),
    ],
)
def test_a_refused_credential_is_explained_in_the_journal_alone(
    mock: Controlled, headers: dict[str, str], words: str
) -> None:
    response = mock.call("GET", UNITS, headers=headers)
    entry = _last(mock)
    assert response.status_code == 401
    assert words in entry["verdict"]["explanation"]
    assert words not in response.text
    assert not entry["verdict"]["ok"]
    assert entry["verdict"]["problems"][0]["in"] == "security"
    assert entry["verdict"]["problems"][0]["schema"] == "#/components/securitySchemes/ManagementBearerAuth"


@pytest.mark.parametrize(
    ("headers", "words"),
    [
        ({"X-Api-Key": KEY}, "The key is in `x-api-key`"),
        ({"X-Api-Key": "another"}, "The credential is in `x-api-key`"),
        ({"X-BF-VK": "sk-bf-0123456789"}, "The virtual key is in `x-bf-vk`"),
        ({"X-Token": f"Bearer {KEY}"}, "The key is in `x-token`"),
        ({"X-Part": f"{KEY}-and-more"}, "no Authorization header"),
        ({"Cookie": "a=1"}, "a cookie"),
        ({}, "no Authorization header"),
    ],
)
def test_a_credential_in_the_wrong_place_is_explained(mock: Controlled, headers: dict[str, str], words: str) -> None:
    # A client that keeps cookies removes the header Cookie.
    mock.client.application.test_client(use_cookies=False).get(UNITS, headers=headers)
    assert words in _last(mock)["verdict"]["explanation"]


@pytest.mark.parametrize(
    ("body", "pointer", "schema"),
    [
        ({"budget": {"max_limit": -1}}, "/budget/max_limit", "#/components/schemas/MaxLimitDollars/exclusiveMinimum"),
        (
            {"budget": {"reset_duration": "1 month"}},
            "/budget/reset_duration",
            "#/components/schemas/ResetDuration/pattern",
        ),
        ([], "", "#/components/schemas/UpdateBusinessUnitGovernanceRequest/type"),
        (
            {"budget": {"reset_duration": "1h"}},
            "/budget",
            "#/paths/~1api~1governance~1business-units~1{id}~1governance/put",
        ),
    ],
)
def test_a_bad_body_has_pointer_and_schema(mock: Controlled, body: Any, pointer: str, schema: str) -> None:
    mock.put("bu-growth", body, 400)
    (problem,) = _last(mock)["verdict"]["problems"]
    assert (problem["in"], problem["pointer"], problem["schema"]) == ("body", pointer, schema)
    assert problem["message"]


def test_a_preference_that_cannot_be_met_is_in_the_header(mock: Controlled) -> None:
    mock.call("GET", UNITS, headers={"Prefer": "code=299"})
    (problem,) = _last(mock)["verdict"]["problems"]
    assert (problem["in"], problem["pointer"]) == ("header", "Prefer")


@pytest.mark.parametrize(
    ("method", "path", "place"),
    [("PATCH", UNITS, "method"), ("PATCH", GROWTH, "method"), ("GET", "/api/nowhere", "path"), ("PUT", PUT, "")],
)
def test_a_refused_credential_comes_before_other_problems(mock: Controlled, method: str, path: str, place: str) -> None:
    response = mock.call(method, path, headers={"Authorization": "Bearer undefined"}, json={})
    verdict = _last(mock)["verdict"]
    assert response.status_code == 401
    assert [one["in"] for one in verdict["problems"]] == ["security", *([place] if place else [])]
    assert "placeholder" in verdict["explanation"]


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b'{"x": NaN}', "NaN is not JSON"),
        (b'{"x": 1e400}', "too large for a double"),
        (b"\xef\xbb\xbf{}", "byte order mark"),
        (b'{"x": "\xff"}', "not UTF-8"),
        (b'{"x": "\\ud800"}', "half of a surrogate pair"),
        (b'{"x": ' + b"1" * 5000 + b"}", "a number has too many digits"),
        (b"[" * 65 + b"]" * 65, "deeper than 64 levels"),
    ],
)
def test_json_that_is_refused_is_explained(mock: Controlled, body: bytes, words: str) -> None:
    response = mock.call("PUT", PUT, data=body, content_type="application/json")
    assert words in _last(mock)["verdict"]["explanation"]
    assert words not in response.text or "deeper" in words


def test_an_encoded_body_is_explained_by_its_encoding(mock: Controlled) -> None:
    response = mock.call("PUT", PUT, data=b"\x1f\x8b\x08", headers={"Content-Encoding": "gzip"})
    assert response.status_code == 415
    assert "Content-Encoding" in _last(mock)["verdict"]["explanation"]
    assert len(_last(mock)["verdict"]["problems"]) == 1


def test_broken_json_has_line_and_column(mock: Controlled) -> None:
    mock.call("PUT", PUT, data=b'{"budget":\n nothing}', content_type="application/json")
    assert "line 2, column 2" in _last(mock)["verdict"]["explanation"]


@pytest.mark.parametrize(
    ("method", "path", "place", "words"),
    [
        ("GET", "/api/governance/business-unit", "path", "The nearest one is /api/governance/business-units"),
        ("PATCH", GROWTH, "method", "it has DELETE, GET, HEAD, PUT"),
        ("GET", f"{UNITS}?limit=many", "query", "not of type integer"),
        ("GET", f"{UNITS}?page=0", "query", "minimum of 1"),
        ("GET", f"{UNITS}/%FF", "path", "percent-encoding"),
    ],
)
def test_other_parts_of_a_request_are_judged(mock: Controlled, method: str, path: str, place: str, words: str) -> None:
    mock.call(method, path)
    verdict = _last(mock)["verdict"]
    assert not verdict["ok"]
    assert verdict["problems"][0]["in"] == place
    assert words in verdict["problems"][0]["message"]


def test_a_refusal_by_the_state_is_no_breach(mock: Controlled) -> None:
    mock.call("GET", f"{UNITS}/n%C3%B3body")
    mock.call("POST", UNITS, json={"name": "Growth"})
    missing, taken = (entry["verdict"] for entry in _entries(mock))
    assert missing == {"ok": True, "explanation": 'Business unit not found: "nóbody".', "problems": [], "hints": []}
    assert taken["ok"]
    assert "already exists" in taken["explanation"]
    assert _entries(mock, "?violations=true") == []


def test_what_may_surprise_is_a_hint(mock: Controlled) -> None:
    mock.call("GET", f"{UNITS}?serach=x", headers={"Origin": "https://evil.example"})
    mock.put("bu-growth", {"budget": {"max_limit": 7, "reset_durations": "1d"}})
    origin, query = _entries(mock)[0]["verdict"]["hints"]
    (member,) = _entries(mock)[1]["verdict"]["hints"]
    assert "--cors-origin https://evil.example" in origin
    assert "Is 'search' meant?" in query
    assert "'reset_durations' at /budget is not in the contract" in member


def test_a_forced_outcome_says_so(mock: Controlled) -> None:
    mock.call("GET", UNITS, headers={"Prefer": "code=500"})
    entry = _last(mock)
    assert (entry["status"], entry["forced"]) == (500, "Prefer: code=500")
    assert entry["verdict"]["ok"]


def test_no_credential_is_in_any_form_of_the_journal(mock: Controlled) -> None:
    virtual, token = "sk-bf-5f1f0c1e-7f55", "eyJhbGciOiJIUzI1NiJ9.eyJhIjoxfQ.c2ln"
    headers = {"X-Api-Key": "other-secret-1", "X-Auth-Token": "other-secret-3", "X-Vk": "SK-BF-other-secret-8"}
    cookie = {"HTTP_COOKIE": "session=other-secret-2"}
    headers |= {"X-Note": f"see {KEY}", "Proxy-Authorization": f"Basic {b64encode(KEY.encode()).decode()}"}
    query = f"api_key=other-secret-4&q={quote(KEY)}&access_token=other-secret-5"
    body = {"note": KEY, "password": "other-secret-6", "deep": [{"token": "other-secret-7"}], "keys": [virtual, token]}
    for path in (f"{UNITS}?{query}", f"{UNITS}/{KEY}?{query}", f"/nowhere/{virtual}?{query}", f"{UNITS}/%62{KEY[1:]}"):
        mock.call("POST", path, json=body, headers=headers, environ_overrides=cookie)
    mock.call("POST", UNITS, data=f'{{"name": "\\u0062{KEY[1:]}"}}', content_type="application/json")
    mock.call("GET", UNITS, headers={"Authorization": f"Bearer {virtual}"})
    mock.call("GET", UNITS, headers={"Authorization": f"Token {token}"})
    shown = json.dumps(_entries(mock)) + mock.client.get("/_mock/journal.har").text
    shown += mock.client.get("/_mock/journal/events").text
    for secret in (KEY, KEY[1:], quote(KEY), b64encode(KEY.encode()).decode(), "5f1f0c1e", "c2ln", "other-secret"):
        assert secret not in shown


@pytest.mark.parametrize(
    ("query", "body"),
    [
        ("", '{"password": 987654321}'),
        ("", '{"secret": ["987654321"], "refresh-token": {"value": "987654321"}}'),
        ("", r'{"pass\u0077ord": "987654321"}'),
        ("", '{"db_password": "987654321"'),
        ("", '{"token": 987654321, '),
        ("", f'{{"deep": {"[" * 600}{"]" * 600}, "token": "987654321"}}'),
        ("", "password=987654321&name=x"),
        ("?access%5Ftoken=987654321", ""),
        ("?a=b&user_password=987654321", ""),
        ("?q=eyJhbGciOiJIUzI1NiJ9.987654321", ""),
        ("?q=eyJhbGciOiJIUzI1NiJ9.eyJhIjoxfQ.a.eyJhbGciOiJIUzI1NiJ9.987654321", ""),
        ("?q=www.eyJhbGciOiJIUzI1NiJ9.eyJhIjoxfQ.987654321", ""),
    ],
)
def test_values_with_names_of_credentials_are_redacted(mock: Controlled, query: str, body: str) -> None:
    mock.call("PUT", f"{PUT}{query}", data=body, content_type="application/json")
    shown = json.dumps(_last(mock)) + mock.client.get("/_mock/journal.har").text
    assert "987654321" not in shown
    assert "[redacted]" in _last(mock)["request"]["body"] + _last(mock)["query"]


def test_a_header_has_the_name_that_was_sent() -> None:
    with governance_mock() as mock:
        send = http.client.HTTPConnection("127.0.0.1", int(mock.url.rpartition(":")[2]), timeout=10)
        send.request("GET", UNITS, headers={"Upgrade": "h2c"})
        send.getresponse().read()
        send.request("HEAD", "/_mock/journal/events")  # ends at once, since it has no body
        assert send.getresponse().read() == b""
        send.request("GET", "/_mock/journal")
        (entry,) = json.loads(send.getresponse().read())["entries"]
        send.close()
    assert {"name": "Upgrade", "value": "h2c"} in entry["request"]["headers"]


def test_an_exchange_keeps_the_contract_that_was_in_force_when_it_began(
    mock: Controlled, controlled_app: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    main = controlled_app.extensions["sandboxes"].main
    before, clock = main.journal.context, main.clock

    def reload_meanwhile() -> Any:
        main.journal.context = None
        return clock()

    with monkeypatch.context() as patched:
        patched.setattr(main, "clock", reload_meanwhile)
        mock.call("PUT", PUT, json={})
    assert main.journal.context is None
    main.journal.context = before
    assert (_last(mock)["status"], _last(mock)["operation"]) == (200, "updateBusinessUnitGovernance")


@pytest.mark.parametrize("padding", range(20, 90, 7))
def test_no_part_of_a_key_is_shown_where_a_text_is_cut(contract: Contract, padding: int) -> None:
    key = "tenancies-number-0000-key-of-the-test-environment"
    mock = Controlled(create_app(contract, [key], control=True))
    headers, long = {"Authorization": f"Bearer {key}"}, "x" * padding + key
    mock.call("GET", f"{UNITS}?{long}=1", headers=headers)
    mock.call("GET", UNITS, headers=headers | {"Prefer": f"code={'9' * (4 * padding)}{key}"})
    mock.call(
        "PUT", PUT, headers=headers, json={long: 1, "budget": {"reset_duration": "x" * padding + key + "x" * 200}}
    )
    mock.call("PUT", PUT, headers=headers, data=b"x" * (MAX_RECORDED_BYTES - padding) + key.encode())
    shown = mock.client.get("/_mock/journal").text
    assert key[:8] not in shown
    assert key[-8:] not in shown


@pytest.mark.parametrize("key", ["governance-test-key", "my-key-for-business-units", "customer-support-key"])
def test_words_that_a_key_has_are_shown(contract: Contract, key: str) -> None:
    mock = Controlled(create_app(contract, [key], control=True))
    listed = mock.call("GET", UNITS, headers={"Authorization": f"Bearer {key}"}).text
    mock.call("PUT", f"{UNITS}/{SUPPORT}/governance", headers={"Authorization": f"Bearer {key}"}, json={"budget": 1})
    first, second = _entries(mock)
    assert first["response"]["body"] == listed
    assert second["path"] == f"{UNITS}/{SUPPORT}/governance"


def test_limits_of_a_budget_are_no_credentials(mock: Controlled) -> None:
    mock.put("bu-growth", {"rate_limit": {"token_max_limit": 77, "token_reset_duration": "1h"}})
    assert '"token_reset_duration": "1h"' in _last(mock)["request"]["body"]


def test_a_request_is_sent_again_with_a_key(mock: Controlled) -> None:
    mock.put("bu-growth", {"budget": {"max_limit": 42}})
    number = _last(mock)["number"]
    mock.put("bu-growth", {"budget": {"max_limit": 43}})
    again = mock.control("POST", f"/journal/{number}/replay")
    assert again["number"] == number + 2
    assert again["status"] == 200
    assert mock.budget("bu-growth")["max_limit"] == 42


def test_a_replay_returns_its_own_exchange(mock: Controlled, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another client sends the same request at the same time."""
    mock.call("GET", UNITS)
    first, serve = _last(mock), recording.Journal.serve

    def serve_and_let_another_send(self: recording.Journal, app: Any, environ: dict[str, Any], start: Any) -> Any:
        pieces = serve(self, app, environ, start)
        if RECORDED_KEY in environ:
            mock.call("GET", UNITS)
        return pieces

    monkeypatch.setattr(recording.Journal, "serve", serve_and_let_another_send)
    again = mock.control("POST", f"/journal/{first['number']}/replay")
    assert again["number"] == first["number"] + 1
    assert _last(mock)["number"] == first["number"] + 2


def test_a_refused_credential_is_refused_again(mock: Controlled) -> None:
    mock.call("GET", UNITS, headers={"Authorization": "Bearer sk-bf-0123456789"})
    assert mock.control("POST", f"/journal/{_last(mock)['number']}/replay")["status"] == 401


@pytest.mark.parametrize(
    "path", [f"{GROWTH}http://nobody.example", f"{UNITS}?search=http://nobody.example", f"{UNITS}/a%2Fb?limit=%31"]
)
def test_a_request_is_sent_again_to_the_same_place(mock: Controlled, path: str) -> None:
    before = mock.total()
    mock.call("DELETE" if path.startswith(GROWTH) else "GET", path)
    first = _last(mock)
    again = mock.control("POST", f"/journal/{first['number']}/replay")
    for name in ("path", "query", "operation", "status"):
        assert again[name] == first[name]
    assert again["response"]["body"] == first["response"]["body"]
    assert mock.total() == before


def test_a_forced_refusal_of_the_key_is_sent_again_with_a_key(mock: Controlled) -> None:
    mock.control("PUT", "/chaos", {"rules": [{"status": 401, "next": 1}]})
    mock.call("GET", UNITS)
    entry = _last(mock)
    assert (entry["status"], entry["verdict"]["ok"]) == (401, True)
    assert mock.control("POST", f"/journal/{entry['number']}/replay")["status"] == 200


def test_a_target_with_an_origin_has_none_in_the_journal(mock: Controlled) -> None:
    mock.call("GET", UNITS, environ_overrides={"REQUEST_URI": f"http://mock.example{UNITS}?limit=1"})
    assert _last(mock)["path"] == UNITS
    (har,) = mock.control("GET", "/journal.har")["log"]["entries"]
    assert har["request"]["url"] == f"http://localhost{UNITS}?limit=1"


@pytest.mark.parametrize("path", [f"/{UNITS}", f"{UNITS}/", UNITS.replace("g", "%67"), f"{GROWTH}//governance"])
def test_the_verdict_has_the_operation_that_the_mock_served(mock: Controlled, path: str) -> None:
    response = mock.call("GET", path)
    entry = _last(mock)
    assert entry["verdict"]["ok"] == (response.status_code == 200)
    assert (entry["operation"] is not None) == (response.status_code == 200)


def test_what_is_not_kept_cannot_be_sent_again(mock: Controlled) -> None:
    mock.call("POST", UNITS, json={"name": "x" * MAX_RECORDED_BYTES})
    entry = _last(mock)
    assert entry["request"]["truncated"]
    assert len(entry["request"]["body"]) == MAX_RECORDED_BYTES
    assert "too long" in mock.refused("POST", f"/journal/{entry['number']}/replay", status=409)["message"]
    assert "no entry" in mock.refused("POST", "/journal/999999/replay", status=404)["message"]


def test_the_journal_is_bounded(mock: Controlled, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recording, "MAX_ENTRIES", 3)
    for _ in range(5):
        mock.call("GET", UNITS)
    assert MAX_ENTRIES > len(_entries(mock)) == 3
    monkeypatch.setattr(recording, "MAX_BYTES", 1)
    mock.call("GET", UNITS)
    assert _entries(mock) == []


def test_an_entry_lists_at_most_20_problems() -> None:
    breaches = [Breach("query", (f"q{number}",), "required") for number in range(30)]
    assert len(Verdict(breaches=breaches).json()["problems"]) == 20


def test_har_has_every_exchange(mock: Controlled) -> None:
    mock.put("bu-growth", {"budget": {"max_limit": 42}})
    mock.call("GET", f"{UNITS}?limit=1")
    archive = mock.control("GET", "/journal.har")["log"]
    assert archive["version"] == "1.2"
    put, get = archive["entries"]
    assert (put["request"]["method"], put["response"]["status"]) == ("PUT", 200)
    assert put["request"]["postData"]["text"] == '{"budget": {"max_limit": 42}}'
    assert get["request"]["url"] == f"http://localhost{UNITS}?limit=1"
    assert get["request"]["queryString"] == [{"name": "limit", "value": "1"}]


def test_events_go_on_after_the_last_one(mock: Controlled) -> None:
    mock.call("GET", UNITS)
    first = mock.client.get("/_mock/journal/events").text
    number = _last(mock)["number"]
    mock.call("GET", GROWTH)
    later = mock.client.get("/_mock/journal/events", headers={"Last-Event-ID": str(number)}).text
    assert f"id: {number}\nevent: entry\n" in first
    assert "event: state\n" in first
    assert f"id: {number}\n" not in later
    assert f"id: {number + 1}\n" in later
    restarted = mock.client.get("/_mock/journal/events?after=999999").text
    assert "event: clear\n" in restarted
    assert f"id: {number}\n" in restarted


def test_events_in_turns_say_that_the_journal_was_cleared(mock: Controlled) -> None:
    mock.call("GET", UNITS)
    shown = {"Last-Event-ID": str(_last(mock)["number"])}
    assert "event: clear\n" not in mock.client.get("/_mock/journal/events", headers=shown).text
    mock.client.delete("/_mock/journal")
    assert "event: clear\n" in mock.client.get("/_mock/journal/events", headers=shown).text
    mock.call("GET", GROWTH)
    later = {"Last-Event-ID": str(_last(mock)["number"])}
    assert "event: clear\n" not in mock.client.get("/_mock/journal/events", headers=later).text


def test_each_sandbox_has_a_journal(mock: Controlled, sandbox: Any) -> None:
    other = sandbox("journal")
    other.call("GET", UNITS)
    assert _entries(mock) == []
    (entry,) = _entries(other)
    assert entry["path"] == f"/s/journal{UNITS}"
    assert entry["operation"] == "listBusinessUnits"
    assert other.control("POST", f"/journal/{entry['number']}/replay")["number"] == entry["number"] + 1


def test_units_have_their_next_resets(mock: Controlled) -> None:
    mock.control("PUT", "/units/bu-growth/meter", {"dollars": 2})
    mock.control("PATCH", "/clock", {"now": "2027-12-31T23:00:00Z", "frozen": True})
    answer = mock.control("GET", "/units")
    units = {unit["id"]: unit for unit in answer["business_units"]}
    growth, web = units["bu-growth"], units["bu-web"]
    assert answer["clock"]["frozen"]
    assert growth["next_resets"]["budget"] == "2028-01-01T00:00:00.000000Z"  # with the calendar
    assert growth["meter"] == {"dollars": 2}
    assert web["next_resets"]["budget"] == "2028-01-03T00:00:00.000000Z"  # the next Monday
    assert units["bu-legal"]["next_resets"] == {}
    for unit in units.values():
        assert all(instant > "2027-12-31T23" for instant in unit["next_resets"].values())
