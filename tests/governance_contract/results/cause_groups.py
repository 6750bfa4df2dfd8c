"""Groups the violations that have one cause by what they have in common."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from ..contract.components import COMPONENTS
from ..contract.rules import CATALOGUE, Level
from ..vocabulary import ENDED, LATE, MANAGEMENT_KEY_NAME, STOPPED, Difference
from .cause_kinds import CauseKind
from .records import BEFORE_TESTS, EVERY_RESPONSE, Failure

_VARIABLE = re.compile(r"'[^']*'|\"[^\"]*\"|\d+(?:\.\d+)?|\{.*\}|\[.*\]")
_COMPONENT = re.compile("|".join(name.replace("_", "[ _]?") for name in COMPONENTS), re.IGNORECASE)
_REFUSING_CREDENTIALS = (401, 403)
_ORDER = {rule: number for number, rule in enumerate(CATALOGUE)}
KINDS = tuple(CauseKind)
_FIRST_OF_STATE = KINDS.index(CauseKind.DATA_LOSS)


@dataclass(frozen=True)
class RuleViolation:
    """One violation, and the rule that it breaks."""

    rule: str
    failure: Failure

    @property
    def acting(self) -> str:
        """The operation whose effect the violation shows."""
        facts = self.failure.facts
        return facts.after or facts.operation or self.failure.exchange.method

    @property
    def how_it_ended(self) -> str:
        """How the target failed to respond: its process ended, or it took too long; else empty."""
        got = self.failure.got
        return ENDED if ENDED in got or STOPPED in got else LATE if LATE in got else ""

    @property
    def kind(self) -> CauseKind:
        """The kind of the cause, from the difference, the area of the rule and the credential."""
        facts, area, status = self.failure.facts, CATALOGUE[self.rule].area, self.failure.exchange.status
        match facts.difference:
            case Difference.NO_RESPONSE | Difference.SERVER_ERROR:
                return CauseKind.CRASH
            case Difference.MISSING | Difference.FORM:
                return CauseKind.SHAPE
            case Difference.REFUSED if facts.credential == MANAGEMENT_KEY_NAME and status not in _REFUSING_CREDENTIALS:
                return CauseKind.REFUSALS
            case _ if area == "AUTH" or facts.credential != MANAGEMENT_KEY_NAME:
                return CauseKind.ACCESS
            case Difference.LOST | Difference.CHANGED:
                return CauseKind.DATA_LOSS
            case Difference.KEPT:
                return CauseKind.WRONG_STATE
            case Difference.ACCEPTED | Difference.REFUSED | Difference.STATUS:
                return CauseKind.REFUSALS
            case _ if area in ("ERROR", "RESP", "HTTP"):
                return CauseKind.SHAPE
            case _:
                return CauseKind.WRONG_STATE


@dataclass
class Group:
    """Violations that have one cause."""

    kind: CauseKind
    violations: list[RuleViolation] = field(default_factory=list)

    @property
    def rules(self) -> list[str]:
        """The rules of the group: the one that is about it first."""
        own: dict[str, tuple[bool, bool, int]] = {}
        for violation in self.violations:
            general = violation.failure.test == EVERY_RESPONSE
            if self.kind is CauseKind.CRASH:
                general = general or CATALOGUE[violation.rule].area == "ERROR"
            # A server error or a shape is what the rules on every response are about; a state is not.
            about = general == (self.kind in (CauseKind.CRASH, CauseKind.SHAPE))
            rank = (CATALOGUE[violation.rule].level is not Level.MUST, not about, _ORDER[violation.rule])
            own[violation.rule] = min(own.get(violation.rule, rank), rank)
        return sorted(own, key=own.__getitem__)

    @property
    def first(self) -> RuleViolation:
        """The violation that was found first."""
        return self.violations[0]

    @property
    def level(self) -> Level:
        """MUST if one of the rules is."""
        return Level.MUST if any(CATALOGUE[rule].level is Level.MUST for rule in self.rules) else Level.SHOULD

    @property
    def rank(self) -> tuple[int, bool, bool, bool, bool, int, int, int]:
        """The place of the cause in the report: the smallest comes first."""
        rules, kind = self.rules, KINDS.index(self.kind)
        # An operation that fails on a valid request explains wrong states after it.
        explains = any(violation.failure.test == BEFORE_TESTS for violation in self.violations)
        return (
            min(kind, _FIRST_OF_STATE) if explains else kind,
            self.level is not Level.MUST,
            not explains,
            # A credential that is let in is worse than one that is refused in another way.
            self.kind is CauseKind.ACCESS and self.first.failure.facts.difference != Difference.ACCEPTED,
            # A request that ends the process is worse than one that fails.
            self.kind is CauseKind.CRASH and self.first.how_it_ended != ENDED,
            -len(rules),
            -len(self.violations),
            _ORDER[rules[0]],
        )


def grouped(violations: Iterable[RuleViolation], key: Callable[[RuleViolation], object]) -> list[Group]:
    """Return violations as groups of one kind and one value of ``key``."""
    groups: dict[object, Group] = {}
    for violation in violations:
        groups.setdefault((violation.kind, key(violation)), Group(violation.kind)).violations.append(violation)
    return list(groups.values())


def shared_facts(violation: RuleViolation) -> tuple[object, ...]:
    """Return what the violations of one cause have in common, apart from the kind.

    Examples, one for each case below:

    - crash: creations of governance that fail with 500 for the same kind of forbidden body;
    - access, accepted: a virtual key that several operations accept;
    - access, refused: the management key, which several operations refuse with 403;
    - access, state: a budget that is changed by requests with several bad credentials;
    - data loss and wrong state: a token limit and a request limit that the same kind of update loses;
    - refusals, status: refusals with 422 where 400 is required;
    - refusals, accepted: a negative limit that several operations accept;
    - refusals, refused: updates that are refused with 400 and the same message, apart from values and the component;
    - shape: `created_at` of the wrong form in the unit and in its budget, or a token limit and a request limit.
    """
    facts, exchange = violation.failure.facts, violation.failure.exchange
    difference = facts.difference
    where = facts.place or pattern(violation.failure.expected)
    match violation.kind:
        case CauseKind.CRASH:
            how = violation.how_it_ended
            return (difference, exchange.status, how or violation.acting, "" if how == ENDED else facts.forbidden)
        case CauseKind.ACCESS if difference == Difference.ACCEPTED:
            return (difference, facts.credential)
        case CauseKind.ACCESS if difference in (Difference.REFUSED, Difference.STATUS):
            return (difference, facts.credential, exchange.status)
        case CauseKind.ACCESS:
            return (difference, where)
        case CauseKind.DATA_LOSS | CauseKind.WRONG_STATE:
            return (difference, violation.acting, alike(where), facts.sent, facts.unit)
        case CauseKind.REFUSALS if difference == Difference.STATUS:
            return (difference, exchange.status, *facts.expected_statuses)
        case CauseKind.REFUSALS if difference == Difference.ACCEPTED:
            return (difference, facts.forbidden or (violation.acting, *facts.expected_statuses))
        case CauseKind.REFUSALS:
            # The message of the target tells one reason from another.
            message = _COMPONENT.sub("...", pattern(violation.failure.got))
            return (difference, violation.acting, exchange.status, message)
        case _:
            return (difference, alike(where).split(".")[-1])


def pattern(text: str) -> str:
    """Return a text without its values, so that the same statement about two values is equal."""
    return _VARIABLE.sub("...", text)


def alike(place: str) -> str:
    """Return a place without the half of the rate limit that it belongs to: both halves are alike."""
    component, _, member = place.rpartition(".")
    return f"{component}.{member.removeprefix('token_').removeprefix('request_')}"
