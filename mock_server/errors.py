"""The error that stops the mock at start, and the variable that it names."""

KEY_VARIABLE = "GOVERNANCE_API_KEY"
"""The environment variable with the management keys, separated by commas."""


class StartError(Exception):
    """The mock cannot start; the message says why in one line."""
