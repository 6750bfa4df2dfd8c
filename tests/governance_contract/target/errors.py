"""The errors that end a request, a test or the start of a run.

==================  ===================================================================  ==========================
error               raised when                                                          the test
==================  ===================================================================  ==========================
`Unreachable`       the target sends no HTTP response, or 429 for too long               has an error
`ConnectionClosed`  the target closed the connection, and responded to a second attempt  has an error
`NotApplicable`     the target or the contract does not have what a test needs           is skipped
`GivenUp`           too many earlier requests of the operation got no response in time   is skipped
`Stopped`           the target responded before, and not after a request                 has an error; the run ends
`OutOfTime`         the run has reached its time limit                                   is skipped
`Blocked`           the target cannot be brought into the starting state of a test       has an error
`NeverShown`        no response of the target shows a component that the test needs      is skipped
`Unusable`          the probe finds a wrong key, another API, or no unit to test         no test runs
`Unreadable`        responses to the probe are declared as JSON and are no JSON objects  does not run (see below)
==================  ===================================================================  ==========================

If the probe raises ``Unreadable``, only the AUTH tests and the tests with the marker ``first_contact`` run. If the
probe raises ``Unreachable`` or ``Blocked``, no test runs.
"""

from __future__ import annotations

import unittest

from .exchange import Exchange, Request


class NotApplicable(unittest.SkipTest):
    """The target or the contract does not have what a test needs. Hypothesis takes it for a skip."""


class Unreachable(ConnectionError):
    """The target sends no HTTP response, so it cannot be judged."""


class ConnectionClosed(Unreachable):
    """The target closed the connection on a request and responded to a second attempt, so its effect is unknown."""


class GivenUp(Unreachable):
    """Several requests of an operation got no response in time, so that no further one is sent."""


class Stopped(Unreachable):
    """The target stopped responding after a request, and did not come back."""

    def __init__(self, reason: str, request: Request) -> None:
        """Store the request after which it stopped."""
        super().__init__(reason)
        self.request = request


class OutOfTime(Exception):
    """The run has reached its time limit."""


class Blocked(Exception):
    """A test cannot set up its starting state on the target, so its rule cannot be judged."""

    def __init__(self, reason: str, exchange: Exchange) -> None:
        """Store the reason, and the exchange that shows it."""
        super().__init__(reason)
        self.exchange = exchange


class NeverShown(Blocked):
    """No response shows a component of a starting state, which is a violation that the probe has already recorded."""


class Unusable(RuntimeError):
    """The target responds but cannot be judged: it rejects the key, is not this API, or has no unit to test."""


class Unreadable(Exception):
    """The responses are declared as JSON, but they are not JSON objects. Only the rule about this can be judged."""


def skip_if_forbidden(exchange: Exchange) -> None:
    """Skip the running test if the target refused a body that the contract in use forbids.

    Tests send bodies that the built-in contract permits. Another contract may have other bounds.
    """
    operation = exchange.operation
    if operation is not None and exchange.meaning == 400 and not operation.permits(exchange.request_body):
        reason = f"the contract in use does not permit this body of {operation.id}: {exchange.request_body!r}"
        raise NotApplicable(reason[:300])
