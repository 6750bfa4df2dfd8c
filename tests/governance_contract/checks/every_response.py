"""Checks of every response, independent of the test: status, media type, JSON, schema.

Each observation names the rule that the response breaks, which is usually another rule than the one under test.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, cast

from ..contract.document import Contract
from ..contract.operation import Operation
from ..target.exchange import Exchange, NotJson, Observation, about_status
from ..vocabulary import About, Difference

if TYPE_CHECKING:
    from jsonschema.exceptions import ValidationError

LEFT_OPEN = frozenset({403, 411, 414, 415, 429, 431})
"""Undeclared statuses that a gateway or a proxy in front of it may still send.

Permission (403), Content-Length (411), sizes (414) and media type (415): RFC 9110 sections 15.5.4, 15.5.12, 15.5.15
and 15.5.16. Rate (429) and the size of the header (431): RFC 6585 sections 4 and 5.
"""
_JSON = "application/json"
# A target may close the connection on a larger body (RFC 9110 section 15.5.14). The contract sets no limit.
_LARGE = 64 * 1024


@dataclass(frozen=True)
class BodyRules:
    """The rules that a body breaks, by what is wrong with it."""

    document: str
    """What the body must be, in the words of a violation."""
    media_type: str
    json: str
    published: str
    """The published part of the schema."""
    whole: str
    """The rest of the schema."""
    by_validator: Mapping[str, str] = field(default_factory=dict)
    """Other rules of the published part, by the keyword of the schema."""


RULES_OF_SUCCESSES = BodyRules(
    document="one JSON document in UTF-8",
    media_type="RESP-03",
    json="RESP-04",
    published="RESP-02",
    whole="RESP-05",
    by_validator={"format": "RESP-06", "required": "RESP-07"},
)
RULES_OF_REFUSALS = BodyRules(
    document="a JSON error body",
    media_type="ERROR-04",
    json="ERROR-02",
    published="ERROR-02",
    whole="ERROR-03",
)
# No published operation declares 401, 405 or 413. A proxy or a router may send them with a body of its own.
_UNPUBLISHED_REFUSAL = replace(RULES_OF_REFUSALS, media_type="ERROR-09", json="ERROR-09", published="ERROR-09")
_REFUSAL_OF_ANOTHER_EDITION = replace(_UNPUBLISHED_REFUSAL, whole="ERROR-09")


def observe(contract: Contract, exchange: Exchange) -> Iterator[Observation]:
    """Yield every rule that a response breaks."""
    if exchange.status is None:
        # Other requests without a response are sent once more at the end of the run.
        if len(exchange.request_body or b"") <= _LARGE and not exchange.unanswered:
            yield Observation("ERROR-06", "a response", exchange.outcome, exchange, about_status(exchange))
        return
    # A server that implements a method for no resource returns 501 (RFC 9110 section 15.6.2).
    if exchange.is_server_error and (exchange.status != 501 or exchange.operation is not None):
        yield Observation("ERROR-06", "a status below 500", exchange.outcome, exchange, about_status(exchange))
    elif exchange.operation is not None:
        yield from _judge_status(exchange, exchange.operation)
        if exchange.ok:
            yield from _judge_success(contract, exchange, exchange.operation)
        elif exchange.operation.key_of(exchange.status) is not None:
            yield from _judge_refusal(contract, exchange, exchange.operation)


def _judge_status(exchange: Exchange, operation: Operation) -> Iterator[Observation]:
    status = exchange.status or 0
    if exchange.ok and not operation.declares(status):
        declared = " or ".join(map(str, operation.successes))
        about = about_status(exchange, *operation.successes)
        yield Observation("RESP-01", f"status {declared}", exchange.outcome, exchange, about)
    elif not operation.declares(status) and status not in LEFT_OPEN and not operation.leaves_open(status):
        declared = ", ".join(operation.responses)
        about = about_status(exchange, *(int(key) for key in operation.responses if key.isdecimal()))
        yield Observation("RESP-08", f"a declared status: {declared}", exchange.outcome, exchange, about)


def _judge_success(contract: Contract, exchange: Exchange, operation: Operation) -> Iterator[Observation]:
    # A success with an undeclared status has the body of the declared one; RESP-01 judges the status.
    status = exchange.status if operation.declares(exchange.status or 0) else operation.successes[0]
    pointer = operation.responses.get(operation.key_of(status or 0) or "")
    if pointer is not None:
        yield from _judge_body(contract, exchange, operation, pointer, RULES_OF_SUCCESSES)
    elif exchange.media_type != _JSON:
        yield _of_media_type(RULES_OF_SUCCESSES.media_type, exchange)


def _judge_refusal(contract: Contract, exchange: Exchange, operation: Operation) -> Iterator[Observation]:
    key = operation.key_of(exchange.status or 0) or ""
    pointer = operation.responses[key]
    if pointer is None:
        return
    rules = RULES_OF_REFUSALS
    if not operation.published:
        rules = _REFUSAL_OF_ANOTHER_EDITION
    elif key not in operation.published_responses:
        rules = _UNPUBLISHED_REFUSAL
    if (yield from _judge_body(contract, exchange, operation, pointer, rules)):
        yield from _judge_status_code(exchange)


def _judge_body(
    contract: Contract, exchange: Exchange, operation: Operation, pointer: str, rules: BodyRules
) -> Generator[Observation, None, bool]:
    """Yield the rules that a body breaks; return whether it is JSON that follows the schema as far as published."""
    if exchange.media_type != _JSON:
        yield _of_media_type(rules.media_type, exchange)
    try:
        body = exchange.json()
    except NotJson as error:
        yield Observation(rules.json, rules.document, str(error), exchange, About(difference=Difference.FORM))
        return False
    if contract.is_valid(pointer, body, published=False):
        return True  # the published part of the schema is a subset
    # No published page describes an operation of another edition, so no MUST rule applies to its responses.
    published = contract.errors(pointer, body, published=True) if operation.published else []
    for shortfall in published:
        yield _of_schema(rules.by_validator.get(str(shortfall.validator), rules.published), shortfall, exchange)
    if not published:
        for shortfall in contract.errors(pointer, body, published=False):
            yield _of_schema(rules.whole, shortfall, exchange)
    return operation.published and not published


def _judge_status_code(exchange: Exchange) -> Iterator[Observation]:
    code = exchange.member("status_code")
    if code is not None and code != exchange.status:
        expected, got = f"status_code {exchange.status}", f"status_code {code}"
        yield Observation("ERROR-07", expected, got, exchange, About("status_code"))


def _of_media_type(rule: str, exchange: Exchange) -> Observation:
    expected, got = f"Content-Type {_JSON}", _media_type(exchange)
    return Observation(rule, expected, got, exchange, About("Content-Type", Difference.FORM))


def _of_schema(rule: str, error: ValidationError, exchange: Exchange) -> Observation:
    place = [name for name in error.absolute_path if isinstance(name, str)]
    is_missing = error.validator == "required"
    if is_missing:  # there is one error for each missing member, which only the message names
        place += [name for name in cast(list[str], error.validator_value) if error.message.startswith(repr(name))]
    difference = Difference.MISSING if is_missing else Difference.FORM
    return Observation(rule, _expectation(error), _finding(error), exchange, About(".".join(place), difference))


def _expectation(error: ValidationError) -> str:
    where = error.json_path
    match error.validator:
        case "required":
            return f"{where} has the members {error.validator_value}"
        case "type":
            return f"{where} is {error.validator_value}"
        case _:
            return f"{where} satisfies {error.validator}: {error.validator_value}"[:300]


def _finding(error: ValidationError) -> str:
    return error.message[:300]


def _media_type(exchange: Exchange) -> str:
    return f"Content-Type {exchange.headers.get('content-type', 'missing')}"
