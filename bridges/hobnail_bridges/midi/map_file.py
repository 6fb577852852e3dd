"""The map on disk: bindings and note rules as TOML, read, checked and written whole or not at all."""

from __future__ import annotations

import json
import os
import tempfile
import tomllib
from pathlib import Path
from typing import Any, Final

import msgspec

from hobnail.errors import ConfigError
from hobnail.settings import settings_from
from hobnail_bridges.midi.mapping import Binding, NoteRule

DEFAULT_FILE: Final = "hobnail-midi.toml"
_HEAD: Final = (
    "# Which MIDI controller moves which control. `hobnail midi map` shows and edits it; docs/midi.md explains it.\n"
)


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
    """A map file; one that is not there is an empty map. Raises ConfigError with the place of the fault."""
    try:
        table: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return MidiMap()
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        cure = "Correct it, or move it away: `hobnail midi learn` begins a new one."
        raise ConfigError(f"The MIDI map {path} cannot be read: {error}.", cure=cure) from error
    return settings_from(MidiMap, table, where=f"{path}:")


def write_map(midi_map: MidiMap, path: Path) -> None:
    """Write a map file, whole or not at all. Raises ConfigError."""
    text = map_text(midi_map)
    try:
        handle, name = tempfile.mkstemp(dir=path.parent or Path(), prefix=path.name, suffix=".part")
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
        os.replace(name, path)
    except OSError as error:
        raise ConfigError(f"The MIDI map {path} cannot be written: {error}.", cure="Choose another --file.") from error


def map_text(midi_map: MidiMap) -> str:
    """A map as TOML; what has its default is left out."""
    parts = [_HEAD]
    if not midi_map.defaults:
        parts.append("defaults = false\n")
    for heading, items in (("control", midi_map.control), ("note", midi_map.note)):
        parts += [f"\n[[{heading}]]\n{_table(item)}" for item in items]
    return "".join(parts)


def _table(item: Binding | NoteRule) -> str:
    lines = []
    for field in msgspec.structs.fields(item):
        value = getattr(item, field.name)
        if value != field.default:
            lines.append(f"{field.name} = {_toml(value)}\n")
    return "".join(lines)


def _toml(value: object) -> str:
    """A scalar; JSON's numbers and strings are TOML's too, but for U+007F and a float without a fraction."""
    if isinstance(value, float) and value.is_integer():
        return f"{value:.1f}"
    return json.dumps(value).replace("\x7f", "\\u007f")
