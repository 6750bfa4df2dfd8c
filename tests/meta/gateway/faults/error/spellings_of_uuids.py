"""A server that finds units under other spellings of their identifiers."""

from __future__ import annotations

import re

from ...assembly import fault
from ...model import Store, Unit

_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@fault("quiet-spellings-of-uuid-found", "should", Store.find, origin="blind-10")
def spellings_of_uuid_found(self: Store, unit_id: str) -> Unit | None:
    """The server finds a unit whose id is a UUID also by this UUID without hyphens, in braces or after urn:uuid:."""
    digits = _digits(unit_id)
    spelled = (unit for unit in self.units() if _UUID.fullmatch(unit.id) and _digits(unit.id) == digits)
    return Store.find(self, unit_id) or next(spelled, None)


def _digits(text: str) -> str:
    return text.removeprefix("urn:uuid:").strip("{}").replace("-", "")
