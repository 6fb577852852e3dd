"""The rules of codecs."""

from __future__ import annotations

import numpy as np

from hobnail.contracts import Codec, CodecSpec, Float32
from hobnail.testing.rules import Rules

_HOPS = 12


def check_codec(codec: Codec, *, tolerance: float = 0.0) -> None:
    """Raise :class:`ConformanceError` at the first rule that ``codec`` breaks.

    Sound is cut at 1, hop - 1, hop and hop + 1 samples, latents at 1, 2 and 3 hops, and each must agree with the
    whole: to the bit, or within ``tolerance`` where a codec's arithmetic depends on how much it is given at once.
    """
    rules = Rules(type(codec).__name__)
    rules.require(isinstance(codec, Codec), "contract", "a method is missing.", cure="See Codec in contracts.")
    rules.require(codec.kind == "codec", "kind", f"kind is {codec.kind!r}.", cure='It is "codec".')
    codec.prepare()
    sound = _sound(codec.spec)
    latents = _check_encoding(codec, sound, tolerance, rules)
    _check_decoding(codec, latents, tolerance, rules)
    _check_nothing(codec, rules)


def encoded(codec: Codec, sound: Float32, chunk: int) -> list[Float32]:
    """Latents of float32 [frames], fed ``chunk`` samples at a time: what each call gave."""
    state, given = codec.begin_encoding(), list[Float32]()
    for at in range(0, len(sound), chunk):
        latents, state = codec.encode(sound[at : at + chunk], state, last=at + chunk >= len(sound))
        given.append(latents)
    return given


def decoded(codec: Codec, latents: Float32, chunk: int, seed: int) -> list[Float32]:
    """Samples of float32 [hops, dimensions], fed ``chunk`` hops at a time: what each call gave."""
    state, given = codec.begin_decoding(seed), list[Float32]()
    for at in range(0, len(latents), chunk):
        samples, state = codec.decode(latents[at : at + chunk], state, last=at + chunk >= len(latents))
        given.append(samples)
    return given


def _check_encoding(codec: Codec, sound: Float32, tolerance: float, rules: Rules) -> Float32:
    spec = codec.spec
    before = sound.copy()
    whole = encoded(codec, sound, len(sound))[0]
    shape = (-(-len(sound) // spec.hop_frames), spec.dimensions)
    rules.require(
        isinstance(whole, np.ndarray) and whole.dtype == np.float32 and whole.shape == shape,
        "latents",
        f"{len(sound)} samples gave {getattr(whole, 'dtype', type(whole).__name__)} {getattr(whole, 'shape', '')}.",
        cure=f"Return float32 {list(shape)}: ceil(frames / hop_frames) hops after last.",
    )
    rules.require(bool(np.isfinite(whole).all()), "finite", "latents hold NaN.", cure="Look for a logarithm of 0.")
    rules.require(np.array_equal(sound, before), "inputs stay", "encode changed its samples.", cure="Copy them first.")
    for chunk in sorted({1, spec.hop_frames - 1, spec.hop_frames, spec.hop_frames + 1} - {0}):
        parts = encoded(codec, sound, chunk)
        _check_agreement(np.concatenate(parts), whole, tolerance, f"encode at {chunk} samples", rules)
        if spec.lookahead_frames is not None:
            told = np.minimum(np.arange(1, len(parts)) * chunk, len(sound))
            due = np.maximum(0, told - spec.lookahead_frames) // spec.hop_frames
            _check_promise(np.cumsum([len(part) for part in parts[:-1]]), due, "lookahead", "hops", rules)
    return whole


def _check_decoding(codec: Codec, latents: Float32, tolerance: float, rules: Rules) -> None:
    spec = codec.spec
    whole = decoded(codec, latents, len(latents), seed=5)[0]
    rules.sound(whole, (len(latents) * spec.hop_frames,), where="decode")
    again = decoded(codec, latents, len(latents), seed=5)[0]
    rules.require(
        np.array_equal(whole, again),
        "determinism",
        "one seed gave two sounds.",
        cure="Draw every random number from the seed that begin_decoding is given.",
    )
    for chunk in (1, 2, 3):
        parts = decoded(codec, latents, chunk, seed=5)
        _check_agreement(np.concatenate(parts), whole, tolerance, f"decode at {chunk} hops", rules)
        if spec.lag_frames is not None:
            told = np.arange(1, len(parts)) * chunk * spec.hop_frames
            due = np.maximum(0, told - spec.lag_frames)
            _check_promise(np.cumsum([len(part) for part in parts[:-1]]), due, "lag", "samples", rules)


def _check_nothing(codec: Codec, rules: Rules) -> None:
    latents, _ = codec.encode(np.zeros(0, np.float32), codec.begin_encoding(), last=True)
    samples, _ = codec.decode(np.zeros((0, codec.spec.dimensions), np.float32), codec.begin_decoding(1), last=True)
    rules.require(
        latents.shape == (0, codec.spec.dimensions) and samples.shape == (0,),
        "nothing",
        f"no sound gave {latents.shape}, no latents {samples.shape}.",
        cure="No samples are no hops, and no hops no samples.",
    )


def _check_agreement(parts: Float32, whole: Float32, tolerance: float, where: str, rules: Rules) -> None:
    same = parts.shape == whole.shape
    apart = float(np.abs(parts - whole).max(initial=0.0)) if same else float("inf")
    rules.require(
        apart <= tolerance,
        "whole and streamed agree",
        f"{where}: {apart:.3g} away from the whole." if same else f"{where} gave {parts.shape}, not {whole.shape}.",
        cure="Keep everything that reaches over the end of a chunk in the state; compute each hop in the same way.",
    )


def _check_promise(given: np.ndarray, due: np.ndarray, name: str, unit: str, rules: Rules) -> None:
    late = np.flatnonzero(given < due)
    rules.require(
        len(late) == 0,
        name,
        f"{given[late[0]] if len(late) else 0} {unit} were given where {name}_frames promises "
        f"{due[late[0]] if len(late) else 0}.",
        cure=f"Give what is known as soon as it is, or declare a longer {name}_frames (None: it wants the whole).",
    )


def _sound(spec: CodecSpec) -> Float32:
    """A knock that rings, in noise that comes and goes; not a whole number of hops."""
    frames = _HOPS * spec.hop_frames + spec.hop_frames // 3 + 1
    time_s = np.arange(frames) / spec.rate_hz
    noise = np.random.default_rng(5).standard_normal(frames) * 0.05 * (1.0 + np.sin(40.0 * time_s))
    ring = 0.4 * np.sin(2.0 * np.pi * 0.02 * spec.rate_hz * time_s) * np.exp(-12.0 * time_s)
    return (noise + ring).astype(np.float32)
