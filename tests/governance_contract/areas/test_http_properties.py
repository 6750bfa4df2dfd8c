"""HTTP: every spelling of a permitted update does the same as the usual one."""

from __future__ import annotations

import json
from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import strategies as st

from ..checks import expect
from ..checks.inputs.strategies import Body, permitted_updates
from ..checks.properties import judge_all
from ..checks.run_protocol import Run
from ..checks.update_effects import violation_of
from ..checks.violation import Violation
from ..contract.operation_ids import UPDATE_GOVERNANCE
from ..target.connections import RequestOptions
from ..target.exchange import Exchange
from ..target.unit import Unit

_LETTERS = "abcdefghijklmnopqrstuvwxyz"
# The prefix keeps a generated name from being one that a target knows.
_NAMES = st.text(_LETTERS, max_size=8).map("unknown_{}".format)
_VISIBLE = st.text(st.characters(exclude_categories=["C"]), max_size=20)
_QUERIES = st.dictionaries(_NAMES, _VISIBLE, min_size=1, max_size=4)
_WEIGHTS = st.sampled_from(["", ";q=1", "; q=0.9", ";q=0.25", ";q=0.001"])
_OTHER_TYPES = st.sampled_from(["text/html", "text/*", "image/webp", "application/xml", "application/problem+json"])
_OF_JSON = st.sampled_from(["application/json", "application/*", "*/*"])
_RANGES = st.tuples(st.lists(st.tuples(_OTHER_TYPES, _WEIGHTS), max_size=5), st.tuples(_OF_JSON, _WEIGHTS))
_ACCEPTS = st.builds(
    lambda others_and_json, place, comma: comma.join(
        "".join(one) for one in [*others_and_json[0][:place], others_and_json[1], *others_and_json[0][place:]]
    ),
    _RANGES,
    st.integers(0, 5),
    st.sampled_from([",", ", "]),
)
"""Values of Accept that permit JSON among other media types (RFC 9110 section 12.5.1)."""


@dataclass(frozen=True)
class Spelling:
    """One way to write the requests of an example."""

    escaped: list[bool]
    """Which bytes of the id are percent-encoded; the list is repeated."""
    upper: bool
    """Whether the digits of escapes are upper case."""
    query: dict[str, str]
    accept: str

    def write(self, unit_id: str) -> str:
        """Return an id, percent-encoded where it is needed and where the spelling says so (RFC 3986 section 2.1)."""
        escape = "%{:02X}" if self.upper else "%{:02x}"
        return "".join(
            escape.format(byte) if self.escaped[place % len(self.escaped)] or not _is_unreserved(byte) else chr(byte)
            for place, byte in enumerate(unit_id.encode())
        )


def _is_unreserved(byte: int) -> bool:
    """Whether a byte needs no escape in a path (RFC 3986 section 2.3)."""
    return chr(byte) in "-._~" or (byte < 128 and chr(byte).isalnum())


_SPELLINGS = st.builds(Spelling, st.lists(st.booleans(), min_size=1, max_size=9), st.booleans(), _QUERIES, _ACCEPTS)


@pytest.mark.rule("HTTP-06", "HTTP-07", "HTTP-08", "HTTP-11")
@pytest.mark.property
def test_every_spelling_of_an_update_sets_the_same(run: Run, unit: Unit) -> None:
    def check(example: tuple[list[Body], Spelling]) -> Generator[Violation]:
        bodies, spelling = example
        for body, (rule, send) in zip(bodies, _senders(unit, spelling).items(), strict=True):
            exchange = send(body)
            if rule == "HTTP-08" and exchange.status == 411:
                continue  # a target may require a Content-Length (RFC 9110 section 15.5.12)
            yield from violation_of(rule, _sets, exchange, body)

    # Each spelling has an update of its own, so that each has something to change.
    updates = st.lists(permitted_updates(run.target.contract), min_size=4, max_size=4)
    judge_all(run, st.tuples(updates, _SPELLINGS), check, divide_by=2)


def _senders(unit: Unit, spelling: Spelling) -> dict[str, Callable[[Body], Exchange]]:
    """Return by rule how an update is sent."""
    target = unit.target
    operation = target.operation(UPDATE_GOVERNANCE)

    def call(body: Body, **options: Any) -> Exchange:
        return target.call(UPDATE_GOVERNANCE, body, path=unit.path, **options)

    def escaped(body: Body) -> Exchange:
        location = operation.path.replace("{id}", spelling.write(unit.id))
        return target.send(operation.method, location, json.dumps(body).encode(), operation=operation)

    def chunked(body: Body) -> Exchange:
        with target.connect(RequestOptions(chunked=True)) as connections:
            return call(body, over=connections)

    return {
        "HTTP-06": escaped,
        "HTTP-07": lambda body: call(body, query=spelling.query),
        "HTTP-08": chunked,
        "HTTP-11": lambda body: call(body, headers={"Accept": spelling.accept}),
    }


def _sets(exchange: Exchange, body: Body) -> None:
    """Expect that an update succeeded and set what it says."""
    expect.shows_all(expect.succeeded(exchange), body, exchange)
