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


def paired(listening: Listening, *, pairs: int, frames: int) -> tuple[PairedRecordings, tuple[Ask, ...]]:
    """The first held-out recordings that have all three attributes, ``frames`` of each, and what to ask for."""
    sounds: list[Samples] = []
    for each in listening.clips:
        samples = each.whole[:frames]
        try:
            _parts(samples.tobytes())
            sounds.append(samples)
        except UnsuitedError:
            continue
        if len(sounds) == pairs:
            break
    return PairedRecordings(tuple(sounds)), tuple(Ask(str(number), number) for number in range(len(sounds)))


def _moved(samples: Samples, controls: Mapping[str, float]) -> Samples:
    """Texture first, whose parts are known; the session's texture is rough at 1, that of the pairs at -1."""
    pitch, intensity, texture = (2.0 * controls.get(axis, 0.5) - 1.0 for axis in CONTROLS)
    if texture:
        samples = mixed(samples, _parts(samples.tobytes()), -texture)
    if intensity:
        samples = struck(samples, intensity).samples
    return resampled_pitch(samples, SEMITONES * pitch) if pitch else samples


@lru_cache(maxsize=64)
def _parts(sound: bytes) -> Parts:
    return parts_of(np.frombuffer(sound, np.float32))
