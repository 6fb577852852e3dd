"""What a rung is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from hobnail_trainer.corpus.sound import Samples


@dataclass(frozen=True, slots=True)
class Rung:
    """One way to keep a sound."""

    id: str
    about: str
    render: Callable[[Samples, int], Samples]  #: (mono 48 kHz, seed) -> as many frames
    dimensions: int | None = None  #: numbers of a latent; None where there are none
    latents_hz: float | None = None
    lag_ms: float | None = None  #: by which the sound follows what it is made from; None: it wants all of it
