"""Settings of components, brought within the bounds of the contract in use."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from .document import Contract

_COMPONENTS = {"budget": "BudgetRequest", "rate_limit": "RateLimitRequest"}
# Long durations, so that no window ends during a test.
_DURATIONS = [f"{count}{unit}" for unit in "MQYwd" for count in (1, 2)] + ["720h", "43200m", "2592000s"]


def fit(contract: Contract, component: str, preferred: Mapping[str, Any], *, alignable: bool = False) -> dict[str, Any]:
    """Return settings of a component that the contract permits, equal to the preferred ones where possible.

    Args:
        contract: the contract in use.
        component: ``budget`` or ``rate_limit``.
        preferred: the settings that the built-in contract permits.
        alignable: whether the duration must be one that can be aligned to the calendar.
    """
    return {
        field: _fit_field(contract, component, field, value, alignable=alignable and field == "reset_duration")
        for field, value in preferred.items()
    }


def _fit_field(contract: Contract, component: str, field: str, value: Any, *, alignable: bool) -> Any:
    """Return a value, or the first alternative that updates and creations permit; the value if there is none."""
    schemas = [
        pointer
        for verb in ("Update", "Create")
        if _has(contract, pointer := f"{contract.schema(verb + _COMPONENTS[component])}/properties/{field}")
    ]
    units = contract.calendar_alignment.time_units
    for candidate in _candidates(contract, schemas, value):
        if (not alignable or str(candidate)[-1] in units) and all(
            contract.is_valid(pointer, candidate, published=False) for pointer in schemas
        ):
            return candidate
    return value


def _has(contract: Contract, pointer: str) -> bool:
    try:
        contract.resolve(pointer)
    except (LookupError, TypeError):
        return False
    return True


def _candidates(contract: Contract, schemas: list[str], value: Any) -> Iterator[Any]:
    """Yield a value, then alternatives. Numbers keep their distance from a bound, so that different ones differ."""
    yield value
    if isinstance(value, str):
        yield from _DURATIONS
    for pointer in schemas:
        schema, _ = contract.follow(pointer)
        yield from schema.get("examples", [])
        if isinstance(value, int | float):
            for low in (schema[keyword] for keyword in ("minimum", "exclusiveMinimum") if keyword in schema):
                yield low + value
                yield low + 1
            for high in (schema[keyword] for keyword in ("maximum", "exclusiveMaximum") if keyword in schema):
                yield high - 1 / value if isinstance(value, float) else high - value % 7
            if "multipleOf" in schema:
                yield schema["multipleOf"] * (value // schema["multipleOf"] + 1)
