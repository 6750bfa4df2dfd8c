"""Why the mock cannot start."""


class StartError(Exception):
    """The mock cannot start; the message says why, in one line."""
