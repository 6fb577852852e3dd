"""What a check found, for ``hobnail doctor``."""

from __future__ import annotations

from typing import Literal

import msgspec

State = Literal["ok", "note", "fault"]


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that was looked at. ``note``: works, but you may want to know; ``fault``: does not work."""

    check: str
    state: State
    found: str
    cure: str = ""
