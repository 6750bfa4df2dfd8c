"""``python -m governance_contract``: the same as the ``governance-contract`` command."""

import sys

from .command.cli import main

if __name__ == "__main__":
    sys.exit(main())
