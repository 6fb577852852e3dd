"""The two arms of adapters: plain LoRA, and experts behind a router."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from torch import nn

from hobnail_plugins.aht.spec import NetworkSpec
from hobnail_plugins.moe_lora.nn.bank import LoraBank
from hobnail_plugins.moe_lora.nn.router import Router
from hobnail_plugins.moe_lora.spec import AdapterSettings

if TYPE_CHECKING:
    from torch import Tensor

    from hobnail_plugins.nn.adapted import Adapters


class Routing(NamedTuple):
    """How strong each expert is. float32 [batch, hops or 1, experts]."""

    strengths: Tensor
    gates: Tensor | None  #: None: there is no router


class Lora(nn.Module):
    """An adapter an axis, each as strong as its control."""

    def __init__(self, size: NetworkSpec, settings: AdapterSettings) -> None:
        super().__init__()
        self.settings = settings
        self.bank = LoraBank(size, settings)

    def forward(self, prompt: Tensor, controls: Tensor) -> Routing:
        """``controls`` [batch, hops or 1, axes] are the strengths; the prompt does not matter."""
        return Routing(controls.float(), None)

    def adapters(self, routing: Routing) -> Adapters:
        """What the network takes."""
        return self.bank.adapters(routing.strengths)


class MoeLora(Lora):
    """Experts for axes, a shared one, and a router that sees the prompt and the controls."""

    def __init__(self, size: NetworkSpec, settings: AdapterSettings) -> None:
        super().__init__(size, settings)
        self.router = Router(size.width, settings)

    def forward(self, prompt: Tensor, controls: Tensor) -> Routing:
        """``prompt`` [batch, width], as ``tell`` gives it; ``controls`` [batch, hops or 1, axes] in -1..1."""
        gates, strengths = self.router(prompt, controls)
        return Routing(strengths, gates)
