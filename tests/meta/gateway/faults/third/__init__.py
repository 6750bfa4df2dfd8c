"""A third set of faults, written like the second, when the rules had been sharpened by that one.

Their names begin with ``third-``. What is of level *conformant* is unusual and breaks nothing.
Faults that came out line by line as one of the second set are left out.
"""

from __future__ import annotations

from . import access_and_changes, lists_and_transport, values_and_answers

MODULES = (access_and_changes, values_and_answers, lists_and_transport)
