"""Faults of removals."""
