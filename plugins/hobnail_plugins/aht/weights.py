"""A bundle's weighting component at work: what it steers goes into a step, what it reads comes back, voice by voice."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import cast

import numpy as np
from numpy.typing import NDArray

from hobnail.contracts import BatchedComponent, Component, Float32, SteeredComponent
from hobnail.errors import BundleError
from hobnail_plugins.aht.graph_io import REPORTS, STEERING

Rows = NDArray[np.intp]


class Weights:
    """Steps the weighting component of a bundle: many voices by one call where it can, one by one where it cannot."""

    def __init__(self, component: Component, *, wanted: Sequence[float] = (), share: float = 0.0) -> None:
        """[control] ``wanted``: weights of text, vision, history that replace its own by ``share``.

        Raises BundleError when the component wants of a step what no graph has.
        """
        self._component = component
        self._batched = component if isinstance(component, BatchedComponent) else None
        self._wanted, self._share = tuple(wanted), share
        for what, names, known in (("inputs", component.inputs, STEERING), ("outputs", component.outputs, REPORTS)):
            if strange := [name for name in names if name not in known]:
                raise BundleError(
                    f"a weighting component has the {what} {', '.join(strange)}, a step has {', '.join(known)}.",
                    cure="Export the bundle with a component that fits, or install the one it was made with.",
                )

    def begin(self, hops: int) -> object:
        """[engine] The state of a new voice that steps by ``hops``."""
        state = self._component.init_state()
        if isinstance(self._component, SteeredComponent):
            steered = {"wanted": self._wanted, "share": self._share} if self._wanted and self._share else {}
            state = self._component.told(state, hops=hops, **steered)  # type: ignore[arg-type]  # both as told() has them
        return state

    def before(self, states: Sequence[object], steering: Mapping[str, Float32], rows: Rows) -> object:
        """[engine] Write what a step is steered by into ``rows`` of its inputs; what :meth:`after` wants back."""
        if (together := self._batched) is not None:
            inputs, joined = together.before_step(together.gather(states))
            for name, values in inputs.items():
                steering[name][rows] = values
            return joined
        moved: list[object] = []
        for row, state in zip(rows.tolist(), states, strict=True):
            inputs, after = self._component.before_step(state)
            for name, values in inputs.items():
                steering[name][row] = values
            moved.append(after)
        return moved

    def after(self, reports: Mapping[str, Float32], joined: object, rows: Rows) -> Sequence[object]:
        """[engine] Let it read ``rows`` of a step's reports; the states after it."""
        part = self._component
        read = {name: reports[name][rows] for name in part.outputs}
        if (together := self._batched) is not None:
            return together.spread(together.after_step(read, joined))
        states = cast("list[object]", joined)
        return [
            part.after_step({name: values[row] for name, values in read.items()}, state)
            for row, state in enumerate(states)
        ]
