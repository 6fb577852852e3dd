"""Registers the ZeroMQ bridge."""

from __future__ import annotations

from hobnail.hooks import Register, hookimpl
from hobnail_bridges.zmq.config import ZmqConfig
from hobnail_bridges.zmq.server import ZmqBridge


@hookimpl
def hobnail_register_bridges(register: Register) -> None:
    """Offer the bridge ``zmq``."""
    register("zmq", ZmqBridge, help="Protocol 1 over ZeroMQ, for game engines and the Python client.", config=ZmqConfig)
