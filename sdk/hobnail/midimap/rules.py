"""Which key makes which event, and which knob moves which control: rules, bindings, and what holds without a map."""

from __future__ import annotations

from collections.abc import Collection
from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta

from hobnail.contracts import EngineSpec
from hobnail.midimap.sources import Source, SourceKind, reserved

Channel = Annotated[int, Meta(ge=0, le=16)]
Key = Annotated[int, Meta(ge=0, le=127)]
Unit = Annotated[float, Meta(ge=0.0, le=1.0)]
Name = Annotated[str, Meta(pattern=r"^(?! )[A-Za-z0-9_.:/() -]{1,60}(?<! )$")]

EMITTER: Final = "midi"
FIRST_PAD: Final = 36  # C1 on most instruments' pads, the kick drum of General MIDI
MIDDLE_C: Final = 60


class NoteRule(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A range of keys and the event that they make. Of the rules that hold, the first counts."""

    event: str = ""  #: an event of the engine; "": its first one-shot
    emitter: Name = EMITTER  #: whose event it is; live, the bridge makes it and shares it with everyone
    channel: Channel = 0  #: 1 to 16; 0: any
    low: Key = 0  #: lowest key
    high: Key = 127  #: highest key
    centre: Key | None = None  #: this key sounds at the natural pitch and its neighbours by semitones; none: all alike
    material: str | None = None  #: of the surface
    other: str | None = None  #: of the thing that strikes
    prompt: str = ""  #: words for the emitter
    engine: str = ""  #: engine of the emitter; "": the session's
    softest: Unit = 0.0  #: intensity of velocity 1 ...
    hardest: Unit = 1.0  #: ... and of velocity 127
    gain_db: Annotated[float, Meta(ge=-120.0, le=24.0)] = 0.0  #: level of these events
    quantise: Annotated[float, Meta(ge=0.0, le=16.0)] = 0.0  #: beats; live notes wait for the next of these

    def holds(self, channel: int, note: int) -> bool:
        """Whether a key is in the rule's range."""
        return self.channel in (0, channel) and self.low <= note <= self.high

    def intensity(self, velocity: int) -> float:
        """How hard a contact is, 0..1, for a velocity of 1 to 127."""
        return self.softest + (self.hardest - self.softest) * (velocity - 1) / 126


class Binding(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A source and the control that it moves."""

    control: Name  #: id of the control
    source: SourceKind = "cc"  #: what moves it
    number: Annotated[int, Meta(ge=0, le=16383)] = 0  #: of the controller, parameter or key; nothing for bend, pressure
    channel: Channel = 0  #: 1 to 16; 0: any
    emitter: Name | None = None  #: whose control; none: of all emitters of the bridge or the file
    low: Unit = 0.0  #: the control's value, 0..1, at the source's lowest ...
    high: Unit = 1.0  #: ... and at its highest; below ``low`` it is reversed
    takeover: Literal["jump", "pickup"] = "jump"  #: pickup: live, nothing happens until the source passes the value

    def __post_init__(self) -> None:
        if self.source in ("cc", "cc14") and self.number > (127 if self.source == "cc" else 31):
            raise ValueError(f"Expected `number` of a {self.source} up to {127 if self.source == 'cc' else 31}")
        if why := reserved(self.as_source()):
            raise ValueError(f"Expected another `number` than {self.number}: {why}")

    def as_source(self) -> Source:
        """What it listens to; channel 0 stands for any."""
        return Source(self.source, self.channel, self.number)

    def hears(self, source: Source) -> bool:
        """Whether a source is this one's."""
        same = self.source == source.kind and self.channel in (0, source.channel)
        return same and (self.source in ("bend", "pressure") or self.number == source.number)

    def value(self, position: float) -> float:
        """The control's value, 0..1, where the source stands at ``position``, 0..1."""
        return self.low + (self.high - self.low) * position

    def position(self, value: float) -> float:
        """Where the source would stand for a control's value; the inverse of :meth:`value`, clipped."""
        if self.high == self.low:
            return 0.0
        return min(1.0, max(0.0, (value - self.low) / (self.high - self.low)))


DEFAULT_BINDINGS: Final = (
    Binding(control="pitch", source="bend"),
    Binding(control="texture", number=1),  # modulation wheel
    Binding(control="intensity", number=11),  # expression
    Binding(control="texture", number=74),  # brightness; MPE's third dimension
    Binding(control="intensity", source="pressure"),
)


def default_bindings(controls: Collection[str]) -> tuple[Binding, ...]:
    """Those of the defaults whose control there is."""
    return tuple(binding for binding in DEFAULT_BINDINGS if binding.control in controls)


def merged(own: tuple[Binding, ...], defaults: tuple[Binding, ...]) -> tuple[Binding, ...]:
    """Own bindings, and the defaults whose source none of them uses."""
    used = {(binding.source, binding.number) for binding in own}
    return (*own, *(binding for binding in defaults if (binding.source, binding.number) not in used))


def default_rules(engine: EngineSpec) -> tuple[NoteRule, ...]:
    """Pads from key 36 up, one for each event of the engine; keys from 60 up play the first one-shot in semitones."""
    pads = tuple(
        NoteRule(event=event.name, emitter=f"{EMITTER}.{event.name}"[:60], low=key, high=key)
        for key, event in zip(range(FIRST_PAD, MIDDLE_C), engine.events, strict=False)
    )
    return (*pads, NoteRule(low=MIDDLE_C, centre=72))
