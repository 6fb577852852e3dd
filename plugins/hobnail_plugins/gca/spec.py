"""The numbers of fusion: which arm, and how it begins."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated, Final, Literal

import msgspec

from hobnail_plugins.streams import STREAMS

FusionArm = Literal["vanilla", "flamingo", "gca_literal", "gca_ctx", "gca_g1", "late", "projected"]

GRAPH_OUTPUTS: Final[Mapping[str, tuple[int, ...]]] = MappingProxyType(
    {"gca_gates": (-1,), "gca_sink": (len(STREAMS),)}
)
"""What a fusion component reads back: the mean gate of each layer, the share of attention in each stream's sink."""


class FusionSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Table ``[component.<arm>]`` of every fusion arm."""

    gate_bias: Annotated[float, msgspec.Meta(ge=-8.0, le=0.0)] = -3.0  #: of the mixing gate; -3 lets 5 % through
    # 0 would halve what the network holds in every layer.


class ResamplerSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The causal Perceiver resampler: what is seen becomes a few tokens a hop."""

    width: int = 128
    heads: int = 4
    depth: int = 1
    tokens: int = 2  #: a hop
    pixel_tokens: int = 4  #: that a picture's cells are mixed into
    window_hops: int = 8  #: that a hop's tokens look at, itself included
