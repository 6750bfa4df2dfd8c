"""Faults of calendar alignment."""
