"""Whether the plug-in works: a host loads it in a child of its own and renders a note of a real server."""

from __future__ import annotations

import ctypes
import json
import os
import subprocess
from importlib.util import find_spec

import msgspec

from hobnail.children import python
from hobnail.dawplugin.build import NAME, Built
from hobnail.errors import BuildError, MissingExtraError
from hobnail.launch import ServerProcess

_PATIENCE_S = 90.0
_AUDIBLE = 1e-3
_NO_BOUNCE = "Hobnail: no bounce"
"""How the plug-in begins what it says of a bounce that it cannot make."""


class Trial(msgspec.Struct, frozen=True, kw_only=True):
    """What a host made of it."""

    loaded_s: float
    parameters: tuple[str, ...]
    latency_frames: int
    peak: float
    onset_frames: int | None  #: after the note and the reported latency; None: silence
    status: str


def check(built: Built, address: str | None = None) -> Trial:
    """Try it with a server at ``address``, or with one that is started now. Raises BuildError, MissingExtraError."""
    for path in built.all():
        if not path.exists():
            raise BuildError(f"{path} is not there.", cure="Run 'hobnail plugin install' first.")
    for binary, symbol in ((built.lv2 / f"{NAME}_dsp.so", "lv2_descriptor"), (built.clap, "clap_entry")):
        try:
            getattr(ctypes.CDLL(str(binary)), symbol)
        except (OSError, AttributeError) as error:
            raise BuildError(
                f"{binary} cannot be loaded: {error}.", cure="Build it anew: its libraries changed."
            ) from error
    if find_spec("pedalboard") is None:
        raise MissingExtraError("Trying the plug-in in a host", extra="studio")
    if address is not None:
        trial = _tried(built, address)
    else:
        with ServerProcess(["--sink", "null"]) as server:
            trial = _tried(built, server.control)
    if trial.peak < _AUDIBLE:
        raise BuildError(
            f"{built.vst3} loads, but a note gives no sound; it says {trial.status!r}.",
            cure="Is the server of this version? 'hobnail doctor --connect' looks at it.",
        )
    return trial


def _tried(built: Built, address: str) -> Trial:
    try:
        done = subprocess.run(
            python("hobnail.dawplugin.trial", str(built.vst3)),
            env={**os.environ, "HOBNAIL_ADDRESS": address},
            capture_output=True,
            text=True,
            timeout=_PATIENCE_S,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise BuildError(f"{built.vst3} hangs in pedalboard.", cure="Please report it.") from error
    complaints = [line for line in done.stderr.splitlines() if line.startswith(_NO_BOUNCE)]
    if complaints:  # then what is heard is its alarm
        raise BuildError(
            f"{built.vst3} loads, but gets no sound: {complaints[0]}",
            cure="Is the server of this version? 'hobnail doctor --connect' looks at it.",
        )
    lines = [line for line in done.stdout.splitlines() if line.startswith("{")]
    if done.returncode != 0 or not lines:
        said = done.stderr.strip().splitlines()
        raise BuildError(
            f"{built.vst3} fails in pedalboard (exit code {done.returncode}): {' | '.join(said[-3:])}",
            cure="Build it anew, then please report it with these lines.",
        )
    return msgspec.convert(json.loads(lines[-1]), Trial)
