"""The keys that the mock adds to the WSGI environment of a request."""

from __future__ import annotations

SANDBOX_KEY = "mock.sandbox"
"""The sandbox of the request."""
FORCED_KEY = "mock.forced"
"""What was forced for the request, in words; absent if nothing was."""
ROUTE_KEY = "mock.route"
"""The id of the operation that the request addresses, and the texts of its path parameters; absent without one."""
REFUSAL_KEY = "mock.refusal"
"""Why the API refused the request (`problems.Refusal`); absent if it did not."""
DELIVERS_KEY = "mock.delivers"
"""Present if the server can deliver a response late, cut or slowly."""
DELIVERY_KEY = "mock.delivery"
"""How the response is delivered (`http.delivery.Delivery`), if it is not delivered as usual."""
DRAWN_KEY = "mock.drawn"
"""A list that keeps what chaos drew for a request, if the server may pass the request to the application twice."""
