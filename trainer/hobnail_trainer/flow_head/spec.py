"""The numbers of the flow-head arm that a block network does not have."""

from __future__ import annotations

import msgspec


class FlowHeadSpec(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A small head that makes one hop, and how its past is disturbed while it is learnt.

    Clean pasts teach to repeat the last hop: sounds change little from one to the next. Noise in what is remembered,
    and a past with holes, leave the words and the age to go by.
    """

    width: int = 160
    depth: int = 3  #: layers, each an MLP under adaLN
    draws: int = 4  #: noises that a hop is learnt with in one batch: the head is cheap beside the backbone
    noisy: float = 0.75  #: of voices: what is remembered is noisy
    noise: float = 0.5  #: standard deviation of that noise at most, of the latents' spread; drawn from 0 up to it
    holes: float = 0.3  #: of voices: a share of what is remembered, drawn from 0..1, is left out
