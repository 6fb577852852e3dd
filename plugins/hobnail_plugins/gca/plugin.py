"""Registers every fusion arm."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from types import MappingProxyType
from typing import Final

from hobnail.hooks import Register, hookimpl
from hobnail_plugins.gca.components import FusionComponent
from hobnail_plugins.gca.spec import FusionArm, FusionSettings

ARMS: Final[Mapping[FusionArm, str]] = MappingProxyType(
    {
        "vanilla": "Fusion: cross-attention added to what is held.",
        "flamingo": "Fusion: added through one learned gate for each layer.",
        "gca_literal": "Fusion: gated for each hop and channel, as the formula of the paper has it.",
        "gca_ctx": "Fusion: the same gate, which also sees what is held.",
        "gca_g1": "Fusion: a second gate inside the heads, from the query; what Hobnail uses.",
        "late": "Fusion: streams side by side, added once, after the last layer's attention; a rival to compare with.",
        "projected": "Fusion: one projected vector for the whole block, added to every hop; a rival to compare with.",
    }
)


@hookimpl
def hobnail_register_components(register: Register) -> None:
    """Every arm by its name, with the same settings."""
    for arm, help in ARMS.items():
        register(arm, partial(FusionComponent, arm), help=help, config=FusionSettings)
