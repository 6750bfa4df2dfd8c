"""Faults of the creation of governance and of units."""
