"""Classifies each operation of a target as usable, not served, refused, broken or not used."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from ..contract.operation_ids import (
    ASSIGN_TEAM,
    CREATE_GOVERNANCE,
    CREATE_UNIT,
    DELETE_GOVERNANCE,
    DELETE_UNIT,
    GET_UNIT,
    LIST_TEAMS,
    LIST_UNITS,
    REMOVE_TEAM,
    RENAME_UNIT,
    UPDATE_GOVERNANCE,
)
from ..contract.rules import Need
from ..vocabulary import About
from .exchange import Exchange, Observation, about_status
from .run_units import Units
from .target import Target

ON_ANY_UNIT = (UPDATE_GOVERNANCE, GET_UNIT, LIST_UNITS)
"""The operations that are also sent to a unit that the user named."""

UNSUPPORTED = (405, 501)
"""Statuses that always mean "not served"."""
MISSING_ROUTE = (404, *UNSUPPORTED)
"""Statuses that mean "not served" if every resource in the path exists."""


class ProblemKind(StrEnum):
    """Why an operation cannot be used."""

    NOT_SERVED = "not-served"
    """404 for the route, 405 or 501: breaks no rule."""
    REFUSED = "refused"
    """403 for the management key, which may have limited permissions: breaks no rule."""
    BROKEN = "broken"
    """Any other response to a valid request: breaks a rule."""
    LEFT_OUT = "left-out"
    """No request was sent, or the response is ambiguous: breaks no rule."""


RULE_OF_OPERATION = {
    LIST_UNITS: "LIST-05",
    CREATE_UNIT: "LIFE-01",
    GET_UNIT: "UPDATE-02",
    UPDATE_GOVERNANCE: "UPDATE-01",
    CREATE_GOVERNANCE: "CREATE-07",
    DELETE_GOVERNANCE: "LIFE-04",
    RENAME_UNIT: "LIFE-06",
    ASSIGN_TEAM: "LIFE-08",
    LIST_TEAMS: "LIST-10",
    REMOVE_TEAM: "LIFE-08",
    DELETE_UNIT: "LIFE-03",
}
"""The rule that an operation breaks if it rejects a valid request with a declared status, or has no effect."""

OPERATIONS_OF_NEED = {
    Need.UNIT: (CREATE_UNIT, DELETE_UNIT),
    Need.OWN_UNITS: (CREATE_UNIT, DELETE_UNIT),
    Need.LIST: (LIST_UNITS,),
    Need.READ: (GET_UNIT,),
    Need.RENAME: (RENAME_UNIT,),
    Need.CREATE_GOVERNANCE: (CREATE_GOVERNANCE,),
    Need.DELETE_GOVERNANCE: (DELETE_GOVERNANCE,),
    Need.TEAM: (ASSIGN_TEAM, LIST_TEAMS, REMOVE_TEAM),
}
"""The operations that each need requires."""


@dataclass(frozen=True)
class OperationProblem:
    """An operation that cannot be used, with the reason."""

    operation: str
    """Its operationId."""
    kind: ProblemKind
    reason: str
    exchange: Exchange | None = None
    """The exchange that shows the problem; None if no request was sent."""


@dataclass
class Capabilities:
    """The result of probing a target."""

    needs: set[Need] = field(default_factory=set)
    """The needs of rules that the target meets."""
    problems: dict[str, OperationProblem] = field(default_factory=dict)
    """The operations that cannot be used, by operationId, in the order in which they were found."""
    violations: list[Observation] = field(default_factory=list)

    @property
    def missing(self) -> dict[Need, str]:
        """The needs that are not met, each with the reason."""
        return {need: self.why_missing(need) for need in Need if need not in self.needs}

    def why_missing(self, need: Need) -> str:
        """Return why a need is not met."""
        operations = OPERATIONS_OF_NEED.get(need, (UPDATE_GOVERNANCE,))
        reasons = (self.problems[name].reason for name in operations if name in self.problems)
        return next(reasons, f"needs that {need}")


class Probe:
    """Sends requests to one target before the tests, and classifies the responses."""

    def __init__(self, target: Target, units: Units) -> None:
        """Prepare the probe; nothing is sent yet."""
        self.target = target
        self.units = units
        self.found = Capabilities()
        self.not_served: tuple[int, ...] = MISSING_ROUTE
        """Statuses that mean "not served" in response to a request about the probe's own unit."""

    def may_use(self, *operations: str) -> bool:
        """Whether no problem is known with any of some operations."""
        return all(self.target.serves(operation) for operation in operations)

    def classify(self, exchange: Exchange, *, not_served: tuple[int, ...] = MISSING_ROUTE, valid: bool = True) -> bool:
        """Record the problem that the status of a response shows, if any; return whether the operation can be used.

        Args:
            exchange: a request for an operation of the contract, and its response.
            not_served: the statuses that mean "not served". If 404 is not among them, a 404 is inconclusive: a resource
                in the path may not exist.
            valid: whether the contract permits the request. If it does not, a 4xx response is correct.
        """
        name, status = _operation_of(exchange), exchange.meaning
        inconclusive = 404 if 404 not in not_served else None
        # The update of governance is the operation that is published, so it is broken instead of not served.
        if status in not_served and name != UPDATE_GOVERNANCE:
            reason = f"the target does not serve {name}: {self.describe(exchange)}"
            self.add_problem(name, ProblemKind.NOT_SERVED, reason, exchange)
        elif status == 403:
            self.add_problem(name, ProblemKind.REFUSED, f"{self.request_line(exchange)} was refused with 403", exchange)
        elif (
            status in (None, 401) or exchange.is_server_error or (valid and not exchange.ok and status != inconclusive)
        ):
            self.add_violation(exchange)
        return self.may_use(name)

    def classify_change(self, exchange: Exchange, has_effect: Callable[[], bool], not_served: tuple[int, ...]) -> None:
        """Classify a change; an empty success is a violation if ``has_effect`` then returns false."""
        if self.classify(exchange, not_served=not_served) and is_empty(exchange) and not has_effect():
            self.add_violation(exchange, "an empty response without an effect")

    def classify_read(self, exchange: Exchange, not_served: tuple[int, ...] = MISSING_ROUTE) -> None:
        """Classify a read of a unit; an empty success is a violation."""
        if self.classify(exchange, not_served=not_served) and is_empty(exchange):
            self.add_violation(exchange, "no business unit in the response")

    def classify_list(self, exchange: Exchange) -> None:
        """Classify a list; an empty success is a violation."""
        if self.classify(exchange, not_served=self.not_served) and is_empty(exchange):
            # An empty object lacks required members; anything else is not the JSON document of the contract.
            rule = "RESP-07" if isinstance(exchange.member(), dict) else "RESP-04"
            self.add_violation(exchange, "no list in the response", rule=rule)

    def add_violation(self, exchange: Exchange, defect: str = "", *, rule: str | None = None) -> None:
        """Record that a response to a valid request breaks a rule, so that the operation cannot be used.

        Args:
            exchange: the request and the response.
            defect: what is wrong with a successful response.
            rule: the id of the rule if the status is a declared one; by default the rule in ``RULE_OF_OPERATION``.
        """
        name, suffix = _operation_of(exchange), f", {defect}" if defect else ""
        broken = _broken_rule(exchange, rule or RULE_OF_OPERATION[name])
        declared = exchange.operation.declared(200) if exchange.operation else 200
        expected = f"{name} returns {declared} for a valid request"
        about = About() if exchange.status == declared else about_status(exchange, declared)
        self.found.violations.append(Observation(broken, expected, f"{exchange.outcome}{suffix}", exchange, about))
        reason = f"{name} is broken: {self.describe(exchange)}{suffix}, see {broken}"
        self.add_problem(name, ProblemKind.BROKEN, reason, exchange)

    def add_problem(self, operation: str, kind: ProblemKind, reason: str, exchange: Exchange | None = None) -> None:
        """Record that an operation cannot be used; an earlier problem with the same operation is kept instead."""
        problem = OperationProblem(operation, kind, self.target.redact(reason), exchange)
        kept = self.found.problems.setdefault(operation, problem)
        self.target.unusable[operation] = kept.reason
        if kept.kind is ProblemKind.BROKEN:
            self.target.broken.add(operation)

    def add_hidden(self, components: Sequence[str], update: Exchange) -> None:
        """Record that no response shows some components after an accepted update, which breaks a rule.

        The update can still be used: only tests that need one of the components are skipped.

        Args:
            components: the names of the components.
            update: an update that sets them.
        """
        names = [name.replace("_", " ") for name in components]
        reason = f"no response shows a {' or a '.join(names)} after an update that sets it, see UPDATE-02"
        for name in names:
            expected, got = f"the {name} that was set", f"no {name}"
            self.found.violations.append(Observation("UPDATE-02", expected, got, update, About()))
        self.found.problems[UPDATE_GOVERNANCE] = OperationProblem(UPDATE_GOVERNANCE, ProblemKind.BROKEN, reason, update)
        self.target.hidden = dict.fromkeys(components, reason)

    def leave_out_changes(self, reason: str) -> None:
        """Record that the operations that need a unit of the run's own are not used."""
        for operation in self.target.contract.operations:
            if operation not in ON_ANY_UNIT and self.may_use(operation):
                text = f"{operation} needs a business unit that the checks may delete; {reason}"
                self.add_problem(operation, ProblemKind.LEFT_OUT, text)

    def describe(self, exchange: Exchange) -> str:
        """Return the status, the request line and the error message of an exchange."""
        status = "no response" if exchange.status is None else str(exchange.status)
        message = exchange.member("error", "message")
        reason = f" ({ascii(message)[:150]})" if isinstance(message, str) else ""
        return f"{status} on {self.request_line(exchange)}{reason}"

    def request_line(self, exchange: Exchange) -> str:
        """Return the method of a request, and its path below the base URL without the query."""
        return f"{exchange.method} {exchange.url.removeprefix(self.target.base_url).partition('?')[0]}"


def is_empty(exchange: Exchange) -> bool:
    """Whether a success has an empty body, an empty JSON value, or no JSON: it may not have taken effect."""
    return exchange.ok and not exchange.member()


def _operation_of(exchange: Exchange) -> str:
    """Return the operationId of a request for an operation of the contract."""
    assert exchange.operation is not None  # noqa: S101  the run sends only operations
    return exchange.operation.id


def _broken_rule(exchange: Exchange, rule: str) -> str:
    """Return the rule that the response to a valid request breaks: ``rule`` if the status is a declared one."""
    assert exchange.operation is not None  # noqa: S101  see above
    if exchange.status is None or exchange.is_server_error:
        return "ERROR-06"
    if exchange.meaning == 401:
        return "AUTH-19"
    declared = exchange.operation.declares(exchange.status)
    if exchange.ok:
        return rule if declared else "RESP-01"
    return rule if declared else "RESP-08"
