"""A voice as the session hands it back: who plays it, and how its latents become samples."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np

from hobnail.audio import HOP_FRAMES, RATE_HZ, db_to_gain
from hobnail.contracts import Float32, VoiceInput, VoiceStart
from hobnail.errors import EngineError
from hobnail_plugins.aht.force import AXIS_DB, force_db
from hobnail_plugins.aht.levels import Turn, level_db, turned
from hobnail_plugins.aht.manifest import Levels
from hobnail_plugins.aht.model import Model
from hobnail_plugins.aht.phrases import phrase
from hobnail_plugins.aht.sliders import decoded
from hobnail_plugins.aht.stand_in import Standing
from hobnail_plugins.aht.voice import Voice

RELEASE: Final = 0.82
"""What is left of a stopped voice's amplitude a step (21 ms) later: -60 dB after 0.75 s."""

GONE: Final = 1e-3

RELEASE_STEPS: Final = math.ceil(math.log(GONE) / math.log(RELEASE)) + 1
"""Steps after a stop, at most."""

SINKS: Final = 16 * HOP_FRAMES
"""Frames over which a one-shot sinks that knows no end."""


@dataclass(slots=True, eq=False)
class Part:
    """One voice of the engine, changed in place. ``standing``: it is played by rule at the moment."""

    start: VoiceStart
    model: Model | None = None  #: the one that it began with; a swap does not touch it
    voice: Voice | None = None
    held: Float32 | None = None  #: float32 [latents], its last ones
    standing: Standing | None = None
    release: float = 1.0  #: sinking after the stop
    turn: int = 0  #: blocks that were played

    @property
    def over(self) -> bool:
        """Whether its next block is the last."""
        return self.release < GONE


@dataclass(frozen=True, slots=True, eq=False)
class Playing:
    """What the session holds of a voice and hands back. Let go of it, and the voice's memory is free."""

    part: Part
    turn: int

    @staticmethod
    def of(part: Part) -> Playing:
        """After a block."""
        part.turn += 1
        return Playing(part, part.turn)


def part_of(voice: VoiceInput) -> Part:
    """The voice behind a state. Raises EngineError for one that is not its newest, TypeError for a stranger's."""
    state = voice.state
    if not isinstance(state, Playing):
        raise TypeError(f"voice {voice.voice} came with {type(state).__name__}, not the state its start returned")
    if state.turn != state.part.turn:
        raise EngineError(
            f"voice {voice.voice} came with its state of block {state.turn}, it is at block {state.part.turn}.",
            cure="Hand back what the last step returned: a voice's memory is written in place.",
        )
    return state.part


@dataclass(frozen=True, slots=True)
class Ask:
    """What a voice's start asks of the network."""

    prompt: str
    force: float  #: that it adds to the intensity axis
    gain: float
    steady_db: float | None  #: level at which a sustained voice is held; None: it is not


def asked(voice: VoiceStart, gain_db: float, levels: Levels) -> Ask:
    """``gain_db``: of everything the engine makes; ``levels`` of the bundle."""
    sustained = voice.event.kind == "sustained"
    force = 0.0 if sustained else force_db(voice.event.name, voice.emitter, voice.contact)
    return Ask(
        prompt=phrase(voice.event.name, voice.emitter, voice.contact),
        force=0.5 * force / AXIS_DB,
        gain=db_to_gain(gain_db + level_db(levels, voice.event.name) + 0.5 * force),
        steady_db=levels.steady_db.get(voice.event.name) if sustained else None,
    )


def played(part: Part, latents: Float32, *, last: bool = False) -> Float32:
    """Latents as samples at the voice's level."""
    model, voice = part.model, part.voice
    assert model is not None
    assert voice is not None
    codec = model.codec_of(voice)
    samples, voice.decoding = decoded(codec, latents, voice.decoding, voice.slid, last=last)
    return levelled(part, samples, latents)


def levelled(part: Part, samples: Float32, latents: Float32) -> Float32:
    """Samples that were just decoded from these latents, at the voice's level; they are written over."""
    voice = part.voice
    assert voice is not None
    (voice.hold,) = turned([samples], [Turn(voice.hold, voice.steady_db, voice.gain)], bends=False)
    part.held = latents[-1]
    return samples


def resumed(part: Part, latents: Float32) -> Float32:
    """The same for a voice whose decoder was left behind: a new one, begun a little earlier with what was held."""
    assert part.model is not None
    assert part.voice is not None
    held = latents[0] if part.held is None else part.held  # None: it came back and was not heard yet
    before = np.repeat(held[None], len(latents), axis=0)
    part.voice.decoding = part.model.codec_of(part.voice).begin_decoding(part.voice.seed + part.voice.blocks)
    samples = played(part, np.concatenate([before, latents]))
    return samples[-len(latents) * HOP_FRAMES :]


def ramp(before: float, after: float, frames: int) -> Float32:
    """A gain that moves evenly: no step that would click."""
    return np.linspace(before, after, frames, endpoint=False, dtype=np.float32)


def faded(samples: Float32) -> Float32:
    """With its last 10 ms faded to nothing."""
    frames = min(len(samples), RATE_HZ // 100)
    out = samples.copy()
    out[len(out) - frames :] *= np.linspace(1.0, 0.0, frames, dtype=np.float32)
    return out


def sunk(samples: Float32) -> Float32:
    """The last block of what would go on: sinking to nothing over all of it, 0.17 s at most."""
    frames = min(len(samples), SINKS)
    out = samples.copy()
    out[len(out) - frames :] *= np.cos(np.linspace(0.0, np.pi / 2.0, frames, dtype=np.float32)) ** 2
    return out
