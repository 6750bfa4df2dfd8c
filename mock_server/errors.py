"""The error that stops the mock at start."""


class StartError(Exception):
    """The mock cannot start; the message says why in one line."""
