"""The map on disk as the bridge keeps it: there or not, and written whole or not at all."""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path
from typing import Final

import msgspec

from hobnail.errors import ConfigError
from hobnail.midimap import Binding, MidiMap, NoteRule, read_map

DEFAULT_FILE: Final = "hobnail-midi.toml"
_HEAD: Final = (
    "# Which MIDI controller moves which control. `hobnail midi map` shows and edits it; docs/midi.md explains it.\n"
)


def map_at(path: Path) -> MidiMap:
    """A map file; one that is not there is an empty map. Raises ConfigError with the place of the fault."""
    return read_map(path) if path.exists() else MidiMap()


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
