"""A palette at fixed strengths, written into the network before it is exported: one graph without slots, cheaper."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import torch

from hobnail.errors import PaletteError
from hobnail_plugins.aht.nn.network import Network
from hobnail_plugins.moe_lora.files import read_palette
from hobnail_plugins.moe_lora.merge import merge
from hobnail_plugins.moe_lora.palette import Palette


@dataclass(frozen=True, slots=True)
class Fixed:
    """What is merged."""

    palette: Path  #: its folder
    strengths: Mapping[str, float]  #: by expert; those that are not named are at 0. Of a single expert {} is 1


def merge_into(network: Network, fixed: Fixed, *bases: str) -> tuple[Palette, dict[str, float]]:
    """Change ``network``; what was merged, and the strength of each expert. ``bases``: digests it may be made for.

    Strengths are those of the experts themselves: no router is asked. Raises PaletteError.
    """
    palette = read_palette(fixed.palette, network.spec, *bases)
    alone = dict.fromkeys(palette.names, 1.0) if len(palette.experts) == 1 else {}
    wanted, names = dict(fixed.strengths) or alone, ", ".join(palette.names)
    if not wanted:
        raise PaletteError(f"{fixed.palette}: has {names}, and no strength is given.", cure="Say, as --at pitch=0.5.")
    for name, strength in wanted.items():
        if name not in palette.names:
            raise PaletteError(f"{fixed.palette}: has no expert {name!r}.", cure=f"It has {names}.")
        if not -1.0 <= strength <= 1.0:
            raise PaletteError(f"{name}: the strength is {strength:g}, expected -1..1.", cure="Give one within that.")
    strengths = {name: wanted.get(name, 0.0) for name in palette.names}
    weights = {name: value.detach().numpy() for name, value in network.named_parameters()}
    changed = merge(weights, palette, list(strengths.values()))
    with torch.no_grad():
        for name, value in network.named_parameters():
            if changed[name] is not weights[name]:
                value.copy_(torch.from_numpy(changed[name]))
    return palette, strengths


def notice_of(palette: Palette, strengths: Mapping[str, float]) -> str:
    """What NOTICE says of it."""
    said = ", ".join(f"{name} {strength:g}" for name, strength in strengths.items() if strength)
    return (
        f"The palette {palette.name!r} is part of the weights, at {said or 'strength 0'}; "
        f"its licence is {palette.licence or 'unknown'}.\n"
    )
