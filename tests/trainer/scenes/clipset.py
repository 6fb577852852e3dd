"""A tiny corpus in memory: struck and rubbed materials, generated, so that every test knows what it hears."""

from functools import cache

import numpy as np

from hobnail_trainer.corpus.model import MATERIALS, Attributes, Captions, Clip

RATE_HZ = 48_000
TONES_HZ = {material: 220.0 * 2 ** (number / 5) for number, material in enumerate(MATERIALS)}
LEAD = 60
"""Silent frames before each onset."""


def clip(id, category, material, split, level_db, *, seconds=0.4, caption=None):
    """A clip whose samples :func:`struck` makes from its id."""
    return Clip(
        id=id,
        audio=f"{id}.flac",
        split=split,
        category=category,
        materials=(material,),
        captions=Captions(
            exact=caption or f"{category} on {material}", paraphrases=("a", "b"), category=category, vague="sound"
        ),
        frames=round(seconds * RATE_HZ),
        onset_frames=(LEAD,),
        attributes=Attributes(
            f0_hz=None,
            voicing=0.0,
            hnr_db=0.0,
            loudness_lufs=-24.0 + level_db,
            peak_dbfs=-6.0 + level_db,
            crest_db=12.0,
            attack_ms=1.0,
            centroid_hz=1000.0,
            flatness=0.1,
            bandwidth_hz=20_000.0,
        ),
        family=f"{split}/{id}",
        family_gain_db=0.0,
        licence="CC0-1.0",
        package="test",
        path=f"{id}.wav",
        sha256=id,
    )


@cache
def struck(id, material, frames, level_db):
    """A decaying tone of the material's pitch over a click of noise; full strength at its very first sample."""
    chance = np.random.default_rng(list(id.encode()))
    at_s = np.arange(frames - LEAD) / RATE_HZ
    tone = np.cos(2 * np.pi * TONES_HZ[material] * at_s) * np.exp(-at_s * 14.0)
    noise = chance.standard_normal(at_s.size) * np.exp(-at_s * 90.0)
    sound = (0.3 * tone + 0.1 * noise) * 10 ** (level_db / 20)
    return np.concatenate([np.zeros(LEAD), sound]).astype(np.float32)


class TinySource:
    """Three takes, soft to loud, of five categories on every material, in all three splits."""

    def __init__(self, materials=MATERIALS, splits=("train", "validation", "test"), takes=3):
        self._clips = [
            clip(f"{split}-{category}-{material}-{take}", category, material, split, 6.0 * (take - 1))
            for split in splits
            for category in ("footstep", "impact", "door", "water")
            for material in materials
            for take in range(takes)
        ]
        self.read = []

    def clips(self, split):
        return [clip for clip in self._clips if clip.split == split]

    def samples(self, clip):
        self.read.append(clip)
        return struck(clip.id, clip.materials[0], clip.frames, clip.attributes.loudness_lufs + 24.0)
