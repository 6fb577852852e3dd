"""Which key of a MIDI file makes which event, which controller moves which control. The file is the bridge's own.

``hobnail midi learn`` (the live bridge) writes ``hobnail-midi.toml``; what was played with it renders the same way.
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Annotated, Any, Final, Literal

import msgspec
from msgspec import Meta

from hobnail.contracts import EngineSpec
from hobnail.errors import ConfigError
from hobnail.settings import settings_from

Channel = Annotated[int, Meta(ge=0, le=16)]
Key = Annotated[int, Meta(ge=0, le=127)]
Unit = Annotated[float, Meta(ge=0.0, le=1.0)]

EMITTER: Final = "midi"
FIRST_PAD: Final = 36
MIDDLE_C: Final = 60


class Note(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Table ``[[note]]``: a range of keys and the event that they make. Of those that hold, the first counts."""

    event: str = ""  #: an event of the engine; "": its first one-shot
    emitter: str = EMITTER  #: whose event it is
    channel: Channel = 0  #: 1 to 16; 0: any
    low: Key = 0  #: lowest key
    high: Key = 127  #: highest key
    centre: Key | None = None  #: this key sounds at the natural pitch, its neighbours by semitones; none: all alike
    material: str | None = None  #: of the surface
    other: str | None = None  #: of the thing that strikes
    prompt: str = ""  #: words for the emitter
    engine: str = ""  #: engine of the emitter; "": the session's
    softest: Unit = 0.0  #: intensity of velocity 1 ...
    hardest: Unit = 1.0  #: ... and of velocity 127
    gain_db: Annotated[float, Meta(ge=-120.0, le=24.0)] = 0.0  #: level of these events
    quantise: Annotated[float, Meta(ge=0.0, le=16.0)] = 0.0  #: of live playing; a file is played as it is written

    def holds(self, channel: int, note: int) -> bool:
        """Whether a key is in range."""
        return self.channel in (0, channel) and self.low <= note <= self.high

    def intensity(self, velocity: int) -> float:
        """How hard, 0..1, for a velocity of 1 to 127."""
        return self.softest + (self.hardest - self.softest) * (velocity - 1) / 126


class Wire(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Table ``[[control]]``: what moves which control."""

    control: str  #: id of the control
    source: Literal["cc", "cc14", "rpn", "nrpn", "bend", "pressure", "key_pressure"] = "cc"  #: what moves it
    number: Annotated[int, Meta(ge=0, le=16383)] = 0  #: of the controller
    channel: Channel = 0  #: 1 to 16; 0: any
    emitter: str | None = None  #: whose control; none: of all emitters of the file
    low: Unit = 0.0  #: the control's value at the source's lowest ...
    high: Unit = 1.0  #: ... and at its highest
    takeover: Literal["jump", "pickup"] = "jump"  #: of live playing; a file always jumps

    def hears(self, source: str, number: int, channel: int) -> bool:
        """Whether a message is this one's."""
        same = self.source == source and self.channel in (0, channel)
        return same and (source in ("bend", "pressure") or self.number == number)


class MidiFileMap(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A whole map."""

    defaults: bool = True  #: the usual wires hold where no own one uses their source
    control: tuple[Wire, ...] = ()
    note: tuple[Note, ...] = ()  #: none: the usual keys


USUAL: Final = (
    Wire(control="pitch", source="bend"),
    Wire(control="texture", number=1),  # modulation wheel
    Wire(control="intensity", number=11),  # expression
    Wire(control="texture", number=74),  # brightness
    Wire(control="intensity", source="pressure"),
)


def read_map(path: Path | None) -> MidiFileMap:
    """The map in ``path``; none: the usual one. Raises ConfigError."""
    if path is None:
        return MidiFileMap()
    try:
        table: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(f"The MIDI map {path} cannot be read: {error}.", cure="Correct it.") from error
    return settings_from(MidiFileMap, table, where=f"{path}:")


def wires_of(midi_map: MidiFileMap, controls: frozenset[str]) -> tuple[Wire, ...]:
    """Own wires and the usual ones whose source none of them uses, of controls that there are."""
    used = {(wire.source, wire.number) for wire in midi_map.control}
    usual = [wire for wire in USUAL if (wire.source, wire.number) not in used] if midi_map.defaults else []
    return tuple(wire for wire in (*midi_map.control, *usual) if wire.control in controls)


def usual_notes(engine: EngineSpec) -> tuple[Note, ...]:
    """Pads from key 36 up, one for each event of the engine; keys from 60 up play the first one-shot in semitones."""
    pads = tuple(
        Note(event=event.name, emitter=f"{EMITTER}.{event.name}", low=key, high=key)
        for key, event in zip(range(FIRST_PAD, MIDDLE_C), engine.events, strict=False)
    )
    return (*pads, Note(low=MIDDLE_C, centre=72))
