"""Names that several layers use."""

from __future__ import annotations

COMPONENTS = ("budget", "rate_limit")
"""The components of the governance of a business unit."""
MANAGEMENT_KEY_NAME = "the management key"
"""The name of the credential that the target must accept, as the reports show it."""
