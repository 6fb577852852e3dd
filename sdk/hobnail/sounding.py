"""Who sounds now, and how loud: the emitters of a snapshot."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Final

from hobnail.metered import voice_figures_of
from hobnail.metrics import Sounding
from hobnail.voice import Voice

Levels = Sequence[tuple[int, float]]
"""(voice, RMS of its last block) as ``Mixer.levels`` gives them."""

MOST: Final = 32
SILENCE_DB: Final = -120.0


def sounding_now(voices: Iterable[Voice], levels: Levels) -> tuple[Sounding, ...]:
    """The loudest emitters with their newest voice, loudest first."""
    rms = dict(levels)
    by_emitter: dict[str, list[Voice]] = {}
    for voice in voices:
        by_emitter.setdefault(voice.presence.emitter.id, []).append(voice)
    powers = {emitter: sum(rms.get(voice.id, 0.0) ** 2 for voice in theirs) for emitter, theirs in by_emitter.items()}
    loudest = sorted(by_emitter, key=lambda emitter: (-powers[emitter], emitter))[:MOST]
    return tuple(_sounding(by_emitter[emitter], powers[emitter]) for emitter in loudest)


def _sounding(voices: Sequence[Voice], power: float) -> Sounding:
    newest = voices[-1]
    return Sounding(
        emitter=newest.presence.emitter.id,
        engine=newest.engine.spec.id,
        event=newest.event.name,
        voices=len(voices),
        level_db=round(10.0 * math.log10(power), 1) if power > 1e-12 else SILENCE_DB,
        figures=voice_figures_of(newest.engine, newest.state),
    )
