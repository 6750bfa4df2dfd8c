"""The journal: the last exchanges of a sandbox, and what a reader sees of them."""
