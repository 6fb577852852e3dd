"""Between a step of the network and the components that run beside it: named inputs in, named outputs out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import torch

from hobnail_plugins.aht.nn.network import Velocity
from hobnail_plugins.nn.contracts import Steering

if TYPE_CHECKING:
    from torch import Tensor


def steering(inputs: Mapping[str, Tensor]) -> Steering:
    """From graph inputs by name, float32 [batch, 3] or [batch, 1]: see ``hobnail_plugins.daf.spec.GRAPH_INPUTS``."""
    return Steering(
        prior=inputs["daf_prior"],
        hold=inputs["daf_hold"],
        override=inputs["daf_override"],
        overriding=inputs["daf_overriding"],
    )


def reported(velocity: Velocity) -> dict[str, Tensor]:
    """Every output that components may read, by name, float32: means over hops, and over layers where there is no axis.

    ==============  ==============  ======================================================
    daf_logits      [batch, 3]      before the softmax, after smoothing
    daf_weights     [batch, 3]      of text, vision, history
    daf_entropy     [batch, 3]      normalised, the sink left out
    gca_gates       [batch, layers] how much of what was found was let in
    gca_sink        [batch, 3]      share of attention that rested in each stream's sink
    ==============  ==============  ======================================================
    """
    reports = velocity.reports
    looked = [torch.stack([each.entropy for each in report.looked], dim=-1) for report in reports]
    rested = [torch.stack([each.sink for each in report.looked], dim=-1) for report in reports]
    return {
        "daf_logits": torch.stack([report.weighed.logits for report in reports]).mean(dim=(0, 2)),
        "daf_weights": torch.stack([report.weighed.weights for report in reports]).mean(dim=(0, 2)),
        "daf_entropy": torch.stack(looked).mean(dim=(0, 2)),
        "gca_gates": torch.stack([report.gate.float().mean(dim=(1, 2)) for report in reports], dim=-1),
        "gca_sink": torch.stack(rested).mean(dim=(0, 2)),
    }
