"""A corpus on disk of sounds whose every sample is known: one-sample clicks, and noise for textures."""

import numpy as np
import soundfile

from hobnail_trainer.corpus import Attributes, Captions, Clip, Header, Manifest, write_manifest

RATE_HZ = 48_000
LEAD = 96
"""Silent frames before each click."""

EVENTS = (
    ("footstep", "a footstep on gravel", ("gravel",), 4),
    ("footstep", "a footstep on wood", ("wood",), 2),
    ("impact", "a small stone hitting metal", ("metal",), 2),
    ("impact", "a hammer on wood", ("wood",), 2),
    ("impact", "glass breaking", ("glass",), 1),
    ("weapon", "a sword being swung", ("metal",), 1),
    ("weapon", "swords clashing", ("metal",), 2),
    ("door", "a wooden door opening", ("wood",), 1),
    ("door", "a wooden door closing", ("wood",), 1),
    ("creature", "a monster grunting", (), 2),
)
TEXTURES = (("water", "rain falling", ("water",), 1), ("machine", "a generator humming", (), 1))


def make_clip(id, category, caption, materials, split, *, frames=RATE_HZ // 4, onsets=(LEAD,), **changed):
    """A clip; ``changed`` replaces any field."""
    fields = {
        "id": id,
        "audio": f"audio/{id}.flac",
        "split": split,
        "category": category,
        "materials": materials,
        "captions": Captions(
            exact=caption, paraphrases=(f"{caption}, close", f"sound of {caption}"), category=category, vague="sound"
        ),
        "frames": frames,
        "onset_frames": onsets,
        "attributes": Attributes(
            f0_hz=None,
            voicing=0.0,
            hnr_db=0.0,
            loudness_lufs=-24.0,
            peak_dbfs=-6.0,
            crest_db=12.0,
            attack_ms=1.0,
            centroid_hz=1000.0,
            flatness=0.1,
            bandwidth_hz=20_000.0,
        ),
        "family": f"{split}/{caption}",
        "family_gain_db": 0.0,
        "licence": "CC0-1.0",
        "author": f"{category} maker",
        "package": "tiny",
        "path": f"{id}.wav",
        "sha256": id,
    }
    return Clip(**{**fields, **changed})


def click(frames=RATE_HZ // 4, at=LEAD, level=0.5):
    """Silence but for one sample."""
    samples = np.zeros(frames, np.float32)
    samples[at] = level
    return samples


def noise(seed, frames=3 * RATE_HZ, level=0.05):
    return np.random.default_rng(seed).normal(0.0, level, frames).astype(np.float32)


def tiny_clips(splits=("train", "validation", "test")):
    """(clip, samples) of every recording."""
    made = []
    for split in splits:
        for category, caption, materials, takes in EVENTS:
            for take in range(takes):
                id = f"{split}-{caption.replace(' ', '-')}-{take}"
                made.append((make_clip(id, category, caption, materials, split), click()))
        for seed, (category, caption, materials, _) in enumerate(TEXTURES):
            samples = noise(seed)
            id = f"{split}-{caption.replace(' ', '-')}"
            made.append((make_clip(id, category, caption, materials, split, frames=samples.size, onsets=(0,)), samples))
    return sorted(made, key=lambda pair: pair[0].id)


def manifest_of(clips, seed=1):
    return Manifest(
        header=Header(rate_hz=RATE_HZ, title="Tiny", recipe="tiny", seed=seed, clips=len(clips)), clips=tuple(clips)
    )


def write_tiny_corpus(folder, splits=("train", "validation", "test")):
    """A corpus of all recordings in ``folder``, FLAC and manifest."""
    made = tiny_clips(splits)
    for clip, samples in made:
        path = folder / clip.audio
        path.parent.mkdir(parents=True, exist_ok=True)
        soundfile.write(path, samples, RATE_HZ, format="FLAC", subtype="PCM_16")
    write_manifest(manifest_of([clip for clip, _ in made]), folder)
    return folder
