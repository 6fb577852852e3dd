"""Kinds of sequences: what can be made around a recording."""

from hobnail_trainer.compose.kinds.table import KINDS, Kind

__all__ = ["KINDS", "Kind"]
