"""Registers every weighting arm."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from types import MappingProxyType
from typing import Final

from hobnail.hooks import Register, hookimpl
from hobnail_plugins.daf.components import WeightingComponent
from hobnail_plugins.daf.spec import WeightingArm, WeightingSettings

ARMS: Final[Mapping[WeightingArm, str]] = MappingProxyType(
    {
        "equal": "Weighting: the same for every stream.",
        "learned_static": "Weighting: learned once, the same for every sound.",
        "magnitude": "Weighting: what is louder counts more.",
        "daf_literal": "Weighting: by entropy of attention, with nothing learned.",
        "daf": "Weighting: by entropy of attention, calibrated; what Hobnail uses.",
        "variance": "Weighting: by variance of attention in place of its entropy.",
        "oracle": "Weighting: told how noisy each stream is; a bound, for measuring only.",
    }
)


@hookimpl
def hobnail_register_components(register: Register) -> None:
    """Every arm by its name, with the same settings."""
    for arm, help in ARMS.items():
        register(arm, partial(WeightingComponent, arm), help=help, config=WeightingSettings)
