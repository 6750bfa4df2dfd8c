"""The pytest plugin: how pytest runs the checks."""
