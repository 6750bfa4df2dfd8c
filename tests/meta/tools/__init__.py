"""Commands for developers, which a person starts as scripts. ARCHITECTURE.md lists them."""
