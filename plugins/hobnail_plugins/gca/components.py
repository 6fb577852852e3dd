"""Fusion components: the half of every arm that runs live. It steers nothing; it keeps an account of the gates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, Literal, cast

import numpy as np

from hobnail_plugins.gca.spec import GRAPH_OUTPUTS, FusionArm, FusionSettings
from hobnail_plugins.streams import STREAMS

if TYPE_CHECKING:
    from hobnail.contracts import Float32

TORCH_HALVES: Final[Mapping[FusionArm, str]] = MappingProxyType(
    {
        "vanilla": "hobnail_plugins.gca.nn.fusion:Vanilla",
        "flamingo": "hobnail_plugins.gca.nn.fusion:Flamingo",
        "gca_literal": "hobnail_plugins.gca.nn.fusion:GatedLiteral",
        "gca_ctx": "hobnail_plugins.gca.nn.fusion:GatedContext",
        "gca_g1": "hobnail_plugins.gca.nn.fusion:GatedHeads",
        "late": "hobnail_plugins.gca.nn.fusion:Late",
        "projected": "hobnail_plugins.gca.nn.fusion:Projected",
    }
)


@dataclass(frozen=True, slots=True)
class GateState:
    """Running means of a voice since it began, float32; any leading axes."""

    steps: Float32  #: [..., 1], that were counted
    gates: Float32  #: [..., layers]; [..., 1] before the first step
    sink: Float32  #: [..., 3], share of attention that rested in each stream's sink


class FusionComponent:
    """One arm. Holds nothing but its settings, so one serves every voice."""

    kind: Literal["fusion"] = "fusion"

    def __init__(self, arm: FusionArm, settings: FusionSettings) -> None:
        self.arm, self.settings = arm, settings
        self.torch_half = TORCH_HALVES[arm]

    @property
    def inputs(self) -> Mapping[str, tuple[int, ...]]:
        """[any] None: the gates follow from what the network sees."""
        return MappingProxyType({})

    @property
    def outputs(self) -> Mapping[str, tuple[int, ...]]:
        """[any] Gates by layer, sinks by stream."""
        return GRAPH_OUTPUTS

    def init_state(self) -> GateState:
        """[engine] Nothing counted."""
        nothing = np.zeros(1, np.float32)
        return GateState(nothing, nothing, np.zeros(len(STREAMS), np.float32))

    def before_step(self, state: object) -> tuple[Mapping[str, Float32], GateState]:
        """[engine] No inputs; the state as it is."""
        return MappingProxyType({}), cast("GateState", state)

    def after_step(self, outputs: Mapping[str, Float32], state: object) -> GateState:
        """[engine] Count a step; one whose outputs are not finite is not counted."""
        old = cast("GateState", state)
        gates, sink = outputs["gca_gates"], outputs["gca_sink"]
        sound = np.isfinite(gates.sum(axis=-1, keepdims=True) + sink.sum(axis=-1, keepdims=True))
        if not sound.all():
            gates, sink = np.where(sound, gates, old.gates), np.where(sound, sink, old.sink)
        steps = old.steps + sound
        share = 1.0 / np.maximum(steps, 1.0)
        return GateState(steps, old.gates + share * (gates - old.gates), old.sink + share * (sink - old.sink))

    def gather(self, states: Sequence[object]) -> GateState:
        """[engine] States of voices as one, to step them together."""
        voices = cast("Sequence[GateState]", states)
        layers = max(voice.gates.shape[-1] for voice in voices)
        return GateState(
            np.stack([voice.steps for voice in voices]),
            np.stack([np.broadcast_to(voice.gates, (layers,)) for voice in voices]),
            np.stack([voice.sink for voice in voices]),
        )

    def spread(self, state: object) -> Sequence[GateState]:
        """[engine] The opposite of :meth:`gather`."""
        together = cast("GateState", state)
        return [GateState(*row) for row in zip(together.steps, together.gates, together.sink, strict=True)]


def figures(state: GateState) -> dict[str, float]:
    """What telemetry says of one voice: mean gate of each layer and of all, mean share of each sink; 0..1."""
    layers = {f"gate_{layer}": float(gate) for layer, gate in enumerate(state.gates)}
    sinks = {f"sink_{name}": float(share) for name, share in zip(STREAMS, state.sink, strict=True)}
    return {"steps": float(state.steps[0]), "gate": float(state.gates.mean()), **layers, **sinks}
