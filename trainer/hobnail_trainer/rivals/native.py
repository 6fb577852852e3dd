"""The native pass, as the engine plays a bundle where the processor allows."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from hobnail_plugins.aht.bundle import Bundle
from hobnail_plugins.aht.graph_io import REPORTS, VELOCITY, step_inputs
from hobnail_plugins.aht.native import native_of, natively
from hobnail_trainer.export.examples import Given
from hobnail_trainer.rivals.timing import not_run, timed

WHAT = "native pass"


def lines(bundle: Bundle, voices: int, given: Given, seconds: float) -> Iterator[str]:
    """One line."""
    found = native_of(bundle)
    if found is None:
        yield not_run(WHAT, voices, "the bundle has no native weights, or the processor no AVX-512 with VNNI")
        return
    spec, hops = bundle.manifest.network, given["x"].shape[1]
    binding = found.binding(voices=voices, hops=hops)
    for name in step_inputs(spec, plain=True):
        binding.bind_ortvalue_input(name, natively(name, given[name]))
    widths = {VELOCITY: (hops, spec.latents)} | dict.fromkeys(REPORTS, (3,)) | {"gca_gates": (spec.layers,)}
    for name, width in widths.items():
        binding.bind_ortvalue_output(name, np.zeros((voices, *width), np.float32))
    yield timed(WHAT, voices, binding.run, seconds)
