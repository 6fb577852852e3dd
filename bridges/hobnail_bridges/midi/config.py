"""Settings of the MIDI bridge: the table ``[bridge.midi]``."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from hobnail_bridges.midi.map_file import DEFAULT_FILE
from hobnail_bridges.midi.mpe import Zones


class MidiConfig(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which port is listened to, and how its messages are read."""

    input: str = ""  #: a part of the input's name, see `hobnail midi list`; "": the first one
    virtual: str = ""  #: open a port of this name instead, for others to connect to (not on Windows)
    backend: str = ""  #: LINUX_ALSA, UNIX_JACK, MACOSX_CORE or WINDOWS_MM; "": the first that works
    map_file: str = DEFAULT_FILE  #: what was learned; read again whenever it changes
    mpe: Literal["auto", "off", "lower", "upper", "both"] = "auto"  #: auto: as the instrument announces it
    bend_semitones: Annotated[float, Meta(ge=0.0, le=96.0)] = 2.0  #: of the bend wheel, until the instrument says else

    def zones(self) -> Zones:
        """The zones at the beginning."""
        lower, upper = {"lower": (15, 0), "upper": (0, 15), "both": (7, 7)}.get(self.mpe, (0, 0))
        return Zones(lower=lower, upper=upper, plain_semitones=self.bend_semitones, fixed=self.mpe == "off")
