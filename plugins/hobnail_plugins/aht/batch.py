"""What runs together: voices of one kind, side by side in the slab, and where their step was laid out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from hobnail.contracts import Float32
from hobnail_plugins.aht.bound import BoundStep, Inputs
from hobnail_plugins.aht.graphs import Factors
from hobnail_plugins.aht.rows import Bools
from hobnail_plugins.aht.slab import Window
from hobnail_plugins.aht.voice import Voice
from hobnail_plugins.moe_lora.slots import Snapshot


@dataclass(frozen=True, slots=True, eq=False)
class Batch:
    """Voices that run together, and where."""

    which: list[int]  #: of the voices asked for, by index
    voices: list[Voice]
    controls: list[Mapping[str, float]]
    features: list[Mapping[str, float]]
    window: Window
    inputs: Inputs
    step: BoundStep


@dataclass(frozen=True, slots=True, eq=False)
class Adapted:
    """Palettes and the graph inputs made of them: changed together, between two steps."""

    now: Snapshot
    factors: Factors


@dataclass(frozen=True, slots=True, eq=False)
class Made:
    """A block of several voices, in the order given."""

    latents: Float32  #: [voices, hops, latents], in the codec's units; silence where the network gave none
    sound: Bools  #: [voices]; false: the network gave NaN or infinity, and the voice begins anew
