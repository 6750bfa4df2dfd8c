"""Faults of error responses."""
