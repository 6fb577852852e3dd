"""The numbers of weighting: how streams are weighed, and how weights keep still."""

from __future__ import annotations

from typing import Literal

import msgspec

WeightingArm = Literal["equal", "learned_static", "magnitude", "daf_literal", "daf", "variance", "oracle"]


class WeightingSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Table ``[component.<arm>]`` of every weighting arm."""

    temperature: float = 0.15
    """Of the softmax over -H: fixed in ``daf_literal`` (where the paper's formula has 1), a beginning in ``daf``."""
    coldest: float = 0.05
    warmest: float = 1.0
