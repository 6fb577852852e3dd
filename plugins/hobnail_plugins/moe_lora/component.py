"""The run-time half of adapters: each voice's strengths, from its controls, its prompt and what is loaded."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, Literal

import numpy as np

from hobnail.contracts import Float32
from hobnail.errors import PaletteError
from hobnail_plugins.aht.spec import NetworkSpec
from hobnail_plugins.moe_lora.router import Leaning, lean, route
from hobnail_plugins.moe_lora.slots import Loaded, Slots, Snapshot, ranks_of
from hobnail_plugins.moe_lora.spec import AdapterSettings

STRENGTH: Final = "strength"
MEMORY: Final = 0.98
"""Of the running mean of gates that telemetry shows: half of it is younger than 34 steps."""


@dataclass(frozen=True, slots=True, eq=False)
class VoiceAdapters:
    """A voice's state. A new one is made by :func:`dataclasses.replace`; none is changed in place."""

    controls: Mapping[str, float] = field(default_factory=dict)  #: by axis, -1..1; missing: 0
    prompt: Float32 | None = None  #: float32 [width], as the graph ``tell`` gives it; None: gates lean nowhere
    palettes: frozenset[str] | None = None  #: that it uses; None: all that are loaded
    leanings: Mapping[int, Leaning] = field(default_factory=dict)  #: by the identity of a loaded palette
    leant: tuple[object, ...] = ()  #: what they were made from: the prompt, the palettes
    gates: Float32 | None = None  #: [K], of the step that is made now
    load: Float32 | None = None  #: [K], running mean of the gates while something was moved


class AdapterComponent:
    """LoRA or MoE-LoRA behind the contract of components. Factors are shared by all voices: :attr:`Slots.now`.

    Before :meth:`attach` nothing is loaded and every strength is 0.
    """

    def __init__(self, settings: AdapterSettings, torch_half: str) -> None:
        self._settings, self._torch_half = settings, torch_half
        self._slots: Slots | None = None

    @property
    def kind(self) -> Literal["adapter"]:
        """[any] Which place it takes."""
        return "adapter"

    @property
    def torch_half(self) -> str:
        """[any] Built as ``Class(spec, settings)``: adapters need the whole network's sizes."""
        return self._torch_half

    @property
    def settings(self) -> AdapterSettings:
        """[any] That it was built with."""
        return self._settings

    @property
    def inputs(self) -> Mapping[str, tuple[int, ...]]:
        """[any] A voice's own: strengths. :func:`factor_shapes` has what voices share."""
        return {STRENGTH: (1, self._settings.slots * self._settings.slot_rank)}

    @property
    def outputs(self) -> Mapping[str, tuple[int, ...]]:
        """[any] None: the router is not in the graph."""
        return {}

    @property
    def slots(self) -> Slots:
        """[any] Where palettes are loaded. Raises PaletteError before :meth:`attach`."""
        if self._slots is None:
            raise PaletteError("there is no model yet to load palettes into.", cure="Load a bundle first.")
        return self._slots

    def attach(self, spec: NetworkSpec, *bases: str) -> Slots:
        """[control] Make slots for a network; ``bases``: digests of the networks whose palettes fit it."""
        self._slots = Slots(spec, self._settings, *bases)
        return self._slots

    def init_state(self) -> VoiceAdapters:
        """[engine] A voice without prompt, every control at 0."""
        return VoiceAdapters()

    def before_step(self, state: object) -> tuple[Mapping[str, Float32], VoiceAdapters]:
        """[engine] Strengths of one voice, float32 [1, K * r]."""
        assert isinstance(state, VoiceAdapters)
        if self._slots is None:
            return {STRENGTH: np.zeros(self.inputs[STRENGTH], np.float32)}, state
        strengths, states = before_steps(self._slots.now, [state])
        return {STRENGTH: strengths[0]}, states[0]

    def after_step(self, outputs: Mapping[str, Float32], state: object) -> VoiceAdapters:
        """[engine] Take the step's gates into the running mean."""
        assert isinstance(state, VoiceAdapters)
        return remembered(state)


def remembered(state: VoiceAdapters) -> VoiceAdapters:
    """[engine] After a step: its gates in the running mean that telemetry shows."""
    if state.gates is None or not state.gates.any():
        return state
    load = state.gates if state.load is None else MEMORY * state.load + (1.0 - MEMORY) * state.gates
    return replace(state, load=load.astype(np.float32))


def before_steps(now: Snapshot, states: Sequence[VoiceAdapters]) -> tuple[Float32, list[VoiceAdapters]]:
    """[engine] Strengths of a batch, float32 [voices, 1, K * r], and the next states. Each voice as if alone."""
    strengths = np.zeros((len(states), 1, now.slots), np.float32)
    gates = np.zeros((len(states), now.slots), np.float32)
    ready = [_leant(now, state) for state in states]
    for loaded in now.loaded:
        rows = [row for row, state in enumerate(ready) if _uses(state, loaded)]
        if not rows:
            continue
        places = slice(loaded.slot, loaded.slots.stop)
        axes = loaded.palette.axes
        controls = np.array([[[_control(ready[row], axis) for axis in axes]] for row in rows], np.float32)
        if loaded.palette.router is None:
            strengths[rows, :, places] = controls
            continue
        each = [ready[row].leanings[id(loaded)] for row in rows]
        leaning = Leaning(np.stack([one.offsets for one in each]), np.stack([one.slopes for one in each]))
        routed = route(leaning, loaded.palette.names, controls)
        strengths[rows, :, places] = routed.strengths
        gates[rows, places] = routed.gates[:, 0] * controls.any(axis=-1)
    after = [replace(state, gates=gates[row]) for row, state in enumerate(ready)]
    return ranks_of(strengths, now.rank), after


def router_load(now: Snapshot, states: Sequence[VoiceAdapters]) -> dict[str, float]:
    """[any] Telemetry: mean load of each expert over voices that moved something, as ``palette/expert``."""
    loads = [state.load for state in states if state.load is not None]
    if not loads:
        return {}
    mean = np.mean(loads, axis=0)
    return {
        f"{loaded.palette.name}/{name}": float(mean[slot])
        for loaded in now.loaded
        if loaded.palette.router is not None
        for slot, name in zip(loaded.slots, loaded.palette.names, strict=True)
    }


def _leant(now: Snapshot, state: VoiceAdapters) -> VoiceAdapters:
    """The state with what its prompt makes of every router that is loaded: computed when one of them is new."""
    made_from = (state.prompt, *now.loaded)
    if len(made_from) == len(state.leant) and all(one is two for one, two in zip(made_from, state.leant, strict=True)):
        return state
    leanings = {
        id(loaded): lean(router, loaded.palette.names, _known(state.prompt, router.enter.shape[1]))
        for loaded in now.loaded
        if (router := loaded.palette.router) is not None
    }
    return replace(state, leanings=leanings, leant=made_from)


def _known(prompt: Float32 | None, width: int) -> Float32:
    """The prompt, or zeros where there is none or where it holds what is no number."""
    return prompt if prompt is not None and np.isfinite(prompt).all() else np.zeros(width, np.float32)


def _uses(state: VoiceAdapters, loaded: Loaded) -> bool:
    return state.palettes is None or loaded.palette.name in state.palettes


def _control(state: VoiceAdapters, axis: str) -> float:
    """Within -1..1; what is no number counts as not moved, so that it reaches no other voice."""
    value = state.controls.get(axis, 0.0)
    return 0.0 if math.isnan(value) else min(1.0, max(-1.0, value))
