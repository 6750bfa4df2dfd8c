"""The domain, pure: units, budgets, rate limits and periods, and their JSON."""
