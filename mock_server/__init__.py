"""A stateful mock of the business-unit governance API, driven by the OpenAPI contract at run time.

`create_app` returns it as a Flask application, for use in a process or under any WSGI server. `governance_mock` runs it
in a thread, for the tests of another project.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mock_server.app import create_app
    from mock_server.embedded import GovernanceMock, governance_mock

__all__ = ["GovernanceMock", "create_app", "governance_mock"]


def __getattr__(name: str) -> Any:
    """Import Flask when it is needed: the command line reports bad options before."""
    if name == "create_app":
        from mock_server.app import create_app

        return create_app
    if name in __all__:
        from mock_server import embedded

        return getattr(embedded, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
