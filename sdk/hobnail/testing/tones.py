"""The smallest whole engine: a click that ends by itself, a tone that goes on until it is stopped."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from hobnail.audio import RATE_HZ
from hobnail.contracts import Block, EngineSpec, EventSpec, Float32, Step, VoiceInput, VoiceStart

_CLICK_FRAMES = 480
_FADE_FRAMES = 1024


@dataclass(frozen=True, slots=True)
class _Tone:
    """A tone's state: where it is and, once it fades, how far it has faded."""

    frequency_hz: float
    frame: int = 0
    faded: int = 0


class FakeEngine:
    """A real engine for tests. The seed moves the pitch a little; ``intensity`` sets the level of the tone.

    ``fail_on``: name of an event whose voices raise, to see how a session takes it.
    """

    def __init__(self, id: str = "fake", *, step_frames: int = 512, fail_on: str = "") -> None:
        self._spec = EngineSpec(
            id=id,
            help="A click and a tone, for tests.",
            events=(
                EventSpec(name="click", kind="one_shot", help="A 10 ms click."),
                EventSpec(name="tone", kind="sustained", help="A sine until it is stopped."),
            ),
            materials=("wood", "metal"),
            controls=("intensity",),
            step_frames=step_frames,
        )
        self._fail_on = fail_on

    @property
    def spec(self) -> EngineSpec:
        """[any] What it is and can do."""
        return self._spec

    def prepare(self) -> None:
        """[control] Nothing to load."""

    def start(self, voice: VoiceStart) -> Step:
        """[engine] The whole click, or the first step of a tone."""
        if voice.event.name == self._fail_on:
            raise RuntimeError(f"{voice.event.name} was told to fail")
        offset_hz = float(np.random.default_rng(voice.seed).uniform(-40.0, 40.0))
        base_hz = 1500.0 if voice.contact.material == "metal" else 600.0
        if voice.event.kind == "one_shot":
            return Step(Block(_CLICK_FRAMES, samples=_click(base_hz + offset_hz), last=True))
        return self._advance(_Tone(base_hz + offset_hz), voice.controls.get("intensity", 0.5), stopping=False)

    def step(self, voices: Sequence[VoiceInput]) -> Sequence[Step]:
        """[engine] The next piece of each tone."""
        return [self._advance(voice.state, voice.controls.get("intensity", 0.5), voice.stopping) for voice in voices]

    def _advance(self, state: object, level: float, stopping: bool) -> Step:
        assert isinstance(state, _Tone), f"a voice came back with state {state!r}, which this engine did not give it"
        frames = self._spec.step_frames
        time_s = (state.frame + np.arange(frames)) / RATE_HZ
        tone = 0.05 * (1.0 + level) * np.sin(2.0 * np.pi * state.frequency_hz * time_s)
        after = replace(state, frame=state.frame + frames)
        if stopping:
            tone *= np.clip(1.0 - (state.faded + np.arange(frames)) / _FADE_FRAMES, 0.0, 1.0)
            after = replace(after, faded=state.faded + frames)
        return Step(Block(frames, samples=tone.astype(np.float32), last=after.faded >= _FADE_FRAMES), after)


def _click(frequency_hz: float) -> Float32:
    time_s = np.arange(_CLICK_FRAMES) / RATE_HZ
    decay = np.exp(-time_s * 500.0) * (1.0 - np.arange(_CLICK_FRAMES) / _CLICK_FRAMES)
    return (0.5 * decay * np.cos(2.0 * np.pi * frequency_hz * time_s)).astype(np.float32)
