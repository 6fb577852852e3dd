"""Into the rings of a slab: rows of what voices saw since their last block, and of what they just made."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hobnail.audio import HOP_FRAMES
from hobnail.contracts import Float32
from hobnail_native import Team
from hobnail_plugins.aht.graphs import Graphs
from hobnail_plugins.aht.rows import Bools
from hobnail_plugins.aht.sights import Slots, tokens_known
from hobnail_plugins.aht.slab import Slab
from hobnail_plugins.vision.film import FilmSight


class Ahead(NamedTuple):
    """A film, and how far voices look: they see at a hop what is ``early`` hops later, and know ``hops`` ahead."""

    film: FilmSight
    hops: int
    early: int = 0


def see(
    graphs: Graphs,
    slab: Slab,
    slots: Slots,
    hops: Sequence[int],
    features: Sequence[Mapping[str, float]],
    ahead: Ahead | None = None,
    team: Team | None = None,
) -> None:
    """[engine] Up to now, where voices have made ``hops``. Who sees nothing costs nothing; twice is as good as once.

    Of a film the hops that are to be made are seen too; they take the place of the oldest, and are looked at again when
    they have come, for then it is known what a game tells of them.
    """
    eyes = slab.eyes
    lead = 0 if ahead is None else min(ahead.hops, graphs.spec.seen_hops - 1)
    most = graphs.spec.seen_hops - lead
    looking: dict[tuple[int, bool], list[int]] = {}
    known, begun = eyes.hop[slots].tolist(), eyes.at[slots].tolist()
    for index, (slot, made) in enumerate(zip(slots.tolist(), hops, strict=True)):
        new = min(made - known[index], most)
        watching = ahead is not None and begun[index] >= 0
        if not watching and eyes.blind(slot, features[index]):
            eyes.hop[slot] = made
            slab.rows["vision"].forget(slot)
        elif new > 0:
            looking.setdefault((new, watching), []).append(index)
    for (new, watching), which in looking.items():
        some = slots[which]
        eyes.look(some, [features[index] for index in which], new)
        eyes.hop[some] = [hops[index] for index in which]
        if slab.native is not None and not watching:
            slab.native.see(some, eyes.hop[some] - new, new, team)
        else:
            _tokens(graphs, slab, some, new, ahead._replace(hops=lead) if ahead is not None and watching else None)


def _tokens(graphs: Graphs, slab: Slab, slots: Slots, new: int, ahead: Ahead | None) -> None:
    """Rows of the ``new`` last hops and of those ahead, each where the one of ``seen_hops`` before it was."""
    spec, eyes = graphs.spec, slab.eyes
    window = spec.resampler.window_hops
    span = slice(-(window - 1 + new), None)
    scene, seen = eyes.scene[slots, span], eyes.seen[slots, span]
    first = eyes.hop[slots] - new
    pixels = watched = None
    if ahead is not None:
        scene = np.pad(scene, ((0, 0), (0, ahead.hops), (0, 0)))
        seen = np.pad(seen, ((0, 0), (0, ahead.hops)))
        new += ahead.hops
        hop = first[:, None] - (window - 1) + np.arange(window - 1 + new)
        pixels, watched = ahead.film.at(eyes.at[slots][:, None] + (hop + ahead.early) * HOP_FRAMES)
    rows = graphs.see(scene, seen, pixels, watched, first)
    tokens = spec.resampler.tokens
    at = (first[:, None] + np.arange(new)) % spec.seen_hops
    places = 1 + (at[:, :, None] * tokens + np.arange(tokens)).reshape(len(slots), -1)
    slab.rows["vision"].scatter(
        slots, places, rows, tokens_known(seen if watched is None else seen | watched, window, tokens)
    )


def remember(
    graphs: Graphs,
    slab: Slab,
    slots: Slots,
    hops: Sequence[int],
    latents: Float32,
    sound: Bools,
    team: Team | None = None,
) -> None:
    """[engine] ``latents`` [voices, n, latents] in the network's units, made after ``hops``. A broken voice forgets."""
    before: NDArray[np.int64] = np.array(hops, np.int64)
    if sound.all():
        _remembered(graphs, slab, slots, before, latents, team)
        return
    if sound.any():
        _remembered(graphs, slab, slots[sound], before[sound], latents[sound], team)
    for slot, made in zip(slots[~sound].tolist(), before[~sound].tolist(), strict=True):
        at = int(slab.eyes.at[slot])
        slab.forget(slot)
        slab.eyes.hop[slot], slab.eyes.at[slot] = made + latents.shape[1] - 1, at


def _remembered(
    graphs: Graphs, slab: Slab, slots: Slots, before: NDArray[np.int64], latents: Float32, team: Team | None
) -> None:
    if slab.native is not None:
        slab.native.remember(slots, before, latents, team)
        return
    count, history = latents.shape[1], slab.rows["history"]
    size = history.seen.shape[1] - 1
    given = np.concatenate([slab.recent[slots], latents], axis=1)
    new = graphs.remember(given, before)
    kept = min(count, size)
    places = 1 + (before[:, None] + np.arange(count - kept, count)) % size
    history.scatter(slots, places, new.last(kept), np.ones(places.shape, np.bool_))
    slab.recent[slots] = given[:, count:]
