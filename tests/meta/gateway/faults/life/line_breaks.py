"""A server that changes names which have more than one line."""

from __future__ import annotations

import re
from typing import Any

from ...assembly import fault
from ...bodies import Bodies


@fault("quiet-line-breaks-in-names-replaced", "should", Bodies.name, origin="blind-10")
def line_breaks_in_names_replaced(self: Bodies, document: Any) -> str:
    """The server replaces each tab and each line break in a name by a blank."""
    return re.sub(r"[\t\r\n]", " ", Bodies.name(self, document))
