"""How a person starts the checks: the command line."""
