"""A neural voice between two blocks: what it remembers, sees and was told. Its rows are its own, written in place."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hobnail.contracts import Float32
from hobnail_plugins.aht.rows import NewRows, Rows, ring_places
from hobnail_plugins.aht.sights import Sights
from hobnail_plugins.moe_lora.component import VoiceAdapters


@dataclass(frozen=True, slots=True, eq=False)
class Told:
    """A prompt, ready: computed once and shared by every voice that has it."""

    rows: Rows  #: of one voice
    prompt: Float32  #: [width]


@dataclass(frozen=True, slots=True, eq=False)
class Memory:
    """History of one voice."""

    rows: Rows  #: of one voice, a ring
    recent: Float32  #: [taps - 1, latents], the last ones, in the network's units
    hops: int  #: that were made

    def after(self, new: NewRows, latents: Float32) -> Memory:
        """With the rows of ``latents`` [n, latents]; those of the oldest hops are overwritten."""
        size = self.rows.seen.shape[1] - 1
        kept = min(len(latents), size)
        last = NewRows(new.keys[:, :, :, -kept:], new.values[:, :, :, -kept:])
        self.rows.write(0, ring_places(self.hops + len(latents) - kept, kept, size), last)
        recent = np.concatenate([self.recent, latents])[len(latents) :]
        return Memory(self.rows, recent, self.hops + len(latents))


@dataclass(frozen=True, slots=True, eq=False)
class VoiceState:
    """Everything that a voice hands from a block to the next."""

    seed: int
    sustained: bool
    told: Told
    sights: Sights
    vision: Rows  #: of one voice
    memory: Memory
    adapters: VoiceAdapters
    decoding: object
    gain: float  #: of what it plays next
    release: float = 1.0  #: sinking after the stop
    force: float = 0.0  #: that its contact adds to the intensity axis, -1..1


def side_by_side(rows: list[Rows]) -> Rows:
    """Several voices' rows as one batch; of a single voice they are taken as they lie."""
    if len(rows) == 1:
        return rows[0]
    return Rows(
        np.concatenate([each.keys for each in rows], axis=1),
        np.concatenate([each.values for each in rows], axis=1),
        np.concatenate([each.seen for each in rows]),
    )
