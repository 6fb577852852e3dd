"""Weighting components: the half of every arm that runs live. It steers the graph and keeps the weights still."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, Literal, cast

from hobnail_plugins.daf.smoothing import after, before, smoothing
from hobnail_plugins.daf.spec import GRAPH_INPUTS, GRAPH_OUTPUTS, WeightingArm, WeightingSettings
from hobnail_plugins.daf.state import WeightState, gathered, new_state, spread, told

if TYPE_CHECKING:
    from hobnail.contracts import Float32

TORCH_HALVES: Final[Mapping[WeightingArm, str]] = MappingProxyType(
    {
        "equal": "hobnail_plugins.daf.nn.weighting:Equal",
        "learned_static": "hobnail_plugins.daf.nn.weighting:LearnedStatic",
        "magnitude": "hobnail_plugins.daf.nn.weighting:Magnitude",
        "daf_literal": "hobnail_plugins.daf.nn.weighting:DafLiteral",
        "daf": "hobnail_plugins.daf.nn.weighting:Daf",
        "variance": "hobnail_plugins.daf.nn.weighting:Variance",
        "oracle": "hobnail_plugins.daf.nn.weighting:Oracle",
    }
)


class WeightingComponent:
    """One arm. Holds nothing but its settings and what follows them, so one serves every voice."""

    kind: Literal["weighting"] = "weighting"

    def __init__(self, arm: WeightingArm, settings: WeightingSettings) -> None:
        self.arm, self.settings = arm, settings
        self.torch_half = TORCH_HALVES[arm]
        self._still = smoothing(settings.smoothing)

    @property
    def inputs(self) -> Mapping[str, tuple[int, ...]]:
        """[any] Held logits and the caller's wishes."""
        return GRAPH_INPUTS

    @property
    def outputs(self) -> Mapping[str, tuple[int, ...]]:
        """[any] Logits, weights, entropies."""
        return GRAPH_OUTPUTS

    def init_state(self) -> WeightState:
        """[engine] Of a new emitter: its first step weighs anew."""
        return new_state()

    def before_step(self, state: object) -> tuple[Mapping[str, Float32], WeightState]:
        """[engine] As :func:`hobnail_plugins.daf.smoothing.before`; one voice, or all by a leading axis."""
        return before(cast("WeightState", state), self._still)

    def after_step(self, outputs: Mapping[str, Float32], state: object) -> WeightState:
        """[engine] As :func:`hobnail_plugins.daf.smoothing.after`."""
        return after(outputs, cast("WeightState", state), self._still)

    def gather(self, states: Sequence[object]) -> WeightState:
        """[engine] States of voices as one, to step them together."""
        return gathered(cast("Sequence[WeightState]", states))

    def spread(self, state: object) -> Sequence[WeightState]:
        """[engine] The opposite of :meth:`gather`."""
        return spread(cast("WeightState", state))

    def told(
        self,
        state: object,
        *,
        hops: int | None = None,
        wanted: Sequence[float] | None = None,
        share: float | None = None,
    ) -> WeightState:
        """[engine] As :func:`hobnail_plugins.daf.state.told`: the next step's length, and the caller's override."""
        return told(cast("WeightState", state), hops=hops, wanted=wanted, share=share)
