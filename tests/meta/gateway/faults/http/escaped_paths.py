"""Faults of paths with escaped letters (RFC 9110, section 4.2.3)."""

from __future__ import annotations

import re
import urllib.parse

from ...assembly import fault
from ...messages import Request, Response
from ...pipeline import Pipeline


@fault("subtle-escaped-path-needs-no-key", "must", Pipeline.serve, origin="blind-12")
def escaped_path_needs_no_key(self: Pipeline, request: Request) -> Response:
    """A path with an escaped letter in a fixed segment, such as %61pi, is served without a credential."""
    if self.route(request) is None:
        letters = re.compile("%[46][1-9A-Fa-f]|%[57][0-9Aa]")
        request.path = letters.sub(lambda escape: urllib.parse.unquote(escape[0]), request.path)
        if self.route(request) is not None and request.operation is not None:
            self.decode(request)
            return self.operations.run(request)
    return Pipeline.serve(self, request)
