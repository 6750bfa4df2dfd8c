"""The error that stops the mock at start, and the variables that it names."""

KEY_VARIABLE = "GOVERNANCE_API_KEY"
"""The environment variable with the management keys, separated by commas."""
CONTROL_KEY_VARIABLE = "GOVERNANCE_CONTROL_KEY"
"""The environment variable with the key of control."""


class StartError(Exception):
    """The mock cannot start; the message says why in one line."""
