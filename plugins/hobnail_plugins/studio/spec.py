"""Settings of the studio's effects."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from msgspec import Meta

Points = Annotated[tuple[tuple[Annotated[float, Meta(ge=0.0)], float], ...], Meta(min_length=1)]


class PedalboardConfig(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Settings of ``effect = "pedalboard"``."""

    plugin: str  #: one of pedalboard's effects: "Reverb", "Compressor", "HighpassFilter", ...
    settings: dict[str, Any] = {}  #: its parameters, in their units, as pedalboard names them
    curves: dict[str, Points] = {}  #: parameters that move: [[seconds, value], ...], straight between, a step a block


class Vst3Config(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Settings of ``effect = "vst3"``."""

    path: str  #: the .vst3 file or folder
    name: str = ""  #: which plug-in of a file that holds several
    settings: dict[str, Any] = {}  #: its parameters, as ``hobnail.render`` users see them in pedalboard
    curves: dict[str, Points] = {}  #: parameters that move
    preset: str = ""  #: a .vstpreset file, loaded first
    load_timeout_s: Annotated[float, Meta(gt=0.0, le=300.0)] = 30.0  #: for scanning and loading
    timeout_s: Annotated[float, Meta(gt=0.0, le=300.0)] = 10.0  #: for a block of 512 frames
    blocklist: str = ""  #: JSON file of plug-ins that crashed or hung; "": remembered only while the program runs
