"""What is trained: the network, projectors and their losses as one module, so that DDP and FSDP see every parameter in
one call."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import nn

from hobnail_plugins.aht.nn.network import Network
from hobnail_trainer.alignment import Alignment
from hobnail_trainer.model.blocks import Blocks, Units, streams_of
from hobnail_trainer.model.preset import FlowLoss
from hobnail_trainer.model.targets import Targets
from hobnail_trainer.model.velocity import Draw, flow_loss

if TYPE_CHECKING:
    from torch import Tensor


class Learner(nn.Module):
    """Blocks to losses by name; ``total`` is what is minimised."""

    def __init__(self, network: Network, settings: FlowLoss, alignment: Alignment | None = None) -> None:
        super().__init__()
        self.network, self.settings, self.alignment = network, settings, alignment
        self.beside = alignment  #: what checkpoints hold besides the network

    def forward(
        self, blocks: Blocks, units: Units, drawn: Draw, targets: Targets | None = None, *, look: bool = False
    ) -> dict[str, Tensor]:
        """``total`` with its gradient, and figures without. ``look``: instead each layer's output, by its number."""
        streams = streams_of(self.network, blocks)
        loss, given = flow_loss(self.network, blocks, streams, units, drawn)
        if look:
            return {str(number): layer for number, layer in enumerate(given.hidden, start=1)}
        with torch.no_grad():
            weights = torch.stack([report.weighed.weights.mean(dim=(0, 1)) for report in given.reports]).mean(dim=0)
            gate = torch.stack([report.gate.mean() for report in given.reports]).mean()
            sink = torch.stack([looked.sink.mean() for report in given.reports for looked in report.looked]).mean()
        figures = {"w_text": weights[0], "w_vision": weights[1], "w_history": weights[2], "gate": gate, "sink": sink}
        total = loss
        if self.alignment is not None and targets is not None:
            aligned = self.alignment(
                given.hidden, targets.features, targets.mask, step=targets.step, beside=targets.beside
            )
            total = loss + aligned.total
            figures |= {f"align_{name}": part.detach() for name, part in aligned.parts.items()}
        return {"total": total, "flow": loss.detach(), **figures}
