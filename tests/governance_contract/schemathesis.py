"""An extension of Schemathesis: the rules of this package as checks of ``schemathesis run``.

Load it with ``SCHEMATHESIS_HOOKS=governance_contract.schemathesis``, or import it in a test module. Loading registers
an auth provider, hooks, and a check for each rule that a single request can judge, such as
``auth_05_virtual_key_refused``.
``docs/schemathesis.md`` describes its use.

The management key is read from ``GOVERNANCE_API_KEY``. All requests that write are sent to business units that the
extension created. They are deleted when the process ends, also after Ctrl-C. ``GOVERNANCE_STRICT=1`` adds the SHOULD
rules.
"""

from __future__ import annotations

import atexit
import os
import sys
import threading
import zlib
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import schemathesis
from schemathesis.core import NotSet

from .checks import expect
from .checks.every_response import observe
from .checks.inputs.permitted_bodies import depends_on_alignment, is_complete_and_valid, meaningful
from .checks.inputs.sample_settings import BUDGET, RATE_LIMIT, permitted_body
from .checks.inputs.strategies import RULES_OF_BAD_BODIES, breaks_schema
from .checks.refusals import credentials_of
from .checks.update_effects import AppliedUpdate, wrong_effects
from .checks.violation import Violation, wrong_status
from .contract.citations import cited, in_words
from .contract.components import COMPONENTS
from .contract.document import Contract
from .contract.explanations import explanations
from .contract.operation_ids import (
    CREATE_GOVERNANCE,
    CREATE_UNIT,
    DELETE_GOVERNANCE,
    DELETE_UNIT,
    RENAME_UNIT,
    UPDATE_GOVERNANCE,
)
from .contract.rules import CATALOGUE, Level
from .target.base_url import check_url
from .target.connections import Transport
from .target.credentials import KEY_VARIABLE, NONE, Credential, Keyring
from .target.errors import Blocked, NotApplicable, Unreachable
from .target.exchange import Exchange, Request, Response
from .target.run_units import Units
from .target.target import Target
from .target.unit import NO_SUCH_TEAM, Unit, UnitState, component_of

_STATES: tuple[dict[str, Mapping[str, Any]], ...] = (
    {"budget": BUDGET, "rate_limit": RATE_LIMIT},
    {"budget": BUDGET, "rate_limit": RATE_LIMIT},
    {"budget": BUDGET},
    {"rate_limit": RATE_LIMIT},
    {},
)
"""The starting states of units. The content of a request chooses one, so that a repeated request meets the same."""
_UNKNOWN_IDS = 4
"""One request of this many addresses a unit that does not exist."""
_NOT_JUDGED = (Blocked, Unreachable, NotApplicable)
"""What the helpers of the tests raise if a request cannot be judged, such as under a quota of units."""
_CHECKS = {rule: explanation.check for rule, explanation in explanations().items() if explanation.check}
"""By rule, the words that follow its id in the name of its check."""
_SECRET_NAMES = ("authorization", "proxy-authorization", "cookie", "set-cookie", "x-api-key", "api-key", "api_key")
# Schemathesis takes the limits of tokens for secrets, unless the markers are exact.
_SECRET_MARKERS = ("authorization", "cookie", "api_key", "api-key", "secret", "password")

Case = schemathesis.Case[Any]


@dataclass
class _Prepared:
    """What is known about a request before it is sent."""

    case: str
    unit: Unit | None = None
    before: UnitState | None = None
    """The state of the unit; None if it could not be read or the operation does not need it."""
    unknown: bool = False
    """Whether the request addresses a unit that does not exist."""
    findings: list[Violation] | None = None


@dataclass
class _Local(threading.local):
    """The unit and the last request of a worker."""

    unit: Unit | None = None
    prepared: _Prepared = field(default_factory=lambda: _Prepared(""))


class _Session:
    """The business units and the findings of one process, against one base URL."""

    def __init__(self, case: Case) -> None:
        """Read the contract that Schemathesis uses, and the credentials.

        Raises:
            ValueError: there is no management key, or the URL cannot be used.
        """
        schema = case.operation.schema
        self.contract = Contract(dict(schema.raw_schema), "")
        try:
            keyring = Keyring(os.environ, self.contract.security_scheme, seed=0)
        except KeyError:
            raise ValueError(f"{KEY_VARIABLE} is not set: the extension needs a management key") from None
        self.target = Target(check_url(schema.get_base_url()), self.contract, keyring, Transport())
        self.units = Units(self.target)
        self.unknown_id = f"{self.units.prefix}-unknown"
        self.created: set[str] = set()
        self.local = _Local()
        self._lock = threading.Lock()
        self._probed: dict[tuple[str, str], Violation | None] = {}
        self._probe_units: dict[str, Unit] = {}
        output = schema.config.output.sanitization
        output.keys_to_sanitize, output.sensitive_markers = _SECRET_NAMES, _SECRET_MARKERS
        atexit.register(self.clean_up)

    def clean_up(self) -> None:
        """Delete the units and report those that are left."""
        for line in self.units.clean_up():
            print(f"left behind: {line}", file=sys.stderr)  # noqa: T201  the process ends
        self.target.close()

    def new_name(self, text: str = "") -> str:
        """Return a name that no unit has, which ends with a text."""
        with self._lock:
            return f"{self.units.new_name()}{'-' if text else ''}{text}"

    def new_unit(self) -> Unit:
        """Create a unit."""
        unit = self.units.create(self.new_name())
        self.created.add(unit.id)
        return unit

    # -- before a request -------------------------------------------------------------------------------------------

    def prepare(self, case: Case) -> None:
        """Confine a request to units of this session, and read the state that it meets."""
        operation_id = _operation_id(case)
        prepared = self.local.prepared = _Prepared(case.id)
        digest = _digest(case)
        self._prepare_body(case, operation_id, digest)
        if "team_id" in case.path_parameters:
            case.path_parameters["team_id"] = NO_SUCH_TEAM
        if "id" not in case.path_parameters:
            return
        unit_id = case.path_parameters["id"]
        if unit_id in self.created:  # a link of Schemathesis led here
            prepared.unit = Unit(self.target, unit_id, None)
        elif digest % _UNKNOWN_IDS == 0:
            prepared.unknown = True
            case.path_parameters["id"] = self.unknown_id
            return
        else:
            with suppress(*_NOT_JUDGED):
                prepared.unit = self._own_unit(operation_id, digest // 8)
            case.path_parameters["id"] = prepared.unit.id if prepared.unit else self.unknown_id
        if prepared.unit is not None and operation_id in (UPDATE_GOVERNANCE, CREATE_GOVERNANCE, DELETE_GOVERNANCE):
            with suppress(*_NOT_JUDGED):
                prepared.before = prepared.unit.read()

    def _own_unit(self, operation_id: str, digest: int) -> Unit:
        if operation_id == DELETE_UNIT:
            return self.new_unit()
        unit = self.local.unit = self.local.unit or self.new_unit()
        if operation_id in (UPDATE_GOVERNANCE, CREATE_GOVERNANCE, DELETE_GOVERNANCE):
            try:
                unit.set_state(**(_STATES[digest % len(_STATES)]))
            except Blocked:
                unit = self.local.unit = self.new_unit()
        return unit

    def _prepare_body(self, case: Case, operation_id: str, digest: int) -> None:
        body = case.body
        pointer = self.contract.operations[operation_id].body_schema if operation_id else None
        if pointer is None or not isinstance(body, dict):
            return
        if isinstance(body.get("team_id"), str):
            body["team_id"] = NO_SUCH_TEAM
        if not self.contract.is_valid(pointer, body, published=False):
            return
        if operation_id in (CREATE_UNIT, RENAME_UNIT):
            body["name"] = self.new_name(_printable(str(body["name"])))
        elif operation_id in (UPDATE_GOVERNANCE, CREATE_GOVERNANCE):
            case.body = meaningful(self.contract, body, digest, creates=operation_id == CREATE_GOVERNANCE)

    # -- after a request --------------------------------------------------------------------------------------------

    def register(self, case: Case, response: schemathesis.Response) -> None:
        """Note a unit that a request created, so that it is deleted at the end."""
        if _operation_id(case) == CREATE_UNIT:
            unit = self.units.register(self.exchange(case, response))
            if unit is not None:
                self.created.add(unit.id)

    def exchange(self, case: Case, response: schemathesis.Response) -> Exchange:
        """Return a request of Schemathesis and its response in the form that the checks take."""
        operation = self.contract.operations.get(_operation_id(case))
        if operation is not None and case.method.upper() != operation.method:
            operation = None  # a method that the contract does not declare
        sent = response.request
        raw = sent.body.encode() if isinstance(sent.body, str) else sent.body
        management = self.target.keyring.management
        fields = {name: str(value) for name, value in sent.headers.items()}
        authorised = fields.get("Authorization") == management.headers["Authorization"]
        if authorised:
            del fields["Authorization"]
        credential, unit_id = management if authorised else NONE, str((case.path_parameters or {}).get("id", ""))
        request = Request(operation, str(sent.method), str(sent.url), credential, fields, raw, unit_id)
        headers = {name.lower(): ", ".join(values) for name, values in response.headers.items()}
        received = Response(response.status_code, headers, response.content)
        return Exchange(request, received, knowledge=self.target.knowledge)

    def find(self, rule: str, case: Case, response: schemathesis.Response) -> Violation | None:
        """Return how the target breaks a rule, as a request of Schemathesis or a probe shows it."""
        if rule.startswith("AUTH"):
            return self._probe(rule, _operation_id(case))
        prepared = self.local.prepared
        if prepared.case != case.id:  # a request that Schemathesis sent without the hooks
            prepared = self.local.prepared = _Prepared(case.id)
        if prepared.findings is None:
            prepared.findings = list(self._judge(prepared, self.exchange(case, response)))
        return next((violation for violation in prepared.findings if violation.rule == rule), None)

    def _judge(self, prepared: _Prepared, exchange: Exchange) -> Iterator[Violation]:
        for seen in observe(self.contract, exchange):
            yield Violation(seen.expected, seen.got, seen.exchange, rule=seen.rule, about=seen.about)
        if exchange.operation is None or exchange.credential is NONE:
            return
        body, operation_id = exchange.sent, exchange.operation.id
        broken = RULES_OF_BAD_BODIES.get(operation_id)
        has_check, raw = broken in _CHECKS, exchange.request_body or b""
        if has_check and exchange.ok and breaks_schema(self.contract, operation_id, raw):
            yield wrong_status("status 400", exchange, (400,), rule=broken)
            return
        with suppress(*_NOT_JUDGED):
            yield from self._judge_effects(prepared, exchange, operation_id, body)

    def _judge_effects(
        self, prepared: _Prepared, exchange: Exchange, operation_id: str, body: Any
    ) -> Iterator[Violation]:
        unit, before = prepared.unit, prepared.before
        if prepared.unknown and is_complete_and_valid(self.contract, operation_id, body):
            refuses_query = exchange.meaning == 400 and "?" in exchange.request.url  # the contract sets no order
            if exchange.meaning != 404 and not refuses_query:
                yield wrong_status("status 404", exchange, (404,), rule="ERROR-01")
        elif operation_id == CREATE_UNIT and exchange.ok:
            yield from self._judge_new_unit(exchange)
        elif operation_id == DELETE_UNIT and exchange.ok and unit is not None:
            for later in (unit.fetch(), unit.put({})):
                if later.meaning != 404:
                    yield wrong_status("status 404 after the deletion", later, (404,), rule="LIFE-03")
        elif unit is not None and before is not None:
            yield from self._judge_governance(unit, before, exchange, operation_id, body)

    def _judge_new_unit(self, exchange: Exchange) -> Iterator[Violation]:
        unit = Unit(self.target, str(exchange.member("id")), None)
        fetched = unit.fetch()
        if not fetched.ok or any(component_of(fetched.member(), component) for component in COMPONENTS):
            yield Violation("a unit without governance", fetched.outcome, fetched, rule="LIFE-01")
        again = self.target.call(CREATE_UNIT, raw=exchange.request_body)
        self.units.register(again)
        if again.meaning != 409:
            yield wrong_status("status 409 for a name in use", again, (409,), rule="LIFE-02")

    def _judge_governance(
        self, unit: Unit, before: UnitState, exchange: Exchange, operation_id: str, body: Any
    ) -> Iterator[Violation]:
        governed = any(component_of(before, component) for component in COMPONENTS)
        permitted = is_complete_and_valid(self.contract, operation_id, body)
        if not exchange.ok:
            change = expect.find_change(unit, before, exchange, rule="VALID-16")
            if change is not None:
                yield change
        if operation_id == DELETE_GOVERNANCE:
            if exchange.ok and any(component_of(unit.read(), component) for component in COMPONENTS):
                yield Violation("no governance in a later read", "governance", exchange, rule="LIFE-04")
            if not governed and exchange.meaning != 404:
                yield wrong_status("status 404 without governance", exchange, (404,), rule="LIFE-05")
        elif operation_id == CREATE_GOVERNANCE and governed:
            if permitted and exchange.meaning != 409:
                yield wrong_status("status 409 for a governed unit", exchange, (409,), rule="CREATE-08")
        elif permitted and exchange.ok:
            step = AppliedUpdate(unit, before, body, exchange, unit.fetch(), creates=operation_id == CREATE_GOVERNANCE)
            yield from wrong_effects(step)
        elif permitted and exchange.meaning == 400 and not depends_on_alignment(self.contract, before, body):
            rule = exchange.rule_of_refusal or ("UPDATE-20" if operation_id == UPDATE_GOVERNANCE else "CREATE-07")
            yield wrong_status("success (200)", exchange, (200,), rule=rule)

    # -- probes -----------------------------------------------------------------------------------------------------

    def _probe(self, rule: str, operation_id: str) -> Violation | None:
        """Send the bad credentials of a rule to an operation once, and return the first that is not refused."""
        if operation_id not in self.contract.operations:
            return None
        with self._lock:
            known = (rule, operation_id) in self._probed
        if not known:
            violation = None
            for credential in credentials_of(self.target.keyring, rule):
                with suppress(*_NOT_JUDGED):
                    violation = self._probe_one(rule, operation_id, credential)
                if violation is not None:
                    break
            self._probed[rule, operation_id] = violation
        return self._probed[rule, operation_id]

    def _probe_one(self, rule: str, operation_id: str, credential: Credential) -> Violation | None:
        unit = self._probe_units.get(operation_id) or self.new_unit()
        self._probe_units[operation_id] = unit
        names = operation_id in (CREATE_UNIT, RENAME_UNIT)
        exchange = self.target.call(
            operation_id,
            {"name": self.new_name()} if names else permitted_body(operation_id),
            path={"id": unit.id, "team_id": NO_SUCH_TEAM},
            credential=credential,
        )
        if exchange.ok:
            if operation_id == CREATE_UNIT:
                self.units.register(exchange)
            del self._probe_units[operation_id]  # its state is not known any more
        if exchange.meaning in expect.REFUSED:
            return None
        return wrong_status(f"refusal of {credential.name} (401)", exchange, (401,), rule=rule)


def _operation_id(case: Case) -> str:
    return str(case.operation.definition.raw.get("operationId", ""))


def _digest(case: Case) -> int:
    """Return a number that depends on the content of a request alone, in every process."""
    body = None if isinstance(case.body, NotSet) else case.body  # the text of NotSet has an address
    return zlib.crc32(repr((case.path_parameters, case.query, body)).encode("utf-8", "replace"))


def _printable(text: str) -> str:
    """Return the part of a generated name that leaves room for the prefix and does not end with a blank."""
    return "".join(character for character in text if character.isprintable())[:40].strip()


# -- registration -----------------------------------------------------------------------------------------------------

_session: _Session | None = None
_starting = threading.Lock()


def _current(case: Case) -> _Session:
    """Return the session of this process; the first request starts it."""
    global _session  # Schemathesis has one registry for each process
    with _starting:
        if _session is None:
            _session = _Session(case)
    return _session


@schemathesis.auth()
class ManagementKey:
    """Sends the management key with each request."""

    def get(self, case: Case, context: schemathesis.AuthContext) -> Mapping[str, str]:
        """Return the header fields of the management key."""
        return _current(case).target.keyring.management.headers

    def set(self, case: Case, data: Mapping[str, str], context: schemathesis.AuthContext) -> None:
        """Add the header fields to a request."""
        case.headers.update(data)


@schemathesis.hook
def before_load_schema(context: schemathesis.HookContext, raw_schema: dict[str, Any]) -> None:
    """End the command of Schemathesis in one line if there is no management key. Later each request would fail."""
    if not os.environ.get(KEY_VARIABLE) and os.environ.get("SCHEMATHESIS_HOOKS") == __name__:
        sys.stderr.write(f"error: {KEY_VARIABLE} is not set: the extension needs a management key\n")
        sys.stderr.flush()
        os._exit(2)  # Schemathesis would show an exception of a hook with its traceback; nothing has begun


@schemathesis.hook
def before_call(context: schemathesis.HookContext, case: Case, kwargs: dict[str, Any]) -> None:
    """Confine a request to units of this process."""
    _current(case).prepare(case)


@schemathesis.hook
def after_call(context: schemathesis.HookContext, case: Case, response: schemathesis.Response) -> None:
    """Note a created unit."""
    _current(case).register(case, response)


@schemathesis.hook
def filter_failure(
    context: schemathesis.HookContext, failure: Any, case: Case, response: schemathesis.Response
) -> bool:
    """Leave out refusals of valid requests that depend on stored state, which no schema can describe.

    UPDATE-20, CREATE-07 and other checks of this extension judge them instead. Schemathesis also expects that a
    request finds a unit which an earlier one created. It does not know that this one addresses an unknown unit.
    """
    if "ensure_resource_availability" in failure.checks:
        return bool(case.path_parameters.get("id") != _current(case).unknown_id)
    return not ("positive_data_acceptance" in failure.checks and response.status_code in (400, 404, 409))


def _message(session: _Session, rule_id: str, violation: Violation) -> str:
    """Return what a failure shows: rule, requirement, finding, citations, and the request without its secrets."""
    rule = CATALOGUE[rule_id]
    lines = [
        f"{rule_id} ({rule.level}): {rule.title}",
        f"Expected {violation.expected}",
        f"Got {violation.got}",
        *(f"Contract: {in_words(citation)}" for citation in cited(session.contract, rule)),
        f"Request: {violation.exchange.request.curl()}",
    ]
    return session.target.redact("\n".join(lines))


def _register(rule_id: str, words: str) -> None:
    """Register the check of a rule."""

    def check(context: schemathesis.CheckContext, response: schemathesis.Response, case: Case) -> None:
        session = _current(case)
        violation = session.find(rule_id, case, response)
        if violation is not None:
            raise AssertionError(_message(session, rule_id, violation))

    check.__name__ = check.__qualname__ = f"{rule_id.lower().replace('-', '_')}_{words}"
    schemathesis.check(check)


for _rule_id, _words in _CHECKS.items():
    if CATALOGUE[_rule_id].level is Level.MUST or os.environ.get("GOVERNANCE_STRICT") == "1":
        _register(_rule_id, _words)
