"""The HTTP server of the mock: connections, framing, delivery, TLS, several processes."""
