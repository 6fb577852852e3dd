"""Registers the ZeroMQ bridge."""

from __future__ import annotations

from hobnail.hooks import Later, Register, hookimpl
from hobnail_bridges.zmq.config import ZmqConfig

_BRIDGE = Later("hobnail_bridges.zmq.server:ZmqBridge")


@hookimpl
def hobnail_register_bridges(register: Register) -> None:
    """Offer the bridge ``zmq``."""
    register("zmq", _BRIDGE, help="Protocol 1 over ZeroMQ, for game engines and the Python client.", config=ZmqConfig)
