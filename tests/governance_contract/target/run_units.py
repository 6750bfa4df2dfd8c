"""The business units of a run: it creates and deletes its own, finds them again, and restores those of the user."""

from __future__ import annotations

import json
import secrets
import string
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any, NoReturn
from urllib.parse import unquote

from ..contract.components import COMPONENTS
from ..contract.operation_ids import CREATE_UNIT, DELETE_UNIT, LIST_UNITS, REMOVE_TEAM, UPDATE_GOVERNANCE
from .connections import Connections
from .errors import Blocked, NotApplicable, Unreachable, skip_if_forbidden
from .exchange import Exchange, NotJson, unit_in
from .target import Target
from .unit import Unit, UnitState, component_of, require_unit_in, settings_in
from .unit_permits import UnitPermits

_RANDOM = string.ascii_lowercase + string.digits
_RANDOM_CHARACTERS = 6
_CREATED_AT_ONCE = 8
_REFUSED_FOR_LIMIT = (400, 403, 422, 507)
"""Statuses with which a target refuses a further unit, or a name."""


def search_units(target: Target, text: str, entries: int = 20) -> Exchange:
    """List the business units whose names contain a text, on a first page with at least so many entries."""
    return target.call(LIST_UNITS, query={"search": text, **target.contract.pages(LIST_UNITS).first(entries)})


def units_named(target: Target, name: str) -> tuple[Exchange, list[dict[str, Any]]]:
    """Search a name. Return the exchange and the entries with exactly this name: a target may ignore the search."""
    listing = search_units(target, name)
    return listing, [entry for entry in listing.entries("business_units") if entry.get("name") == name]


class Units:
    """Creates business units for tests. At the end of the run it deletes them and restores the named units."""

    def __init__(
        self, target: Target, named: Sequence[str] = (), prefix: str | None = None, permits: UnitPermits | None = None
    ) -> None:
        """Prepare the units; nothing is sent yet.

        Args:
            target: the target.
            named: the ids of the business units that the user named: none, one or two.
            prefix: the prefix of the names of created units; random if it is None.
            permits: the permits for business units that several processes share.
        """
        self._target = target
        self._named = tuple(named)
        self._adopted: tuple[str, ...] = ()
        # Short, since a target may limit names. It does not depend on the seed: a unit that an earlier run left behind
        # may have its name.
        self._prefix = prefix or "gc" + "".join(secrets.choice(_RANDOM) for _ in range(_RANDOM_CHARACTERS))
        self._separator = "-"
        self._count = 0
        self._own: dict[str, str] = {}
        self._earlier: set[str] = set()
        """The created units that the tests before the running one left."""
        self.reused: Unit | None = None
        """A created unit that a test of refused requests left for the next one."""
        self.permits = permits or UnitPermits()
        self._found_elsewhere: tuple[Exchange, str | None] | None = None
        """The last creation whose response has no id at its place, and the id that was found instead."""
        self._unanswered: set[str] = set()
        """Names of units whose creation got no response."""
        self._originals: dict[str, UnitState] = {}
        self.team_to_remove: str | None = None
        """A team to remove from the named unit at the end of the run, if a test was interrupted."""

    @property
    def named_ids(self) -> tuple[str, ...]:
        """The ids of the business units that the user named: none, one or two."""
        return self._named

    @property
    def prefix(self) -> str:
        """The prefix of the names of units that this run creates."""
        return self._prefix

    def new_name(self) -> str:
        """Return a new name that no unit has."""
        self._count += 1
        return f"{self._prefix}{self._separator}{self._count}"

    def joined(self, *words: str) -> str:
        """Join the words of a name. If the target refuses hyphens in names, they have none."""
        return self._separator.join(words).replace("-", self._separator)

    def send_creation(self, name: str, *, raw: bytes | None = None) -> Exchange:
        """Send the creation of a unit. If it is refused, delete the units of earlier tests and send it again.

        A target may have a quota.
        """

        def send() -> Exchange:
            return self._target.call(CREATE_UNIT, {"name": name}, raw=raw)

        exchange = send()
        return send() if exchange.meaning in _REFUSED_FOR_LIMIT and self.make_room() else exchange

    def make_room_for_creation(self) -> None:
        """Delete the reused unit, which no test uses now, if other processes need room for units, too."""
        if self.permits.are_shared:
            unit, self.reused = self.reused, None
            if unit is not None:
                self.delete(unit)

    def measure_room(self, wanted: int) -> int:
        """Return how many units the target permits at the same time, at most the wanted number.

        It creates them and deletes them again. A refusal for another reason than their number is no limit.
        """

        def create(name: str) -> Exchange:
            with self._target.connect() as connections:
                return self._target.call(CREATE_UNIT, {"name": name}, over=connections)

        def delete(unit: Unit) -> None:
            with self._target.connect() as connections:
                self.delete(unit, over=connections)

        with ThreadPoolExecutor(_CREATED_AT_ONCE) as pool:
            exchanges = list(pool.map(create, [self.new_name() for _ in range(wanted)]))
            units = [unit for exchange in exchanges if (unit := self.register(exchange)) is not None]
            list(pool.map(delete, units))
        return wanted - sum(exchange.meaning in _REFUSED_FOR_LIMIT for exchange in exchanges)

    def avoid_hyphens(self) -> None:
        """Use only letters and digits in new names from now on."""
        self._separator = "n"

    def end_test(self) -> None:
        """Delete the units that a test left, so that few exist at the same time, and free their permits.

        Units that a deletion leaves are not deleted again before the end of the run.
        """
        kept = {*self._earlier, *([self.reused.id] if self.reused is not None else [])}
        for unit_id in [own_id for own_id in self._own if own_id not in kept]:
            with suppress(Exception):  # the end of the run deletes it
                self.delete(Unit(self._target, unit_id, None))
        self._earlier = set(self._own)
        self.permits.give_back()

    def create(self, name: str | None = None) -> Unit:
        """Create a business unit, which is deleted at the end of the run.

        Skips the running test if the target refuses the name, or a further unit, although it has created others.

        Raises:
            Blocked: the target does not create it.
        """
        if not self._target.serves(CREATE_UNIT):
            raise NotApplicable(self._target.why_unusable(CREATE_UNIT))
        had_others, name = bool(self._own), name or self.new_name()
        exchange = self.send_creation(name)
        unit = self.register(exchange)
        if unit is None:
            self.give_up(exchange, may_be_limited=had_others)
        return unit

    def give_up(self, exchange: Exchange, *, may_be_limited: bool = True) -> NoReturn:
        """End the running test, which needs a unit that the target did not create.

        Raises:
            Blocked: the creation failed. If it was refused and may exceed a limit of the target, the test is skipped.
        """
        skip_if_forbidden(exchange)
        if may_be_limited and exchange.meaning in _REFUSED_FOR_LIMIT:
            name, message = _sent_name(exchange), ascii(exchange.member("error", "message"))[:150]
            outcome = f"{exchange.outcome}, {message}"
            raise NotApplicable(f"the target refuses to create the business unit {name!r}: {outcome}")
        outcome = f"{exchange.outcome}{_why_unread(exchange)}"
        raise Blocked(f"the target does not create a business unit ({outcome})", exchange)

    def make_room(self) -> bool:
        """Delete the units of earlier tests; return whether there were any."""
        earlier = [unit_id for unit_id in self._own if unit_id in self._earlier]
        for unit_id in earlier:
            self.delete(Unit(self._target, unit_id, None))
        return bool(earlier)

    def register(self, exchange: Exchange) -> Unit | None:
        """Return the unit that a response of createBusinessUnit shows, if any, and delete it at the end of the run.

        If the response has no usable id at its place, it is taken from an object in the response, from its Location, or
        from the list of business units.
        """
        sent = _sent_name(exchange)
        if exchange.status is None and sent:
            self._unanswered.add(sent)
        if not exchange.ok:
            return None
        unit_id = _usable_id(exchange.member("id")) or self._id_elsewhere(exchange, sent)
        if unit_id is None:
            return None
        name = exchange.member("name")
        self._own[unit_id] = sent or str(name)
        return Unit(self._target, unit_id, name if isinstance(name, str) else sent)

    def _id_elsewhere(self, exchange: Exchange, name: str | None) -> str | None:
        """Return the id of a created unit whose response has none at its place."""
        if self._found_elsewhere is not None and self._found_elsewhere[0] is exchange:
            return self._found_elsewhere[1]
        unit_id = next(_nested_ids(exchange.member(), name), None) or self._id_in_location(exchange)
        if unit_id is None and name:
            with suppress(Unreachable):
                unit_id = self._id_in_list(name)
        self._found_elsewhere = (exchange, unit_id)
        return unit_id

    def _id_in_list(self, name: str) -> str | None:
        """Return the id of the unit with this name in the list."""
        entries = [entry for entry in self._listed(name) if entry["name"] == name]
        return next((_usable_id(entry.get("id")) for entry in entries), None)

    def _id_in_location(self, exchange: Exchange) -> str | None:
        path = exchange.headers.get("location", "").partition("?")[0].rstrip("/")
        parent, _, last = path.rpartition("/")
        place = exchange.operation.path if exchange.operation else ""
        return unquote(last) if last and parent.endswith(place) else None

    def delete(self, unit: Unit, *, over: Connections | None = None) -> None:
        """Delete a created unit now; deleting it twice has no effect.

        If the target does not delete it, the cleanup tries again.
        """
        if unit.id in self._named or unit.id not in self._own:
            return
        with suppress(Unreachable):
            exchange = self._target.call(DELETE_UNIT, path=unit.path, over=over)
            if exchange.ok or exchange.meaning == 404:
                self._own.pop(unit.id, None)

    def named(self) -> Unit:
        """Return the business unit that the user named, or the only one of the run; skips the test without one."""
        if not self._named:
            raise NotApplicable(f"no business unit: {self._target.why_unusable(CREATE_UNIT)}, and none is named")
        return Unit(self._target, self._named[0], None)

    def without_creation(self, *, judges_access: bool) -> Unit:
        """Return a unit to work on if the target creates none: the named one.

        A test of access needs no existing unit. It gets one that does not exist. Other tests are skipped.
        """
        return self.named() if self._named or not judges_access else self.nowhere()

    def adopt(self, unit: Unit) -> None:
        """Use a created unit as if the user had named it, since the target creates or deletes no further one."""
        self._named = self._adopted = (unit.id,)

    def nowhere(self) -> Unit:
        """Return a unit that does not exist. Its id contains the random prefix of the run."""
        return Unit(self._target, f"{self._prefix}-nowhere", None, exists=False)

    def find(self, creation: Exchange) -> Unit | None:
        """Return the unit of a creation that got no response, if the list shows it."""
        name = _sent_name(creation)
        unit_id = self._id_in_list(name or "")
        if unit_id is None or name is None:
            return None
        self._own[unit_id] = name
        self._unanswered.discard(name)
        return Unit(self._target, unit_id, name)

    def second_named(self) -> Unit | None:
        """Return the second unit that the user named, if any. Tests that reset usage prefer it to the first."""
        return Unit(self._target, self._named[1], None) if self._named[1:] else None

    def record_original(self, unit_id: str, fetched: Exchange) -> UnitState:
        """Record the state of a named unit, to restore it at the end of the run, and return the state.

        Raises:
            Blocked: the read failed, or its response is not an object.
        """
        self._originals[unit_id] = require_unit_in(fetched)
        return self._originals[unit_id]

    @property
    def original(self) -> UnitState | None:
        """The state of the first named unit before the run changed it, if a unit is named."""
        return self._originals.get(self._named[0]) if self._named else None

    # -- the end of the run -------------------------------------------------------------------------------------------

    def clean_up(self) -> list[str]:
        """Delete the created units, restore the named ones, and return a line for each failure. Never raises.

        It stops sending deletions when the target does not respond, and lists the rest.
        """
        left = self._delete_all()
        if self._unanswered and not left:
            left = self._delete_all()  # a creation without a response may take effect late
        steps: list[tuple[str, Callable[[], bool]]] = []
        if self.team_to_remove is not None:
            team, named = self.team_to_remove, self.named()
            line = f"team {team} could not be removed from business unit {named.id}"
            steps.append((line, lambda: self._unassign(team, named)))
        for unit_id, original in self._originals.items():
            if unit_id in self._adopted:
                continue
            steps.append(
                (
                    f"business unit {unit_id} could not be restored; its governance was {_shown(original)}",
                    lambda unit_id=unit_id, original=original: self._restore(unit_id, original),  # type: ignore[misc]
                )
            )
        for line, step in steps:
            is_done = False
            with suppress(Exception):  # one failure must not prevent the other steps
                is_done = step()
            if not is_done:
                left.append(line)
        return left

    def _delete_all(self) -> list[str]:
        with suppress(Exception):  # the known units are still deleted
            self._find_unregistered()
        left, responds = [], True
        for unit_id, name in list(self._own.items()):
            gone = False
            if responds:
                try:
                    exchange = self._target.call(DELETE_UNIT, path={"id": unit_id})
                    # 404 also means that the operation is not served.
                    gone = exchange.ok or (exchange.meaning == 404 and self._target.serves(DELETE_UNIT))
                    responds = not exchange.unanswered
                except Unreachable:
                    responds = False
                except Exception:  # noqa: BLE001  one failure must not prevent the other deletions
                    gone = False
            if gone:
                del self._own[unit_id]
            else:
                left.append(f"business unit {name} ({unit_id}) could not be deleted")
        if not responds:
            left += [f"business unit {name} may exist: its creation got no response" for name in self._unanswered]
        return left

    def _unassign(self, team: str, unit: Unit) -> bool:
        """Remove a team from a unit, and return whether the unit no longer has it."""
        exchange = self._target.call(REMOVE_TEAM, path={**unit.path, "team_id": team})
        return exchange.meaning in (200, 204, 400, 404)  # 404, or 400 if the team belongs to another unit

    def _listed(self, search: str) -> list[dict[str, Any]]:
        """Return the first entries with a name that a search finds; none if the target serves no list."""
        if not self._target.serves(LIST_UNITS):
            return []
        entries = search_units(self._target, search, 100).entries("business_units")
        return [entry for entry in entries if isinstance(entry.get("name"), str)]

    def _find_unregistered(self) -> None:
        """Register units of this run whose creation was interrupted before the response arrived."""
        for entry in self._listed(self._prefix):
            unit_id, name = _usable_id(entry.get("id")), entry["name"]
            # The separators keep the units of different processes apart.
            if unit_id and name.startswith((f"{self._prefix}-", f"{self._prefix}n")):
                self._own.setdefault(unit_id, name)
                self._unanswered.discard(name)

    def _restore(self, unit_id: str, original: UnitState) -> bool:
        """Give a unit its original governance, and return whether it has it."""
        if UPDATE_GOVERNANCE not in self._target.contract.operations:
            return True  # nothing could change it
        unit = Unit(self._target, unit_id, None)
        wanted, fetched = _all_settings(original), unit.fetch()
        current = unit_in(fetched)
        now = _all_settings(current)
        if fetched.ok and now == wanted:
            return True
        added = [
            component
            for component in COMPONENTS
            if wanted[component] and now[component].keys() - wanted[component].keys()
        ]
        if added:
            unit.put({component: {} for component in added})  # an update keeps the limit that it omits
        # The target may reject the removal of an absent component.
        body = {
            component: value
            for component, value in wanted.items()
            if value or component_of(current, component) is not None
        }
        exchange, fetched = unit.put(body), unit.fetch()
        return _all_settings(unit_in(fetched)) == wanted if fetched.ok else exchange.ok


def _all_settings(entity: UnitState | None) -> dict[str, dict[str, Any]]:
    return {component: settings_in(entity, component) for component in COMPONENTS}


def _shown(original: UnitState) -> str:
    return json.dumps(_all_settings(original))


def _usable_id(value: Any) -> str | None:
    """Return an identifier as it is written in a path; None if the value cannot be one."""
    if isinstance(value, str | int) and not isinstance(value, bool):
        return str(value) or None
    return None


def _nested_ids(body: Any, name: str | None, depth: int = 3) -> Iterator[str]:
    """Yield the identifiers of the objects in a response that have this name or none; of all without a name."""
    for value in body.values() if isinstance(body, dict) and depth else ():
        if isinstance(value, dict):
            unit_id = _usable_id(value.get("id"))
            if unit_id is not None and (name is None or value.get("name", name) == name):
                yield unit_id
            yield from _nested_ids(value, name, depth - 1)


def _why_unread(exchange: Exchange) -> str:
    """Return why the body of a success cannot be read, to follow the status; empty if it is JSON or no success."""
    if not exchange.ok:
        return ""
    try:
        exchange.json()
    except NotJson:
        return "; the response is not complete JSON"
    return ""


def _sent_name(exchange: Exchange) -> str | None:
    """Return the name in a request to create a unit."""
    body = exchange.sent
    name = body.get("name") if isinstance(body, dict) else None
    return name if isinstance(name, str) else None
