"""How large and how far the values of a message may go. One table, used by the codec and printed in the docs."""

from __future__ import annotations

from typing import Final

import msgspec

MAX_MESSAGE_BYTES: Final = 1 << 20
"""A longer message is refused as ``too_large`` before it is read."""

MAX_ITEMS: Final = 16_384
"""Values in all maps and lists of a message, which is more than any needs; beyond, it is ``too_large`` too."""

MAX_NAME: Final = 64  #: characters of an id: emitter, event, control, bus, column, engine, palette
MAX_WORD: Final = 64  #: characters of a material or of "the other thing"
MAX_PROMPT: Final = 512
MAX_CONTROLS: Final = 64  #: controls in one message
MAX_ROWS: Final = 1024  #: emitters in one frame message
MAX_REQUEST: Final = (1 << 63) - 1  #: ``id``, ``seq`` and seeds fit a signed 64-bit integer of any language
MAX_FRAME: Final = 1 << 62  #: two million years of session


class Range(msgspec.Struct, frozen=True):
    """A closed interval of finite numbers."""

    low: float
    high: float


HUGE: Final = 1e9
_ANY = Range(-HUGE, HUGE)
_NOT_NEGATIVE = Range(0.0, HUGE)
_POSITIVE = Range(1e-9, HUGE)
_UNIT = Range(0.0, 1.0)
_A_DAY = Range(0.0, 86_400.0)

RANGES: Final[dict[str, Range]] = {
    "gain_db": Range(-120.0, 24.0),
    "intensity": _UNIT,
    "mass_kg": _POSITIVE,
    "size_m": _POSITIVE,
    "speed_m_s": _NOT_NEGATIVE,
    "slip_m_s": _NOT_NEGATIVE,
    "impulse_n_s": _NOT_NEGATIVE,
    "pan": Range(-1.0, 1.0),
    "priority": Range(0, 100),
    "units_per_metre": Range(1e-6, 1e6),
    "value": _UNIT,
    "plain": _ANY,
    "controls": _UNIT,
    "position": _ANY,
    "position_m": _ANY,
    "forward": _ANY,
    "up": _ANY,
    "position_s": _A_DAY,
    "loop_s": _A_DAY,
    "cue_s": _A_DAY,
    "cue_beat": Range(0.0, 1_440_000.0),
    "tempo_bpm": Range(1.0, 1000.0),
    "features": _ANY,
}
"""By field name. ``features`` are the numbers of frame messages, where NaN is also allowed: "unknown"."""
