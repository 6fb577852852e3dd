"""The numbers of fusion: which arm, and how it begins."""

from __future__ import annotations

from typing import Literal

import msgspec

FusionArm = Literal["vanilla", "flamingo", "gca_literal", "gca_ctx", "gca_g1"]


class FusionSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Table ``[component.<arm>]`` of every fusion arm."""

    gate_bias: float = -3.0
    """Of the sigmoid that mixes: -3 lets 5 % through at first. 0 would halve what the network holds in every layer."""


class ResamplerSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The causal Perceiver resampler: what is seen becomes a few tokens a hop."""

    width: int = 128
    heads: int = 4
    depth: int = 1
    tokens: int = 2  #: a hop
    pixel_tokens: int = 4  #: that a picture's cells are mixed into
    window_hops: int = 8  #: that a hop's tokens look at, itself included
