"""Standard output: documents in UTF-8, text in any encoding, and a report in place of the text."""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO


def escape_what_cannot_be_encoded() -> None:
    """Let the standard streams escape characters that their encoding lacks, as in the C locale."""
    for stream in (sys.stdout, sys.stderr):
        if stream is not None and hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")


def print_document(text: str) -> None:
    """Print a document, which is UTF-8 in every locale."""
    if hasattr(sys.stdout, "buffer"):
        sys.stdout.flush()
        sys.stdout.buffer.write(text.encode("utf-8"))
    else:  # a test or a caller replaced the stream
        sys.stdout.write(text)


@contextmanager
def report_to_standard_output(options: argparse.Namespace, kind: str | None) -> Iterator[TextIO]:
    """Yield the stream for the text of the run; print the report at the end if one goes to standard output.

    Args:
        options: the options of `check`; the name of a file replaces ``-``.
        kind: the format of the report, or None. With a report, the text goes to standard error.
    """
    if kind is None:
        yield sys.stdout
        return
    with tempfile.TemporaryDirectory() as directory:
        report = Path(directory, f"report.{kind}")
        setattr(options, f"report_{kind}", str(report))
        yield sys.stderr
        if report.is_file():
            print_document(report.read_text(encoding="utf-8"))
