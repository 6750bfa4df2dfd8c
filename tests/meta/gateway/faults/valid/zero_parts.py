"""A server that judges each part of a duration alone."""

from __future__ import annotations

import re

from ...assembly import fault
from ...bodies import Bodies
from ...messages import Refusal


@fault("quiet-zero-parts-refused", "should", Bodies.check_duration, origin="blind-10")
def zero_parts_refused(self: Bodies, text: str, component: str) -> None:
    """The server refuses a duration with a part of zero beside other parts, such as 1h0m."""
    Bodies.check_duration(self, text, component)
    if re.search(r"(?<![0-9.])0+(?:[.]0*)?(?:ns|us|µs|ms|s|m|h)", text):
        raise Refusal(400, f"invalid {component} reset duration")
