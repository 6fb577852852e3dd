"""Composition: sequences of several seconds, made from single recordings of one split, with rooms and backgrounds."""

from hobnail_trainer.compose.make import Composition, compose, most_used
from hobnail_trainer.compose.model import ComposeSettings

__all__ = ["ComposeSettings", "Composition", "compose", "most_used"]
