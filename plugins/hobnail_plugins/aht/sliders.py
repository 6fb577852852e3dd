"""Pitch and texture as the codec's renderer moves them: no expert of the network takes part.

The renderer reaches what experts did not (docs/evaluation.md), and with the meaning that the session's controls have.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from hobnail.contracts import Codec, Float32
from hobnail_native import Team
from hobnail_plugins.aht.spec import CONTROLS
from hobnail_plugins.codec.codec import SpectralCodec

PITCH, _, TEXTURE = CONTROLS
SEMITONES: Final = 12.0
"""Of pitch, from the middle to its end."""


class Slid(NamedTuple):
    """Where a voice's sliders stand."""

    semitones: float = 0.0
    texture: float = 0.0  #: -1 smooth .. 1 rough

    @staticmethod
    def of(controls: Mapping[str, float]) -> Slid:
        """From normalised controls; 0.5, or one that is not there, leaves a sound as it is."""
        pitch, texture = (2.0 * min(1.0, max(0.0, controls.get(each, 0.5))) - 1.0 for each in (PITCH, TEXTURE))
        return Slid(SEMITONES * pitch, texture)


def without_sliders(axes: Mapping[str, float]) -> dict[str, float]:
    """What is left for experts of the network, by axis, -1..1."""
    return {name: 0.0 if name in (PITCH, TEXTURE) else value for name, value in axes.items()}


def decoded(codec: Codec, latents: Float32, state: object, slid: Slid, *, last: bool) -> tuple[Float32, object]:
    """float32 [hops, dimensions] -> samples that are now known, moved where the codec can."""
    if isinstance(codec, SpectralCodec):
        return codec.decode(latents, state, last=last, semitones=slid.semitones, texture=slid.texture)
    return codec.decode(latents, state, last=last)


def decoded_together(
    codec: Codec, latents: Float32, states: Sequence[object], slid: Sequence[Slid], team: Team | None = None
) -> list[Float32] | None:
    """The same of several voices, float32 [voices, hops, dimensions], where the codec can; states are used again."""
    if not isinstance(codec, SpectralCodec):
        return None
    semitones, textures = [each.semitones for each in slid], [each.texture for each in slid]
    return codec.decode_together(latents, states, semitones, textures, team)
