"""Registers the MIDI bridge."""

from __future__ import annotations

from hobnail.hooks import Later, Register, hookimpl
from hobnail_bridges.midi.config import MidiConfig

_BRIDGE = Later("hobnail_bridges.midi.server:MidiBridge")


@hookimpl
def hobnail_register_bridges(register: Register) -> None:
    """Offer the bridge ``midi``."""
    register("midi", _BRIDGE, help="Keys, pads, knobs and MPE instruments, by a MIDI input.", config=MidiConfig)
