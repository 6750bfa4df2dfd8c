"""Invalid requests: the response is an error of the contract, and the state is unchanged."""

from typing import Any

import pytest
from mock_api import LEGAL, PLATFORM, UNITS, Api

from mock_server.contract.document import Contract
from mock_server.contract.validation import Validation

GOVERNANCE = f"{UNITS}/{PLATFORM}/governance"
MALFORMED = [
    b"",
    b" ",
    b"{",
    b"{}x",
    b"{} {}",
    b"{'budget': {}}",
    b'{"budget": {}, }',
    b'{"budget": {}} // comment',
    b"\xef\xbb\xbf{}",
    b"\xff\xfe{\x00}\x00",
    b'{"x": "\xff"}',
    b'{"x": "\xed\xa0\x80"}',
    b'{"x": "\\ud800"}',
    b'{"\\udfff": 1}',
    b'{"x": "\n"}',
    b'{"budget": {"max_limit": NaN, "reset_duration": "1d"}}',
    b'{"budget": {"max_limit": Infinity}}',
    b'{"budget": {"max_limit": -Infinity}}',
    b'{"budget": {"max_limit": 1e400}}',
    b'{"budget": {"max_limit": ' + b"9" * 5000 + b"}}",
    b'{"budget": {"max_limit": 01}}',
    b'{"budget": {"max_limit": 0x1F}}',
    b'{"budget": {"max_limit": +1}}',
    b"[" * 65 + b"]" * 65,
    b'{"x":' * 65 + b"1" + b"}" * 65,
    b"[" * 100_000,
    b'{"x":' * 100_000,
    *(b"null", b"[]", b"[{}]", b'"x"', b"1", b"true"),
]


def assert_refused(contract: Contract, response: Any, status: int) -> None:
    assert response.status_code == status, response.text
    assert response.content_type == "application/json"
    assert response.json["status_code"] == status
    operation = contract.operations["updateBusinessUnitGovernance"]
    Validation(contract).response(operation, status, response.json)
    assert "Traceback" not in response.text


@pytest.mark.parametrize("body", MALFORMED, ids=lambda body: repr(body[:40]))
def test_a_body_that_is_not_a_json_object_is_refused(api: Api, contract: Contract, body: bytes) -> None:
    before = api.state()
    assert_refused(contract, api.call("PUT", GOVERNANCE, data=body), 400)
    assert api.state() == before


@pytest.mark.parametrize(
    "body", [b'{"x":' + b"[" * 62 + b"]" * 62 + b"}", b'{"x": "' + b"[{" * 99 + b'"}', b" {}\r\n\t"]
)
def test_unusual_but_valid_bodies_are_accepted(api: Api, body: bytes) -> None:
    assert api.call("PUT", GOVERNANCE, data=body).status_code == 200


@pytest.mark.parametrize("content_type", ["text/plain", "application/xml", "nonsense", ""])
def test_the_content_type_of_a_request_is_ignored(api: Api, content_type: str) -> None:
    response = api.call("PUT", GOVERNANCE, data=b'{"budget": {"max_limit": 3}}', content_type=content_type)
    assert response.status_code == 200
    assert api.unit(PLATFORM)["budget"]["max_limit"] == 3


def test_the_largest_body_is_one_mebibyte(api: Api, contract: Contract) -> None:
    fitting = b'{"x": "' + b"x" * (2**20 - 9) + b'"}'
    assert len(fitting) == 2**20
    assert api.call("PUT", GOVERNANCE, data=fitting).status_code == 200
    assert_refused(contract, api.call("PUT", GOVERNANCE, data=fitting + b" "), 413)


@pytest.mark.parametrize("name", ["", " ", "\t\n", "x" * 256, None, 1, [], {}])
def test_a_bad_name_is_refused(api: Api, contract: Contract, name: Any) -> None:
    assert_refused(contract, api.call("POST", UNITS, json={"name": name}), 400)
    assert_refused(contract, api.call("PUT", f"{UNITS}/{LEGAL}", json={"name": name}), 400)


@pytest.mark.parametrize(
    "query",
    [
        *("page=0", "page=-1", "page=abc", "page=", "page=1.0", "page=1e0", "page=%2B1", "page=+1", "page=0x1"),
        *("page=99999999999999999999", "page=9223372036854775808", "page=" + "9" * 5000, "page=%D9%A1", "page"),
        *("limit=0", "limit=101", "limit=-5", "limit=ten", "page=1&page=1", "limit=5&page=2&limit=6"),
        *("search=a&search=b", "search=%zz", "search=%", "search=%f", "search=%ff", "%zz=1", "unknown=%zz"),
    ],
)
def test_a_bad_query_is_refused(api: Api, contract: Contract, query: str) -> None:
    for path in (UNITS, f"{UNITS}/{PLATFORM}/teams"):
        assert_refused(contract, api.call("GET", f"{path}?{query}"), 400)


@pytest.mark.parametrize("unit_id", ["%zz", "%", "%f", "a%", "%ff", "%ed%a0%80", "%c0%af", "x%2"])
def test_an_identifier_that_does_not_decode_is_refused(api: Api, contract: Contract, unit_id: str) -> None:
    assert_refused(contract, api.call("GET", f"{UNITS}/{unit_id}"), 400)
    assert_refused(contract, api.call("PUT", f"{UNITS}/{unit_id}/governance", json={}), 400)
    assert_refused(contract, api.call("DELETE", f"{UNITS}/{PLATFORM}/teams/{unit_id}"), 400)


@pytest.mark.parametrize(
    "unit_id", ["nobody", "a%2Fb", "%2F", "%25zz", "%2525", "a%20b", "caf%C3%A9", "%00", "%3F", "."]
)
def test_an_unknown_unit_is_not_found(api: Api, contract: Contract, unit_id: str) -> None:
    response = api.call("GET", f"{UNITS}/{unit_id}")
    assert_refused(contract, response, 404)
    assert (response.json or {})["error"]["message"] == "Business unit not found"
    assert_refused(contract, api.call("PUT", f"{UNITS}/{unit_id}/governance", json={}), 404)


def test_an_encoded_slash_does_not_separate_segments(api: Api) -> None:
    assert api.call("GET", f"{UNITS}/{PLATFORM}%2Fteams").status_code == 404
    assert api.call("PUT", f"{UNITS}/{PLATFORM}%2Fgovernance", json={"name": "x"}).status_code == 404


def test_encoded_letters_in_the_path_are_decoded(api: Api) -> None:
    assert api.call("GET", f"{UNITS}/bu%2Dlegal").status_code == 200
    assert api.call("GET", f"{UNITS.replace('governance', '%67overnance')}/bu-legal").status_code == 200
