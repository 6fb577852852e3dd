"""What fitting adapters is told, and what it asks of whoever knows the network."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

import msgspec

from hobnail_trainer.errors import TrainerError

if TYPE_CHECKING:
    from torch import Tensor, nn

    from hobnail_plugins.nn.adapted import Adapters
    from hobnail_trainer.adapters.attributes import Ear

B = TypeVar("B")
"""A batch, as the network's owner has it; it carries its own noise and times, so that two passes over it compare."""


@dataclass(frozen=True, slots=True)
class Known:
    """What the router is told of a batch, and what it is told by."""

    prompt: Tensor  #: [batch, width], as ``tell`` gives it as a whole
    controls: Tensor  #: [batch, axes], -1..1, by how much each axis was moved, in the experts' order
    agreement: Tensor | None = None  #: [batch], 0..1, of prompt and senses; NaN where there is only one of them


@dataclass(frozen=True, slots=True)
class Given:
    """What the network made of a batch."""

    loss: Tensor  #: the flow loss
    clean: Tensor | None = None  #: [batch, hops, latents], x0_hat = x_t - t v, in the codec's units
    wanted: Tensor | None = None  #: the same, true
    t: Tensor | None = None  #: [batch], flow time
    weight: Tensor | None = None  #: [batch, hops]


@dataclass(frozen=True, slots=True)
class Lesson(Generic[B]):
    """How a batch is learned from. ``ear`` None: no attribute and no cross-talk loss."""

    know: Callable[[nn.Module, B], Known]
    loss_of: Callable[[nn.Module, B, Adapters | None], Given]
    ear: Ear | None = None


class FitSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """AdamW (Loshchilov and Hutter 2019) on the adapters alone."""

    steps: int = 1000
    rate: float = 1e-3
    warm_steps: int = 20  #: from 0 up to ``rate``
    decay: float = 0.0
    betas: tuple[float, float] = (0.9, 0.99)
    clip: float = 1.0  #: norm of the gradient, at most
    seed: int = 1  #: of what cross-talk moves

    def __post_init__(self) -> None:
        """Raises TrainerError for numbers that cannot be."""
        wrong = [name for name in ("steps", "rate", "clip") if not getattr(self, name) > 0]
        if wrong or not all(0.0 <= beta < 1.0 for beta in self.betas) or min(self.warm_steps, self.decay) < 0:
            name = wrong[0] if wrong else "betas, warm_steps or decay"
            raise TrainerError(f"fit of adapters: {name} is out of range.", cure="Correct the table of the fit.")
