"""What of a MIDI instrument can move a control, and which controllers cannot be given away."""

from __future__ import annotations

from typing import Literal

import msgspec

SourceKind = Literal["cc", "cc14", "nrpn", "bend", "pressure", "key_pressure"]


class Source(msgspec.Struct, frozen=True):
    """What moved. ``number``: of the controller, the parameter or the key; 0 for bend and pressure."""

    kind: SourceKind
    channel: int  #: 1 to 16
    number: int = 0

    def __str__(self) -> str:
        """For people: "cc 74 on channel 1"."""
        number = "" if self.kind in ("bend", "pressure") else f" {self.number}"
        return f"{self.kind}{number} on channel {self.channel}"


def reserved(source: Source, *, mpe: bool = False) -> str:
    """Why a source cannot be given to a control; "" when it can."""
    if source.kind not in ("cc", "cc14"):
        return ""
    number = source.number
    reasons = {
        0: "it chooses a bank",
        32: "it chooses a bank",
        64: "it is the sustain pedal",
        **dict.fromkeys((6, 38, 96, 97, *range(98, 102)), "it sets parameters of the instrument"),
        **dict.fromkeys(range(120, 128), "it is a channel mode message, such as all notes off"),
    }
    if mpe:
        reasons[74] = "an MPE instrument sends it for each note"
    return reasons.get(number, "")
