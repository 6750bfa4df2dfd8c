"""Failures for every request, by rules: status, delay, dropped connections, slow and truncated bodies.

The rules are drawn with random numbers of their own, so that a seed repeats them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from math import exp, log
from random import Random
from threading import Lock
from time import monotonic
from typing import Any

from mock_server.control.errors import ControlError
from mock_server.control.pipeline import ControlCall, ControlFunction
from mock_server.http.delivery import Delivery
from mock_server.wsgi import DELIVERS_KEY

_MOST_MILLISECONDS = 60_000
_WHOLE = ("next", "status", "retry_after", "truncate")
_DELIVERIES = ("drop", "truncate", "slow")
"""What only the server of the mock can do."""
_EFFECTS = ("status", "latency", *_DELIVERIES)


@dataclass(frozen=True, slots=True)
class Failure:
    """What happens to one request: a status in place of the operation, and how the response is delivered."""

    status: int | None
    retry_after: int | None
    delivery: Delivery

    def text(self) -> str:
        """Return what happens in words."""
        delivery = self.delivery
        said = [] if self.status is None else [f"status {self.status}"]
        said += [f"{round(delivery.delay * 1000)} ms later"] if delivery.delay else []
        said += ["connection dropped"] if delivery.drop else []
        said += [] if delivery.truncate is None else [f"cut after {delivery.truncate} bytes"]
        said += [] if delivery.bytes_per_second is None else [f"{delivery.bytes_per_second:g} bytes a second"]
        return f"chaos: {', '.join(said)}"


@dataclass(slots=True)
class _Rule:
    settings: Mapping[str, Any]
    operations: frozenset[str] | None
    left: int | None


@dataclass
class Chaos:
    """The rules in force. They are read by every request and replaced as a whole."""

    document: Mapping[str, Any]
    clock: Callable[[], float] = monotonic
    _lock: Lock = field(default_factory=Lock)

    def __post_init__(self) -> None:
        """Prepare the rules."""
        self._random = Random(self.document.get("seed"))  # noqa: S311 - failures are no secrets
        seconds = self.document.get("seconds")
        self._end = None if seconds is None else self.clock() + seconds
        # JSON Schema also takes 503.0 for an integer.
        rules = [
            {**rule, **{name: int(rule[name]) for name in _WHOLE if name in rule}} for rule in self.document["rules"]
        ]
        self._rules = [
            _Rule(rule, frozenset(rule["operations"]) if "operations" in rule else None, rule.get("next"))
            for rule in rules
        ]

    def is_over(self) -> bool:
        """Return whether the rules have ended by themselves."""
        late = self._end is not None and self.clock() >= self._end
        return late or all(rule.left == 0 for rule in self._rules)

    def draw(self, operation_id: str) -> Failure | None:
        """Return what happens to the next request of an operation, if anything does.

        Every rule that hits adds to it: delays are added up, and otherwise the first rule counts.
        """
        with self._lock:
            hits = [] if self.is_over() else [rule for rule in self._rules if self._hits(rule, operation_id)]
            if not hits:
                return None
            drawn: dict[str, Any] = {}
            delay = 0.0
            for rule in hits:
                if "latency" in rule.settings:
                    delay += _milliseconds(rule.settings["latency"], self._random) / 1000
                if rule.settings.get("status") is not None and "status" not in drawn:
                    drawn["retry_after"] = rule.settings.get("retry_after")
                drawn = {**{name: value for name, value in rule.settings.items() if value is not False}, **drawn}
        delivery = Delivery(delay, drawn.get("drop", False), drawn.get("truncate"), drawn.get("slow"))
        return Failure(drawn.get("status"), drawn.get("retry_after"), delivery)

    def _hits(self, rule: _Rule, operation_id: str) -> bool:
        if rule.left == 0 or (rule.operations is not None and operation_id not in rule.operations):
            return False
        if self._random.random() >= rule.settings.get("rate", 1):
            return False
        if rule.left is not None:
            rule.left -= 1
        return True

    def shown(self) -> dict[str, Any]:
        """Return the rules that are still in force, with what is left of them."""
        if self.is_over():
            return {"rules": []}
        rules = [
            {**rule.settings, **({} if rule.left is None else {"next": rule.left})}
            for rule in self._rules
            if rule.left != 0
        ]
        left = {} if self._end is None else {"seconds": round(self._end - self.clock(), 3)}
        return {**self.document, "rules": rules, **left}


def _milliseconds(latency: Mapping[str, Any], random: Random) -> float:
    match latency["distribution"]:
        case "fixed":
            drawn = float(latency["value"])
        case "uniform":
            drawn = random.uniform(latency["low"], latency["high"])
        case "normal":
            drawn = random.gauss(latency["mean"], latency["deviation"])
        case _:
            median = latency["median"]
            drawn = exp(log(median) + random.gauss(0, 1) * latency["sigma"]) if median else 0.0
    return min(max(drawn, 0.0), _MOST_MILLISECONDS)


def get_chaos(call: ControlCall) -> Any:
    """Return the rules in force."""
    return _shown(call.sandbox.chaos)


def _shown(chaos: Chaos | None) -> dict[str, Any]:
    return {"rules": []} if chaos is None else chaos.shown()


def set_chaos(call: ControlCall) -> Any:
    """Replace the rules."""
    check_rules(call.body, set(call.context.contract.operations), can_deliver=DELIVERS_KEY in call.environ)
    call.sandbox.chaos = Chaos(call.body) if call.body["rules"] else None
    call.sandbox.touch()
    return _shown(call.sandbox.chaos)


def check_rules(document: Mapping[str, Any], operations: set[str], *, can_deliver: bool) -> None:
    """Raise ControlError for a rule without effect, an unknown operation, or what the server cannot do."""
    for index, rule in enumerate(document["rules"]):
        for place, name in enumerate(rule.get("operations", ())):
            if name not in operations:
                message = f"the contract has no operation {name!r}; it has {', '.join(sorted(operations))}"
                raise ControlError(HTTPStatus.BAD_REQUEST, message, f"/rules/{index}/operations/{place}")
        for name in _DELIVERIES:
            if name in rule and not can_deliver:
                message = f"only the server of `governance-contract mock` can {name} responses"
                raise ControlError(HTTPStatus.CONFLICT, message, f"/rules/{index}/{name}")
        if all(rule.get(name, False) is False for name in _EFFECTS):
            message = f"the rule changes nothing: it needs at least one of {', '.join(_EFFECTS)}"
            raise ControlError(HTTPStatus.BAD_REQUEST, message, f"/rules/{index}")


def delete_chaos(call: ControlCall) -> None:
    """End all failures."""
    call.sandbox.chaos = None
    call.sandbox.touch()


OPERATIONS: Mapping[str, ControlFunction] = {
    "getChaos": get_chaos,
    "setChaos": set_chaos,
    "deleteChaos": delete_chaos,
}
