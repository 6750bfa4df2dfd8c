"""The components of the governance of a business unit."""

from __future__ import annotations

COMPONENTS = ("budget", "rate_limit")
"""The names of the components."""
