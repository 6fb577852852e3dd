"""Stems: one emitter's own sound, tapped from the mixer, and panned by hand exactly as the mixer pans it."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from hobnail.contracts import Float32
from hobnail_native import FrameRing, Mixer

BLOCK: Final = 64  # the mixer's own grid: values glide in a straight line across a block
TAPS: Final = 32  # that a mixer has; more emitters are rendered in several passes
RING_FRAMES: Final = 16_384
_PIECE_BLOCKS: Final = 4096


@dataclass(slots=True)
class Placing:
    """Where one strip was from which frame on: left, right and the bus."""

    at: list[int] = field(default_factory=list)
    left: list[float] = field(default_factory=list)
    right: list[float] = field(default_factory=list)
    bus: list[int] = field(default_factory=list)

    def note(self, frame: int, pan: float, bus: int) -> None:
        """From ``frame`` on. Equal power, as the mixer does it."""
        angle = (pan + 1.0) * math.pi / 4.0
        self.at.append(frame)
        self.left.append(0.0 if pan >= 1.0 else math.cos(angle))
        self.right.append(0.0 if pan <= -1.0 else math.sin(angle))
        self.bus.append(bus)


class TappedMixer(Mixer):
    """A mixer whose first use of a strip opens a tap on it, and that notes where its strips and buses are.

    ``first``: the first strip that is tapped; up to 32 from there are. [one thread]
    """

    def __init__(self, *, first: int = 0, buses: int, **rest: object) -> None:
        super().__init__(buses=buses, **rest)  # type: ignore[arg-type]  # handed on as new_mixer gives them
        self._range = range(first, first + TAPS)
        self.rings: dict[int, FrameRing] = {}  #: strip -> its mono sound
        self.placings: dict[int, Placing] = {}
        self.bus_levels: list[list[tuple[int, float]]] = [[(0, 1.0)] for _ in range(buses)]

    def set_emitter(self, emitter: int, *, gain: float, pan: float, distance_m: float, bus: int) -> None:
        """[engine] Place a strip; the first time it is tapped as well."""
        super().set_emitter(emitter, gain=gain, pan=pan, distance_m=distance_m, bus=bus)
        self.placings.setdefault(emitter, Placing()).note(self.frame, pan, bus)
        if emitter in self._range and emitter not in self.rings:
            ring = self.rings[emitter] = FrameRing(1, RING_FRAMES)
            self.set_tap(emitter - self._range.start, ring, emitter)

    def set_bus(self, bus: int, gain: float) -> None:
        """[engine] Set a bus's level."""
        super().set_bus(bus, gain)
        self.bus_levels[bus].append((self.frame, gain))


def panned(
    mono: Float32, placing: Placing, bus_levels: Sequence[Sequence[tuple[int, float]]], *, offset: int = 0
) -> Iterator[Float32]:
    """A tapped strip as it stands in the mix before the limiter: float32 [frames, 2] in pieces.

    ``mono`` float32 [frames] or [frames, 1]; its first sample is frame ``offset`` of the session, on the mixer's grid.
    """
    flat = mono.reshape(-1)
    quiet_before = True
    last = np.array([math.nan, math.nan])
    for first in range(0, -(-len(flat) // BLOCK), _PIECE_BLOCKS):
        piece = np.asarray(flat[first * BLOCK : (first + _PIECE_BLOCKS) * BLOCK])
        blocks = -(-len(piece) // BLOCK)
        padded = np.zeros(blocks * BLOCK, np.float32)
        padded[: len(piece)] = piece
        frames = offset + (first + np.arange(blocks)) * BLOCK
        target = _targets(frames, placing, bus_levels)
        before = np.concatenate([np.where(np.isnan(last), target[:1], last[None]), target[:-1]])
        silent = np.asarray(~padded.reshape(blocks, BLOCK).any(axis=1), np.bool_)
        if silent.all():
            quiet_before, last = True, target[-1]
            yield np.zeros((len(piece), 2), np.float32)
            continue
        jumps = np.concatenate([[quiet_before], silent[:-1]])  # nothing sounded: the next voice begins at the target
        before = np.where(jumps[:, None], target, before)
        if (before == target[0]).all() and (target == target[0]).all():  # it stands still
            quiet_before, last = bool(silent[-1]), target[-1]
            yield piece[:, None] * target[0].astype(np.float32)
            continue
        ramp = (np.arange(1, BLOCK + 1) / BLOCK)[None, :, None]
        gains = before[:, None, :] + (target - before)[:, None, :] * ramp
        quiet_before, last = bool(silent[-1]), target[-1]
        stereo = padded[:, None] * gains.reshape(-1, 2).astype(np.float32)
        yield stereo[: len(piece)]


def _targets(
    frames: NDArray[np.int64], placing: Placing, bus_levels: Sequence[Sequence[tuple[int, float]]]
) -> NDArray[np.float64]:
    """Left and right gain that each block aims at, the bus's level included: [blocks, 2]."""
    index = np.maximum(np.searchsorted(placing.at, frames, side="right") - 1, 0)
    sides = np.stack([np.array(placing.left)[index], np.array(placing.right)[index]], axis=1)
    bus = np.array(placing.bus)[index]
    level = np.ones(len(frames))
    for number, levels in enumerate(bus_levels):
        here = bus == number
        if here.any():
            at = np.searchsorted([frame for frame, _ in levels], frames[here], side="right") - 1
            level[here] = np.array([gain for _, gain in levels])[np.maximum(at, 0)]
    return sides * level[:, None]
