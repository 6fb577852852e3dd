"""A bundle's manifest: everything that is known of a model that ships. ``docs/bundle.md`` shows one."""

from __future__ import annotations

from itertools import pairwise
from typing import Final, Literal

import msgspec

from hobnail_plugins.aht.spec import BLOCKS, LatentScale, NetworkSpec

FORMAT: Final = "hobnail-bundle"
VERSION: Final = 5
"""2: ``plain`` can be steered, and sinks that keep still are asked so. 3: ``levels``, prints in numbers.
4: networks that are told when a sound ends, ``lasting``. 5: ``lines``."""

SCENES: Final = 2
"""The first version with the graph ``scene``."""

OLDEST: Final = 1
"""The oldest that is still read."""

MANIFEST: Final = "manifest.json"
SINKS: Final = "sinks.npz"
NATIVE: Final = "plain.npz"
"""Weights of ``plain``, ``remember`` and ``scene`` by name, for the native pass; only INT8 bundles have them."""

ADAPTERS: Final = "adapters"
LICENCE: Final = "LICENSE"
NOTICE: Final = "NOTICE"
CARD: Final = "card.md"

Precision = Literal["fp32", "int8", "fp16"]


class _Part(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    pass


class ComponentRef(_Part, frozen=True, kw_only=True):
    """A component that the graphs were built from; the same must be installed where they are played."""

    place: Literal["fusion", "weighting", "adapter"]
    id: str
    distribution: str = ""  #: that offers it: what to install
    version: str = ""  #: of the distribution, when the bundle was made


class StoredFile(_Part, frozen=True, kw_only=True):
    """A file of the bundle; names use forward slashes."""

    name: str
    bytes: int
    sha256: str


class CodecRef(_Part, frozen=True, kw_only=True):
    """The codec whose latents the network makes."""

    id: str
    print: str  #: what it makes of a fixed sound, see :mod:`hobnail_plugins.aht.prints`
    dimensions: int
    distribution: str = ""


class TextRef(_Part, frozen=True, kw_only=True):
    """The encoder of words whose tokens the network reads."""

    id: str
    table: str  #: digest of its table


class AdapterSlots(_Part, frozen=True, kw_only=True):
    """Room for palettes at run time."""

    slots: int = 6
    slot_rank: int = 4
    palettes: tuple[str, ...] = ()  #: folders in ``adapters/`` that are loaded at the start


class Sampling(_Part, frozen=True, kw_only=True):
    """How a block is made of noise."""

    times: dict[int, tuple[float, ...]]  #: by hops of a block: flow times from 1 down to 0, one more than passes
    instant: bool  #: each pass takes r = t; false after distillation: r is the next time
    guidance: float = 1.0  #: that passes are to be guided by; 1: one pass is one call

    def problem(self) -> str:
        """Why a block cannot be made so; empty when it can."""
        if set(self.times) != set(BLOCKS):
            return f"times are given for {sorted(self.times)} hops, expected {list(BLOCKS)}"
        for hops, at in self.times.items():
            falls = all(now > then for now, then in pairwise(at))
            if len(at) < 2 or at[0] != 1.0 or at[-1] != 0.0 or not falls:
                return f"times for {hops} hops are {list(at)}, expected to fall from 1 to 0"
        return "" if 1.0 <= self.guidance <= 20.0 else f"guidance is {self.guidance}, expected 1..20"


class Training(_Part, frozen=True, kw_only=True):
    """How the model came about."""

    preset: str
    stage: str  #: flow, distilled
    steps: int
    hours: float
    parameters: int
    corpus: str = ""  #: digest of the corpus's manifest
    licences: tuple[str, ...] = ()  #: families of what it was trained on
    held_out: float | None = None  #: loss on the validation split, the last one


class Levels(_Part, frozen=True, kw_only=True):
    """How loud events are, by name: measured when the bundle was made. Without an entry an event has no level of its
    own. All in dB of full scale, at middling force."""

    one_shot_db: dict[str, float] = {}  #: RMS of the loudest 50 ms that a one-shot is turned towards
    sustained_db: dict[str, float] = {}  #: what a sustained event is turned up by
    steady_db: dict[str, float] = {}  #: RMS that a sustained event is held at, before it is turned


class Lasting(_Part, frozen=True, kw_only=True):
    """What recordings last, from their words: log2 of hops is ``bias`` + ``weights`` x the mean of the tokens."""

    weights: list[float]
    bias: float
    spread: float  #: standard deviation of takes of one family, octaves


class Lines(_Part, frozen=True, kw_only=True):
    """How still partials stand, in recordings by their words, and in what the network says of them.

    log2 of the nepers of frequency by which a line moves from hop to hop is ``bias`` + ``weights`` x the mean of the
    tokens; ``jitter``: nepers by which a hop of the network's is off.
    """

    weights: list[float]
    bias: float
    jitter: float


class Latency(_Part, frozen=True, kw_only=True):
    """What a pass cost where the bundle was made: one thread, spinning off, the thread's own time."""

    machine: str
    runtime: str
    passes: dict[str, float] = {}  #: what was run -> ms, median


class Manifest(_Part, frozen=True, kw_only=True):
    """``manifest.json``, written last."""

    format: str = FORMAT
    version: int = VERSION
    name: str
    hobnail: str  #: version that wrote it
    licence: str
    precision: Precision
    opset: int
    network: NetworkSpec
    base: str  #: digest of the network, that palettes name
    fits: tuple[str, ...] = ()  #: digests of other networks whose palettes fit
    scale: LatentScale
    sampling: Sampling
    components: tuple[ComponentRef, ...]
    adapters: AdapterSlots
    controls: tuple[str, ...]
    codec: CodecRef
    text: TextRef
    training: Training
    error: dict[str, float] = {}  #: of the graphs against float32 with the same noise: what -> relative RMS
    latency: Latency
    levels: Levels = Levels()  #: empty in bundles before version 3
    lasting: Lasting | None = None  #: None: nobody tells the network when a sound ends
    lines: Lines | None = None  #: None: partials are played as the network says them
    files: tuple[StoredFile, ...]
