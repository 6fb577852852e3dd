"""From the torch half to a palette and back, bit for bit; and the digest of a network."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from hobnail.contracts import Float32
from hobnail.errors import PaletteError
from hobnail_plugins.moe_lora.nn.arms import Lora, MoeLora
from hobnail_plugins.moe_lora.palette import Expert, Pair, Palette, base_digest
from hobnail_plugins.moe_lora.router import RouterTables

if TYPE_CHECKING:
    from torch import Tensor, nn


def digest_of(network: nn.Module) -> str:
    """Names a network by its parameters, as palettes carry it."""
    return base_digest({name: _array(value) for name, value in network.named_parameters()})


def palette_of(adapter: Lora, *, name: str, base: str, licence: str = "") -> Palette:
    """What was learned, as it is written and loaded."""
    settings, bank = adapter.settings, adapter.bank
    experts = []
    for index, expert in enumerate(settings.experts):
        pairs = {
            (place, layer): Pair(_array(bank.down[place][index, layer]), _array(bank.up[place][index, layer]))
            for place in settings.places
            for layer in range(bank.down[place].shape[1])
        }
        experts.append(Expert(name=expert, rank=settings.rank, alpha=settings.alpha, pairs=pairs))
    router = None
    if isinstance(adapter, MoeLora):
        enter, leave = adapter.router.enter, adapter.router.leave
        router = RouterTables(_array(enter.weight), _array(enter.bias), _array(leave.weight), _array(leave.bias))
    return Palette(name=name, base=base, experts=tuple(experts), router=router, licence=licence)


@torch.no_grad()
def fill(adapter: Lora, palette: Palette) -> None:
    """Write a palette into a module of the same settings, to go on with it. Raises PaletteError."""
    settings, bank = adapter.settings, adapter.bank
    same = (
        palette.names == settings.experts
        and isinstance(adapter, MoeLora) == (palette.router is not None)
        and all(
            (each.rank, each.alpha, each.rooted) == (settings.rank, settings.alpha, False) for each in palette.experts
        )
        and all({place for place, _ in each.pairs} <= set(settings.places) for each in palette.experts)
    )
    if not same:
        raise PaletteError(
            f"palette {palette.name!r}: experts, rank, alpha or places are not those of the settings.",
            cure="Give the settings that it was made with.",
        )
    for place in settings.places:
        bank.down[place].zero_()
        bank.up[place].zero_()
    for index, expert in enumerate(palette.experts):
        for (place, layer), pair in expert.pairs.items():
            bank.down[place][index, layer] = torch.from_numpy(pair.down)
            bank.up[place][index, layer] = torch.from_numpy(pair.up)
    if isinstance(adapter, MoeLora) and (router := palette.router) is not None:
        for linear, weight, bias in (
            (adapter.router.enter, router.enter, router.enter_bias),
            (adapter.router.leave, router.leave, router.leave_bias),
        ):
            linear.weight.copy_(torch.from_numpy(weight))
            linear.bias.copy_(torch.from_numpy(bias))


def _array(value: Tensor) -> Float32:
    array: Float32 = value.detach().float().cpu().numpy().copy()
    return array
