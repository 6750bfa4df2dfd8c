"""The error of a contract that cannot be used."""

from __future__ import annotations


class ContractError(ValueError):
    """The contract file cannot be used; the message gives the reason."""


def unsupported(pointer: str, keyword: str, reason: str) -> ContractError:
    """Return the error for a part of the contract that the checks do not support: where, which keyword, and why."""
    return ContractError(f"has an unsupported {keyword!r} at {pointer or '/'}: {reason}")
