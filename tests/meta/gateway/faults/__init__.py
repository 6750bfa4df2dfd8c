"""Servers with one fault each, one package per area. Each must be judged red."""
