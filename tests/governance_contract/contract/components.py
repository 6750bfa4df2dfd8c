"""The components of the governance of a business unit."""

from __future__ import annotations

COMPONENTS = ("budget", "rate_limit")
"""The names of the components."""
HALVES = ("token", "request")
"""The halves of a rate limit: how the names of their members begin."""
USAGE = ("current_usage", *(f"{half}_current_usage" for half in HALVES))
"""The members with the usage of a component."""
