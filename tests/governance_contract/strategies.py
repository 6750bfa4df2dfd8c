"""Request bodies for properties, made from the contract."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hypothesis import strategies as st

from .contract import Contract

Body = dict[str, Any]

_UPDATE = "UpdateBusinessUnitGovernanceRequest"
_DIGITS = 10**12  # with up to six decimals well within the 15 digits that every double keeps
_DECIMALS = (0, 1, 2, 4, 6)
_REMOVAL = st.just(Body())
# How many of each unit: no window is shorter than an hour, so that none ends while a rule is being judged.
_MULTIPLES: Mapping[str, tuple[int, int]] = {
    "s": (3600, 99_999),
    "m": (60, 9_999),
    "h": (1, 999),
    "d": (1, 400),
    "w": (1, 60),
    "M": (1, 36),
    "Y": (1, 20),
}


def permitted_updates(contract: Contract) -> st.SearchStrategy[Body]:
    """Return updates of governance that schemas and text permit, whatever state the unit is in.

    Components are complete, empty (a removal) or omitted; nothing in them is left open by the contract.
    """
    updates: st.SearchStrategy[Body] = st.fixed_dictionaries(
        {}, optional={"budget": _budgets(contract) | _REMOVAL, "rate_limit": _rate_limits(contract) | _REMOVAL}
    )
    return updates.filter(lambda body: not contract.errors(contract.schema(_UPDATE), body, published=False))


def _budgets(contract: Contract) -> st.SearchStrategy[Body]:
    alignable = contract.resolve("#/components/schemas/UpdateBudgetRequest/properties/calendar_aligned")
    units = alignable["x-calendar-alignment"]["units"]
    dollars = _dollars()
    return st.fixed_dictionaries(
        {"max_limit": dollars, "reset_duration": _durations(contract, units)},
        optional={"calendar_aligned": st.booleans()},
    ) | st.fixed_dictionaries(
        {
            "max_limit": dollars,
            "reset_duration": _durations(contract, [unit for unit in _MULTIPLES if unit not in units]),
            # Said outright, as dashboards do: a stored true would forbid the shorter duration.
            "calendar_aligned": st.just(False),
        }
    )


def _rate_limits(contract: Contract) -> st.SearchStrategy[Body]:
    pairs = {
        what: st.fixed_dictionaries(
            {f"{what}_max_limit": _counts(contract), f"{what}_reset_duration": _durations(contract)}
        )
        for what in ("token", "request")
    }
    both = st.builds(lambda token, request: {**token, **request}, pairs["token"], pairs["request"])
    return pairs["token"] | pairs["request"] | both


def _dollars() -> st.SearchStrategy[float]:
    """Return positive amounts of every size, whole or with decimals, that a double holds to the last digit."""
    return st.builds(
        lambda digits, decimals: digits / 10**decimals if decimals else digits,
        st.integers(1, _DIGITS),
        st.sampled_from(_DECIMALS),
    )


def _counts(contract: Contract) -> st.SearchStrategy[int]:
    bounds = contract.resolve("#/components/schemas/MaxLimitCount")
    return st.integers(bounds.get("minimum", 1), bounds.get("maximum", 2**63 - 1))


def _durations(contract: Contract, units: list[str] | None = None) -> st.SearchStrategy[str]:
    """Return multiples of the documented units, or of some of them."""
    documented = {example[-1] for example in contract.resolve("#/components/schemas/ResetDuration/examples")}
    chosen = [unit for unit in (units or _MULTIPLES) if unit in documented]
    return st.sampled_from(chosen).flatmap(
        lambda unit: st.integers(*_MULTIPLES.get(unit, (1, 3))).map(lambda count: f"{count}{unit}")
    )
