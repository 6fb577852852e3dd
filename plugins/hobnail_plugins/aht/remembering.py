"""Into the rings of a slab: rows of what voices saw since their last block, and of what they just made."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from hobnail.contracts import Float32
from hobnail_plugins.aht.graphs import Graphs
from hobnail_plugins.aht.rows import Bools
from hobnail_plugins.aht.sights import Slots, tokens_known
from hobnail_plugins.aht.slab import Slab


def see(graphs: Graphs, slab: Slab, slots: Slots, hops: Sequence[int], features: Sequence[Mapping[str, float]]) -> None:
    """[engine] Up to now, where voices have made ``hops``. Who sees nothing costs nothing; twice is as good as once."""
    eyes, most = slab.eyes, graphs.spec.seen_hops
    looking: dict[int, list[int]] = {}
    for index, (slot, made) in enumerate(zip(slots.tolist(), hops, strict=True)):
        new = min(made - int(eyes.hop[slot]), most)
        if eyes.blind(slot, features[index]):
            eyes.hop[slot] = made
            slab.rows["vision"].forget(slot)
        elif new > 0:
            looking.setdefault(new, []).append(index)
    for new, which in looking.items():
        some = slots[which]
        eyes.look(some, [features[index] for index in which], new)
        eyes.hop[some] = [hops[index] for index in which]
        _tokens(graphs, slab, some, new)


def _tokens(graphs: Graphs, slab: Slab, slots: Slots, new: int) -> None:
    """Rows of the ``new`` last hops, each where the one of ``seen_hops`` before it was."""
    spec, eyes = graphs.spec, slab.eyes
    span = slice(-(spec.resampler.window_hops - 1 + new), None)
    scene, seen = eyes.scene[slots, span], eyes.seen[slots, span]
    pixels = np.zeros((*seen.shape, spec.cells, spec.cell_width), np.float32)
    first = eyes.hop[slots] - new
    rows = graphs.see(scene, seen, pixels, np.zeros_like(seen), first)
    tokens = spec.resampler.tokens
    at = (first[:, None] + np.arange(new)) % spec.seen_hops
    places = 1 + (at[:, :, None] * tokens + np.arange(tokens)).reshape(len(slots), -1)
    slab.rows["vision"].scatter(slots, places, rows, tokens_known(seen, spec.resampler.window_hops, tokens))


def remember(graphs: Graphs, slab: Slab, slots: Slots, hops: Sequence[int], latents: Float32, sound: Bools) -> None:
    """[engine] ``latents`` [voices, n, latents] in the network's units, made after ``hops``. A broken voice forgets."""
    count, history = latents.shape[1], slab.rows["history"]
    size = history.seen.shape[1] - 1
    before: NDArray[np.int64] = np.array(hops, np.int64)
    good = slots[sound]
    if good.size:
        begun = before[sound]
        given = np.concatenate([slab.recent[good], latents[sound]], axis=1)
        new = graphs.remember(given, begun)
        kept = min(count, size)
        places = 1 + (begun[:, None] + np.arange(count - kept, count)) % size
        history.scatter(good, places, new.last(kept), np.ones(places.shape, np.bool_))
        slab.recent[good] = given[:, count:]
    for slot, made in zip(slots[~sound].tolist(), before[~sound].tolist(), strict=True):
        slab.forget(slot)
        slab.eyes.hop[slot] = made + count - 1
