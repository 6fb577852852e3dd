"""The neural engine: opens voices, makes their blocks, decodes them. One-shots whole, sustained voices step by step."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from hobnail.audio import HOP_FRAMES, RATE_HZ, db_to_gain
from hobnail.contracts import Block, EngineSpec, Float32, Step, VoiceInput, VoiceStart
from hobnail.errors import EngineError
from hobnail_plugins.aht.force import AXIS_DB, force_db
from hobnail_plugins.aht.model import Model
from hobnail_plugins.aht.phrases import EVENTS, phrase
from hobnail_plugins.aht.settings import AhtConfig
from hobnail_plugins.aht.sights import after
from hobnail_plugins.aht.spec import CONTROLS
from hobnail_plugins.aht.voice import VoiceState
from hobnail_plugins.procedural.materials import MATERIALS

ONE_SHOT_HOPS: Final = 64
TAIL_HOPS: Final = 16
STEP_HOPS: Final = 2
QUIET: Final = 10.0 ** (-60.0 / 20.0)
"""A one-shot is over when the last 85 ms of a block stay below this peak."""

RELEASE: Final = 0.82
"""What is left of a stopped voice's amplitude a step (21 ms) later: -60 dB after 0.75 s."""

GONE: Final = 1e-3


class AhtEngine:
    """The adaptive hybrid transformer on onnxruntime. Voices carry their own state."""

    def __init__(self, settings: AhtConfig | None = None) -> None:
        self._settings = settings or AhtConfig()
        self._model: Model | None = None
        self._spec = EngineSpec(
            id="aht",
            help="The adaptive hybrid transformer: a neural model of recorded Foley.",
            events=EVENTS,
            materials=tuple(MATERIALS),
            controls=CONTROLS,
            step_frames=STEP_HOPS * HOP_FRAMES,
        )

    @property
    def spec(self) -> EngineSpec:
        """[any] What it is and can do."""
        return self._spec

    def prepare(self) -> None:
        """[control] Load the bundle and warm it up. Raises BundleError, MissingExtraError."""
        self._model = Model.load(self._settings)
        self._model.warm_up()

    def start(self, voice: VoiceStart) -> Step:
        """[engine] Open a voice: a one-shot's first 0.68 s, or a sustained voice's first step."""
        model = self._ready()
        sustained = voice.event.kind == "sustained"
        force = 0.0 if sustained else force_db(voice.event.name, voice.emitter, voice.contact)
        state = model.begin(
            voice.seed,
            model.told(phrase(voice.event.name, voice.emitter, voice.contact)),
            sustained=sustained,
            gain=db_to_gain(self._settings.gain_db + 0.5 * force),
            force=0.5 * force / AXIS_DB,
        )
        hops = STEP_HOPS if sustained else ONE_SHOT_HOPS
        return self._steps(model, [state], [voice.controls], [voice.features], hops)[0]

    def step(self, voices: Sequence[VoiceInput]) -> Sequence[Step]:
        """[engine] The next step of sustained voices, the next 0.17 s of one-shots that still ring."""
        model = self._ready()
        made: dict[int, Step] = {}
        for sustained, hops in ((True, STEP_HOPS), (False, TAIL_HOPS)):
            group = [voice for voice in voices if _state(voice).sustained == sustained]
            if group:
                steps = self._steps(
                    model,
                    [_released(voice) for voice in group],
                    [voice.controls for voice in group],
                    [voice.features for voice in group],
                    hops,
                )
                made.update(zip((voice.voice for voice in group), steps, strict=True))
        return [made[voice.voice] for voice in voices]

    def _steps(
        self,
        model: Model,
        states: Sequence[VoiceState],
        controls: Sequence[Mapping[str, float]],
        features: Sequence[Mapping[str, float]],
        hops: int,
    ) -> list[Step]:
        seen = [
            replace(state, sights=after(state.sights, given, 1 if state.memory.hops == 0 else hops))
            for state, given in zip(states, features, strict=True)
        ]
        made = model.make(seen, controls, hops)
        return [self._played(model, state, latents) for state, latents in zip(made.states, made.latents, strict=True)]

    def _played(self, model: Model, state: VoiceState, latents: Float32) -> Step:
        if not np.isfinite(latents).all():
            raise EngineError("the network gave NaN or infinity.", cure="Export the bundle again.")
        over = state.sustained and state.release < GONE
        samples, decoding = model.codec.decode(latents, state.decoding, last=over)
        samples = samples * np.float32(state.gain * state.release)
        quiet = not state.sustained and float(np.abs(samples[-8 * HOP_FRAMES :]).max(initial=0.0)) < QUIET
        too_long = not state.sustained and state.memory.hops >= self._settings.longest_hops
        if over or quiet or too_long:
            return Step(Block(frames=len(samples), samples=_faded(samples), last=True))
        return Step(Block(frames=len(samples), samples=samples), replace(state, decoding=decoding))

    def _ready(self) -> Model:
        if self._model is None:
            raise EngineError("the model is not loaded.", cure="Call prepare() first.")
        return self._model


def _state(voice: VoiceInput) -> VoiceState:
    if not isinstance(voice.state, VoiceState):
        raise TypeError(f"voice {voice.voice} came with {type(voice.state).__name__}, not the state its start returned")
    return voice.state


def _released(voice: VoiceInput) -> VoiceState:
    """After a stop each step is softer than the one before."""
    state = _state(voice)
    return replace(state, release=state.release * RELEASE) if voice.stopping and state.sustained else state


def _faded(samples: Float32) -> Float32:
    """With its last 10 ms faded to nothing."""
    frames = min(len(samples), RATE_HZ // 100)
    out = samples.copy()
    out[len(out) - frames :] *= np.linspace(1.0, 0.0, frames, dtype=np.float32)
    return out
