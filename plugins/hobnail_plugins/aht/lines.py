"""Partials that stand still: what the network says of their frequency, hop by hop, becomes the line that it means.

How still things of such words stand in recordings is the bundle's (:class:`hobnail_plugins.aht.manifest.Lines`): a bell
does not move, a cow does. The network remembers the settled line, as recordings have it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from hobnail.contracts import Codec, Float32
from hobnail_native import SpectralStandingLines, settle_together
from hobnail_plugins.aht.manifest import Lines
from hobnail_plugins.aht.rows import Bools
from hobnail_plugins.aht.spec import LatentScale
from hobnail_plugins.codec.codec import SpectralCodec

STILLEST, LIVELIEST = 2e-4, 0.02
"""Nepers a hop: bounds of what words may foretell, 0.3 and 35 cents."""


def wander(lines: Lines, words: Float32) -> float:
    """Nepers by which a line of these words moves from hop to hop; ``words`` float32 [width], the mean of tokens."""
    foretold = math.exp2(lines.bias + float(words @ np.array(lines.weights, np.float32)))
    return min(LIVELIEST, max(STILLEST, foretold))


def begin_lines(lines: Lines | None, codec: Codec, words: Float32) -> SpectralStandingLines | None:
    """Of a voice that has made nothing. None: the bundle says nothing of lines, or the codec has none."""
    if lines is None or not isinstance(codec, SpectralCodec):
        return None
    return codec.begin_lines(wander=wander(lines, words), jitter=lines.jitter)


class Units:
    """From the network's units to the codec's, with partials that stand still. [any]"""

    def __init__(self, scale: LatentScale) -> None:
        self._mean, self._spread, self._silence = (
            np.array(values, np.float32) for values in (scale.mean, scale.spread, scale.silence)
        )

    def played(self, latents: Float32, sound: Bools, lines: Sequence[SpectralStandingLines | None]) -> Float32:
        """[voices, hops, latents] as the codec plays them; a voice without ``sound`` [voices] is silent.

        Where voices have lines, ``latents`` become the settled ones in place: they are what is remembered.
        """
        played = latents * self._spread + self._mean
        if not sound.all():
            played[~sound] = self._silence
        if settled(lines, played):
            latents[sound] = (played[sound] - self._mean) / self._spread
        return played


def settled(lines: Sequence[SpectralStandingLines | None], latents: Float32) -> bool:
    """Settle voices' next block, float32 [voices, hops, latents] in the codec's units, in place; whether it was."""
    known = [each for each in lines if each is not None]
    if len(known) < len(lines):
        return False
    settle_together(known, latents)
    return True
