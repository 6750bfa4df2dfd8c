"""Faults of the governance update."""
