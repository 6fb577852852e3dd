"""Slots: palettes side by side in fixed arrays, which are inputs of the graph, so that loading one builds no graph.

::

    slot        0      1      2      3      4      5
              pitch intens textur shared   mud     -        K = 6 slots of r ranks each
    ranks    |------|------|------|------|------|------|    K * r
    down_<place>  [layers, inputs, K * r]     A of every expert, upright
    up_<place>    [layers, K * r, outputs]    alpha / rank * B
    strength      [voices, hops or 1, K * r]  each slot's strength, r times

Loading copies the arrays, writes into the copies and puts them in place at once. A step takes one :class:`Snapshot` and
never sees half a palette; the one before stays whole as long as somebody holds it.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from hobnail.contracts import Float32
from hobnail.errors import PaletteError
from hobnail_plugins.aht.spec import ADAPTED, NetworkSpec, adapted_places
from hobnail_plugins.moe_lora.palette import Expert, Palette, check_base, check_palette
from hobnail_plugins.moe_lora.spec import AdapterSettings

HALVES: Final = ("down", "up")


@dataclass(frozen=True, slots=True, eq=False)
class Loaded:
    """A palette and its first slot; its experts take the slots from there on."""

    palette: Palette
    slot: int

    @property
    def slots(self) -> range:
        """That it takes."""
        return range(self.slot, self.slot + len(self.palette.experts))


@dataclass(frozen=True, slots=True, eq=False)
class Snapshot:
    """What is loaded, and never changes. [any]"""

    slots: int  #: K
    rank: int  #: of a slot
    factors: Mapping[str, Float32]  #: by name, as :func:`factor_shapes` has them; read only
    loaded: tuple[Loaded, ...] = ()  #: by their slots

    @property
    def axes(self) -> tuple[str, ...]:
        """Controls that what is loaded follows, each once."""
        return tuple(dict.fromkeys(axis for each in self.loaded for axis in each.palette.axes))

    def named(self, name: str) -> Loaded | None:
        """A palette by its name."""
        return next((each for each in self.loaded if each.palette.name == name), None)


def factor_shapes(spec: NetworkSpec, settings: AdapterSettings) -> dict[str, tuple[int, ...]]:
    """Names and shapes of the graph inputs that all voices share: twelve, two a place."""
    ranks = settings.slots * settings.slot_rank
    shapes: dict[str, tuple[int, ...]] = {}
    for place, size in adapted_places(spec).items():
        shapes[f"down_{place}"] = (spec.layers, size.inputs, ranks)
        shapes[f"up_{place}"] = (spec.layers, ranks, size.outputs)
    return shapes


class Slots:
    """Loads palettes beside what sounds. Reading :attr:`now` never waits; writers wait for each other."""

    def __init__(self, spec: NetworkSpec, settings: AdapterSettings, *bases: str) -> None:
        """``bases``: digests of the networks whose palettes may be loaded."""
        self._spec, self._bases = spec, bases
        self._writing = threading.Lock()
        factors = {name: np.zeros(shape, np.float32) for name, shape in factor_shapes(spec, settings).items()}
        self._now = Snapshot(settings.slots, settings.slot_rank, _sealed(factors))

    @property
    def now(self) -> Snapshot:
        """[any] What is loaded at this moment. Take it once a step."""
        return self._now

    def load(self, palette: Palette, slot: int | None = None) -> Snapshot:
        """[control] Put a palette into slots from ``slot`` on, or into the first that are free.

        One of the same name makes room. Raises PaletteError, and leaves everything as it was.
        """
        check_base(palette, *self._bases)
        check_palette(palette, self._spec)
        with self._writing:
            now, name = self._now, palette.name
            others = tuple(each for each in now.loaded if each.palette.name != name)
            loaded = Loaded(palette, _room(now, others, palette, slot))
            gone = [index for each in now.loaded if each.palette.name == name for index in each.slots]
            factors = _without(now, gone)
            for index, expert in zip(loaded.slots, palette.experts, strict=True):
                _write(factors, expert, index * now.rank)
            order = sorted((*others, loaded), key=lambda each: each.slot)
            self._now = replace(now, factors=_sealed(factors), loaded=tuple(order))
            return self._now

    def unload(self, name: str) -> Snapshot:
        """[control] Take a palette out. Raises PaletteError when it is not loaded."""
        with self._writing:
            now = self._now
            if (gone := now.named(name)) is None:
                raise PaletteError(
                    f"palette {name!r}: not loaded.",
                    cure=f"Loaded: {', '.join(each.palette.name for each in now.loaded) or 'none'}.",
                )
            rest = tuple(each for each in now.loaded if each is not gone)
            self._now = replace(now, factors=_sealed(_without(now, gone.slots)), loaded=rest)
            return self._now


def ranks_of(strengths: Float32, rank: int) -> Float32:
    """Strengths of slots [..., K] for each of their ranks: [..., K * rank]."""
    return np.repeat(strengths, rank, axis=-1)


def _room(now: Snapshot, others: Sequence[Loaded], palette: Palette, slot: int | None) -> int:
    """The first slot of a palette. Raises PaletteError when it does not fit."""
    count, where = len(palette.experts), f"palette {palette.name!r}"
    if palette.rank > now.rank:
        raise PaletteError(
            f"{where}: rank is {palette.rank}, a slot has {now.rank}.",
            cure="Train it with a smaller rank, or export the model with a larger slot_rank.",
        )
    taken = {index: each.palette.name for each in others for index in each.slots}
    if slot is None:
        free = (first for first in range(now.slots - count + 1) if taken.keys().isdisjoint(range(first, first + count)))
        if (found := next(free, None)) is None:
            raise PaletteError(
                f"{where}: needs {count} slots side by side, {now.slots - len(taken)} of {now.slots} are free.",
                cure=f"Unload one of {', '.join(sorted(set(taken.values()))) or 'none'}, or export with more slots.",
            )
        return found
    if not 0 <= slot <= now.slots - count:
        raise PaletteError(f"{where}: {count} slots from slot {slot} on, there are {now.slots}.", cure="Start lower.")
    if owners := sorted({taken[index] for index in range(slot, slot + count) if index in taken}):
        raise PaletteError(f"{where}: slots from {slot} on belong to {', '.join(owners)}.", cure="Unload it first.")
    return slot


def _without(now: Snapshot, gone: Sequence[int]) -> dict[str, Float32]:
    """Copies of the factors with some slots empty."""
    factors = {name: array.copy() for name, array in now.factors.items()}
    for slot in gone:
        ranks = slice(slot * now.rank, (slot + 1) * now.rank)
        for place in ADAPTED:
            factors[f"down_{place}"][:, :, ranks] = 0.0
            factors[f"up_{place}"][:, ranks] = 0.0
    return factors


def _write(factors: Mapping[str, Float32], expert: Expert, first: int) -> None:
    ranks = slice(first, first + expert.rank)
    for (place, layer), pair in expert.pairs.items():
        factors[f"down_{place}"][layer, :, ranks] = pair.down.T
        factors[f"up_{place}"][layer, ranks] = np.float32(expert.scale) * pair.up.T


def _sealed(factors: dict[str, Float32]) -> Mapping[str, Float32]:
    for array in factors.values():
        array.setflags(write=False)
    return factors
