"""Servers with faults of the other modules, but only for unusual texts or beside other credentials."""

from __future__ import annotations

from ...assembly import on_condition
from ...conditional import TWO_CREDENTIALS, UNUSUAL_TEXT
from .carried_out import written_despite_refusal
from .cookies import KeyInOtherCookieAccepted
from .near_miss import longer_key_accepted
from .other_credentials import virtual_key_accepted_by_update
from .other_headers import XApiKeyOfSignedInUserAccepted

CONDITIONAL = on_condition(
    __name__,
    {
        "virtual-key-accepted-by-update-for-unusual-texts": (virtual_key_accepted_by_update, UNUSUAL_TEXT),
        "x-api-key-of-signed-in-user-accepted-beside-other-credentials": (
            XApiKeyOfSignedInUserAccepted,
            TWO_CREDENTIALS,
        ),
        "longer-key-accepted-for-unusual-texts": (longer_key_accepted, UNUSUAL_TEXT),
        "key-in-other-cookie-accepted-beside-other-credentials": (KeyInOtherCookieAccepted, TWO_CREDENTIALS),
        "written-despite-refusal-beside-other-credentials": (written_despite_refusal, TWO_CREDENTIALS),
    },
)
