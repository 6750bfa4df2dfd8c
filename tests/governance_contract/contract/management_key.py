"""The credential that the target must accept."""

from __future__ import annotations

MANAGEMENT_KEY_NAME = "the management key"
"""The name of the credential, as the reports show it."""
