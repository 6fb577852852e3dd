"""The rules of encoders and of model components."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np

from hobnail.building import component_problem
from hobnail.contracts import BatchedComponent, Component, Encoder, Float32
from hobnail.testing.rules import Rules

_ENCODERS = ("text", "scene", "pixels")
_LAYERS = 3
"""That a network is taken to have where an output's shape says -1."""


def check_encoder(encoder: Encoder, values: Iterable[object]) -> None:
    """Raise :class:`ConformanceError` at the first rule that ``encoder`` breaks on ``values`` of its kind."""
    rules = Rules(type(encoder).__name__)
    rules.require(isinstance(encoder, Encoder), "contract", "a method is missing.", cure="See Encoder in contracts.")
    rules.require(
        encoder.kind in _ENCODERS, "kind", f"kind is {encoder.kind!r}.", cure=f"One of: {', '.join(_ENCODERS)}."
    )
    encoder.prepare()
    width: int | None = None
    for value in values:
        tokens = encoder.encode(value)
        rules.require(
            isinstance(tokens, np.ndarray) and tokens.ndim == 2 and tokens.dtype == np.float32,
            "tokens",
            f"encode({value!r:.40}) gave {getattr(tokens, 'shape', type(tokens).__name__)}.",
            cure="Return float32 [tokens, width].",
        )
        rules.require(bool(np.isfinite(tokens).all()), "finite", "tokens hold NaN.", cure="Look for empty input.")
        rules.require(
            width in (None, tokens.shape[1]),
            "width",
            f"width is {tokens.shape[1]} here and {width} there.",
            cure="Every value gives tokens of one width.",
        )
        width = tokens.shape[1]
        rules.require(
            np.array_equal(tokens, encoder.encode(value)),
            "determinism",
            "one value gave two answers.",
            cure="Turn dropout off.",
        )
    rules.require(width is not None, "values", "there was nothing to try.", cure="Pass check_encoder some values.")


def check_component(component: Component, *, steps: int = 4) -> None:
    """Raise :class:`ConformanceError` at the first rule that ``component`` breaks."""
    rules = Rules(type(component).__name__)
    rules.require(isinstance(component, Component), "contract", "a method is missing.", cure="See Component.")
    problem = component_problem(component)
    rules.require(not problem, "description", f"{problem}.", cure="See Component in hobnail.contracts.")
    outputs = _outputs(component)
    alone = _run(component, outputs, steps, rules)
    state = component.init_state()
    first, after = component.before_step(state)
    component.after_step(outputs, after)
    again, _ = component.before_step(state)
    rules.require(
        _same(first, again) and _same(alone[0], first),
        "explicit state",
        "before_step gave two answers for one state.",
        cure="Build a new state instead of changing the one you were given; keep none on the component.",
    )
    if isinstance(component, BatchedComponent):
        _check_batches(component, steps, rules)


def _run(component: Component, outputs: Mapping[str, Float32], steps: int, rules: Rules) -> list[Mapping[str, Float32]]:
    state = component.init_state()
    given: list[Mapping[str, Float32]] = []
    for _ in range(steps):
        inputs, state = component.before_step(state)
        rules.require(
            set(inputs) == set(component.inputs),
            "declared inputs",
            f"before_step gave {sorted(inputs)}, declared are {sorted(component.inputs)}.",
            cure="Give a value for each declared graph input, and no other.",
        )
        for name, shape in component.inputs.items():
            rules.sound(inputs[name], tuple(shape), where=f"input {name}")
        given.append({name: value.copy() for name, value in inputs.items()})
        state = component.after_step(outputs, state)
    return given


def _check_batches(component: BatchedComponent, steps: int, rules: Rules) -> None:
    """Two voices together, the second a step older, are what each is alone."""
    young, old = component.init_state(), component.init_state()
    _, old = component.before_step(old)
    old = component.after_step(_outputs(component), old)
    for step in range(steps):
        outputs = [_outputs(component, seed=10 * step + voice) for voice in range(2)]
        together = component.gather([young, old])
        inputs, together = component.before_step(together)
        both = component.after_step({name: np.stack([each[name] for each in outputs]) for name in outputs[0]}, together)
        alone = []
        for voice, state in enumerate((young, old)):
            own, begun = component.before_step(state)
            rules.require(
                _close({name: value[voice] for name, value in inputs.items()}, own),
                "batches",
                f"voice {voice} of two has other inputs than alone.",
                cure="Let no voice of a gathered state reach another.",
            )
            alone.append(component.after_step(outputs[voice], begun))
        young, old = component.spread(both)
    for state, other in zip((young, old), alone, strict=True):
        rules.require(
            _close(component.before_step(state)[0], component.before_step(other)[0]),
            "batches",
            "a voice goes on otherwise after it was stepped with another.",
            cure="Let spread() undo gather().",
        )


def _outputs(component: Component, seed: int = 5) -> dict[str, Float32]:
    rng = np.random.default_rng(seed)
    shapes = {name: [_LAYERS if size == -1 else size for size in shape] for name, shape in component.outputs.items()}
    return {name: rng.uniform(0.0, 1.0, shape).astype(np.float32) for name, shape in shapes.items()}


def _same(one: Mapping[str, Float32], other: Mapping[str, Float32]) -> bool:
    return set(one) == set(other) and all(np.array_equal(one[name], other[name]) for name in one)


def _close(one: Mapping[str, Float32], other: Mapping[str, Float32]) -> bool:
    return set(one) == set(other) and all(np.allclose(one[name], other[name], atol=1e-5) for name in one)
