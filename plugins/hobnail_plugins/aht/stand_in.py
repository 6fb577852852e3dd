"""The procedural stand-in: plays a voice by rule where the network has no time, and hands it back.

Samples, not patches: a neural voice is fed samples, and so it stays one voice, without a gap, whoever plays it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from hobnail.contracts import Float32, Step, VoiceInput, VoiceStart
from hobnail_native import SynthRenderer
from hobnail_plugins.procedural.engine import ProceduralEngine
from hobnail_plugins.procedural.spec import STEP_FRAMES, ProceduralConfig

KNOWN: Final = frozenset(event.name for event in ProceduralEngine().spec.events)
"""Events that it can play; of the others a voice's last sound is held."""


@dataclass(slots=True, eq=False)
class Standing:
    """A sustained voice that is played by rule."""

    renderer: SynthRenderer
    state: object  #: of the procedural engine


class StandIn:
    """Plays by rule. [engine]"""

    def __init__(self, gain_db: float = 0.0) -> None:
        self._rules = ProceduralEngine(ProceduralConfig(gain_db=gain_db))

    def prepare(self) -> None:
        """[control] As the procedural engine."""
        self._rules.prepare()

    def whole(self, voice: VoiceStart) -> Step:
        """A one-shot, or a sustained voice's first step, as the procedural engine plays it from beginning to end."""
        return self._rules.start(voice)

    def begin(self, voice: VoiceStart) -> Standing | None:
        """Take over a sustained voice; None: it does not know the event."""
        if voice.event.name not in KNOWN:
            return None
        return Standing(SynthRenderer(voice.seed), self._rules.start(voice).state)

    def play(self, standing: Standing, voice: VoiceInput, frames: int) -> Float32:
        """The next ``frames``, a multiple of 512: float32 [frames]."""
        for _ in range(frames // STEP_FRAMES):
            (step,) = self._rules.step([replace(voice, state=standing.state, stopping=False)])
            assert step.block.patch is not None
            standing.renderer.play(step.block.patch, STEP_FRAMES, last=False)
            standing.state = step.state
        return standing.renderer.render(frames)


def crossed(fading: Float32, coming: Float32) -> Float32:
    """One sound into another, of equal length, at equal power: the two have nothing to do with each other."""
    angle = np.linspace(0.0, np.pi / 2.0, len(coming), endpoint=False, dtype=np.float32)
    mixed: Float32 = fading * np.cos(angle) + coming * np.sin(angle)
    return mixed
