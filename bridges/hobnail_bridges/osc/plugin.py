"""Registers the OSC bridge."""

from __future__ import annotations

from hobnail.hooks import Later, Register, hookimpl
from hobnail_bridges.osc.config import OscConfig

_BRIDGE = Later("hobnail_bridges.osc.server:OscBridge")


@hookimpl
def hobnail_register_bridges(register: Register) -> None:
    """Offer the bridge ``osc``."""
    register("osc", _BRIDGE, help="OSC over UDP and TCP, and OSCQuery, for DAWs and controllers.", config=OscConfig)
