"""A map on disk, TOML: what is played live with it renders the same way from a MIDI file."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import msgspec

from hobnail.errors import ConfigError
from hobnail.midimap.rules import Binding, NoteRule
from hobnail.settings import settings_from


class MidiMap(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A map: own bindings, own note rules, and whether the default bindings hold beside them."""

    defaults: bool = True  #: default bindings whose source no own one uses stay in force
    control: tuple[Binding, ...] = ()  #: tables [[control]]
    note: tuple[NoteRule, ...] = ()  #: tables [[note]]; none: the default keys

    def with_binding(self, binding: Binding) -> MidiMap:
        """With a binding at the end; it takes the place of one with the same source, channel and target."""
        kept = tuple(other for other in self.control if _spot(other) != _spot(binding))
        return msgspec.structs.replace(self, control=(*kept, binding))

    def without(self, index: int) -> MidiMap:
        """Without the binding of this number, from 0."""
        return msgspec.structs.replace(self, control=(*self.control[:index], *self.control[index + 1 :]))


def _spot(binding: Binding) -> tuple[object, ...]:
    return (binding.as_source(), binding.control, binding.emitter)


def read_map(path: Path) -> MidiMap:
    """A map file. Raises ConfigError with the place of the fault."""
    try:
        table: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        cure = "Correct it, or move it away: `hobnail midi learn` begins a new one."
        raise ConfigError(f"The MIDI map {path} cannot be read: {error}.", cure=cure) from error
    return settings_from(MidiMap, table, where=f"{path}:")
