"""A corpus of four kinds of sounds that words tell apart, and the feed that is made from it by the real codec."""

from functools import partial

import numpy as np
import soundfile

from hobnail_trainer.cli.codec import built_codec
from hobnail_trainer.corpus import write_manifest
from hobnail_trainer.feed import Request, prepare

from .tiny_corpus import RATE_HZ, make_clip, manifest_of

FRAMES = RATE_HZ // 4
KINDS = (
    ("impact", "glass breaking", ("glass",), "glass"),
    ("water", "rain falling", ("water",), "hiss"),
    ("machine", "a generator humming", (), "hum"),
    ("footstep", "a footstep on gravel", ("gravel",), "thud"),
)


def sound_of(kind, take):
    """float32 [frames]; takes of a kind differ a little."""
    chance = np.random.default_rng(sum(kind.encode()) * 100 + take)
    t = np.arange(FRAMES) / RATE_HZ
    noise = chance.normal(0.0, 1.0, FRAMES)
    if kind == "glass":
        made = sum(np.sin(2 * np.pi * hz * t) for hz in chance.uniform(4000, 9000, 4)) * np.exp(-t / 0.05)
    elif kind == "hiss":
        made = np.diff(noise, prepend=0.0)
    elif kind == "hum":
        made = sum(np.sin(2 * np.pi * hz * t) / hz for hz in (100, 200, 300)) * chance.uniform(0.8, 1.2)
    else:
        made = np.convolve(noise, np.ones(64) / 64.0, mode="same") * np.exp(-t / 0.02)
    return (0.5 * made / np.abs(made).max()).astype(np.float32)


def write_sounding_corpus(folder, *, train=6, validation=3, test=2):
    """Takes of each kind in each split; every three takes are a family."""
    clips = []
    for split, takes in (("train", train), ("validation", validation), ("test", test)):
        for category, caption, materials, kind in KINDS:
            for take in range(takes):
                id = f"{split}-{kind}-{take}"
                family = f"{split}/{kind}/{take // 2}"
                clip = make_clip(id, category, caption, materials, split, frames=FRAMES, onsets=(0,), family=family)
                path = folder / clip.audio
                path.parent.mkdir(parents=True, exist_ok=True)
                number = {"train": 0, "validation": 1000, "test": 2000}[split] + take
                soundfile.write(path, sound_of(kind, number), RATE_HZ, subtype="PCM_16")
                clips.append(clip)
    write_manifest(manifest_of(sorted(clips, key=lambda clip: clip.id)), folder)
    return folder


def prepare_sounding_feed(corpus, feed):
    """Train and validation, recordings only."""
    make = partial(built_codec, "linear", None)
    prepare(Request(corpus=corpus, feed=feed, make=make, parts=("recorded",), jobs=1), tell=lambda _: None)
    return feed
