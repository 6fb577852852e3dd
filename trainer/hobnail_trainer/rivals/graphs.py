"""A bundle's graph in onnxruntime: with our settings, with its own, and on CUDA."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import onnxruntime

from hobnail_trainer.export.examples import Given
from hobnail_trainer.export.runtime import session_of
from hobnail_trainer.rivals.timing import Pass, not_run, timed

_CUDA: Final = "CUDAExecutionProvider"


def lines(graph: Path, voices: int, given: Given, seconds: float) -> Iterator[str]:
    """Ours, the defaults, and CUDA where a session really runs on it."""
    yield timed("onnxruntime, our settings", voices, _ours(session_of(graph), given), seconds)
    session = onnxruntime.InferenceSession(str(graph), providers=["CPUExecutionProvider"])
    yield timed("onnxruntime, its defaults", voices, _plain(session, given), seconds)
    if _CUDA not in onnxruntime.get_available_providers():
        yield not_run("onnxruntime on CUDA", voices, "this onnxruntime has no CUDA provider")
        return
    session = onnxruntime.InferenceSession(str(graph), providers=[_CUDA])
    if session.get_providers()[0] != _CUDA:  # a wheel for GPUs claims CUDA on any machine
        yield not_run("onnxruntime on CUDA", voices, "there is no CUDA device")
        return
    yield timed("onnxruntime on CUDA", voices, _plain(session, given), seconds)


def _ours(session: onnxruntime.InferenceSession, given: Given) -> Pass:
    """Inputs bound once, outputs left where they were made, as the engine does."""
    binding = session.io_binding()
    held = {value.name: onnxruntime.OrtValue.ortvalue_from_numpy(given[value.name]) for value in session.get_inputs()}
    for name, value in held.items():
        binding.bind_ortvalue_input(name, value)
    for output in session.get_outputs():
        binding.bind_output(output.name)

    def one_pass() -> Any:  # noqa: ANN401 - whatever onnxruntime gives
        session.run_with_iobinding(binding)
        return held  # what is bound must outlive the pass

    return one_pass


def _plain(session: onnxruntime.InferenceSession, given: Given) -> Pass:
    """As its tutorial says: arrays in, arrays out."""
    fed = {value.name: given[value.name] for value in session.get_inputs()}
    return lambda: session.run(None, fed)
