"""The target under test, and how requests are sent to it."""
