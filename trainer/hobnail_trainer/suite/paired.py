"""What the data itself does: recordings changed as the training pairs are, in place of an engine's sliders.

A sound an octave higher is heard as louder, and its noise is broader: what an axis moves besides its own measure in
real recordings is no fault of a model. The report holds both side by side.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np

from hobnail_plugins.aht.spec import CONTROLS
from hobnail_trainer.corpus.sound import Samples
from hobnail_trainer.pairs.force import struck
from hobnail_trainer.pairs.pitch import resampled_pitch
from hobnail_trainer.pairs.texture import Parts, mixed, parts_of
from hobnail_trainer.pairs.usable import UnsuitedError
from hobnail_trainer.suite.listening import Listening
from hobnail_trainer.suite.player import LONGEST, Ask

PITCH, INTENSITY, TEXTURE = CONTROLS
SEMITONES: Final = 12.0


@dataclass(frozen=True, slots=True)
class PairedRecordings:
    """Plays recordings by their number, moved by the controls, as an engine plays prompts."""

    sounds: Sequence[Samples]
    name: str = "pairs"

    def one_shots(self, asks: Sequence[Ask], frames: int = LONGEST) -> list[Samples]:
        """The recording whose number the prompt is, each."""
        return [_moved(self.sounds[int(ask.prompt)], ask.controls)[:frames] for ask in asks]


def paired(
    listening: Listening, *, most: int, frames: int
) -> tuple[PairedRecordings, tuple[Ask, ...], tuple[Ask, ...]]:
    """Held-out recordings, ``frames`` of each, what to ask for, and for which of them texture has a meaning."""
    sounds = tuple(each.whole[:frames] for each in listening.clips[:most])
    asks = tuple(Ask(str(number), number) for number in range(len(sounds)))
    return PairedRecordings(sounds), asks, tuple(ask for ask in asks if _parts(sounds[ask.seed].tobytes()) is not None)


def _moved(samples: Samples, controls: Mapping[str, float]) -> Samples:
    """Texture first, whose parts are known; the session's texture is rough at 1, that of the pairs at -1.

    What has no partials, or nothing else, keeps its texture.
    """
    pitch, intensity, texture = (2.0 * controls.get(axis, 0.5) - 1.0 for axis in CONTROLS)
    if texture and (parts := _parts(samples.tobytes())) is not None:
        samples = mixed(samples, parts, -texture)
    if intensity:
        samples = struck(samples, intensity).samples
    return resampled_pitch(samples, SEMITONES * pitch) if pitch else samples


@lru_cache(maxsize=256)
def _parts(sound: bytes) -> Parts | None:
    try:
        return parts_of(np.frombuffer(sound, np.float32))
    except UnsuitedError:
        return None
