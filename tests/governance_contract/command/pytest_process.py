"""The process that judges: pytest, with Ctrl-C answered from the first moment.

The target may still be starting when this process does: for ``--contract-url=-`` the URL is read from standard input.
"""

from __future__ import annotations

import os
import sys
from contextlib import suppress

from ..results.exit_code import complain
from ..signals import block_signals, interrupt_once

_URL = "--contract-url="


def _awaited() -> str:
    """Return the URL that standard input tells, having imported in the meantime what takes long."""
    from ..plugin import judge  # noqa: F401

    if "--contract-profile=quick" not in sys.argv:
        import schemathesis.specs.openapi.schemas  # noqa: F401  a quick run does without

    return sys.stdin.readline().strip()


def main() -> int:
    """Run pytest on the arguments of this process; return its exit status, 2 where it was interrupted."""
    try:
        interrupt_once()
        block_signals(False)  # whoever started this process has held them back until here
        import pytest  # here: it takes a while, in which Ctrl-C may come

        status = int(pytest.main([_URL + _awaited() if word == f"{_URL}-" else word for word in sys.argv[1:]]))
        sys.stdout.flush()  # pytest may have ended over a broken pipe and left its words on that in the buffer
        return status
    except KeyboardInterrupt:
        return complain("interrupted before anything was judged")
    except OSError as error:  # pytest itself tells any other one, on its output
        return complain(f"the output cannot be written ({error.strerror}): the run ended there")


if __name__ == "__main__":
    status = main()
    with suppress(OSError):  # nobody listens any more
        sys.stdout.flush()
        sys.stderr.flush()
    os._exit(status)  # to take everything down that was imported takes longer than many a rule
