"""Frame features of one emitter as scene rows on the clock of hops, streamed or whole.

A hop holds the newest known value of each column: NaN says nothing new, as in a session. An impulse is no state but
something that happened: it stands in exactly one hop, the first that knows it; several in one hop add up, and the other
hops hold none. Where the emitter stands does not count, only how far it moved lately (``spec.MOVED_HOPS``).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hobnail.contracts import Float32
from hobnail.errors import EngineError
from hobnail_plugins.vision.clock import Int64, checked_frames, first_hops, frames_of, hops_until
from hobnail_plugins.vision.spec import MOVED_HOPS, SCENE_WIDTH, VALUES
from hobnail_plugins.vision.squash import IMPULSE, POSITION, Float64, squashed

_PAST = max(MOVED_HOPS)


@dataclass(frozen=True, slots=True, eq=False)
class SceneState:
    """What the next hop needs of those before. Never changed in place."""

    hop: int  #: the next one
    held: Float64  #: [12], newest known values, NaN where nothing is known
    track: Float64  #: [24, 3], positions in the last hops, newest last, NaN where unknown
    waiting: Float64  #: [ticks, 12], of hops to come
    waiting_at: Int64  #: [ticks], their frames


def begin(first_hop: int = 0) -> SceneState:
    """Nothing is known yet; ``first_hop`` is the first that will be asked for."""
    nothing = np.full((_PAST, 3), np.nan)
    return SceneState(first_hop, np.full(VALUES, np.nan), nothing, np.zeros((0, VALUES)), np.zeros(0, np.int64))


def push(features: Float32, at_frames: Int64, hops: int, state: SceneState) -> tuple[Float32, SceneState]:
    """The next ``hops`` rows, float32 [hops, 24], and the next state. Raises EngineError.

    ``features`` float32 [ticks, 12], columns as in ``hobnail.scene.SCENE_FEATURES``, NaN: unknown; ``at_frames`` int64
    [ticks], when they held, in session frames that never go back. Ticks of later hops wait; one that comes late counts
    in the first of these hops.
    """
    ticks, at = _joined(features, at_frames, state)
    place = np.maximum(first_hops(at) - state.hop, 0)
    now = place < hops
    here, place = ticks[now], place[now]
    known = np.isfinite(here)
    impulses = np.zeros(hops)
    np.add.at(impulses, place, np.where(known[:, IMPULSE], here[:, IMPULSE], 0.0))
    newest = _held(np.concatenate([state.held[None], here]))
    values = newest[np.searchsorted(place, np.arange(hops), side="right")]
    track = np.concatenate([state.track, values[:, POSITION:]])
    known_now = np.isfinite(values)
    filled = np.where(known_now, values, 0.0)
    filled[:, IMPULSE] = impulses
    filled[:, POSITION:], known_now[:, POSITION:] = _moved(track, hops)
    out = np.empty((hops, SCENE_WIDTH), np.float32)
    out[:, :VALUES] = np.where(known_now, squashed(filled), np.float32(0.0))
    out[:, VALUES:] = known_now
    return out, SceneState(state.hop + hops, newest[-1], track[-_PAST:], ticks[~now], at[~now])


def scene_rows(
    features: Float32, *, rate_hz: float = 60.0, hops: int | None = None, at_frames: Int64 | None = None
) -> Float32:
    """All at once: float32 [ticks, 12] -> float32 [hops, 24], 12 values in -1..1 and 12 flags. Raises EngineError.

    Tick n holds at n / ``rate_hz`` seconds, or at session frame ``at_frames[n]``. Without ``hops``: those that begin
    while the ticks of an even clock last, or up to the one that knows the last of ``at_frames``.
    """
    count = len(features)
    at = frames_of(count, rate_hz) if at_frames is None else at_frames
    if hops is None and at_frames is None:
        hops = hops_until(count, rate_hz)
    elif hops is None:
        hops = int(first_hops(at)[-1]) + 1 if count else 0
    return push(features, at, hops, begin())[0]


def _joined(features: Float32, at_frames: Int64, state: SceneState) -> tuple[Float64, Int64]:
    """Ticks that waited and new ones, checked."""
    if np.ndim(features) != 2 or np.shape(features)[1] != VALUES:
        raise EngineError(f"scene features: found {list(np.shape(features))}, expected [ticks, {VALUES}].")
    ticks = np.concatenate([state.waiting, np.asarray(features, np.float64)])
    at = np.concatenate([state.waiting_at, checked_frames(at_frames, len(features), "scene features")])
    return ticks, checked_frames(at, len(ticks), "scene features")


def _held(ticks: Float64) -> Float64:
    """Every unknown value replaced by the newest known one before it, [ticks, 12]."""
    rows = np.where(np.isfinite(ticks), np.arange(len(ticks))[:, None], 0)
    return np.take_along_axis(ticks, np.maximum.accumulate(rows, axis=0), axis=0)


def _moved(track: Float64, hops: int) -> tuple[Float64, np.ndarray]:
    """How far from where it was, [hops, 3], and whether both places are known, bool [hops, 3]."""
    here = track[_PAST:]
    far = np.stack([np.sqrt(((here - track[_PAST - back :][:hops]) ** 2).sum(axis=1)) for back in MOVED_HOPS], axis=1)
    return np.where(np.isfinite(far), far, 0.0), np.isfinite(far)
