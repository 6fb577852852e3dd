"""Pairs: a clip, and the same clip with one attribute changed by a known amount."""

from hobnail_trainer.pairs.build import Made, build_pairs
from hobnail_trainer.pairs.force import struck
from hobnail_trainer.pairs.pitch import resampled_pitch, shifted_pitch
from hobnail_trainer.pairs.texture import balanced

__all__ = ["Made", "balanced", "build_pairs", "resampled_pitch", "shifted_pitch", "struck"]
