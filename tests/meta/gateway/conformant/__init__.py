"""Servers that are unusual and conform to the contract."""
