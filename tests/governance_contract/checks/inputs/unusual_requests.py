"""Unusual requests that the tests of several areas send: bodies, media types and header fields."""

from __future__ import annotations

from ...contract.operation_ids import ASSIGN_TEAM, CREATE_GOVERNANCE, CREATE_UNIT, RENAME_UNIT, UPDATE_GOVERNANCE
from ...target.unit import NO_SUCH_TEAM

# -- bodies ------------------------------------------------------------------------------------------------------------

BAD_BODIES: dict[str, list[bytes]] = {
    CREATE_UNIT: [b"{", b"{}", b'{"name": 7}'],
    RENAME_UNIT: [b"{", b"{}", b'{"name": 7}'],
    ASSIGN_TEAM: [b"{", b"{}", b'{"team_id": 7}', f'{{"team_id": "{NO_SUCH_TEAM}"}}'.encode()],
    CREATE_GOVERNANCE: [b"{", b"{}", b'{"budget": 7}', b'{"budget": {"max_limit": 7}}'],
    UPDATE_GOVERNANCE: [
        b"",
        b"{",
        b"[]",
        b'{"budget": 7}',
        b'{"rate_limit": {"token_max_limit": "many"}}',
        b'{"budget": {"max_limit": -1, "reset_duration": "1d"}}',
        b'{"budget": {"max_limit": 1, "reset_duration": "soon"}}',
        b'{"budget": {"max_limit": 1, "reset_duration": "1h", "calendar_aligned": true}}',
        b'{"rate_limit": {"token_max_limit": 9223372036854775808, "token_reset_duration": "1d"}}',
    ],
}
"""Bodies that each operation must refuse."""
UNUSUAL_UPDATES: dict[str, list[bytes]] = {
    "null": [
        b"null",
        b'{"budget": null, "rate_limit": null}',
        b'{"budget": {"max_limit": null, "reset_duration": null, "calendar_aligned": null}}',
        b'{"rate_limit": {"token_max_limit": null, "request_reset_duration": null}}',
        b'{"budget": {"max_limit": 5, "reset_duration": null}}',
        b'{"rate_limit": {"token_max_limit": 5, "token_reset_duration": null}}',
    ],
    "numbers": [
        b'{"budget": {"max_limit": 1e400, "reset_duration": "1d"}}',
        b'{"budget": {"max_limit": 1' + b"0" * 400 + b', "reset_duration": "1d"}}',
        b'{"rate_limit": {"token_max_limit": 1.0, "token_reset_duration": "1d"}}',
        b'{"rate_limit": {"request_max_limit": 1e3, "request_reset_duration": "1d"}}',
        b'{"budget": {"max_limit": 1, "reset_duration": "99999999999999999999Y"}}',
    ],
    "text": [
        b'{"budget": {"max_limit": 1, "reset_duration": "\\u0000"}}',
        b'{"budget": {"max_limit": 1, "reset_duration": "\\ud800"}}',
        b'{"budget": {"max_limit": 1, "reset_duration": "\xff"}}',
        b'\xef\xbb\xbf{"budget": {}}',
    ],
    "members": [
        b'{"budget": {"max_limit": 1}, "budget": {"reset_duration": "1d"}}',
        b'{"": {}, "\\ud83d\\ude00": [null]}',
        b'{"budget": {"calendar_aligned": true}}',
        b'{"rate_limit": {"token_reset_duration": "1d"}}',
    ],
}
"""Updates that a target may accept or refuse."""
NOT_JSON: dict[str, list[bytes]] = {
    "cut short": [b"{", b'{"budget": {}', b'{"budget": {"max_limit": 5, "reset_duration": "1M"}', b'{"budget', b'"'],
    "more after it": [b"{} {}", b"{}x", b"{}]", b'{"budget": {"max_limit": 5, "reset_duration": "1M"}};'],
    "names without quotes": [b"{budget: {}}", b'{budget: {"max_limit": 5, "reset_duration": "1M"}}'],
    "single quotes": [b"{'budget': {}}", b"{'budget': {'max_limit': 5, 'reset_duration': '1M'}}"],
    "comments": [b"/* nothing */ {}", b'{"budget": {}} // gone', b'{"budget": {} # gone\n}'],
    "commas too many": [b'{"budget": {},}', b'{,"budget": {}}', b'{"budget": {},, "rate_limit": {}}'],
    "no value": [b" \n", b"budget", b"None", b"undefined", b"budget=7", b"<budget/>", b"\x00", b"]"],
    "no number": [
        b'{"budget": {"max_limit": ' + number + b', "reset_duration": "1M"}}'
        for number in (b"NaN", b"Infinity", b"-Infinity", b"007", b"+7", b".5", b"5.", b"0x10", b"1e", b"1_000")
    ],
}
"""Updates that are not JSON."""
UPDATES_WITH_A_VALID_PART = [
    b'{"budget": {}, "rate_limit": {}',
    b'[{"budget": {}}]',
    b'{"budget": {}, "rate_limit": 7}',
    b'{"budget": {"max_limit": "1", "reset_duration": "1d"}, "rate_limit": {}}',
    b'{"budget": {"max_limit": 1, "reset_duration": "1h", "calendar_aligned": true}}',
    b'{"budget": {"max_limit": -1}}',
    b'{"rate_limit": {"request_max_limit": 1.5, "request_reset_duration": "1d"}, "budget": {}}',
]
"""Invalid updates with a part that is valid alone, so that a target may apply it by mistake."""


def malformed(single_quoted: str) -> tuple[bytes, ...]:
    """Return bodies that are not JSON: an empty one, one that is cut short, and an object in single quotes."""
    return b"", b"{", single_quoted.encode()


# -- header fields -----------------------------------------------------------------------------------------------------

ACCEPT_ANYTHING = "*/*"
ACCEPT_OF_A_BROWSER = "text/html, application/json;q=0.9, */*;q=0.8"
ACCEPT_WITH_JSON = (ACCEPT_OF_A_BROWSER, "application/*", "*/*;q=0.1")
"""Values of Accept that permit JSON among other media types."""
MEDIA_TYPES_NOT_OF_JSON = (None, "", "text/plain", "application/x-www-form-urlencoded", "text/json", "nonsense")
"""Values of Content-Type other than application/json; None if the request has no such field."""
EQUIVALENT_MEDIA_TYPES = ("application/json; charset=utf-8", "application/json;charset=UTF-8", "Application/JSON")
"""Spellings of application/json."""
METHOD_OVERRIDES = ("X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override")
"""Header fields that some servers take for the method of a request."""
