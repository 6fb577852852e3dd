"""What voices see: scene rows of their last hops, side by side, of which the network makes tokens.

The same rows as :func:`hobnail_plugins.vision.scene.push` makes of one voice, for many voices by one call
(``native/include/hobnail/sights.hpp``). Contacts are those blows that stand out: what rolls or lies gives impulses at
every tick.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from hobnail.contracts import Float32
from hobnail.scene import IMPULSE as IMPULSE_NAME
from hobnail.scene import SCENE_FEATURES
from hobnail_native import Sights
from hobnail_plugins.aht.rows import Bools
from hobnail_plugins.aht.spec import CUE_WIDTH, NetworkSpec
from hobnail_plugins.vision.spec import MOVED_HOPS, VALUES
from hobnail_plugins.vision.squash import COLUMNS, Float64

_PAST = max(MOVED_HOPS)

_AT = {name: index for index, name in enumerate(SCENE_FEATURES)}
_NOTHING: Mapping[str, float] = {}

Slots = NDArray[np.intp]


class Eyes:
    """Sights of ``voices`` voices, written in place. [engine]"""

    def __init__(self, spec: NetworkSpec, voices: int) -> None:
        self.scene: Float32 = np.zeros((voices, spec.vision_hops, spec.scene_width), np.float32)
        self.seen: Bools = np.zeros((voices, spec.vision_hops), np.bool_)
        self.hop: NDArray[np.int64] = np.full(voices, -1, np.int64)  #: the next that is not known yet
        self.at: NDArray[np.int64] = np.full(voices, -1, np.int64)  #: session frame of the first sample; -1: unknown
        self._held: Float64 = np.full((voices, VALUES), np.nan)
        self._track: Float64 = np.full((voices, _PAST, 3), np.nan)
        self._told: list[Mapping[str, float]] = [_NOTHING] * voices
        self.contacts: Float32 = np.zeros((voices, spec.vision_hops, CUE_WIDTH), np.float32)  #: as cues tell them
        self._usual: Float64 = np.full(voices, np.inf)  # impulses lately; before the first look all are usual
        arrays: dict[str, NDArray[Any]] = {
            "held": self._held,
            "track": self._track,
            "usual": self._usual,
            "scene": self.scene,
            "contacts": self.contacts,
            "seen": self.seen,
        }
        self._native = Sights(COLUMNS, arrays, slots=voices, hops=spec.vision_hops)

    def forget(self, slot: int) -> None:
        """As of a voice that has not begun: the first hop that it can see is the one before its first."""
        self.scene[slot], self.seen[slot], self.hop[slot], self.at[slot] = 0.0, False, -1, -1
        self._held[slot], self._track[slot], self._told[slot] = np.nan, np.nan, _NOTHING
        self.contacts[slot], self._usual[slot] = 0.0, np.inf

    def blind(self, slot: int, features: Mapping[str, float]) -> bool:
        """Whether nothing is seen, nor was in the hops that count."""
        return not features and not self.seen[slot].any()

    def look(self, slots: Slots, features: Sequence[Mapping[str, float]], hops: int) -> None:
        """``hops`` hops later. What was told before is old: an impulse counts when it comes, not while it stands."""
        told, blows = np.full((len(slots), VALUES), np.nan), np.zeros(len(slots))
        for row, (slot, given) in enumerate(zip(slots.tolist(), features, strict=True)):
            if given is self._told[slot]:
                continue
            before = self._told[slot]
            for name, value in given.items():
                if value != before.get(name) and (at := _AT.get(name)) is not None:
                    told[row, at] = value
            self._told[slot] = given
            blows[row] = given.get(IMPULSE_NAME, 0.0)  # also one that stands: it is no blow, and hides others
        known = np.array([bool(given) for given in features], np.bool_)
        self._native.look(slots, told, blows, known, hops)
        self.hop[slots] += hops

    def cues(self, slots: Slots, hops: int, taps: int) -> Float32 | None:
        """Contacts of each of the next ``hops`` hops in its newest ``taps``, the oldest first; what comes is unknown.

        float32 [voices, hops, taps * CUE_WIDTH]; None: nobody knows anything.
        """
        rows = self.contacts[slots, self.contacts.shape[1] - (taps - 1) :]
        return near(np.pad(rows, ((0, 0), (0, hops), (0, 0))), taps) if rows.any() else None

    def swap(self, one: int, two: int) -> None:
        """Two voices change places."""
        pair, crossed = [one, two], [two, one]
        for array in self._arrays():
            array[pair] = array[crossed]
        self._told[one], self._told[two] = self._told[two], self._told[one]

    def copy(self, source: int, to: int) -> None:
        """A voice moves."""
        for array in self._arrays():
            array[to] = array[source]
        self._told[to] = self._told[source]

    def _arrays(self) -> tuple[NDArray[np.generic], ...]:
        return self.scene, self.seen, self.hop, self.at, self._held, self._track, self.contacts, self._usual


def near(rows: Float32, taps: int) -> Float32:
    """[voices, taps - 1 + hops, width] -> [voices, hops, taps * width]: each hop's newest rows, the oldest first."""
    windows = sliding_window_view(rows, taps, axis=1).transpose(0, 1, 3, 2)
    return windows.reshape(*windows.shape[:2], -1)


def tokens_known(seen: Bools, window: int, tokens: int) -> Bools:
    """Which vision tokens stand for something: bool [voices, hops * tokens]; one known hop in its window is enough.

    ``seen`` [voices, window - 1 + hops].
    """
    hops = seen.shape[1] - window + 1
    known = np.stack([seen[:, hop : hop + window].any(axis=1) for hop in range(hops)], axis=1)
    return np.repeat(known, tokens, axis=1)
