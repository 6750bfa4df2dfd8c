"""What rules say about exchanges: each function returns what it found, or raises a Violation."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from datetime import UTC, datetime
from typing import Any

from ..contract.calendar import may_have_ended
from ..target.business_units import (
    COMPONENTS,
    Blocked,
    Governance,
    Unit,
    component,
    entity_of,
    instant,
    settings,
    shown,
)
from ..target.exchange import Exchange

REFUSED = (401, 403)
"""How a bad credential may be answered: the split between the two is left open by the published contract."""


class Violation(AssertionError):
    """The target does not conform; carries what people need to see."""

    def __init__(self, expected: str, got: str, exchange: Exchange, *, rule: str | None = None) -> None:
        """Say what was expected and what came; ``rule`` is another rule than the one being judged."""
        super().__init__(f"expected {expected}, got {got}")
        self.expected = expected
        self.got = got
        self.exchange = exchange
        self.rule = rule


def succeeded(exchange: Exchange) -> Governance:
    """Expect success, and return the business unit in the response (empty where there is none)."""
    if not exchange.ok:
        raise Violation("success (200)", _status(exchange), exchange)
    return entity_of(exchange) or {}


def status(exchange: Exchange, *expected: int, or_closed: bool = False) -> Exchange:
    """Expect one of some statuses; with ``or_closed`` the connection may be closed without an answer instead."""
    if exchange.status not in expected and not (or_closed and exchange.status is None):
        raise Violation("status " + " or ".join(map(str, expected)), _status(exchange), exchange)
    return exchange


def refused(exchange: Exchange) -> Exchange:
    """Expect that a credential is refused."""
    if exchange.status not in REFUSED:
        carried = exchange.credential.name
        raise Violation(f"refusal of {carried} (401)", _status(exchange), exchange)
    return exchange


def shows(entity: Governance, name: str, wanted: Mapping[str, Any], exchange: Exchange) -> dict[str, Any]:
    """Expect that a unit has a component with these settings, to the last digit; return the component."""
    found = component(entity, name)
    if found is None:
        raise Violation(f"{name} with {dict(wanted)}", f"no {name}", exchange)
    kept = settings(name, found)
    for field, value in wanted.items():
        if _left_out(field, found):
            continue
        if kept.get(field) != value or isinstance(kept.get(field), bool) != isinstance(value, bool):
            raise Violation(f"{name}.{field} = {value!r}", repr(kept.get(field, "absent")), exchange)
    return found


def absent(entity: Governance, name: str, exchange: Exchange, *, rule: str | None = None) -> None:
    """Expect that a unit has no such component: the key is absent (null would break the schema)."""
    if name in entity:
        raise Violation(f"no {name}", f"{name} = {entity[name]!r}"[:300], exchange, rule=rule)


def same(
    before: Governance | None,
    after: Governance | None,
    what: str,
    exchange: Exchange,
    *,
    without: Collection[str] = (),
    rule: str | None = None,
) -> None:
    """Expect that two states of something read the same way are equal, timestamps as instants."""
    difference = _difference(before, after, without)
    if difference:
        raise Violation(f"{what} as before", difference, exchange, rule=rule)


def unchanged(unit: Unit, before: Governance, exchange: Exchange, *, rule: str) -> None:
    """Expect that a refused request left the unit as it was.

    Args:
        unit: where to look.
        before: what a read showed before the request.
        exchange: the refused request.
        rule: the rule that forbids the change.
    """
    same_unit(unit, before, unit.look(), exchange, rule=rule)


def change(unit: Unit, before: Governance, exchange: Exchange, *, rule: str) -> Violation | None:
    """Return what a refused request changed, or None; arguments as for ``unchanged``. A unit may be gone, too."""
    try:
        unchanged(unit, before, exchange, rule=rule)
    except Violation as violation:
        return violation
    except Blocked as reason:
        return Violation("the business unit still there", str(reason), exchange, rule=rule)
    return None


def same_unit(
    unit: Unit, before: Governance, look: Exchange, exchange: Exchange | None = None, *, rule: str | None = None
) -> None:
    """Expect that a read shows a unit as it was; a violation shows an earlier ``exchange`` where there is one."""
    # Where reading is an update of nothing, the reading itself may move the unit's own updated_at.
    without = () if unit.target.serves("getBusinessUnit") else ("updated_at",)
    same(before, shown(look), "the business unit", exchange or look, without=without, rule=rule)


def refuses_body(
    unit: Unit, expected: Collection[int], send: Callable[[], Exchange], *, unchanged_rule: str = "VALID-16"
) -> Exchange:
    """Expect that an update is refused with one of some statuses, and that nothing changed."""
    before = unit.read()
    exchange = send()
    status(exchange, *expected)
    unchanged(unit, before, exchange, rule=unchanged_rule)
    return exchange


def agree(answered: Governance, read: Governance, exchange: Exchange) -> None:
    """Expect that an answer and a later read show the same governance.

    Timestamps may differ in their precision, by less than a second.
    """
    for name in COMPONENTS:
        one, other = component(answered, name), component(read, name)
        if (one is None) != (other is None):
            raise Violation(f"a later read shows {name} as the answer did", f"{other!r} after {one!r}"[:400], exchange)
        for field in sorted({*(one or {}), *(other or {})} - {"updated_at", "config_hash"}):
            left, right = (one or {}).get(field), (other or {}).get(field)
            if _left_out(field, one or {}) or _left_out(field, other or {}):
                continue
            if field.endswith(("last_reset", "current_usage")) and not window_is_open(one or {}, field):
                continue  # a window may have ended between the answer and the read
            if left != right and not _close(left, right):
                got = f"{right!r} after {left!r}"
                raise Violation(f"a later read shows {name}.{field} as the answer did", got, exchange)


def keeps_usage(
    before: Mapping[str, Any], after: Mapping[str, Any], name: str, exchange: Exchange, *, rule: str | None = None
) -> None:
    """Expect that a component in use did not lose its usage: it may have grown meanwhile, and must not shrink.

    Args:
        before: the component as an earlier read showed it.
        after: as a later one shows it.
        name: what to call it.
        exchange: the request in between.
        rule: the rule that forbids the change.
    """
    for field in (field for field in before if field.endswith("last_reset")):
        one, other = instant(before[field]), instant(after.get(field))
        usage = field.replace("last_reset", "current_usage")
        if one == other and after.get(usage, 0) < before.get(usage, 0):
            raise Violation(f"{name}.{usage} still {before.get(usage)}", repr(after.get(usage)), exchange, rule=rule)
        if one != other and window_is_open(before, field):
            raise Violation(f"{name}.{field} still {before[field]}", repr(after.get(field)), exchange, rule=rule)


def other_keeps_usage(before: Governance, after: Governance, name: str, exchange: Exchange, *, rule: str) -> None:
    """Expect that the component which a request did not mention is still there, with its usage."""
    for other in set(COMPONENTS) - {name}:
        one, two = component(before, other) or {}, component(after, other) or {}
        same({"id": one.get("id")}, {"id": two.get("id")}, f"{other}.id", exchange, rule=rule)
        keeps_usage(one, two, other, exchange, rule=rule)


def window_is_open(found: Mapping[str, Any], field: str) -> bool:
    """Whether the window that a ``..._last_reset`` or ``..._current_usage`` belongs to has certainly not ended."""
    prefix = field.removesuffix("last_reset").removesuffix("current_usage")
    duration, began = str(found.get(f"{prefix}reset_duration") or ""), instant(found.get(f"{prefix}last_reset"))
    aligned = found.get("calendar_aligned") is True
    return not may_have_ended(duration, began, datetime.now(UTC), aligned=aligned)


def _left_out(field: str, found: Mapping[str, Any]) -> bool:
    """Whether a gateway left out what it may leave out of some of its responses: only a contradiction counts."""
    return field == "calendar_aligned" and found.get(field) is None


def _close(left: Any, right: Any) -> bool:
    one, other = instant(left), instant(right)
    return one is not None and other is not None and abs((one - other).total_seconds()) < 1


def _difference(before: Any, after: Any, without: Collection[str], at: str = "") -> str:
    if isinstance(before, dict) and isinstance(after, dict):
        for field in sorted({*before, *after} - set(without)):
            found = _difference(before.get(field), after.get(field), without, f"{at}.{field}".lstrip("."))
            if found:
                return found
        return ""
    if before == after or (instant(before) is not None and instant(before) == instant(after)):
        return ""
    return f"{at or 'it'} went from {_brief(before)} to {_brief(after)}"


def _brief(value: Any) -> str:
    return "absent" if value is None else repr(value)[:200]


def _status(exchange: Exchange) -> str:
    message = exchange.member("error", "message")
    return exchange.outcome + (f" ({message})"[:200] if isinstance(message, str) else "")
