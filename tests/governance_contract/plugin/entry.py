"""The pytest plugin's entry point: it defines the options, and starts the checks if a target is given.

pytest imports this module in every run of every project that has the package installed. It therefore imports
only the options; ``start`` imports the rest.
"""

from __future__ import annotations

import gc
from collections.abc import Generator
from pathlib import Path

import pytest

from .options import add_options

_PACKAGE = Path(__file__).parents[1]
# Options with which pytest prints information and runs no session.
_NO_SESSION = ("help", "version", "markers", "cacheshow")
_ALLOCATIONS_BEFORE_COLLECTION = 10_000
"""How many new objects start a garbage collection. With Python's 700, a run takes 5 % longer."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options."""
    add_options(parser)


@pytest.hookimpl
def pytest_cmdline_main(config: pytest.Config) -> int | None:
    """Start the checks if ``--contract-url`` is given; refuse to run them without it.

    Not ``tryfirst``: pytest-xdist sets the distribution mode in the same hook, and ``start`` reads it.
    """
    if any(getattr(config.option, name, False) for name in _NO_SESSION):
        return None
    if config.getoption("--contract-url") is not None:
        gc.disable()  # imports and the collection of tests leave little garbage
        from .start import start

        status = start(config)
        if status is not None:
            gc.enable()
        return status
    if _names_the_checks(config) and not config.option.collectonly:
        from ..results.exit_code import print_error

        # Without a target every check would be skipped, and the exit status would be 0.
        return print_error("no target: give --contract-url URL")
    return None


@pytest.hookimpl(wrapper=True)
def pytest_collection(session: pytest.Session) -> Generator[None, object, object]:
    """Enable the garbage collection again. Modules and tests stay until the end, so it need not look at them."""
    has_target = session.config.getoption("--contract-url") is not None
    if has_target:
        gc.freeze()  # Hypothesis collects garbage when it is set up
    try:
        return (yield)
    finally:
        if has_target:
            gc.freeze()
            gc.set_threshold(_ALLOCATIONS_BEFORE_COLLECTION)
            gc.enable()


def _names_the_checks(config: pytest.Config) -> bool:
    """Whether the command line names the checks, or some of them."""
    named = [argument.partition("::")[0] for argument in config.args]
    if config.option.pyargs and any(name.partition(".")[0] == _PACKAGE.name for name in named):
        return True
    return any(Path(name).resolve().is_relative_to(_PACKAGE.resolve()) for name in named)
