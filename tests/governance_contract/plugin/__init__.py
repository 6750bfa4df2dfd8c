"""How pytest runs the checks: options, order, known failures."""
