"""Registers the MIDI bridge."""

from __future__ import annotations

from hobnail.hooks import Register, hookimpl
from hobnail_bridges.midi.config import MidiConfig
from hobnail_bridges.midi.server import MidiBridge


@hookimpl
def hobnail_register_bridges(register: Register) -> None:
    """Offer the bridge ``midi``."""
    register("midi", MidiBridge, help="Keys, pads, knobs and MPE instruments, by a MIDI input.", config=MidiConfig)
