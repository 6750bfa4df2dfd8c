"""Servers with one fault each, in one package for each area.

At least one rule must be red on each server, unless `test_fault_table.py` lists it.
"""
