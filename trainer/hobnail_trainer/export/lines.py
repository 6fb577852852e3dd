"""How still partials stand: in recordings, from their words, and how far the network's are off, hop by hop."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from hobnail.contracts import Float32
from hobnail_plugins.aht.lines import STILLEST
from hobnail_plugins.aht.loading import load_model
from hobnail_plugins.aht.manifest import Lines
from hobnail_plugins.aht.model import ONE_SHOT_HOPS, Model
from hobnail_plugins.aht.settings import AhtConfig
from hobnail_plugins.codec.codec import SpectralCodec
from hobnail_trainer.export.by_words import foretold_by_words, recordings_of
from hobnail_trainer.feed.store import FeedStore

SOUNDS: Final = -7.6
"""Log amplitude from which a line is heard well enough to say where it stands: -66 dB."""

SHORTEST: Final = 4
"""Hops of a line that counts."""

ENOUGH: Final = 8
"""Hops of lines that a recording must have to tell how still they stand."""

LEAST: Final = 10
"""Recordings that do, for anything to be told of the others."""

STILLER: Final = -0.6745
"""Deviations from what words foretell: three of four things of such words move more. A line that is held too still is
missed by nobody; one that is not is noise."""

PROMPTS: Final = 96
"""That the network is heard with: of the recordings with most of lines."""

MAD: Final = 0.6745
"""Of a normal deviate, in standard deviations."""

Line = NDArray[np.float64]


class FoundLines(NamedTuple):
    """For the manifest, and what the regression is worth."""

    lines: Lines
    explained: float  #: of the variance of families that took no part, at most 1


def lines_of(folder: Path, store: FeedStore) -> FoundLines | None:
    """Of a bundle whose manifest has no lines yet. Raises BundleError, FeedError.

    None: its codec has no partials, the feed hardly a recording with lines, or the network says none.
    """
    model = load_model(AhtConfig(bundle=str(folder), device="cpu"))
    codec = model.codec
    if not isinstance(codec, SpectralCodec) or not codec.partials:
        return None
    part, texts = recordings_of(store)
    told = []
    for entry in part.index.entries:
        latents = part.latents[entry.first : entry.first + entry.hops].astype(np.float32)
        found = list(tracks(codec.partials_of(latents)))
        hops = sum(len(line) for line in found)
        if hops >= ENOUGH:
            told.append((hops, entry, _wander(max(found, key=len))))
    most = sorted(told, key=lambda each: -each[0])[:PROMPTS]
    jitter = jitter_of(model, codec, [entry.words.exact for _, entry, _ in most])
    if len(told) < LEAST or jitter is None:
        return None
    values = [float(np.log2(max(STILLEST, wander))) for _, _, wander in told]
    by_words = foretold_by_words([entry for _, entry, _ in told], values, texts)
    bias = round(by_words.bias + STILLER * by_words.apart, 4)
    return FoundLines(Lines(weights=by_words.weights, bias=bias, jitter=round(jitter, 4)), by_words.explained)


def tracks(partials: Float32) -> Iterator[Line]:
    """Log frequencies of every line, in nepers; ``partials`` [hops, slots, 2] of `SpectralCodec.partials_of`."""
    for slot in range(partials.shape[1]):
        heard = np.flatnonzero(partials[:, slot, 1] > SOUNDS)
        for run in np.split(heard, np.flatnonzero(np.diff(heard) > 1) + 1):
            if len(run) >= SHORTEST:
                yield partials[run, slot, 0].astype(np.float64)


def jitter_of(model: Model, codec: SpectralCodec, prompts: Sequence[str]) -> float | None:
    """Nepers by which a hop of the network's lines is off: of second differences, the middle deviation.

    A line that moves evenly has none; independent errors of deviation s have sqrt(6) s. The median holds against hops
    in which a slot goes over to another line. None: it says no line of any prompt.
    """
    bends = []
    for seed, prompt in enumerate(prompts):
        voice = model.begin(seed, model.told(prompt), sustained=False, gain=1.0, force=0.0)
        if voice is None:
            continue
        made = model.make([voice], [{}], [{}], ONE_SHOT_HOPS).latents[0]
        bends += [np.diff(line, n=2) for line in tracks(codec.partials_of(made))]
        del voice  # its memory is free again
    if not bends:
        return None
    return float(np.median(np.abs(np.concatenate(bends))) / (MAD * np.sqrt(6.0)))


def _wander(line: Line) -> float:
    """Nepers a hop of the random walk that strays as far: over n hops its deviation from its mean is sqrt(n / 6) steps.

    Steps themselves tell more of how exactly a line was measured than of where it goes.
    """
    return float(line.std() / np.sqrt(len(line) / 6.0))
