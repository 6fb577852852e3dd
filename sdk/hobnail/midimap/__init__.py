"""MIDI as Hobnail reads it, live and from files: which key makes which event, which knob moves which control."""

from hobnail.midimap.file import MidiMap, read_map
from hobnail.midimap.rules import DEFAULT_BINDINGS, Binding, NoteRule, default_bindings, default_rules, merged
from hobnail.midimap.sources import Source, SourceKind, reserved

__all__ = [
    "DEFAULT_BINDINGS",
    "Binding",
    "MidiMap",
    "NoteRule",
    "Source",
    "SourceKind",
    "default_bindings",
    "default_rules",
    "merged",
    "read_map",
    "reserved",
]
