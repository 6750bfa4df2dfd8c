"""The API as a Flask application: the steps of a request, keys, and requests of browsers."""
