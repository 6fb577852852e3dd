"""MPE zones: which channels carry one note each, and how far their wheels bend."""

from __future__ import annotations

from typing import Final, Literal

from hobnail_bridges.midi.controllers import Parameter

Zone = Literal["lower", "upper"]

BEND_RANGE: Final = 0
CONFIGURATION: Final = 6
_MASTERS: Final[dict[Zone, int]] = {"lower": 1, "upper": 16}
_MEMBER_SEMITONES, _MASTER_SEMITONES = 48.0, 2.0
_HIGHEST_SEMITONES = 96.0


class Zones:
    """The zones in force. The lower one has channel 1 as master and members from 2 up, the upper one 16 and from 15
    down; a zone of no members is off. [one thread]
    """

    def __init__(
        self,
        *,
        lower: int = 0,
        upper: int = 0,
        plain_semitones: float = _MASTER_SEMITONES,
        fixed: bool = False,  #: instruments cannot configure zones
    ) -> None:
        self._fixed = fixed
        self._members: dict[Zone, int] = {"lower": lower, "upper": min(upper, max(0, 14 - lower) if lower else upper)}
        self._plain_semitones = plain_semitones
        self._member_semitones: dict[Zone, float] = {}
        self._semitones: dict[int, float] = {}

    @property
    def on(self) -> bool:
        """Whether any zone is."""
        return any(self._members.values())

    def members(self, zone: Zone) -> range:
        """Its member channels."""
        count = self._members[zone]
        return range(2, 2 + count) if zone == "lower" else range(16 - count, 16)

    def zone_of(self, channel: int) -> Zone | None:
        """The zone of which a channel is a member; None for masters and for channels outside."""
        return next((zone for zone in _MASTERS if channel in self.members(zone)), None)

    def mastered_by(self, channel: int) -> Zone | None:
        """The zone of which a channel is the master."""
        return next((zone for zone, master in _MASTERS.items() if channel == master and self._members[zone]), None)

    def master(self, zone: Zone) -> int:
        """A zone's master channel."""
        return _MASTERS[zone]

    def semitones(self, channel: int) -> float:
        """How far the wheel of a channel bends to either side."""
        zone = self.zone_of(channel)
        if zone is not None:
            return self._member_semitones.get(zone, _MEMBER_SEMITONES)
        default = _MASTER_SEMITONES if self.mastered_by(channel) else self._plain_semitones
        return self._semitones.get(channel, default)

    def take(self, parameter: Parameter) -> bool:
        """A registered parameter was set; True when the zones changed. Parameters that are none of MPE's are let be."""
        if parameter.number == CONFIGURATION and parameter.channel in _MASTERS.values():
            return not self._fixed and self._configure(
                "lower" if parameter.channel == 1 else "upper", parameter.value >> 7
            )
        if parameter.number == BEND_RANGE:
            semitones = min(_HIGHEST_SEMITONES, (parameter.value >> 7) + (parameter.value & 0x7F) / 100)
            member_of = self.zone_of(parameter.channel)
            if member_of is not None:
                self._member_semitones[member_of] = semitones
            else:
                self._semitones[parameter.channel] = semitones
        return False

    def _configure(self, zone: Zone, count: int) -> bool:
        """The newer zone takes channels from the older; with both there are at most 14 members."""
        before = dict(self._members)
        count = min(15, count)
        other: Zone = "upper" if zone == "lower" else "lower"
        self._members[zone] = count
        if count:
            self._members[other] = min(self._members[other], max(0, 14 - count))
        self._member_semitones.pop(zone, None)
        self._semitones.pop(_MASTERS[zone], None)
        return self._members != before
