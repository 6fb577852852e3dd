"""The numbers of weighting: how streams are weighed, how weights keep still, and what is exchanged with the graph."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated, Final, Literal

from msgspec import Meta, Struct

from hobnail.audio import RATE_HZ
from hobnail_plugins.streams import STREAMS

WeightingArm = Literal["equal", "learned_static", "magnitude", "daf_literal", "daf", "variance", "oracle"]

HOP_SECONDS: Final = 512 / RATE_HZ

GRAPH_INPUTS: Final[Mapping[str, tuple[int, ...]]] = MappingProxyType(
    {
        "daf_prior": (len(STREAMS),),
        "daf_hold": (1,),
        "daf_override": (len(STREAMS),),
        "daf_overriding": (1,),
    }
)
"""What a weighting component gives a step, for each voice: the fields of ``Steering`` in the parts' contracts."""

GRAPH_OUTPUTS: Final[Mapping[str, tuple[int, ...]]] = MappingProxyType(
    {"daf_logits": (len(STREAMS),), "daf_weights": (len(STREAMS),), "daf_entropy": (len(STREAMS),)}
)
"""What it reads back: logits, weights and normalised entropies, means over layers and hops."""


class SmoothingSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Table ``[component.<arm>.smoothing]``: how weights keep still from step to step."""

    seconds: Annotated[float, Meta(ge=0.0, le=2.0)] = 0.15  #: time constant of the moving average; 0: none
    rate: Annotated[float, Meta(gt=0.0, le=1000.0)] = 4.0  #: most that a weight may move in a second
    floor: Annotated[float, Meta(ge=0.001, le=0.25)] = 0.03  #: least weight held for a stream that is there
    lead: Annotated[float, Meta(ge=0.0, le=4.0)] = 0.5  #: logits by which another stream must lead to take the lead
    doubt: Annotated[float, Meta(gt=0.0, lt=1.0)] = 0.95  #: entropy from which, in every stream, the fallback sets in
    fallback: tuple[float, float, float] = (0.5, 0.1, 0.4)  #: weights then: text, vision, history

    def __post_init__(self) -> None:
        """Raises ValueError, which msgspec reports with the place, for weights that cannot be."""
        if min(self.fallback) <= 0.0 or abs(sum(self.fallback) - 1.0) > 1e-6:
            raise ValueError(f"fallback is {self.fallback}, expected three weights above 0 that sum to 1")


class WeightingSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Table ``[component.<arm>]`` of every weighting arm."""

    temperature: Annotated[float, Meta(gt=0.0, le=10.0)] = 0.15  #: of the softmax over -H; in `daf` only a beginning
    coldest: Annotated[float, Meta(gt=0.0, le=10.0)] = 0.05  #: lowest temperature that `daf` may learn
    warmest: Annotated[float, Meta(gt=0.0, le=10.0)] = 1.0  #: highest temperature that `daf` may learn
    smoothing: SmoothingSettings = SmoothingSettings()  #: how weights keep still while sound runs

    def __post_init__(self) -> None:
        """Raises ValueError where no temperature is left."""
        if self.coldest > self.warmest:
            raise ValueError(f"coldest is {self.coldest}, above warmest ({self.warmest})")
