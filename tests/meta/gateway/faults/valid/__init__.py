"""Faults of validation."""
