"""What runs together: voices of one kind, side by side in the slab, and where their step was laid out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from hobnail.contracts import Float32
from hobnail_plugins.aht.bound import BoundStep, Inputs
from hobnail_plugins.aht.desk import Desk
from hobnail_plugins.aht.drawing import axes_of
from hobnail_plugins.aht.graphs import Factors
from hobnail_plugins.aht.rows import Bools
from hobnail_plugins.aht.slab import Window
from hobnail_plugins.aht.sliders import without_sliders
from hobnail_plugins.aht.voice import Strength, Voice
from hobnail_plugins.moe_lora.component import VoiceAdapters, before_steps
from hobnail_plugins.moe_lora.slots import Snapshot


@dataclass(frozen=True, slots=True, eq=False)
class Batch:
    """Voices that run together, and where."""

    which: list[int]  #: of the voices asked for, by index
    voices: list[Voice]
    controls: list[Mapping[str, float]]
    features: list[Mapping[str, float]]
    window: Window
    inputs: Inputs
    step: BoundStep


def batch_of(  # noqa: PLR0913 - who, what each is told, and where it runs
    desk: Desk,
    which: list[int],
    voices: Sequence[Voice],
    controls: Sequence[Mapping[str, float]],
    features: Sequence[Mapping[str, float]],
    hops: int,
    *,
    lane: int,
    adapted: bool,
) -> Batch:
    """Of voices by index, that lie in one piece."""
    some = [voices[index] for index in which]
    window = desk.slab.window([voice.seat for voice in some])
    step = desk.step(window.size, hops, lane=lane, adapted=adapted)
    young = not any(voice.hops for voice in some)
    return Batch(
        which=which,
        voices=some,
        controls=[controls[index] for index in which],
        features=[features[index] for index in which],
        window=window,
        inputs=desk.windows.inputs(window, young=young, native=step.native, halved=step.halved),
        step=step,
    )


@dataclass(frozen=True, slots=True, eq=False)
class Adapted:
    """Palettes and the graph inputs made of them: changed together, between two steps."""

    now: Snapshot
    factors: Factors


@dataclass(frozen=True, slots=True, eq=False)
class Made:
    """A block of several voices, in the order given."""

    latents: Float32  #: [voices, hops, latents], in the codec's units; silence where the network gave none
    sound: Bools  #: [voices]; false: the network gave NaN or infinity, and the voice begins anew


def strengths(adapted: Adapted, batch: Batch, rows: NDArray[np.intp]) -> tuple[Float32 | None, list[VoiceAdapters]]:
    """How strongly ranks count in each row of a batch [rows, 1, ranks], None without palettes; states after it."""
    if not adapted.now.loaded:
        return None, [voice.adapters for voice in batch.voices]
    now, after = adapted.now, [voice.adapters for voice in batch.voices]
    both = list(zip(batch.voices, batch.controls, strict=True))
    moved = [index for index, (voice, given) in enumerate(both) if not _stands(voice, now, given)]
    if moved:  # the others have the strengths that they had
        states = [
            replace(voice.adapters, controls=without_sliders(axes_of(given, voice.force)))
            for voice, given in (both[index] for index in moved)
        ]
        for index, row, state in zip(moved, *before_steps(now, states), strict=True):
            voice, given = both[index]
            voice.strength, after[index] = Strength(now, given, row), state
    found = np.stack([voice.strength.row for voice in batch.voices if voice.strength is not None])
    strength = np.zeros((batch.window.size, *found.shape[1:]), np.float32)
    strength[rows] = found
    return strength, after


def _stands(voice: Voice, now: Snapshot, controls: Mapping[str, float]) -> bool:
    """Whether its controls are where they were, and the palettes those of its last block."""
    known = voice.strength
    return known is not None and known.of is now and known.controls == controls
