"""The process in which foreign plug-ins live: one effect each, told by messages on its standard input.

``python -m hobnail_plugins.studio.child``. Whatever a plug-in prints goes to standard error, so that it cannot be taken
for an answer.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from importlib import import_module
from typing import Any

import msgspec
import numpy as np

from hobnail.contracts import Effect
from hobnail.errors import HobnailError
from hobnail_plugins.studio.pipe import read, write
from hobnail_plugins.studio.spec import Vst3Config


def main() -> int:
    """Serve until the other end closes."""
    answers = os.fdopen(os.dup(1), "wb", buffering=0)
    os.dup2(2, 1)
    state: dict[str, Any] = {}
    while (message := read(sys.stdin.buffer)) is not None:
        try:
            answer = _answer(message, state)
        except HobnailError as error:
            answer = {"error": error.problem, "cure": error.cure}
        except Exception as error:  # a stranger's code may raise anything
            answer = {"error": f"{type(error).__name__}: {error}", "cure": ""}
        write(answers, answer)
    return 0


def vst3(settings: dict[str, Any]) -> Effect:
    """Builds a VST3 effect; the usual ``build`` of a load message."""
    from hobnail_plugins.studio.vst3 import LoadedEffect

    return LoadedEffect(settings)


def scan(settings: dict[str, Any]) -> list[str]:
    """Names of the plug-ins in ``settings["path"]``."""
    from hobnail_plugins.studio.foreign import scan

    return scan(settings["path"])


def describe(settings: dict[str, Any]) -> dict[str, Any]:
    """Latency and parameters of the plug-in that the settings of ``effect = "vst3"`` name."""
    from hobnail_plugins.studio.foreign import describe

    return describe(msgspec.convert(settings, Vst3Config))


def _answer(message: dict[str, Any], state: dict[str, Any]) -> dict[str, Any]:
    match message["do"]:
        case "call":
            return {"value": _named(message["function"])(message["settings"])}
        case "load":
            effect: Effect = _named(message["function"])(message["settings"])
            state["effect"] = effect
            return {"latency_frames": effect.latency_frames}
        case "init":
            state["state"] = state["effect"].init_state(message["rate_hz"], message["channels"])
            return {}
        case "process":
            block = np.frombuffer(message["data"], "<f4").reshape(-1, message["channels"])
            out, state["state"] = state["effect"].process(block, state["state"])
            return {"data": np.ascontiguousarray(out, "<f4").tobytes()}
    raise ValueError(f"unknown message {message['do']!r}")


def _named(place: str) -> Callable[[dict[str, Any]], Any]:
    module, _, name = place.partition(":")
    found: Callable[[dict[str, Any]], Any] = getattr(import_module(module), name)
    return found


if __name__ == "__main__":
    sys.exit(main())
