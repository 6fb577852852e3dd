"""The same network in torch: eager, compiled, and on CUDA. Its weights are random; its sizes are the bundle's."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from shutil import which

import torch
from torch import Tensor

from hobnail.host import Host
from hobnail_plugins.aht.graph_io import step_inputs
from hobnail_plugins.aht.nn.assemble import assemble
from hobnail_plugins.aht.spec import NetworkSpec
from hobnail_trainer.export.examples import Given
from hobnail_trainer.export.step import Step
from hobnail_trainer.rivals.timing import Pass, not_run, timed


def lines(spec: NetworkSpec, host: Host, voices: int, given: Given, seconds: float) -> Iterator[str]:
    """Eager, then compiled, then both on CUDA where there is a device."""
    network = assemble(spec, host).eval()
    names = step_inputs(spec, plain=True)
    with torch.inference_mode():
        for device in ("cpu", "cuda"):
            place = f" on {device}" if device == "cuda" else f", {torch.get_num_threads()} threads"
            if device == "cuda" and not torch.cuda.is_available():
                yield not_run("torch on CUDA", voices, "there is no CUDA device")
                return
            module = Step(network, plain=True).eval().to(device)
            fed = {name: torch.from_numpy(given[name]).to(device) for name in names}
            yield timed(f"torch eager{place}", voices, _pass(module, fed, device), seconds)
            yield _compiled(module, fed, device, place, voices, seconds)


def _compiled(
    module: torch.nn.Module, fed: Mapping[str, Tensor], device: str, place: str, voices: int, seconds: float
) -> str:
    what = f"torch.compile{place}"
    if device == "cpu" and which("g++") is None:
        return not_run(what, voices, "it needs a C++ compiler")
    torch.compiler.reset()
    try:
        compiled = torch.compile(module)
        return timed(what, voices, _pass(compiled, fed, device), seconds)
    except Exception as error:  # the compiler's failures are of any type; the table goes on
        return not_run(what, voices, f"{type(error).__name__}: {str(error).splitlines()[0][:120]}")


def _pass(module: Callable[[Mapping[str, Tensor]], tuple[Tensor, ...]], fed: Mapping[str, Tensor], device: str) -> Pass:
    def one_pass() -> Tensor:
        velocity: Tensor = module(fed)[0]
        if device == "cuda":
            torch.cuda.synchronize()
        return velocity

    return one_pass
