"""What ``hobnail doctor`` looks at: each check is a function that looks at one thing and says how it is."""

from __future__ import annotations

import errno
import os
import platform
import socket
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from importlib.metadata import PackageNotFoundError, version
from typing import Final

from hobnail.errors import HobnailError
from hobnail.findings import Finding
from hobnail.hooks import PROJECT
from hobnail.host import Host
from hobnail.packages import extras_of
from hobnail.protocol.messages import AUDIO_PORT, CONTROL_PORT, TELEMETRY_PORT
from hobnail.registry import KINDS, TABLES
from hobnail.sinks.device import output_devices

_LOOPBACK: Final = "127.0.0.1"
_FOR_DEVELOPERS: Final = ("dev", "train")


def examine(host: Host) -> tuple[Finding, ...]:
    """Every check, in order; a check that breaks is itself a finding."""
    checks: tuple[Callable[[], Iterable[Finding]], ...] = (
        versions,
        native,
        onnx_runtimes,
        extras,
        lambda: plugins(host),
        sound,
        lambda: parts(host),
        lambda: ports((CONTROL_PORT, AUDIO_PORT, TELEMETRY_PORT)),
        clock,
        processors,
        priority,
    )
    findings: list[Finding] = []
    for check in checks:
        try:
            findings.extend(check())
        except Exception as error:  # a sick machine may raise anything; the other checks still tell something
            name = getattr(check, "__name__", "check")
            findings.append(Finding(check=name, state="fault", found=f"{type(error).__name__}: {error}"))
    return tuple(findings)


def healthy(findings: Iterable[Finding]) -> bool:
    """Nothing found that does not work."""
    return all(finding.state != "fault" for finding in findings)


def versions() -> list[Finding]:
    """Hobnail, Python, the system, and the packages that Hobnail stands on."""
    core = ", ".join(f"{name} {_version(name)}" for name in ("numpy", "pyzmq", "msgspec", "pluggy", "soundfile"))
    return [
        Finding(check="hobnail", state="ok", found=_version(PROJECT) or "not installed"),
        Finding(
            check="python",
            state="ok" if sys.version_info >= (3, 11) else "fault",
            found=f"{platform.python_version()} on {platform.system()} {platform.machine()}",
            cure="" if sys.version_info >= (3, 11) else "Hobnail needs Python 3.11 or newer.",
        ),
        Finding(check="packages", state="ok", found=core),
    ]


def native() -> list[Finding]:
    """The compiled module loads and keeps sound in order."""
    try:
        import numpy as np

        from hobnail_native import FrameRing

        ring = FrameRing(2, 64)
        ring.write(np.ones((8, 2), np.float32))
        works = bool((ring.read(8) == 1.0).all())
    except ImportError as error:
        return [
            Finding(
                check="native module",
                state="fault",
                found=str(error),
                cure="pip install --force-reinstall --no-binary hobnail hobnail (needs a C++20 compiler).",
            )
        ]
    return [Finding(check="native module", state="ok" if works else "fault", found="loads" if works else "is broken")]


def onnx_runtimes(installed: Callable[[str], str] | None = None) -> list[Finding]:
    """onnxruntime and onnxruntime-gpu share their files: with both, one overwrites the other."""
    look = installed or _version
    cpu, gpu = look("onnxruntime"), look("onnxruntime-gpu")
    if cpu and gpu:
        return [
            Finding(
                check="onnxruntime",
                state="fault",
                found=f"onnxruntime {cpu} and onnxruntime-gpu {gpu} are both installed and overwrite each other",
                cure='pip uninstall -y onnxruntime onnxruntime-gpu, then pip install "hobnail[cpu]" or "hobnail[cuda]"',
            )
        ]
    if cpu or gpu:
        return [Finding(check="onnxruntime", state="ok", found=f"CPU {cpu}" if cpu else f"GPU {gpu}")]
    return [Finding(check="onnxruntime", state="note", found="not installed", cure='pip install "hobnail[cpu]"')]


def extras() -> list[Finding]:
    """Which optional parts are installed; a missing one is a note with its ``pip install``."""
    findings = []
    for extra, packages in extras_of(PROJECT).items():
        if extra in (*_FOR_DEVELOPERS, "cpu", "cuda"):
            continue
        missing = [package for package in packages if not _version(package)]
        findings.append(
            Finding(
                check=f"extra [{extra}]",
                state="note" if missing else "ok",
                found=f"missing: {', '.join(missing)}" if missing else "installed",
                cure=f'pip install "{PROJECT}[{extra}]"' if missing else "",
            )
        )
    return findings


def plugins(host: Host) -> list[Finding]:
    """Plug-ins that were loaded, and those that were left out."""
    loaded = ", ".join(plugin.name for plugin in host.plugins)
    findings = [Finding(check="plug-ins", state="ok" if host.plugins else "fault", found=loaded or "none")]
    for failure in host.failures:
        whose = f" ({failure.distribution} {failure.version})" if failure.distribution else ""
        findings.append(
            Finding(
                check=f"plug-in {failure.name}", state="fault", found=f"{failure.problem}{whose}", cure=failure.cure
            )
        )
    return findings


def parts(host: Host) -> list[Finding]:
    """What the parts of plug-ins find out about this machine themselves: those whose builder has ``examine()``."""
    findings: list[Finding] = []
    for kind in KINDS:
        for offer in host.offers(kind):
            look = getattr(offer.build, "examine", None)
            if look is None:
                continue
            try:
                findings.extend(look())
            except HobnailError as error:
                check = f"{TABLES[kind]} {offer.id}"
                findings.append(Finding(check=check, state="note", found=error.problem, cure=error.cure))
    return findings


def sound() -> list[Finding]:
    """Sound cards that can play; none is no fault, for clients hear over the network."""
    try:
        cards = output_devices()
    except HobnailError as error:
        return [Finding(check="sound card", state="note", found=error.problem, cure=error.cure)]
    if not cards:
        return [Finding(check="sound card", state="note", found="none", cure="Clients still hear over the network.")]
    return [Finding(check="sound card", state="ok", found="; ".join(cards))]


def ports(numbers: Sequence[int]) -> list[Finding]:
    """The ports that ``hobnail serve`` opens by default; a busy one is a note, it may be a running server."""
    busy = [number for number in numbers if not _free(number)]
    if not busy:
        return [Finding(check="ports", state="ok", found=f"{', '.join(map(str, numbers))} are free")]
    return [
        Finding(
            check="ports",
            state="note",
            found=f"{', '.join(map(str, busy))} in use",
            cure="Is a server running already? Other ports are set in [bridge.zmq].",
        )
    ]


def clock() -> list[Finding]:
    """How fine the clock is that everything is timed by."""
    resolution_us = time.get_clock_info("monotonic").resolution * 1e6
    fine = resolution_us <= 1000.0
    return [
        Finding(
            check="clock",
            state="ok" if fine else "note",
            found=f"resolution {resolution_us:g} us",
            cure="" if fine else "Events are placed no finer than this.",
        )
    ]


def priority() -> list[Finding]:
    """Whether the mixer's thread may run before others."""
    from hobnail_native import Mixer

    mixer = Mixer(voices=1, emitters=1, buses=1)
    mixer.start()
    deadline = time.monotonic() + 1.0
    while mixer.frame == 0 and time.monotonic() < deadline:
        time.sleep(0.001)
    granted = mixer.priority
    mixer.close()
    if granted != "normal":
        return [Finding(check="mixer's priority", state="ok", found=granted)]
    cure = (
        "For shows, let your account schedule in real time: a line '@audio - rtprio 95' in "
        "/etc/security/limits.d/audio.conf, and yourself in the group audio."
    )
    found = "normal: on a busy machine sound may drop out"
    return [Finding(check="mixer's priority", state="note", found=found, cure=cure)]


def processors() -> list[Finding]:
    """How many processors there are; one is too few for sound and a game."""
    count = os.cpu_count() or 1
    return [
        Finding(
            check="processors",
            state="ok" if count >= 2 else "note",
            found=str(count),
            cure="" if count >= 2 else "The engine and the mixer each like one of their own.",
        )
    ]


def _version(distribution: str) -> str:
    try:
        return version(distribution)
    except PackageNotFoundError:
        return ""


def _free(port: int) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        try:
            probe.bind((_LOOPBACK, port))
        except OSError as error:
            if error.errno in (errno.EADDRINUSE, errno.EACCES):
                return False
            raise
    return True
