"""Types of command-line arguments for the tools in ``tests/meta/tools`` and ``bench``."""

from __future__ import annotations

import argparse


def positive(text: str) -> int:
    """Return a whole number from 1; argparse prints one line and exits with 2 for other texts."""
    if not (text.isascii() and text.isdecimal() and len(text) < 10 and int(text) > 0):
        raise argparse.ArgumentTypeError(f"not a whole number from 1: {text!r}")
    return int(text)
