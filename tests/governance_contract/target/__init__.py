"""Who is judged, and how requests are sent to it."""
