"""The pytest process that ``check`` starts.

It handles Ctrl-C from its start. For ``--contract-url=-`` it reads the URL from standard input, since the target may
still be starting. Its exit status is ``VERDICT`` plus the exit code of the command. Any other status, such as 1 for an
uncaught exception, means that there is no verdict.
"""

from __future__ import annotations

import errno
import gc
import os
import sys
from contextlib import suppress

from ..results.exit_code import ExitCode, describe_defect, print_error
from ..signals import block_signals, interrupt_once
from .output import escape_what_cannot_be_encoded

VERDICT = 64
_URL, _RULES = "--contract-url=", "--contract-rules="
_OUTPUT_ERRORS = {errno.EPIPE, errno.ENOSPC, errno.EFBIG, errno.EIO, errno.ECONNRESET}


def _read_url() -> str:
    """Import the slow modules, and return the URL from standard input.

    A run of few rules may not need Schemathesis, and neither does this process if others run the tests.
    """
    starts_others = "-n" in sys.argv and sys.argv[sys.argv.index("-n") + 1] != "0"
    if not starts_others and not any(word.startswith(_RULES) for word in sys.argv):
        import schemathesis.specs.openapi.schemas  # noqa: F401

    from ..plugin import start  # noqa: F401

    return sys.stdin.readline().strip()


def main() -> ExitCode:
    """Run pytest on the arguments of this process; return the exit code of the command."""
    escape_what_cannot_be_encoded()
    try:
        interrupt_once()
        block_signals(False)  # the parent process blocked them until here
        gc.disable()  # until the tests are collected
        import pytest  # imported here, since it is slow and Ctrl-C must work

        status = pytest.main([_URL + _read_url() if word == f"{_URL}-" else word for word in sys.argv[1:]])
        sys.stdout.flush()  # pytest may have ended with a broken pipe, and its message may be in the buffer
        return ExitCode(status) if status in set(ExitCode) else ExitCode.NO_VERDICT
    except KeyboardInterrupt:
        return print_error("interrupted before the first test")
    except OSError as error:  # pytest handles other errors itself
        if error.errno not in _OUTPUT_ERRORS:
            return print_error(describe_defect(error))
        return print_error(f"the output cannot be written ({error.strerror or error}); the run was stopped")
    except Exception as error:  # noqa: BLE001  no exception is a verdict
        return print_error(describe_defect(error))


if __name__ == "__main__":
    exit_code = main()
    with suppress(OSError):  # the reader may have closed the pipe
        sys.stdout.flush()
        sys.stderr.flush()
    os._exit(VERDICT + exit_code)  # at once, since tearing down all imported modules is slow
