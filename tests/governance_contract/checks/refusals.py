"""Requests that a target must refuse, and the check that they changed nothing."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any

from ..contract.operation_ids import CREATE_GOVERNANCE, CREATE_UNIT, LIST_UNITS, RENAME_UNIT, UPDATE_GOVERNANCE
from ..contract.rules import Need
from ..target.connections import Connections
from ..target.credentials import NONE, Credential, Keyring
from ..target.errors import Blocked, NotApplicable
from ..target.exchange import Exchange
from ..target.run_units import units_named
from ..target.unit import NO_SUCH_TEAM, Unit, UnitState
from . import expect
from .inputs.foreign_credentials import RULES_OF_KINDS
from .inputs.sample_settings import BUDGET, OTHER_BUDGET, OTHER_RATE_LIMIT, RATE_LIMIT, permitted_body
from .run_protocol import Run
from .violation import Violation, still_present

FOREIGN_KINDS = {rule: kind for kind, rule in RULES_OF_KINDS.items()}
"""By rule, the kind of foreign credential that it forbids."""


class RefusedRequests:
    """Sends requests for one operation that the target must refuse, and checks that they changed nothing.

    One read after the last request covers all of them. If it shows a change, the requests are sent again one by one,
    each from the starting state, to find out which of them changed something.
    """

    def __init__(
        self,
        run: Run,
        operation_id: str,
        unit: Unit,
        state: Mapping[str, Mapping[str, Any] | None],
        *,
        rule: str,
        body: Any = None,
        needs_state: bool = True,
    ) -> None:
        """Bring the unit into the starting state.

        If the target does not take the starting state, the requests are compared with the state that it shows.

        Args:
            run: records the changes that are found.
            operation_id: the operation that ``send`` requests.
            unit: the business unit that the requests address.
            state: the starting state, as for ``Unit.set_state``. The operation could change it.
            rule: the rule that a change breaks.
            body: the body of requests that have no body of their own.
            needs_state: whether the test is skipped if an operation that leads to the starting state is broken.
        """
        self.run, self.unit = run, unit
        self.operation = run.target.operation(operation_id)
        self._state, self._rule, self._needs_state = state, rule, needs_state
        self.body = body
        """The body of requests that have no body of their own."""
        self.before: UnitState | None = self._start()
        """The business unit before the requests; None if the target does not show it."""
        self.reusable = True
        """Whether the unit is still in its first starting state, according to the responses."""

    def _start(self) -> UnitState | None:
        """Bring the unit into the starting state, and return the state that the target shows."""
        if not self.unit.exists or not self.unit.can_be_read:
            return None
        try:
            return self.unit.ensure_state(**self._state)
        except Blocked:
            return self._shown()
        except NotApplicable:
            target, name = self.unit.target, self.operation.id
            if self._needs_state or not (target.serves(name) or name in target.broken):
                raise
            return self._shown()

    def send(
        self,
        body: Any = None,
        *,
        raw: bytes | None = None,
        unit_id: str | None = None,
        credential: Credential | None = None,
        query: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        over: Connections | None = None,
    ) -> Exchange:
        """Send a request for the operation, to another unit if ``unit_id`` is given.

        Other arguments and errors as for ``Target.call``.
        """
        exchange = self.unit.target.call(
            self.operation.id,
            self.body if body is None else body,
            raw=raw,
            path={"id": unit_id or self.unit.id, "team_id": NO_SUCH_TEAM},
            credential=credential,
            query=query,
            headers=headers,
            over=over,
        )
        self.reusable = self.reusable and not (exchange.ok and self.operation.writes)
        return exchange

    def expect_credentials_refused(self, credentials: Iterable[Credential]) -> None:
        """Expect 401 or 403 for each credential, and no change."""
        self.send_and_expect_no_change([partial(self._send_credential, credential) for credential in credentials])

    def expect_body_refused(
        self, body: Any = None, *, raw: bytes | None = None, expected: Sequence[int] = (400,)
    ) -> None:
        """Expect one of some statuses for a body, and no change."""
        exchange = expect.status(self.send(body, raw=raw), *expected)
        violation = self._find_change(exchange)
        if violation is not None:
            self.run.record_violation(violation)
            self.reusable = False
            self.before = self._shown()

    def expect_bodies_refused(self, bodies: Iterable[Any]) -> None:
        """Expect 400 for each body, and no change. Bytes are sent as they are, other values as JSON."""
        encoded = [body if isinstance(body, bytes) else json.dumps(body).encode() for body in bodies]
        self.send_and_expect_no_change([partial(self._send_bad_body, raw) for raw in encoded])

    def expect_forbidden_refused(self, bodies: Iterable[Any]) -> None:
        """Expect 400 for each body that the contract in use forbids, and no change. Skips the test if there is none.

        Another contract may permit what the built-in one forbids, such as a limit of zero.
        """
        encoded = [json.dumps(body).encode() for body in bodies]
        forbidden = [raw for raw in encoded if not self.operation.permits(raw)]
        if not forbidden:
            raise NotApplicable("the contract in use permits all of these values")
        self.expect_bodies_refused(forbidden)

    def send_all(self, bodies: Iterable[bytes]) -> list[Exchange]:
        """Send bodies and return the exchanges. If all of them are refused, also expect no change."""
        requests = [partial(self.send, raw=raw) for raw in bodies]
        exchanges = [send() for send in requests]
        if not any(exchange.ok for exchange in exchanges):
            self.record_changes(requests, exchanges[-1])
        return exchanges

    def send_and_expect_no_change(self, requests: Sequence[Callable[[], Exchange]]) -> None:
        """Send requests, each of which may check its own response, and expect no change.

        Args:
            requests: functions that send one request each. They are called twice if something changed.
        """
        exchanges = [send() for send in requests]
        if not exchanges:
            raise NotApplicable("the contract in use has no such request")
        self.record_changes(requests, exchanges[-1])

    def expect_unchanged(self, exchange: Exchange) -> None:
        """Expect that a refused request changed nothing."""
        violation = self._find_change(exchange)
        if violation is not None:
            raise violation

    def _shown(self) -> UnitState | None:
        """Return the state that the target shows; None if it shows none."""
        try:
            return self.unit.read()
        except Blocked:
            return None

    def _send_credential(self, credential: Credential) -> Exchange:
        return expect.credential_refused(self.send(credential=credential))

    def _send_bad_body(self, raw: bytes) -> Exchange:
        return expect.status(self.send(raw=raw), 400)

    def record_changes(self, requests: Sequence[Callable[[], Exchange]], last: Exchange) -> None:
        """Record a violation for each request that changed something. Arguments as for ``find_changes``."""
        for violation in self.find_changes(requests, last):
            self.run.record_violation(violation)

    def find_changes(self, requests: Sequence[Callable[[], Exchange]], last: Exchange) -> list[Violation]:
        """Return a violation for each request that changed something, or for the last one if no single request does.

        Args:
            requests: functions that send one request each. They were called, and are called again if something changed.
            last: the last response to them.
        """
        first = self._find_change(last)
        if first is None:
            return []
        violations = []
        for send in requests:
            self.reset()
            violation = self._find_change(send())
            if violation is not None:
                violations.append(violation)
        return violations or [first]

    def reset(self) -> None:
        """Bring the unit into the starting state again."""
        self.reusable = False
        started = self._start()
        if started is not None:  # else the unit may have been deleted
            self.before = started

    def _find_change(self, exchange: Exchange) -> Violation | None:
        if not self.operation.writes:
            return None
        if self.operation.id == CREATE_UNIT:
            return self._created_unit_by(exchange)
        if self.before is None:
            return None
        return expect.find_change(self.unit, self.before, exchange, rule=self._rule)

    def _created_unit_by(self, exchange: Exchange) -> Violation | None:
        # A target may keep the name of a deleted unit, so later requests get a new one.
        name, self.body["name"] = self.body["name"], self.run.units.new_name()
        if self.unit.target.serves(LIST_UNITS):
            _, created = units_named(self.unit.target, name)
            if created:
                return still_present("no business unit created", f"{len(created)} found", exchange, rule=self._rule)
        return self._reserved_name_after(name, exchange)

    def _reserved_name_after(self, name: str, exchange: Exchange) -> Violation | None:
        """Create a unit with the name of the refused requests, which has to be free, and delete it."""
        creation = self.unit.target.call(CREATE_UNIT, {"name": name})
        created = self.run.units.register(creation)
        if created is not None:
            self.run.units.delete(created)
        taken = creation.meaning == 409
        return Violation("the name still free", creation.outcome, exchange, rule=self._rule) if taken else None


def changing_requests(run: Run, operation_id: str, unit: Unit, *, rule: str) -> RefusedRequests:
    """Return requests for an operation that change the unit, or create one, if the target accepts them.

    Requests about teams change nothing, since they name a team that does not exist. Arguments as for
    ``RefusedRequests``.
    """
    state = {} if operation_id == CREATE_GOVERNANCE else {"budget": BUDGET, "rate_limit": RATE_LIMIT}
    if operation_id == UPDATE_GOVERNANCE:
        body: dict[str, Any] = {"budget": OTHER_BUDGET, "rate_limit": OTHER_RATE_LIMIT}
    elif operation_id in (CREATE_UNIT, RENAME_UNIT):
        body = {"name": run.units.new_name()}
    else:
        body = permitted_body(operation_id)
    return RefusedRequests(run, operation_id, unit, state, rule=rule, body=body, needs_state=False)


@contextmanager
def on_reused_unit(
    run: Run, make: Callable[[Unit], RefusedRequests], *, judges_access: bool = False
) -> Iterator[RefusedRequests]:
    """Provide refused requests to a test, on the unit of an earlier test if that unit still exists.

    A process keeps one such unit, so that a target with a quota has room for the others.

    Args:
        run: the run that the test is part of.
        make: starts refused requests on a unit.
        judges_access: whether the test judges access. Without any unit, it uses one that does not exist.
    """
    if Need.OWN_UNITS in run.missing:
        yield make(run.units.without_creation(judges_access=judges_access))
        return
    unit, run.units.reused = run.units.reused, None
    requests = make(unit) if unit is not None else None
    if requests is None or (requests.before is None and requests.unit.can_be_read):
        requests = make(run.units.create())
    yield requests
    if requests.reusable and run.units.reused is None:
        run.units.reused = requests.unit
    else:
        run.units.delete(requests.unit)


def credentials_of(keyring: Keyring, rule: str) -> list[Credential]:
    """Return the credentials that one of the rules AUTH-01 to AUTH-12, or AUTH-24, forbids."""
    if rule in FOREIGN_KINDS:
        return [keyring.foreign(FOREIGN_KINDS[rule]), *keyring.foreign_carriers(FOREIGN_KINDS[rule])]
    bad = [keyring.unknown_key(), keyring.foreign("virtual_key"), keyring.other_schemes()[0], keyring.empty_token()]
    return {
        "AUTH-01": [NONE],
        "AUTH-02": keyring.unknown_keys(),
        "AUTH-03": keyring.other_schemes(),
        "AUTH-04": [keyring.key_without_scheme()],
        "AUTH-09": [keyring.api_key_header()],
        "AUTH-10": [keyring.api_key_header_with(credential) for credential in bad],
        "AUTH-11": keyring.near_misses(),
        "AUTH-12": keyring.other_carriers(),
        "AUTH-24": keyring.claims(),
    }[rule]
