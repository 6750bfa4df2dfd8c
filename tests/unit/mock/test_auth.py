"""Authentication: which credentials the mock accepts, and the response to the others."""

from typing import Any

import pytest
from mock_api import KEY, PLATFORM, UNITS, Api

from mock_server.api.security import UnusableKeyError, random_key, split_keys, usable_keys
from mock_server.app import create_app
from mock_server.contract.document import Contract, KeyFormat
from mock_server.store import MemoryStore

BODY = {"budget": {"max_limit": 1}}
REFUSED: list[dict[str, str]] = [
    {},
    {"Authorization": ""},
    {"Authorization": "Bearer"},
    {"Authorization": "Bearer "},
    {"Authorization": KEY},
    {"Authorization": f" {KEY}"},
    {"Authorization": f"Bearer{KEY}"},
    {"Authorization": f"Bearer\t{KEY}"},
    {"Authorization": f"Bearer {KEY[:-1]}"},
    {"Authorization": f"Bearer {KEY}k"},
    {"Authorization": f"Bearer {KEY.upper()}"},
    {"Authorization": f"Bearer {KEY[:8]}..."},
    {"Authorization": f"Bearer {KEY[:8]}"},
    {"Authorization": f"Bearer {KEY} {KEY}"},
    {"Authorization": f"Bearer {KEY},Bearer {KEY}"},
    {"Authorization": f'Bearer "{KEY}"'},
    {"Authorization": f"Bearer token={KEY}"},
    {"Authorization": f"Basic {KEY}"},
    {"Authorization": f"Token {KEY}"},
    {"Authorization": f"Digest {KEY}"},
    {"Authorization": "Bearer sk-bf-0123456789"},
    {"Authorization": "Bearer 5a0d1f4e-6d1c-4f0a-9a3e-2f6f3c1b7d10"},
    {"Authorization": "Bearer k\u00e9y\u00ff"},
    {"x-api-key": KEY},
    {"x-api-key": KEY, "Authorization": "Bearer nobody"},
    {"x-bf-vk": KEY},
    {"Proxy-Authorization": f"Bearer {KEY}"},
    {"Cookie": f"token={KEY}; session={KEY}"},
]
PATHS = ["/nowhere", "/governance", "/governance/business-units/%zz", "/governance/business-units//governance"]


def assert_unauthorized(response: Any) -> None:
    assert response.status_code == 401
    assert response.content_type == "application/json"
    assert response.headers["WWW-Authenticate"] == "Bearer"
    assert response.json == {
        "is_bifrost_error": False,
        "status_code": 401,
        "error": {"message": "Unauthorized"},
        "extra_fields": {},
    }


@pytest.mark.parametrize("headers", REFUSED, ids=repr)
def test_a_request_without_a_management_key_is_refused(api: Api, headers: dict[str, str]) -> None:
    before = api.state()
    path = f"{UNITS}/{PLATFORM}/governance?api_key={KEY}&access_token={KEY}"
    assert_unauthorized(api.client.put(path, json=BODY, headers=headers))
    assert api.state() == before


@pytest.mark.parametrize("path", PATHS)
def test_the_key_is_checked_before_the_path(api: Api, path: str) -> None:
    for method in ("GET", "POST", "PATCH", "OPTIONS", "FROB"):
        assert_unauthorized(api.client.open(f"/api{path}", method=method, data=b"{"))


@pytest.mark.parametrize("slashes", ["//", "///"])
def test_a_path_with_leading_slashes_needs_the_key(api: Api, slashes: str) -> None:
    path = slashes + UNITS.lstrip("/")
    assert_unauthorized(api.client.get("/", environ_overrides={"PATH_INFO": path, "REQUEST_URI": path}))


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER", "Bearer  "])
def test_the_scheme_is_case_insensitive(api: Api, scheme: str) -> None:
    assert api.call("GET", UNITS, headers={"Authorization": f"{scheme} {KEY}"}).status_code == 200


def test_other_credentials_beside_a_valid_key_are_ignored(api: Api) -> None:
    assert api.call("GET", UNITS, headers={"x-api-key": "nonsense", "Cookie": "token=x"}).status_code == 200


def test_each_of_several_keys_is_accepted(contract: Contract) -> None:
    keys = usable_keys(split_keys("first-key, second-key,bfst-third=="), contract)
    client = create_app(contract, keys, MemoryStore()).test_client()
    for key, status in [("first-key", 200), ("second-key", 200), ("bfst-third==", 200), ("first-key,second-key", 401)]:
        assert client.get(UNITS, headers={"Authorization": f"Bearer {key}"}).status_code == status


@pytest.mark.parametrize(
    "text", ["", " ", ",", "good,", "with space", "caf\u00e9", 'quo"te', "sk-bf-1", "SK-BF-1", "a=b"]
)
def test_an_unusable_key_is_reported_without_its_value(contract: Contract, text: str) -> None:
    with pytest.raises(UnusableKeyError):
        create_app(contract, [text])
    with pytest.raises(UnusableKeyError) as caught:
        usable_keys(split_keys(text), contract)
    assert text.strip(" ,") == "" or text not in str(caught.value)


def test_a_random_key_has_the_format_of_the_contract(contract: Contract) -> None:
    key = random_key(contract.key_format())
    assert (key[:5], len(key), key[5:].isalnum()) == ("bfst-", 49, True)
    assert random_key(KeyFormat("x-", 3))[:2] == "x-"
    assert random_key(contract.key_format()) != key
