"""A palette in memory: factors by expert, place and layer, checked against the network that it changes."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np

from hobnail.contracts import ControlSpec, Float32
from hobnail.errors import PaletteError
from hobnail_plugins.aht.spec import CONTROLS, NetworkSpec, adapted_places
from hobnail_plugins.moe_lora.router import RouterTables
from hobnail_plugins.moe_lora.spec import LARGEST_RANK, SHARED, WORD, AdapterArm, names_problem, place_problem

_AGAIN: Final = "Make it for this model (hobnail-train adapt), or load the model that it was made for."


class Pair(NamedTuple):
    """Both factors at one place of one layer: x -> B A x. float32."""

    down: Float32  #: A, [rank, inputs]
    up: Float32  #: B, [outputs, rank]


@dataclass(frozen=True, slots=True, eq=False)
class Expert:
    """One adapter."""

    name: str
    rank: int
    alpha: float
    pairs: Mapping[tuple[str, int], Pair]  #: by place and layer; what is missing is left as it is
    rooted: bool = False  #: scaled by alpha / sqrt(rank) ("rslora", Kalajdzievski 2023)

    @property
    def scale(self) -> float:
        """What B A x is multiplied by at strength 1."""
        return self.alpha / (math.sqrt(self.rank) if self.rooted else self.rank)


@dataclass(frozen=True, slots=True, eq=False)
class Palette:
    """Adapters that belong together, and the router between them."""

    name: str
    base: str  #: digest of the network that it was made for; "" where the file does not say
    experts: tuple[Expert, ...]
    router: RouterTables | None = None
    licence: str = ""  #: of the factors, as their maker says

    @property
    def arm(self) -> AdapterArm:
        """``lora`` without a router."""
        return "lora" if self.router is None else "moe_lora"

    @property
    def names(self) -> tuple[str, ...]:
        """Of the experts, in order."""
        return tuple(expert.name for expert in self.experts)

    @property
    def axes(self) -> tuple[str, ...]:
        """Controls that it follows, in the router's order."""
        return tuple(name for name in self.names if name != SHARED)

    @property
    def rank(self) -> int:
        """Of its largest expert."""
        return max(expert.rank for expert in self.experts)


def check_palette(palette: Palette, spec: NetworkSpec) -> None:
    """Raises PaletteError naming the first thing in which a palette does not fit a network."""
    if problem := _problem(palette, spec):
        raise PaletteError(f"palette {palette.name!r}: {problem}.", cure=_AGAIN)


def check_base(palette: Palette, *bases: str) -> None:
    """Raises PaletteError for a palette of another network. ``bases``: digests that will do.

    A palette that names none (made by other programs) passes: its shapes are all that can be checked.
    """
    if palette.base and palette.base not in bases:
        raise PaletteError(
            f"palette {palette.name!r}: was made for the model {palette.base[:16]}, this one is "
            f"{' or '.join(base[:16] for base in bases) or 'unknown'}.",
            cure=_AGAIN,
        )


def palette_controls(palette: Palette) -> tuple[ControlSpec, ...]:
    """Controls that a palette adds: its axes without those that every session has. Neutral at 0."""
    return tuple(
        ControlSpec(
            id=axis, unit="", minimum=-1.0, maximum=1.0, default=0.0, help=f"Axis of the palette {palette.name}."
        )
        for axis in palette.axes
        if axis not in CONTROLS
    )


def base_digest(weights: Mapping[str, Float32]) -> str:
    """Names a network by its float32 weights: sha256 over names, shapes and bytes, in the order of the names."""
    digest = hashlib.sha256()
    for name in sorted(weights):
        value = np.ascontiguousarray(weights[name], "<f4")
        digest.update(f"{name}{list(value.shape)}".encode())
        digest.update(value.tobytes())
    return digest.hexdigest()


def _problem(palette: Palette, spec: NetworkSpec) -> str:
    if not WORD.fullmatch(palette.name):
        return "its name is no word of a-z, 0-9 and _, at most 32 long"
    if problem := names_problem(palette.names):
        return problem
    for expert in palette.experts:
        if problem := _expert_problem(expert, spec):
            return f"expert {expert.name!r}: {problem}"
    if palette.router is not None:
        return palette.router.problem(spec.width, palette.names)
    return "a shared expert, and no router to say how strong it is" if SHARED in palette.names else ""


def _expert_problem(expert: Expert, spec: NetworkSpec) -> str:
    if not 1 <= expert.rank <= LARGEST_RANK:
        return f"rank is {expert.rank}, expected 1..{LARGEST_RANK}"
    if not (math.isfinite(expert.alpha) and expert.alpha > 0.0):
        return f"alpha is {expert.alpha}, expected above 0"
    if not expert.pairs:
        return "holds no factors"
    problems = (_pair_problem(where, pair, expert.rank, spec) for where, pair in expert.pairs.items())
    return next((problem for problem in problems if problem), "")


def _pair_problem(at: tuple[str, int], pair: Pair, rank: int, spec: NetworkSpec) -> str:
    place, layer = at
    if problem := place_problem(place):
        return problem
    where, size = f"{place} of layer {layer}", adapted_places(spec)[place]
    if not 0 <= layer < spec.layers:
        return f"{where}: the model has {spec.layers} layers"
    wanted = {"A": (rank, size.inputs), "B": (size.outputs, rank)}
    for (half, shape), array in zip(wanted.items(), pair, strict=True):
        if array.shape != shape or array.dtype != np.float32:
            return f"{half} at {where} is {array.dtype} {list(array.shape)}, expected float32 {list(shape)}"
        if not np.isfinite(array).all():
            return f"{half} at {where} holds NaN or infinity"
    return ""
