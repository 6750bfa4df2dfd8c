"""The rules' tests, one module for each area or part of one."""
