"""A second set of faults, written from the documentation of the API alone, without sight of the checks.

Their names begin with ``field-``. What is of level *conformant* is unusual and breaks nothing.
"""

from __future__ import annotations

from . import align, auth, conc, create, error, http, known, life, lists, remove, resp, update, valid, variants

MODULES = (align, auth, conc, create, error, http, known, life, lists, remove, resp, update, valid, variants)
