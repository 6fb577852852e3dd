"""Settings of the presets: the tables ``[bridge.osc.reaper]``, ``[bridge.osc.ableton]`` and ``[bridge.osc.ardour]``."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

CONTROLS = ("pitch", "intensity", "texture")

Index = Annotated[int, Meta(ge=0, le=10_000)]
Names = Annotated[tuple[str, ...], Meta(min_length=1, max_length=256)]


def host_and_port(address: str) -> tuple[str, int]:
    """``127.0.0.1:8000`` in two. Raises ValueError."""
    host, _, port = address.rpartition(":")
    if not host or not port.isdigit() or not 0 < int(port) < 65536:
        raise ValueError(f"Expected an address such as `127.0.0.1:8000`, not `{address}`")
    return host, int(port)


class ReaperSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which of Reaper's tracks and effect parameters mean what."""

    emitters: Names = ("foley",)  #: of the tracks, from ``first_track`` on
    controls: Names = CONTROLS  #: of the effect's parameters, from the first on
    first_track: Index = 1
    fx: Index = 1  #: which effect on the track holds the parameters
    feedback: str = ""  #: where Reaper listens, such as "127.0.0.1:8000"; then its parameters follow ours

    def __post_init__(self) -> None:
        if self.feedback:
            host_and_port(self.feedback)


class AbletonSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which of Live's tracks and device parameters mean what, by way of AbletonOSC."""

    emitters: Names = ("foley",)  #: of the tracks, from ``first_track`` on
    controls: Names = CONTROLS  #: of the device's parameters, from ``first_parameter`` on
    first_track: Index = 0
    device: Index = 0  #: which device on the track
    first_parameter: Index = 1  #: parameter 0 is the device's on/off switch
    address: str = "127.0.0.1:11000"  #: where AbletonOSC listens
    reply_port: Annotated[int, Meta(ge=0, le=65535)] = 11001  #: where it answers, always

    def __post_init__(self) -> None:
        host_and_port(self.address)


class ArdourSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which of Ardour's faders mean what."""

    faders: Names = ("foley/intensity",)  #: of the strips, from ``first_strip`` on: emitter/control
    first_strip: Index = 1
    address: str = "127.0.0.1:3819"  #: where Ardour's OSC surface listens

    def __post_init__(self) -> None:
        host_and_port(self.address)
        if any(fader.count("/") != 1 for fader in self.faders):
            raise ValueError("Expected `faders` to be emitter/control, such as `foley/intensity`")
