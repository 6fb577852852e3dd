"""What graphs cost, and how far they are from float32 with the same noise."""

from __future__ import annotations

import platform
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Final

import numpy as np
import onnx

from hobnail_plugins.aht.graph_io import seen_of
from hobnail_plugins.aht.manifest import Latency
from hobnail_plugins.aht.spec import NetworkSpec
from hobnail_plugins.streams import STREAMS
from hobnail_trainer.export.examples import Given
from hobnail_trainer.export.runtime import session_of
from hobnail_trainer.export.write import example_of

SIZES: Final = ((1, 2), (1, 64), (32, 2))
"""(voices, hops) that are timed: a step of one voice, a whole block, a step of many."""

LIVE_RANKS: Final = 16
"""Of the adapters that are timed: four experts of rank 4."""


def errors_of(whole: onnx.ModelProto, small: onnx.ModelProto, blocks: Iterable[Given]) -> dict[str, float]:
    """Relative RMS of the velocity over all ``blocks`` and of the worst one, and the largest change of a weight."""
    sessions = [session_of(each.SerializeToString()) for each in (whole, small)]
    names = [value.name for value in sessions[0].get_inputs()]
    off, size, worst, weight = 0.0, 0.0, 0.0, 0.0
    for block in blocks:
        given = {name: block[name] for name in names}
        (right, weights), (found, others) = (each.run(["velocity", "daf_weights"], given) for each in sessions)
        here, all_of_it = float(np.square(found - right).sum()), float(np.square(right).sum())
        off, size = off + here, size + all_of_it
        worst = max(worst, (here / all_of_it) ** 0.5)
        weight = max(weight, float(np.abs(weights - others).max()))
    return {"velocity": (off / size) ** 0.5, "velocity_worst_batch": worst, "weights_most": weight}


def latency_of(folder: Path, spec: NetworkSpec, *, repeats: int = 40) -> Latency:
    """Milliseconds of one pass of ``step`` (live adapters) and ``plain``, inputs bound, one thread.

    The median of the thread's own time: what a pass takes where nothing else runs, whatever runs here now.
    """
    import onnxruntime

    passes: dict[str, float] = {}
    for name in ("step", "plain"):
        session = session_of(folder / f"{name}.onnx")
        for voices, hops in SIZES:
            binding = session.io_binding()
            given = full_step(spec, voices, hops)
            for value in session.get_inputs():
                array = onnxruntime.OrtValue.ortvalue_from_numpy(given[value.name])
                binding.bind_ortvalue_input(value.name, array)
            for value in session.get_outputs():
                binding.bind_output(value.name)
            taken = []
            for _ in range(repeats):
                began = time.thread_time()
                session.run_with_iobinding(binding)
                taken.append(time.thread_time() - began)
            passes[f"{name}, {voices} x {hops} hops"] = round(1e3 * float(np.median(taken)), 3)
    return Latency(machine=_machine(), runtime=f"onnxruntime {onnxruntime.__version__}", passes=passes)


def full_step(spec: NetworkSpec, voices: int, hops: int) -> Given:
    """A step whose streams are full: every remembered hop, every token of a prompt, vision before the block."""
    given = {
        name: value.numpy()
        for name, value in example_of(spec, voices, hops, rows=1 + spec.history_hops, ranks=LIVE_RANKS).items()
    }
    shorter = {"text": 1 + spec.text_tokens, "vision": 1 + spec.seen_hops * spec.resampler.tokens}
    for name in given:
        stream = name.split("_")[0]
        if stream in STREAMS and stream in shorter:
            rows = slice(shorter[stream])
            given[name] = given[name][:, rows] if name == seen_of(stream) else given[name][:, :, rows]
    return {name: np.ascontiguousarray(value) for name, value in given.items()}


def _machine() -> str:
    try:
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()
