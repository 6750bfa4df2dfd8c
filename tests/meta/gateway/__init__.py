"""A third implementation of the business-unit governance API, to test the conformance checks.

It was written from the documentation, uses only the standard library, shares no code with the mock and does not read
the contract file. A *variant* is a conformant server that differs in a choice that the contract leaves open. A *fault*
is a server with one defect. No rule may be red on a variant, except SHOULD rules that it breaks. At least one rule must
be red on a fault, unless `test_fault_table.py` lists the fault.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from . import conformant, faults
from .assembly import Conformant, Fault, assemble, collect
from .server import serving
from .settings import Credentials, Settings
from .variants import VARIANTS, Variant, combine

FAULTS = collect(faults, Fault)
VARIANTS |= {
    unusual.name: Variant(unusual.description, Settings(), unusual.part)
    for unusual in collect(conformant, Conformant).values()
}

__all__ = ["FAULTS", "VARIANTS", "Credentials", "Fault", "RunningGateway", "Variant", "running_gateway"]


@dataclass(frozen=True)
class RunningGateway:
    """A running gateway: its URL with the base path, two units with usage, and a team without a unit or None."""

    url: str
    unit_id: str
    spare_id: str
    team_id: str | None


@contextmanager
def running_gateway(
    *,
    variant: str | Sequence[str] = "plain",
    fault: str | Sequence[str] | None = None,
    api_key: str,
    virtual_key: str = "",
    session_token: str = "",
    dashboard_token: str = "",
    user_token: str = "",
    port: int = 0,
) -> Iterator[RunningGateway]:
    """Serve a variant, optionally with faults, from a thread on 127.0.0.1 until the block ends.

    Several names of variants or faults give a server with the behaviour of all, composed by inheritance. The
    credentials other than `api_key` are valid for other APIs, and the gateway refuses them. Raises KeyError if one
    of them is unknown, and ValueError if the variants contradict each other.
    """
    credentials = Credentials(api_key, virtual_key, session_token, dashboard_token, user_token)
    names = [variant] if isinstance(variant, str) else variant
    faulty = [fault] if isinstance(fault, str) else fault or []
    settings, parts = combine(VARIANTS[name] for name in names)
    faults = [FAULTS[name] for name in faulty]
    always = [fault.part for fault in faults if fault.condition is None]
    conditional = [(fault.part, fault.condition) for fault in faults if fault.condition is not None]
    gateway = assemble(settings, credentials, *parts, *always, conditional=conditional)
    with serving(gateway, port) as server:
        yield RunningGateway(server.url, gateway.unit_id, gateway.spare_id, gateway.team_id)
