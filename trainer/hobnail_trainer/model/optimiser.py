"""AdamW over a network: which parameters decay, how fast it learns at a step, and its moments in checkpoints."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import torch
from torch import nn

from hobnail_trainer.errors import TrainerError
from hobnail_trainer.model.average import Average
from hobnail_trainer.model.checkpoint import Checkpoint
from hobnail_trainer.model.preset import Optimiser
from hobnail_trainer.model.shards import dealt, kept_whole, whole

if TYPE_CHECKING:
    from torch import Tensor

BESIDE: Final = "projector."


def rate_at(settings: Optimiser, step: int, steps: int) -> float:
    """Up in a line, level, and down in a line at the end; ``step`` counts those that are done."""
    up = (step + 1) / max(1, settings.warm_steps)
    down = (steps - step) / max(1.0, settings.fall * steps)
    return settings.rate * min(1.0, up, down)


def optimiser_of(network: nn.Module, settings: Optimiser) -> torch.optim.AdamW:
    """Matrices decay; gains, biases and everything else with one axis do not."""
    apart = kept_whole(network)  # a group is whole or shared out, never both
    groups: list[dict[str, object]] = []
    for decays in (True, False):
        for kept in (False, True):
            values = [
                value
                for value in network.parameters()
                if value.requires_grad and (value.ndim >= 2) == decays and (value in apart) == kept
            ]
            if values:
                decay = settings.decay if decays else 0.0
                groups.append({"params": values, "weight_decay": decay, "lr": settings.rate})
    return torch.optim.AdamW(groups, betas=settings.betas, fused=True)


def tensors_of(
    network: nn.Module,
    average: Average,
    optimiser: torch.optim.Optimizer,
    beside: nn.Module | None = None,
    *,
    keep: bool,
) -> dict[str, Tensor]:
    """Everything that a checkpoint holds, whole. ``beside``: what is learned besides the network, and not averaged.

    All processes call it; those that do not ``keep`` get nothing.
    """
    out = {}
    for name, value in [*network.named_parameters(), *_beside(beside)]:
        parts = {name: value} if name.startswith(BESIDE) else {f"average.{name}": average.values[name]}
        if not name.startswith(BESIDE):
            parts[f"network.{name}"] = value
        if moments := optimiser.state.get(value):
            parts |= {f"first.{name}": moments["exp_avg"], f"second.{name}": moments["exp_avg_sq"]}
            parts[f"count.{name}"] = moments["step"]
        for key, part in parts.items():
            gathered = part if key.startswith("count.") else whole(part.detach(), value)
            if keep:
                out[key] = gathered.detach().cpu()
    return out


def _beside(module: nn.Module | None) -> list[tuple[str, nn.Parameter]]:
    """Names as checkpoints have them."""
    return [(f"{BESIDE}{name}", value) for name, value in module.named_parameters()] if module is not None else []


def restore_weights(network: nn.Module, values: dict[str, Tensor], *, may_lack: tuple[str, ...] = ()) -> None:
    """Weights of a checkpoint into a network. Raises TrainerError where they are not this network's.

    ``may_lack``: parts that begin at 0, by the beginning of their names; who has none of one is as good.
    """
    lacks = tuple(part for part in may_lack if not any(name.startswith(part) for name in values))
    for name, value in network.named_parameters():
        if name.startswith(lacks):
            continue
        found = values.get(name)
        if found is None or found.shape != value.shape:
            raise TrainerError(
                f"the checkpoint's {name} is {'missing' if found is None else list(found.shape)}, expected "
                f"{list(value.shape)}.",
                cure="It belongs to another network: use the preset that it was made with.",
            )
        with torch.no_grad():
            value.copy_(found)


def restore_moments(
    optimiser: torch.optim.Optimizer, network: nn.Module, past: Checkpoint, beside: nn.Module | None = None
) -> None:
    """AdamW's moments; a parameter that had no gradient yet has none."""
    first, second, count = past.part("first"), past.part("second"), past.part("count")
    for name, value in [*network.named_parameters(), *_beside(beside)]:
        if name in first:
            optimiser.state[value] = {
                "step": count[name].to(value.device),
                "exp_avg": dealt(first[name], value),
                "exp_avg_sq": dealt(second[name], value),
            }
