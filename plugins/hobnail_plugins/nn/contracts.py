"""What the network asks of its swappable parts: the torch half of fusion and weighting components.

A part is a module built as ``Part(size, settings)``: ``size`` is :class:`PartSize`, ``settings`` the component's own
validated struct. Streams are always in the order of :data:`STREAMS`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, Protocol

from hobnail_plugins.streams import HISTORY, STREAMS, TEXT, VISION

if TYPE_CHECKING:
    from torch import Tensor

__all__ = [
    "HISTORY",
    "STREAMS",
    "TEXT",
    "VISION",
    "Evidence",
    "Fusion",
    "PartSize",
    "Steering",
    "Weighed",
    "Weighting",
]


class PartSize(NamedTuple):
    """What a part needs to know of the network around it."""

    width: int
    heads: int
    streams: int = len(STREAMS)
    layer: int = 0  #: which of ``layers`` it is built for
    layers: int = 1

    @property
    def head_width(self) -> int:
        """Channels of one head."""
        return self.width // self.heads


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a layer knows of its streams when it weighs them. float32 [batch, hops, streams] unless said otherwise."""

    entropy: Tensor  #: normalised, mean over heads, 0 one token .. 1 all alike
    variance: Tensor  #: of the shares, 0 all alike .. 1 one token
    magnitude: Tensor  #: RMS of what each stream gave
    dynamic: Tensor  #: logits of text against vision from the layer's input (G_dyn); 0 for history
    count: Tensor  #: tokens that could be seen
    present: Tensor  #: bool, whether the stream is there
    noise: Tensor | None = None  #: float32 [batch, streams], true noise levels 0..1 where they are known (the oracle)


@dataclass(frozen=True, slots=True)
class Steering:
    """What a caller lays over the weights. float32 [batch, streams] or [batch, 1]."""

    prior: Tensor  #: smoothed logits of the emitter up to now
    hold: Tensor  #: 0..1, how much of them is kept (the smoothing's memory); 0: weigh anew
    override: Tensor  #: weights that the caller wants
    overriding: Tensor  #: 0..1, how far they replace the component's own


class Weighed(NamedTuple):
    """A weighting's answer."""

    weights: Tensor  #: float32 [batch, hops, streams], sum 1 over the streams that are present
    logits: Tensor  #: float32 [batch, hops, streams], before the softmax and after smoothing


class Weighting(Protocol):
    """Says how much each stream counts."""

    def __call__(self, evidence: Evidence, steering: Steering | None) -> Weighed:
        """Weights per hop."""


class Fusion(Protocol):
    """Mixes what was found in the streams with what the block held."""

    def inside(self, heads: Tensor, query: Tensor) -> Tensor:
        """Change each head's finding [batch, hops, heads, width], before it is projected.

        ``query`` [batch, hops, width] is what asked.
        """

    def mix(self, held: Tensor, found: Tensor) -> tuple[Tensor, Tensor]:
        """``held`` (A) and ``found`` (H_att), [batch, hops, width] each -> their mixture and the gate.

        The gate is float32 [batch, hops, 1], its mean over channels.
        """
