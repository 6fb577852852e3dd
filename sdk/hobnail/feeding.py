"""Between an engine and a voice: answers that are checked, blocks that reach the voice's renderer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TypeVar

import numpy as np

from hobnail.contracts import Block, Engine, Step, VoiceInput
from hobnail.errors import EngineError
from hobnail.voice import Voice
from hobnail_native import SampleRenderer, SynthRenderer, VoiceRenderer

Answer = TypeVar("Answer")

RISE_FRAMES = 480  # 10 ms, of a voice that is heard again


def guarded(call: Callable[[], Answer], engine: Engine) -> Answer:
    """What an engine answers. Raises EngineError, whatever it raised."""
    try:
        return call()
    except Exception as error:  # an engine is a stranger's code: whatever it raises costs its voice only
        raise EngineError(f"Engine {engine.spec.id!r} failed: {type(error).__name__}: {error}") from error


def renderer_for(block: Block, seed: int) -> VoiceRenderer:
    """What plays a voice that begins with this block."""
    return SampleRenderer() if block.patch is None else SynthRenderer(seed)


def risen(block: Block) -> Block:
    """A block that begins in the middle of a sound, faded in; a patch begins from rest by itself."""
    if block.samples is None:
        return block
    frames = min(len(block.samples), RISE_FRAMES)
    samples = block.samples.copy()
    samples[:frames] *= np.linspace(0.0, 1.0, frames, endpoint=False, dtype=np.float32)
    return replace(block, samples=samples)


def as_many(steps: Sequence[Step], voices: Sequence[VoiceInput]) -> Sequence[Step]:
    """An answer for each voice, or ValueError."""
    if len(steps) != len(voices):
        raise ValueError(f"step() was given {len(voices)} voices and answered for {len(steps)}")
    return steps


def feed(voice: Voice, step: Step) -> None:
    """Give a voice what its engine made. Raises EngineError."""
    guarded(lambda: _play(voice, step), voice.engine)


def _play(voice: Voice, step: Step) -> None:
    block = step.block
    if isinstance(voice.renderer, SynthRenderer) and block.patch is not None:
        voice.renderer.play(block.patch, block.frames, last=block.last)
    elif isinstance(voice.renderer, SampleRenderer) and block.samples is not None:
        voice.renderer.feed(block.samples, last=block.last)
    else:
        raise TypeError("it gave neither samples nor a patch, or changed between them mid-voice")
    voice.state = step.state
    voice.complete = block.last
