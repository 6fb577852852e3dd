"""The transformer's pass, where the processor has AVX-512 with VNNI (elsewhere making any of it raises ValueError),
and what settles the partials that any network says."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from hobnail_native._core import SpectralRowMap
from hobnail_native._playing import Team

Float32 = NDArray[np.float32]

def neural_supported() -> bool:
    """[any] Whether this processor can run :class:`NeuralPass`: x86-64 with AVX-512 and VNNI."""

class NeuralNetwork:
    """The transformer's weights, by the names that ``hobnail-train export`` gives them. Never changes. [any]"""

    def __init__(self, arrays: Mapping[str, NDArray[np.generic]], **sizes: int) -> None:
        """latents, width, layers, heads, inner, cue, cue_inner, ages, history_least, ends (0 or left out: none).

        ValueError names what is wrong."""

class NeuralPass:
    """Of so many voices and hops; a voice's numbers are the same in any company. [one thread]"""
    def __init__(self, network: NeuralNetwork, *, voices: int, hops: int) -> None: ...
    def bind(self, name: str, array: NDArray[np.generic]) -> None:
        """Input or output of ``plain``, used where it lies; ``seen`` before its rows. ValueError: does not fit.

        Rows are float16: keys [voices, rows / 16 rounded up, head width, 16], values [voices, rows, head width]."""
    def run(self) -> None:
        """Once, without the interpreter's lock. ValueError: something is not bound."""
    def descend(
        self, times: Sequence[float], *, first: int, count: int, instant: bool, team: Team | None = None
    ) -> None:
        """All passes of a block of ``count`` voices: ``x`` from ``times[0]`` to the last, in place; t and r are written
        over. ``instant``: r is t. Threads of ``team`` share the voices; a voice's numbers are the same."""

class NeuralRows:
    """What ``remember`` and ``scene`` give, [layers, voices, 1, rows, head width] twice. Never changes. [any]"""

    def __init__(self, network: NeuralNetwork, arrays: Mapping[str, NDArray[np.generic]], **sizes: int) -> None: ...
    def remember(self, latents: Float32, first: NDArray[np.int64]) -> tuple[Float32, Float32]: ...
    def see(
        self, scene: Float32, scene_seen: NDArray[np.bool_], first: NDArray[np.int64]
    ) -> tuple[Float32, Float32]: ...

class NeuralMemory:
    """Rings of a slab's slots, written where they lie; arrays as :attr:`hobnail_plugins.aht.slab.Slab.arrays`.

    [one thread]"""

    def __init__(self, rows: NeuralRows, arrays: Mapping[str, NDArray[np.generic]], *, slots: int) -> None: ...
    def remember(
        self, slots: NDArray[np.int64], first: NDArray[np.int64], latents: Float32, team: Team | None = None
    ) -> None:
        """``latents`` [voices, hops, latents] that voices made after ``first`` hops, into history."""
    def see(self, slots: NDArray[np.int64], first: NDArray[np.int64], hops: int, team: Team | None = None) -> None:
        """Tokens of the newest ``hops`` scene rows, of which the first stands at ``first``, into vision."""

class SpectralStandingLines:
    """One voice's lines, followed: a latent's partials keep the frequency that a network of few passes means.

    ``row_map`` says where partials are. Nepers of frequency: ``wander`` by which a line moves from hop to hop,
    ``jitter`` by which what is said of it is off. Raises ValueError.
    """

    def __init__(self, row_map: SpectralRowMap, *, wander: float, jitter: float) -> None: ...

def settle_together(lines: Sequence[SpectralStandingLines], latents: Float32) -> None:
    """float32 [voices, hops, kept + 2 partials], each voice's next block, written over. Raises ValueError, TypeError.

    Within a block a line is known from both sides, over blocks from what came before.
    """
