"""A graph in numpy: what a network does with steering, without the network."""

import numpy as np
import pytest


class Graph:
    """Layers that all think the same."""

    def __init__(self, entropy=0.5):
        self.entropy = entropy

    def __call__(self, raw, inputs, present=None, entropy=None):
        raw = np.asarray(raw, np.float32)
        logits = raw + inputs["daf_hold"] * (inputs["daf_prior"] - raw)
        masked = logits if present is None else np.where(present, logits, np.float32(-1e4))
        weights = np.exp(masked - masked.max(axis=-1, keepdims=True))
        weights /= weights.sum(axis=-1, keepdims=True)
        weights = weights + inputs["daf_overriding"] * (inputs["daf_override"] - weights)
        doubt = np.broadcast_to(np.float32(self.entropy if entropy is None else entropy), logits.shape)
        outputs = {"daf_logits": logits, "daf_weights": weights, "daf_entropy": doubt}
        return {name: value.astype(np.float32) for name, value in outputs.items()}

    def run(self, component, raws, state=None, **how):
        """(weights of the graph [steps, 3], weights held [steps, 3], the last state)."""
        state = component.init_state() if state is None else state
        weights, held = [], []
        for raw in raws:
            inputs, state = component.before_step(state)
            outputs = self(raw, inputs, **how)
            state = component.after_step(outputs, state)
            weights.append(outputs["daf_weights"])
            held.append(state.weights)
        return np.array(weights), np.array(held), state


@pytest.fixture
def graph():
    return Graph()
