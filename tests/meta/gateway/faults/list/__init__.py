"""Faults of lists."""
