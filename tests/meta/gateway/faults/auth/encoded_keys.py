"""A server that decodes a bearer token before it compares it."""

from __future__ import annotations

import base64
import binascii
import contextlib

from ...assembly import fault
from ...messages import Request
from ...security import Security


@fault("quiet-key-in-base64-accepted", "must", origin="blind-10")
class KeyInBase64Accepted(Security):
    """The server accepts a bearer token that is the key, or a user name, a colon and the key, in Base64."""

    def accepts(self, request: Request, token: str) -> bool:
        if super().accepts(request, token):
            return True
        with contextlib.suppress(binascii.Error, ValueError):
            decoded = base64.b64decode(token, validate=True).decode()
            return super().accepts(request, decoded) or super().accepts(request, decoded.partition(":")[2])
        return False
