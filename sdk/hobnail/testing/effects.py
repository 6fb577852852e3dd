"""The rules of an effect."""

from __future__ import annotations

import numpy as np

from hobnail.audio import RATE_HZ
from hobnail.contracts import Effect, Float32
from hobnail.testing.rules import Rules

_TOLERANCE = 1e-5


def check_effect(effect: Effect, *, channels: int = 2) -> None:
    """Raise :class:`ConformanceError` at the first rule that ``effect`` breaks."""
    rules = Rules(type(effect).__name__)
    rules.require(
        isinstance(effect, Effect), "contract", "a method is missing.", cure="See hobnail.contracts.outputs.Effect."
    )
    rules.require(
        isinstance(effect.latency_frames, int) and effect.latency_frames >= 0,
        "latency",
        f"latency_frames is {effect.latency_frames!r}.",
        cure="Give a whole number of frames, 0 or more.",
    )
    rng = np.random.default_rng(1)
    sound = (0.3 * rng.standard_normal((4096, channels))).astype(np.float32)
    before = sound.copy()
    whole = _stream(effect, sound, len(sound), rules)
    rules.require(
        np.array_equal(sound, before),
        "inputs stay",
        "process() changed the block.",
        cure="Copy it before you change it.",
    )
    for frames in (1, 63, 64, 65, 1000):
        part = sound[: frames * 8] if frames == 1 else sound
        streamed = _stream(effect, part, frames, rules)
        rules.require(
            bool(np.allclose(streamed, whole[: len(part)], rtol=0.0, atol=_TOLERANCE)),
            "whole = streamed",
            f"blocks of {frames} frames sound otherwise than one block.",
            cure="Carry everything that the next block needs in the state.",
        )
    _check_explicit_state(effect, sound, rules)
    _check_silence(effect, channels, rules)


def _stream(effect: Effect, sound: Float32, frames: int, rules: Rules) -> Float32:
    state = effect.init_state(RATE_HZ, sound.shape[1])
    pieces: list[Float32] = []
    for start in range(0, len(sound), frames):
        block = sound[start : start + frames]
        out, state = effect.process(block, state)
        rules.sound(out, block.shape, where=f"a block of {len(block)} frames")
        pieces.append(out)
    return np.concatenate(pieces)


def _check_explicit_state(effect: Effect, sound: Float32, rules: Rules) -> None:
    _, state = effect.process(sound[:512], effect.init_state(RATE_HZ, sound.shape[1]))
    first, _ = effect.process(sound[512:1024], state)
    effect.process(sound[1024:2048], effect.init_state(RATE_HZ, sound.shape[1]))
    again, _ = effect.process(sound[512:1024], state)
    rules.require(
        np.array_equal(first, again),
        "explicit state",
        "one state and one block gave two answers.",
        cure="Build a new state instead of changing the one you were given; keep none on the effect.",
    )


def _check_silence(effect: Effect, channels: int, rules: Rules) -> None:
    silence = np.zeros((8192, channels), np.float32)
    out = _stream(effect, silence, 512, rules)
    rules.require(
        float(np.abs(out).max()) < 1e-4, "silence", "silence in, sound out.", cure="An effect adds nothing of its own."
    )
