"""Faults of successful responses."""
