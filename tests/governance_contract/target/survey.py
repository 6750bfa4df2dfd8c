"""What the answers of a target say about its operations: served, refused, broken, and which rule that breaks."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from ..contract.rules import Need
from .business_units import Units
from .exchange import Exchange
from .target import Target

LIST, CREATE, GET, DELETE = "listBusinessUnits", "createBusinessUnit", "getBusinessUnit", "deleteBusinessUnit"
RENAME, TEAMS = "updateBusinessUnit", "listBusinessUnitTeams"
ASSIGN, REMOVE = "assignTeamToBusinessUnit", "removeTeamFromBusinessUnit"
POST_GOVERNANCE, DELETE_GOVERNANCE = "createBusinessUnitGovernance", "deleteBusinessUnitGovernance"
PUT = "updateBusinessUnitGovernance"
ON_ANY_UNIT = (PUT, GET, LIST)
"""The operations that are also sent to a unit that the user named."""

NOT_THERE = (405, 501)
MISSING_ROUTE = (404, *NOT_THERE)


class State(StrEnum):
    """Why an operation cannot be used."""

    NOT_SERVED = "not-served"
    """404 for the route, 405 or 501: breaks no rule."""
    REFUSED = "refused"
    """403 for the management key, which may be limited: breaks no rule."""
    BROKEN = "broken"
    """Any other answer to a request that the contract permits: breaks a rule."""
    LEFT_OUT = "left-out"
    """It was not tried, or what was tried shows nothing."""


RULES = {
    LIST: "LIST-05",
    CREATE: "LIFE-01",
    GET: "UPDATE-02",
    PUT: "UPDATE-01",
    POST_GOVERNANCE: "CREATE-07",
    DELETE_GOVERNANCE: "LIFE-04",
    RENAME: "LIFE-06",
    ASSIGN: "LIFE-08",
    TEAMS: "LIST-10",
    REMOVE: "LIFE-08",
    DELETE: "LIFE-03",
}
"""The rule that an operation breaks when it refuses a permitted request with a declared status, or has no effect."""

OPERATIONS = {
    Need.OWN_UNITS: (CREATE, DELETE),
    Need.LIST: (LIST,),
    Need.READ: (GET,),
    Need.RENAME: (RENAME,),
    Need.POST_GOVERNANCE: (POST_GOVERNANCE,),
    Need.DELETE_GOVERNANCE: (DELETE_GOVERNANCE,),
    Need.TEAM: (ASSIGN, TEAMS, REMOVE),
}


@dataclass(frozen=True)
class Obstacle:
    """An operation that cannot be used, and the exchange that shows why, where there is one."""

    operation: str
    state: State
    reason: str
    exchange: Exchange | None = None


@dataclass(frozen=True)
class Shortfall:
    """A permitted request that an operation answered wrongly, and the rule that this breaks."""

    rule: str
    expected: str
    got: str
    exchange: Exchange


@dataclass
class Offer:
    """What a target offers."""

    needs: set[Need] = field(default_factory=set)
    obstacles: dict[str, Obstacle] = field(default_factory=dict)
    """By operationId, in the order in which they were found."""
    shortfalls: list[Shortfall] = field(default_factory=list)

    def why_missing(self, need: Need) -> str:
        """Return why a need is not met, in words."""
        of_need = (self.obstacles[name] for name in OPERATIONS.get(need, ()) if name in self.obstacles)
        obstacle = next(of_need, None)
        return obstacle.reason if obstacle else f"needs that {need}"


class Survey:
    """Sends requests to one target and keeps what the answers say."""

    def __init__(self, target: Target, units: Units) -> None:
        """Survey a target; nothing is sent yet."""
        self.target = target
        self.units = units
        self.offer = Offer()
        self.absent: tuple[int, ...] = MISSING_ROUTE
        """Statuses that say that an operation on a unit of our own is not served."""

    def may_use(self, *operations: str) -> bool:
        """Whether operations can be used, as far as is known."""
        return all(self.target.serves(operation) for operation in operations)

    def is_usable(self, answer: Exchange, *, absent: tuple[int, ...] = MISSING_ROUTE, valid: bool = True) -> bool:
        """Read the status of an answer and keep what it says; return whether the operation can be used.

        Args:
            answer: an answer to a request for an operation of the contract.
            absent: statuses that say that it is not served.
            valid: whether the contract permits the request; else a refusal says that the operation is served.
        """
        name, status = operation_of(answer), answer.status
        unknown = 404 if 404 not in absent else None  # what the path names may not be there
        if status in absent and name != PUT:  # without the update there is nothing to judge
            self.note(name, State.NOT_SERVED, f"the target does not serve {name}: {self.told(answer)}", answer)
        elif status == 403:
            self.note(name, State.REFUSED, f"{self.request(answer)} was refused with 403", answer)
        elif status in (None, 401) or answer.is_server_error or (valid and not answer.ok and status != unknown):
            self.breaks(answer, self.rule_for(answer))
        return self.may_use(name)

    def rule_for(self, answer: Exchange) -> str:
        """Return the rule that an answer to a permitted request breaks by its status, or by having no effect."""
        assert answer.operation is not None
        if answer.status is None or answer.is_server_error:
            return "ERROR-06"
        if answer.status == 401:
            return "AUTH-19"
        if answer.ok and answer.status != 200:
            return "RESP-01"
        declared = answer.ok or str(answer.status) in answer.operation.responses
        return RULES[operation_of(answer)] if declared else "RESP-08"

    def breaks(self, answer: Exchange, rule: str, lacking: str = "") -> None:
        """Keep that an answer to a permitted request breaks a rule, and that the operation cannot be used.

        Args:
            answer: the answer.
            rule: the id of the rule.
            lacking: what a success lacks, in words.
        """
        name, words = operation_of(answer), f", {lacking}" if lacking else ""
        expected = f"{name} answers a valid request with 200"
        self.offer.shortfalls.append(Shortfall(rule, expected, f"{answer.outcome}{words}", answer))
        self.note(name, State.BROKEN, f"{name} is broken: {self.told(answer)}{words}, see {rule}", answer)

    def note(self, operation: str, state: State, reason: str, answer: Exchange | None = None) -> None:
        """Keep that an operation cannot be used; the first reason stays."""
        obstacle = Obstacle(operation, state, self.target.redact(reason), answer)
        kept = self.offer.obstacles.setdefault(operation, obstacle)
        self.target.unusable[operation] = kept.reason

    def leave_out_changes(self, reason: str) -> None:
        """Keep that operations which need a unit of our own are not used."""
        for operation in self.target.contract.operations:
            if operation not in ON_ANY_UNIT and self.may_use(operation):
                text = f"{operation} needs a business unit that the checks may delete; {reason}"
                self.note(operation, State.LEFT_OUT, text)

    def told(self, answer: Exchange) -> str:
        """Return the status of an answer and its request in words."""
        status = "no answer" if answer.status is None else str(answer.status)
        return f"{status} on {self.request(answer)}"

    def request(self, answer: Exchange) -> str:
        """Return the method and the path of a request."""
        return f"{answer.method} {answer.url.removeprefix(self.target.base_url).partition('?')[0]}"


def operation_of(answer: Exchange) -> str:
    """Return the operationId of an answer to a request for an operation of the contract."""
    assert answer.operation is not None
    return answer.operation.id


def briefly(answer: Exchange) -> str:
    """Return the outcome of a request and the request, with its URL."""
    return f"{answer.outcome} on {answer.method} {answer.url}"
