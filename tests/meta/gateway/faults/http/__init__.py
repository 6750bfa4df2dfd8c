"""Faults of HTTP."""
