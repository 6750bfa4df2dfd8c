"""Servers with faults of the other modules, but only on later pages."""

from __future__ import annotations

from ...assembly import on_condition
from ...conditional import LATER_PAGES
from .entries import new_units_not_listed
from .far_pages import long_page_breaks

CONDITIONAL = on_condition(
    __name__,
    {
        "new-units-not-listed-on-later-pages": (new_units_not_listed, LATER_PAGES),
        "long-page-breaks-on-later-pages": (long_page_breaks, LATER_PAGES),
    },
)
