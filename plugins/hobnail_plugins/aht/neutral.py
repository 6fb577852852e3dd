"""Inputs of a step that change nothing."""

from __future__ import annotations

import numpy as np

from hobnail.contracts import Float32
from hobnail_plugins.aht.graph_io import STEERING
from hobnail_plugins.aht.spec import ADAPTED, NetworkSpec, adapted_places
from hobnail_plugins.streams import STREAMS


class Neutral:
    """Steering that leaves weights alone, adapters that add nothing."""

    def __init__(self, spec: NetworkSpec, ranks: int) -> None:
        self._ranks = ranks
        self.factors: dict[str, Float32] = {}
        for place in ADAPTED:
            size = adapted_places(spec)[place]
            self.factors[f"down_{place}"] = np.zeros((spec.layers, size.inputs, ranks), np.float32)
            self.factors[f"up_{place}"] = np.zeros((spec.layers, ranks, size.outputs), np.float32)

    def steering(self, voices: int) -> dict[str, Float32]:
        """By name, for so many voices."""
        wide, one = np.zeros((voices, len(STREAMS)), np.float32), np.zeros((voices, 1), np.float32)
        return dict(zip(STEERING, (wide, one, wide, one), strict=True))

    def strength(self, voices: int) -> Float32:
        """[voices, 1, ranks]: every one 0."""
        return np.zeros((voices, 1, self._ranks), np.float32)
