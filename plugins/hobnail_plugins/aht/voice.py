"""A neural voice: what it was told, how it plays, and its place in the slab, where its rows are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from hobnail.contracts import Float32
from hobnail_native import SpectralStandingLines
from hobnail_plugins.aht.levels import Fall, Hold
from hobnail_plugins.aht.rows import Rows
from hobnail_plugins.aht.slab import Seat
from hobnail_plugins.aht.sliders import Slid
from hobnail_plugins.moe_lora.component import VoiceAdapters

Kind = Literal["sustained", "one_shot", "take"]
"""A take is a one-shot that is made ahead."""


@dataclass(frozen=True, slots=True, eq=False)
class Told:
    """A prompt, ready: computed once and shared by every voice that has it."""

    rows: Rows  #: of one voice
    prompt: Float32  #: [width]
    words: Float32  #: [text width], the mean of its tokens


class Strength(NamedTuple):
    """How strongly a voice's ranks counted in its last block."""

    of: object  #: the snapshot of palettes that it was made from
    controls: Mapping[str, float]
    row: Float32  #: [1, ranks]


class Reported(NamedTuple):
    """What the graph reports of a batch by name, [voices, ...], and which of its voices is meant."""

    of: Mapping[str, Float32]
    voice: int


@dataclass(frozen=True, slots=True, eq=False)
class Kept:
    """What is kept of a voice that is not heard for a while: all but its rows and its decoder."""

    seed: int
    adapters: VoiceAdapters
    weights: object
    gain: float
    force: float
    hops: int
    blocks: int
    steady_db: float | None
    hold: Hold

    @staticmethod
    def of(voice: Voice) -> Kept:
        """As it is now."""
        return Kept(**{name: getattr(voice, name) for name in Kept.__dataclass_fields__})


@dataclass(slots=True, eq=False)
class Voice:
    """One voice of the network. It is changed in place, as its rows are: whoever holds it, holds its newest state."""

    seed: int
    kind: Kind
    side: int  #: voices of a side and kind share a slab and a decoder, and one thread works on them
    seat: Seat
    adapters: VoiceAdapters
    weights: object  #: of the weighting component, between two steps
    decoding: object
    gain: float  #: of what it plays next
    force: float = 0.0  #: that its contact adds to the intensity axis, -1..1
    hops: int = 0  #: of its clock
    blocks: int = 0  #: that were made
    lasts: int = 0  #: hops from its first to its sound's end; 0: nobody knows
    steady_db: float | None = None  #: level at which it is held; None: it is not
    hold: Hold = field(default_factory=Hold)
    fall: Fall = field(default_factory=Fall)  #: of a one-shot
    lines: SpectralStandingLines | None = None  #: what settles its partials
    slid: Slid = field(default_factory=Slid)  #: as its newest block has it
    strength: Strength | None = None
    slid_by: Mapping[str, float] | None = None  #: the controls that they stand by
    told: Reported | None = None  #: of its newest block

    @property
    def sustained(self) -> bool:
        """Whether it goes on until it is stopped."""
        return self.kind == "sustained"

    @property
    def reports(self) -> Mapping[str, Float32]:
        """Of its newest block, as the graph names them."""
        return {} if self.told is None else {name: values[self.told.voice] for name, values in self.told.of.items()}

    def slide(self, controls: Mapping[str, float]) -> None:
        """Its sliders follow controls."""
        if controls != self.slid_by:
            self.slid, self.slid_by = Slid.of(controls), controls
