"""Faults of the creation of governance."""
