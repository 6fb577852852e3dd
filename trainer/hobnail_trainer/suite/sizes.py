"""How much is made and heard: a quick look fits in ten minutes of one core, a whole one in an hour."""

from __future__ import annotations

from typing import Final

import msgspec


class Sizes(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Numbers of sounds, section by section."""

    clips: int = 300  #: held-out recordings, at most; one sound is made for each
    train_clips: int = 1500  #: that the recogniser, our own embedding and the nearest-neighbour search know
    pairs: int = 64  #: of prompt and seed, for slider curves
    settings: int = 256  #: random settings of all controls, for independence
    takes: int = 8  #: of one prompt
    prompts: int = 24  #: with takes
    events: int = 64  #: scheduled ones
    scenes: int = 48  #: simulated scenes, for onsets from features and from pictures
    voices: int = 12  #: sustained, for joins
    drift_voices: int = 4  #: of a minute
    drift_s: float = 60.0
    degraded: int = 120  #: train recordings, each with every degradation that is learnt from
    ask_degraded: int = 60  #: held-out recordings, each with every degradation that is not


QUICK: Final = Sizes(
    clips=96,
    train_clips=500,
    pairs=16,
    settings=64,
    takes=4,
    prompts=12,
    events=24,
    scenes=16,
    voices=6,
    drift_voices=2,
    drift_s=60.0,
    degraded=40,
    ask_degraded=24,
)
FULL: Final = Sizes()
