"""A heavy thing lands on a floor. You will hear a low, short thump, deeper the heavier. Forty lines of engine."""

from collections.abc import Sequence
from typing import Annotated

import msgspec
import numpy as np

from hobnail import RATE_HZ, Register, hookimpl
from hobnail.contracts import Block, EngineSpec, EventSpec, Step, VoiceInput, VoiceStart


class ThumpConfig(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Table ``[engine.thump]`` of the user's configuration."""

    pitch_hz: Annotated[float, msgspec.Meta(ge=20, le=400)] = 60.0  #: pitch of a thing of 10 kg


class ThumpEngine:
    """A sine that falls in pitch while it dies away, with a little grit at its start."""

    def __init__(self, config: ThumpConfig) -> None:
        self._pitch_hz = config.pitch_hz
        self.spec = EngineSpec(
            id="thump",
            help="A heavy thing lands.",
            events=(EventSpec(name="thump", kind="one_shot", help="It lands."),),
            materials=("wood", "concrete"),
            controls=("pitch", "intensity"),
        )

    def prepare(self) -> None:
        """Nothing to load."""

    def start(self, voice: VoiceStart) -> Step:
        """The whole thump at once: float32, 0.4 s."""
        rng = np.random.default_rng(voice.seed)  # one seed, one sound
        mass_kg = voice.contact.mass_kg or voice.emitter.mass_kg or 10.0  # None: not known, so assume something
        semitones = 24.0 * (voice.controls["pitch"] - 0.5) + rng.uniform(-1.0, 1.0)
        pitch_hz = self._pitch_hz * (10.0 / mass_kg) ** 0.2 * 2.0 ** (semitones / 12.0)
        time_s = np.arange(round(0.4 * RATE_HZ)) / RATE_HZ
        body = np.sin(2.0 * np.pi * pitch_hz * (time_s + 0.05 * (1.0 - np.exp(-20.0 * time_s)))) * np.exp(
            -14.0 * time_s
        )
        grit = (
            rng.standard_normal(time_s.size)
            * np.exp(-150.0 * time_s)
            * (0.4 if voice.contact.material == "wood" else 0.1)
        )
        sound = (body + grit) * (0.2 + 0.6 * voice.controls["intensity"]) * np.clip((0.4 - time_s) * 50.0, 0.0, 1.0)
        return Step(Block(time_s.size, samples=sound.astype(np.float32), last=True))

    def step(self, voices: Sequence[VoiceInput]) -> Sequence[Step]:
        """Never called: a thump is whole from its start."""
        return []


@hookimpl
def hobnail_register_engines(register: Register) -> None:
    """Offer the engine under the name that users write in their configuration."""
    register("thump", ThumpEngine, help="A heavy thing lands.", config=ThumpConfig)
