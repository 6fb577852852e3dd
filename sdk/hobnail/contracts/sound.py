"""The engine's contract: voices, blocks and steps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol, runtime_checkable

import msgspec
import numpy as np
from numpy.typing import NDArray

from hobnail.scene import Contact, Emitter
from hobnail_native import SynthPatch

Float32 = NDArray[np.float32]


class EventSpec(msgspec.Struct, frozen=True, kw_only=True):
    """An event that an engine can sound."""

    name: str
    kind: Literal["one_shot", "sustained"]
    help: str = ""


class ControlSpec(msgspec.Struct, frozen=True, kw_only=True):
    """A continuous axis. Values travel normalised 0..1; ``minimum..maximum`` are what 0 and 1 mean, in ``unit``."""

    id: str
    unit: str
    minimum: float
    maximum: float
    default: float  #: in ``unit``
    steps: int = 0  #: 0: continuous
    help: str = ""

    def normalised(self, value: float) -> float:
        """A value in ``unit`` as 0..1, clipped."""
        return min(1.0, max(0.0, (value - self.minimum) / (self.maximum - self.minimum)))

    def plain(self, normalised: float) -> float:
        """A normalised value in ``unit``."""
        return self.minimum + normalised * (self.maximum - self.minimum)


class EngineSpec(msgspec.Struct, frozen=True, kw_only=True):
    """What an engine is and can do; clients see it in ``welcome``."""

    id: str
    help: str
    events: tuple[EventSpec, ...]
    materials: tuple[str, ...]  #: known words; an unknown material is refused
    controls: tuple[str, ...]  #: ids of the controls that it follows
    step_frames: int = 512  #: how often sustained voices are stepped
    together_frames: int = 0  #: how far before its need a voice may be stepped along with one that is in need
    together_most: int = 0  #: sustained voices of one step; more are stepped in two groups, half a step apart. 0: any
    ring_lead_frames: int = 0  #: how far before it runs dry a one-shot is stepped, where that is more than others are
    states_once: bool = False  #: a voice's state is good for one step; false: any of its states can be stepped again
    model_latency_frames: int = 0
    palettes: bool = False  #: whether clients may load palettes by name


@dataclass(frozen=True, slots=True)
class VoiceStart:
    """Everything an engine is told when a voice opens."""

    voice: int
    event: EventSpec
    emitter: Emitter
    contact: Contact
    controls: Mapping[str, float]  #: every control of the session, normalised, this event's own laid over
    features: Mapping[str, float]  #: newest known frame features of the emitter
    seed: int  #: 64-bit; the same seed gives the same samples
    fresh: bool = False  #: live, and nobody asked for this seed: any take that was not played yet will do
    slack_frames: int | None = None  #: until the first of the engine's voices runs dry; None: nobody waits
    waited_s: float = 0.0  #: live: since its event crossed the border
    at_frame: int | None = None  #: session frame of its first sample; None: as soon as it can be
    later: bool = False  #: live: a step that is still coming will do (:class:`hobnail.contracts.DeferringEngine`)


@dataclass(frozen=True, slots=True)
class VoiceInput:
    """What one sustained voice is told at each step."""

    voice: int
    state: object  #: what the engine returned last; the session never looks inside
    controls: Mapping[str, float]
    features: Mapping[str, float]
    contact: Contact
    stopping: bool  #: a ``stop`` came: let it ring out, then return ``last``
    slack_frames: int | None = None  #: until this voice runs dry; None: offline, nobody waits
    importance: float = 0.0  #: priority, then loudness: who has less is left out first when time is short
    later: bool = False  #: as in :class:`VoiceStart`
    more_frames: int = 0  #: live: given so many more this once, it would be in need along with others from now on


@dataclass(frozen=True, slots=True)
class Block:
    """Sound for the next ``frames`` frames of a voice: samples, or a patch for the native synthesiser.

    ``samples``: float32 [frames], mono at 48 kHz. ``patch`` holds until the next one arrives.
    """

    frames: int
    samples: Float32 | None = None
    patch: SynthPatch | None = None
    last: bool = False  #: the voice is over after these frames (a patch's own tail included)


@dataclass(frozen=True, slots=True)
class Step:
    """An engine's answer for one voice: sound, and the state to hand back at the next step."""

    block: Block
    state: object = None
    engine: str = ""  #: id of the engine that really made it, where that is another than the one that was asked
    coming: bool = False  #: neither sound nor state yet: it arrives (:class:`hobnail.contracts.DeferringEngine`)

    @staticmethod
    def to_come() -> Step:
        """That it is being made."""
        return Step(Block(frames=0), coming=True)


@runtime_checkable
class Engine(Protocol):
    """Turns contacts, features and controls into sound. Whole and streamed agree: state is explicit."""

    @property
    def spec(self) -> EngineSpec:
        """[any] What it is and can do."""

    def prepare(self) -> None:
        """[control] Allocate, load, warm up. Called once, before any voice."""

    def start(self, voice: VoiceStart) -> Step:
        """[engine] Open a voice. A one-shot returns its whole sound, or the first part with ``last`` false."""

    def step(self, voices: Sequence[VoiceInput]) -> Sequence[Step]:
        """[engine] The next ``spec.step_frames`` of each voice, in the order given, batched as it likes.

        Or as many and ``more_frames``, where a voice is told of them: it costs less from then on.
        """


@runtime_checkable
class LiveEngine(Engine, Protocol):
    """An engine that has to keep up with a clock: it uses time that is left over, and says where there is too little.

    Only live sessions ask; rendered offline it makes everything whole.
    """

    def idle(self, budget_s: float) -> bool:
        """[engine] Nothing is due for ``budget_s``: do a piece of work that fits; whether one was done."""

    def excess(self) -> int:
        """[engine] Voices to steal, as the machine is too slow even for what the engine left out. Asked each turn."""
