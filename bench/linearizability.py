"""Decide whether a concurrent history could have happened one operation after the other (linearizability).

Herlihy and Wing, "Linearizability: a correctness condition for concurrent objects", 1990. The search is the one of Wing
and Gong with the memory of Lowe: an operation may be next if no other operation that is left ended before it began.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import Any, NamedTuple

Apply = Callable[[Any, Any], tuple[Hashable, Any]]
"""Takes a state and a call; returns the state after it and its result."""


class Operation(NamedTuple):
    """A call with its result, and when it began and ended."""

    begin: float
    end: float
    call: Any
    result: Any


def is_linearizable(history: Sequence[Operation], apply: Apply, start: Hashable) -> bool:
    """Return whether some order explains every result and respects the time of operations that did not overlap."""
    operations = sorted(history)
    everything = (1 << len(operations)) - 1
    pending: list[tuple[int, Hashable]] = [(0, start)]  # a bit for each operation that is done, and the state
    seen = set(pending)
    while pending:
        done, state = pending.pop()
        if done == everything:
            return True
        for index in _candidates(operations, done):
            after, result = apply(state, operations[index].call)
            found = (done | 1 << index, after)
            if result == operations[index].result and found not in seen:
                seen.add(found)
                pending.append(found)
    return False


def _candidates(operations: Sequence[Operation], done: int) -> list[int]:
    """Return the operations that may be next."""
    found: list[int] = []
    first_end = float("inf")
    index = (~done & (done + 1)).bit_length() - 1  # the first that is left
    while index < len(operations) and operations[index].begin <= first_end:
        if not done >> index & 1:
            found.append(index)
            first_end = min(first_end, operations[index].end)
        index += 1
    return [index for index in found if operations[index].begin <= first_end]
