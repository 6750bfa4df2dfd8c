"""AUTH as a property: what surrounds a credential does not decide about access."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import pytest
from hypothesis import strategies as st

from ..checks.expect import REFUSED, shows_units
from ..checks.generation import current_generation
from ..checks.inputs.foreign_credentials import (
    KEY_IN_API_KEY_HEADER,
    RULES_OF_KINDS,
    Recipes,
    crowds,
    foreign_tokens,
    misplaced_keys,
    near_misses,
    pairs,
    rule_of,
    weighted,
)
from ..checks.inputs.sample_settings import OTHER_BUDGET
from ..checks.inputs.surroundings import Earlier, Surroundings, surroundings, with_origin
from ..checks.properties import judge_all
from ..checks.refusals import RefusedRequests, changing_requests, on_reused_unit
from ..checks.run_protocol import Run
from ..checks.violation import Violation, wrong_status
from ..contract.operation_ids import CREATE_GOVERNANCE, GET_UNIT, LIST_UNITS, UPDATE_GOVERNANCE
from ..contract.rules import Need
from ..target.connections import Connections
from ..target.credentials import NONE
from ..target.exchange import Exchange

_OPERATIONS = (UPDATE_GOVERNANCE, UPDATE_GOVERNANCE, GET_UNIT, LIST_UNITS)
_ATTEMPTS, _ATTEMPTS_OF_A_QUICK_RUN = 8, 3
_MOST_SHRINKS = 15  # each example has many requests
_FORBIDDEN: dict[str, Any] = {"budget": 1}


@dataclass(frozen=True)
class AccessAttempt:
    """A request: its operation, the recipes of its credential, and what surrounds it."""

    operation: str
    recipes: Recipes | None
    """The recipes of a bad credential, or of none at all; None stands for the management key."""
    surroundings: Surroundings


def _access_attempts(served: Sequence[str]) -> st.SearchStrategy[AccessAttempt]:
    operations = st.sampled_from(served)
    kinds = st.sampled_from(list(RULES_OF_KINDS)).flatmap(foreign_tokens)
    alone = weighted((2, kinds), (1, near_misses()), (2, misplaced_keys())).map(lambda recipe: (recipe,))
    bad = weighted((2, st.just(())), (3, alone), (2, pairs()), (4, crowds()), (1, st.just(KEY_IN_API_KEY_HEADER)))
    with_key = st.builds(AccessAttempt, operations, st.none(), surroundings(claims=False))
    return weighted((3, st.builds(AccessAttempt, operations, bad, surroundings(claims=True))), (1, with_key))


class _Access:
    """Makes attempts on a unit, and says which of them break a rule."""

    def __init__(self, run: Run, requests: RefusedRequests) -> None:
        self._target, self._requests = run.target, requests
        self._path = {"id": requests.unit.id}
        self._unknown = run.units.nowhere().path
        # A unit that the user named may have no governance.
        self._can_conflict = Need.OWN_UNITS not in run.missing and run.target.serves(CREATE_GOVERNANCE)
        self._changed_with_key = False
        """Whether a request that must be refused for another reason than its credential was accepted."""

    def judge(self, attempts: Sequence[AccessAttempt]) -> Iterator[Violation]:
        """Make the attempts; yield what is wrong with the responses, and what refused ones changed."""
        others, any_accepted = [], False
        for attempt in attempts:
            exchange = self._send_after_earlier(attempt)
            if attempt.recipes is None:
                if exchange.meaning in REFUSED:
                    yield wrong_status("the management key accepted", exchange, (200,), rule="AUTH-19")
            elif self._is_accepted(exchange):
                any_accepted = True
                yield self._accepted(attempt, exchange)
            else:
                others.append((partial(self._send, attempt), exchange))
        if others and not any_accepted and not self._changed_with_key:
            yield from self._requests.find_changes([send for send, _ in others], others[-1][1])
        if self._changed_with_key:
            self._requests.reusable = False

    def _is_accepted(self, exchange: Exchange) -> bool:
        """Whether a response shows a business unit. A 412 because of a header field or a health check shows none."""
        return shows_units(exchange, self._requests.unit.id)

    def _accepted(self, attempt: AccessAttempt, exchange: Exchange) -> Violation:
        """Return the violation that a request with bad credentials is accepted.

        It is that of a request with one of the credentials, or with none, if such a request is accepted, too.
        """
        all_recipes = attempt.recipes or ()
        for recipes in [(), *((recipe,) for recipe in all_recipes if len(all_recipes) > 1)]:
            again = self._send_after_earlier(replace(attempt, recipes=recipes))
            if self._is_accepted(again):
                attempt, exchange = replace(attempt, recipes=recipes), again
                break
        expected = f"refusal of {exchange.credential.name} (401)"
        return wrong_status(expected, exchange, (401,), rule=self._rule(attempt))

    def _rule(self, attempt: AccessAttempt) -> str:
        if attempt.recipes:
            return rule_of(attempt.recipes)
        if not self._is_accepted(self._send(attempt)):
            return "AUTH-18"
        for rule, fewer in (("AUTH-01", Surroundings()), ("AUTH-21", Surroundings(query=attempt.surroundings.query))):
            if self._is_accepted(self._send(replace(attempt, surroundings=fewer))):
                return rule
        return "AUTH-24"

    def _send_after_earlier(self, attempt: AccessAttempt) -> Exchange:
        if attempt.surroundings.earlier is Earlier.NONE:
            return self._send(attempt)
        with self._target.connect() as same:
            self._send_earlier(attempt.surroundings.earlier, same)
            return self._send(attempt, same)

    def _send(self, attempt: AccessAttempt, over: Connections | None = None) -> Exchange:
        keyring = self._target.keyring
        credential = keyring.management if attempt.recipes is None else keyring.credential_from(attempt.recipes)
        own = {name.lower() for name in credential.headers}
        headers = with_origin(self._target.base_url, attempt.surroundings.headers)
        options: dict[str, Any] = {
            "query": attempt.surroundings.query,
            "headers": {name: value for name, value in headers.items() if name.lower() not in own},
            "credential": credential,
            "over": over,
        }
        if attempt.operation == UPDATE_GOVERNANCE:
            # With the key, the request must change nothing. With another credential, it would change the unit.
            exchange = self._requests.send(_FORBIDDEN if attempt.recipes is None else None, **options)
            if attempt.recipes is None:
                self._note_change(exchange)
            return exchange
        return self._target.call(attempt.operation, path=self._path, **options)

    def _send_earlier(self, earlier: Earlier, over: Connections) -> None:
        call = partial(self._target.call, path=self._path, over=over)
        # The target may lack the read. An empty update changes nothing.
        harmless: tuple[str, Any] = (GET_UNIT, None) if self._target.serves(GET_UNIT) else (UPDATE_GOVERNANCE, {})
        match earlier:
            case Earlier.ACCEPTED:
                call(*harmless)
            case Earlier.NOT_FOUND:
                call(*harmless, path=self._unknown)
            case Earlier.BAD_BODY:
                self._note_change(call(UPDATE_GOVERNANCE, _FORBIDDEN))
            case Earlier.CONFLICT if self._can_conflict:
                self._note_change(call(CREATE_GOVERNANCE, {"budget": OTHER_BUDGET}))
            case Earlier.REFUSED:
                call(*harmless, credential=NONE)

    def _note_change(self, exchange: Exchange) -> None:
        """Note whether a request with the key, which must be refused for another reason, was accepted."""
        self._changed_with_key |= exchange.ok


@pytest.mark.rule(
    *("AUTH-01", "AUTH-02", "AUTH-03", "AUTH-04", "AUTH-05", "AUTH-06", "AUTH-07", "AUTH-08", "AUTH-09", "AUTH-10"),
    *("AUTH-11", "AUTH-12", "AUTH-13", "AUTH-18", "AUTH-19", "AUTH-21", "AUTH-24"),
)
@pytest.mark.property
def test_what_surrounds_a_credential_does_not_decide(run: Run) -> None:
    served = [name for name in _OPERATIONS if run.target.serves(name) and run.target.operation(name).secured]
    if not served:
        pytest.skip(run.target.why_unusable(UPDATE_GOVERNANCE))
    start = partial(changing_requests, run, UPDATE_GOVERNANCE, rule="AUTH-13")
    count = _ATTEMPTS if current_generation().profile.every_case else _ATTEMPTS_OF_A_QUICK_RUN

    def check(attempts: list[AccessAttempt]) -> Generator[Violation]:
        with on_reused_unit(run, start, judges_access=True) as requests:
            yield from _Access(run, requests).judge(attempts)

    judge_all(run, st.lists(_access_attempts(served), min_size=count, max_size=count), check, max_shrinks=_MOST_SHRINKS)
