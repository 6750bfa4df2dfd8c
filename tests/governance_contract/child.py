"""The process that judges: pytest, with Ctrl-C answered from the first moment."""

from __future__ import annotations

import sys

from .results import ExitCode


def main() -> int:
    """Run pytest on the arguments of this process; return its exit status, 2 where it was interrupted."""
    try:
        import pytest  # here: it takes a while, in which Ctrl-C may come

        return int(pytest.main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.stderr.write("error: interrupted before anything was judged\n")
        return ExitCode.COULD_NOT_JUDGE


if __name__ == "__main__":
    sys.exit(main())
