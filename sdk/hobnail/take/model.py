"""What a take holds: what clients asked for, and what was made of it, each with its frame.

A take is JSON Lines, told apart by ``is``. ``asked`` lines are every command that reached the session, ``refused``
lines those that it did not carry out. All other lines are decisions, noted where they leave the session: what each
engine was told, and what the mixer was told and before which block. So whatever stole, delayed, dropped or simplified
a voice is in them without being named, and playing them again needs neither clients nor clock.
"""

from __future__ import annotations

from typing import Any, Final, Literal

import msgspec

from hobnail.commands import AnyCommand
from hobnail.scene import Contact, Emitter

FORMAT: Final = "hobnail-take"
VERSION: Final = 1


class _Line(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True, tag_field="is"):
    """Fields that every line but the first has."""

    at: int = 0  #: session frame of the next block to be mixed


class TakeHeader(_Line, frozen=True, kw_only=True, tag="header"):
    """The first line: the session that was recorded."""

    format: Literal["hobnail-take"] = "hobnail-take"
    version: Literal[1] = 1
    hobnail: str  #: version of the program
    rate_hz: int
    engine: str  #: of emitters that name none
    session: dict[str, Any]  #: table [session]
    engines: dict[str, dict[str, Any]]  #: engine -> its table


class Asked(_Line, frozen=True, kw_only=True, tag="asked"):
    """A command as it came."""

    command: AnyCommand


class NotDone(_Line, frozen=True, kw_only=True, tag="refused"):
    """A command that was refused."""

    client: int
    request: int | None
    code: str


class Started(_Line, frozen=True, kw_only=True, tag="start"):
    """An engine opened a voice."""

    voice: int
    engine: str
    event: str
    emitter: Emitter
    contact: Contact
    controls: dict[str, float]
    features: dict[str, float]
    seed: int


class Told(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """What a voice was told at a step, where it differs from the step before."""

    controls: dict[str, float] | None = None
    features: dict[str, float] | None = None
    contact: Contact | None = None
    stopping: bool | None = None


class Stepped(_Line, frozen=True, kw_only=True, tag="step"):
    """An engine made the next step of some voices."""

    engine: str
    voices: tuple[int, ...]
    told: dict[int, Told] = {}


class Sounded(_Line, frozen=True, kw_only=True, tag="sound"):
    """What an engine made of a voice's next block, where it may depend on how much time there was."""

    voice: int
    samples: bytes  #: float32 little-endian, mono
    last: bool


class Opened(_Line, frozen=True, kw_only=True, tag="open"):
    """A voice went to the mixer."""

    voice: int
    strip: int
    start_frame: int
    gain: float


class Late(_Line, frozen=True, kw_only=True, tag="late"):
    """A voice's start had passed; it began at ``start_frame``."""

    voice: int
    start_frame: int


class Faded(_Line, frozen=True, kw_only=True, tag="fade"):
    """A voice was asked to fade."""

    voice: int
    frames: int
    reason: str
    exact: bool = True  #: false: the mixer may have seen it a block later


class Placed(_Line, frozen=True, kw_only=True, tag="place"):
    """A strip was placed."""

    strip: int
    gain: float
    pan: float
    distance_m: float
    bus: int
    exact: bool = True


class BusSet(_Line, frozen=True, kw_only=True, tag="bus"):
    """A bus was set."""

    bus: int
    gain: float
    exact: bool = True


class Dry(_Line, frozen=True, kw_only=True, tag="underrun"):
    """A voice had nothing ready from ``frame`` on, for ``frames``: a gap that was heard."""

    voice: int
    frame: int
    frames: int


class Ended(_Line, frozen=True, kw_only=True, tag="end"):
    """The last line; a take without it was cut off."""

    inexact: int = 0  #: changes that may lie a block beside their frame
    underruns: int = 0


TakeLine = Asked | NotDone | Started | Stepped | Sounded | Opened | Late | Faded | Placed | BusSet | Dry | Ended


class Take(msgspec.Struct, frozen=True, kw_only=True):
    """A whole take."""

    header: TakeHeader
    lines: tuple[TakeLine, ...]

    @property
    def end(self) -> Ended | None:
        """Its last line, if it was not cut off."""
        last = self.lines[-1] if self.lines else None
        return last if isinstance(last, Ended) else None

    @property
    def frames(self) -> int:
        """How long the session ran."""
        return max((line.at for line in self.lines), default=0)
