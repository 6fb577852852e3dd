"""Engines played by hand, as a session would play them offline: run-time passes, levels, ends and all.

One-shots begin one by one and ring on together; a voice is the same alone and in any batch, so this changes nothing but
the time it takes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from hobnail.audio import RATE_HZ
from hobnail.contracts import Engine, SeeingEngine, Step, VoiceInput, VoiceStart
from hobnail.scene import Contact, Emitter
from hobnail_native import SynthRenderer
from hobnail_plugins.aht.engine import AhtEngine
from hobnail_plugins.aht.settings import AhtConfig
from hobnail_plugins.procedural.engine import ProceduralEngine
from hobnail_trainer.corpus.sound import Samples
from hobnail_trainer.errors import TrainerError

NEUTRAL: Final[Mapping[str, float]] = {"pitch": 0.5, "intensity": 0.5, "texture": 0.5}
AT_ONCE: Final = 32
LONGEST: Final = 2**31

Features = Callable[[int], Mapping[str, float]]
"""Frame of the voice -> features known then, the same object until they change."""


@dataclass(frozen=True, slots=True)
class Ask:
    """A sound that is wanted."""

    prompt: str
    seed: int
    event: str = "sound"
    contact: Contact = Contact()  # noqa: RUF009 - frozen
    controls: Mapping[str, float] = field(default_factory=lambda: NEUTRAL)


@dataclass(frozen=True, slots=True)
class Player:
    """An engine that is ready. [one thread]"""

    engine: Engine
    name: str

    def one_shots(self, asks: Sequence[Ask], frames: int = LONGEST) -> list[Samples]:
        """Each from its first sample to its end, or until it has ``frames``. Raises TrainerError."""
        out: list[Samples] = []
        for begin in range(0, len(asks), AT_ONCE):
            out += self._together(asks[begin : begin + AT_ONCE], frames)
        return out

    def sustained(self, ask: Ask, frames: int, features: Features | None = None) -> Samples:
        """A voice that runs for so long from frame 0 on, float32 [frames]. Raises TrainerError."""
        look = features or (lambda _: {})
        voice = _Voice(ask, self._begin(ask, look(0), at_frame=0))
        voice.take(voice.step)
        while voice.frames < frames and not voice.step.block.last:
            given = VoiceInput(1, voice.step.state, ask.controls, look(voice.frames), ask.contact, stopping=False)
            (step,) = self.engine.step([given])
            voice.take(step)
        return voice.sound(frames)

    def _together(self, asks: Sequence[Ask], frames: int) -> list[Samples]:
        voices = [_Voice(ask, self._begin(ask, {})) for ask in asks]
        for voice in voices:
            voice.take(voice.step)
        while alive := [each for each in voices if not each.step.block.last and each.frames < frames]:
            given = [
                VoiceInput(number, each.step.state, each.ask.controls, {}, each.ask.contact, stopping=False)
                for number, each in enumerate(alive)
            ]
            for voice, step in zip(alive, self.engine.step(given), strict=True):
                voice.take(step)
        return [voice.sound(frames) for voice in voices]

    def show(self, pictures: NDArray[np.uint8], picture_frames: int) -> None:
        """What voices see from now on, uint8 [pictures, height, width, 3], one every so many frames from 0 on.

        Raises TrainerError.
        """
        if not isinstance(self.engine, SeeingEngine):
            raise TrainerError(f"engine {self.name!r}: cannot see.", cure="Evaluate an engine that can.")
        self.engine.show(pictures, np.arange(len(pictures), dtype=np.int64) * picture_frames)

    def _begin(self, ask: Ask, features: Mapping[str, float], at_frame: int | None = None) -> Step:
        event = next((each for each in self.engine.spec.events if each.name == ask.event), None)
        if event is None:
            raise TrainerError(f"engine {self.name!r}: has no event {ask.event!r}.", cure="Ask for one that it has.")
        step = self.engine.start(
            VoiceStart(
                voice=1,
                event=event,
                emitter=Emitter(id="it", prompt=ask.prompt),
                contact=ask.contact,
                controls=ask.controls,
                features=features,
                seed=ask.seed,
                at_frame=at_frame,
            )
        )
        if step.engine:
            raise TrainerError(
                f"engine {self.name!r}: let {step.engine!r} play {ask.event!r} in its place.",
                cure="Evaluate on a machine that can load the bundle, with nothing else in its memory.",
            )
        return step


def open_player(bundle: Path, palettes: Sequence[Path] = (), *, lead_ms: float = 0.0) -> Player:
    """The neural engine with a bundle, at its own run-time settings, and palettes beside it.

    ``lead_ms``: how far ahead voices see of what is shown.

    Raises BundleError, MissingExtraError, PaletteError, TrainerError.
    """
    engine = AhtEngine(AhtConfig(bundle=str(bundle), takes=0, vision_lead_ms=lead_ms))
    engine.prepare()
    if engine.figures()["safe_mode"]:
        raise TrainerError(
            f"{bundle}: the engine is in safe mode and would play by rule.",
            cure="Delete the marker that its warning names, and start again.",
        )
    for palette in palettes:
        engine.load_palette(palette)
    return Player(engine, "model")


def open_rules() -> Player:
    """The procedural engine: what is played where there is no model."""
    return Player(ProceduralEngine(), "rules")


@dataclass(slots=True)
class _Voice:
    ask: Ask
    step: Step
    pieces: list[Samples] = field(default_factory=list)
    frames: int = 0
    synth: SynthRenderer | None = None

    def take(self, step: Step) -> None:
        self.step, block = step, step.block
        samples = block.samples
        if samples is None:
            assert block.patch is not None  # a block has one or the other
            self.synth = self.synth or SynthRenderer(self.ask.seed)
            self.synth.play(block.patch, block.frames, last=block.last)
            samples = np.asarray(self.synth.render(block.frames), np.float32)
        self.pieces.append(samples)
        self.frames += block.frames
        if self.frames > 600 * RATE_HZ:
            raise TrainerError(f"{self.ask.prompt!r}: does not end.", cure="Ask for so many frames.")

    def sound(self, frames: int) -> Samples:
        return np.concatenate(self.pieces)[:frames]
