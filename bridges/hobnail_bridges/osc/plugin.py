"""Registers the OSC bridge."""

from __future__ import annotations

from hobnail.hooks import Register, hookimpl
from hobnail_bridges.osc.config import OscConfig
from hobnail_bridges.osc.server import OscBridge


@hookimpl
def hobnail_register_bridges(register: Register) -> None:
    """Offer the bridge ``osc``."""
    register("osc", OscBridge, help="OSC over UDP and TCP, and OSCQuery, for DAWs and controllers.", config=OscConfig)
