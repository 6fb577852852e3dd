"""The ZeroMQ door: protocol 1 for game engines and for the Python client."""
