"""All losses of adapters in one place: from what one pass gave to parts by name, and their weighted sum."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hobnail_plugins.moe_lora.nn.arms import Lora, Routing
from hobnail_trainer.adapters.hearing import attribute_loss
from hobnail_trainer.adapters.model import Given, Known
from hobnail_trainer.adapters.routing import (
    Balance,
    balance_loss,
    consistency_loss,
    moved,
    route_loss,
    routing_targets,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from torch import Tensor

    from hobnail_plugins.moe_lora.spec import LossWeights
    from hobnail_trainer.adapters.attributes import Ear


def losses(
    given: Given, adapter: Lora, routing: Routing, known: Known, balance: Balance, ear: Ear | None = None
) -> tuple[dict[str, Tensor], Balance]:
    """Parts by name, not yet weighted, and the running means after this batch. What does not apply is left out:

    ``flow`` always; ``orthogonal`` with two experts or more; ``balance``, ``route`` and ``consistency`` with a router;
    ``attribute`` with an ear. Cross-talk takes a second pass: :mod:`hobnail_trainer.adapters.hearing`.
    """
    settings = adapter.settings
    parts = {"flow": given.loss}
    if len(settings.experts) > 1:
        parts["orthogonal"] = adapter.bank.overlap()
    if routing.gates is not None:
        count = moved(known.controls)
        gates = routing.gates.mean(dim=1)[count]
        parts["balance"], balance = balance_loss(gates, balance, settings.losses.memory)
        targets = routing_targets(known.controls[count].float(), settings.experts, settings.losses.shared)
        parts["route"] = route_loss(gates, targets)
        if known.agreement is not None:
            parts["consistency"] = consistency_loss(gates, known.agreement[count].float())
    if ear is not None and given.clean is not None and given.wanted is not None and given.t is not None:
        heard, wanted = ear(given.clean, given.weight), ear(given.wanted, given.weight)
        parts["attribute"] = attribute_loss(heard, wanted, given.t)
    return parts, balance


def total(parts: Mapping[str, Tensor], weights: LossWeights) -> Tensor:
    """The flow loss, and every other part times its weight."""
    whole = parts["flow"]
    for name, part in parts.items():
        if name != "flow":
            whole = whole + getattr(weights, name) * part
    return whole
