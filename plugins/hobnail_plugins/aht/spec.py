"""The numbers of the network: everything that trainer, export and engine must agree on. It stands in every bundle."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from hobnail.errors import ConfigError
from hobnail_plugins.gca.spec import ResamplerSettings

BLOCKS: Final = (2, 4, 8, 16, 32, 64)
"""Hops of a block: one network makes them all; which is taken is decided at run time."""

ADAPTED: Final = ("self_q", "self_o", "cross_q", "cross_o", "mlp_up", "mlp_down")
"""Places for adapters in each layer. None on keys and values: those that are remembered would go stale."""

CUE_WIDTH: Final = 2
"""Of a cue's hop: how hard something was struck in it, 0..1, and whether that is known, 0 or 1."""

CONTROLS: Final = ("pitch", "intensity", "texture")


class PartChoice(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A component by its id, and its settings."""

    id: str
    settings: dict[str, Any] = {}


class NetworkSpec(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Sizes of the adaptive hybrid transformer, and the components in it."""

    latents: int = 32  #: numbers of a hop
    width: int = 256
    layers: int = 6
    heads: int = 4
    key_heads: int = 1  #: heads of the streams' keys and values, read by equal groups of query heads
    mlp: int = 4  #: hidden width of the MLP over the width
    text_width: int = 128
    text_tokens: int = 12  #: at most
    scene_width: int = 24
    cells: int = 64
    cell_width: int = 6
    history_hops: int = 128  #: that are remembered, at most
    history_taps: int = 4  #: latents that a remembered hop is made from
    history_least: int = 4  #: remembered hops below which history counts as absent
    vision_hops: int = 24  #: before a block that vision may look back to
    cue_hops: int = 0  #: newest hops whose contacts are told where a hop enters, besides what it attends to; 0: none
    sight_lag: int = 0  #: hops by which sound follows what is seen: a contact is known only after it happened
    told_end: bool = False  #: hops are told how long their sound still lasts, where that is known
    resampler: ResamplerSettings = msgspec.field(default_factory=ResamplerSettings)
    fusion: PartChoice = PartChoice(id="gca_g1")
    weighting: PartChoice = PartChoice(id="daf")
    dynamic_gate: bool = True  #: G_dyn between layers: text against vision, learned
    still_sinks: bool = False  #: sinks are asked by queries without a place; else what rests in them follows the clock
    recompute: bool = False  #: activation checkpointing: forget a layer's insides and compute them again going back

    def __post_init__(self) -> None:
        """Raises ConfigError for sizes that do not fit each other."""
        if problem := self._problem():
            raise ConfigError(f"network: {problem}.", cure="Correct the preset's [network] table.")

    def _problem(self) -> str:  # noqa: PLR0911 - one for each fault
        if min(self.width, self.layers, self.heads, self.key_heads, self.mlp, self.latents) < 1:
            return "a size is below 1"
        if self.width % (2 * self.heads):
            return f"width is {self.width}, expected a multiple of twice the heads ({2 * self.heads})"
        if self.heads % self.key_heads:
            return f"heads are {self.heads}, expected a multiple of key_heads ({self.key_heads})"
        if self.vision_hops < self.resampler.window_hops:
            return f"vision_hops is {self.vision_hops}, below the resampler's window ({self.resampler.window_hops})"
        if self.history_taps < 1 or self.history_hops < self.history_least:
            return "history_taps below 1, or history_hops below history_least"
        if not 0 <= min(self.cue_hops, self.sight_lag) <= max(self.cue_hops, self.sight_lag) <= self.vision_hops:
            return f"cue_hops or sight_lag is not in 0 to vision_hops ({self.vision_hops})"
        return ""

    @property
    def head_width(self) -> int:
        """Channels of one head."""
        return self.width // self.heads

    @property
    def cue_past(self) -> int:
        """Hops before a block's first that its cues reach back to."""
        return max(0, self.cue_hops - 1)

    @property
    def seen_hops(self) -> int:
        """Hops before a block whose vision tokens it attends to; the resampler's window reaches back further."""
        return self.vision_hops - self.resampler.window_hops + 1


class LatentScale(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where latents lie: the network sees (latent - mean) / spread. Lists have a value for each dimension."""

    mean: list[float]
    spread: list[float]  #: standard deviation over sounding hops, above 0
    silence: list[float]  #: the latent of a silent hop


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """Inputs and outputs of an adapted linear layer."""

    inputs: int
    outputs: int


def adapted_places(spec: NetworkSpec) -> dict[str, Place]:
    """Sizes of every place for adapters, the same in all layers."""
    width, inner = spec.width, spec.width * spec.mlp
    square = Place(inputs=width, outputs=width)
    return {
        "self_q": square,
        "self_o": square,
        "cross_q": square,
        "cross_o": square,
        "mlp_up": Place(inputs=width, outputs=inner),
        "mlp_down": Place(inputs=inner, outputs=width),
    }
