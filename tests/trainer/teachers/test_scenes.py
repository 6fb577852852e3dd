"""Scenes of a feed: each emitter's own stem is heard, not the whole."""

import hashlib

import msgspec
import numpy as np
import pytest

from hobnail.audio import HOP_FRAMES
from hobnail_trainer.codec.clips import corpus_digest
from hobnail_trainer.errors import TeacherError
from hobnail_trainer.feed.model import Entry, FeedHeader, PartIndex, PartRef, Stored, Sums, Words
from hobnail_trainer.scenes import Scene, SceneCard, SceneEmitter, write_scene
from hobnail_trainer.scenes.model import PICTURE_HZ, TICK_HZ
from hobnail_trainer.scenes.model import Words as SceneWords
from hobnail_trainer.teachers import hop_features, open_features
from hobnail_trainer.teachers.encode import encode
from hobnail_trainer.teachers.own.teacher import Spectra

from .conftest import hums, knocks

FRAMES, HOPS = 24_000, 48


def silently(_text):
    pass


def write_two(root):
    """A scene of two emitters; gives its stems."""
    stems = np.stack([knocks(1, FRAMES), hums(1, FRAMES)]).astype(np.float32)
    stems = np.round(stems * 2**23).astype(np.float32) / np.float32(2**23)
    card = SceneCard(
        seed=3,
        situation="walk",
        split="train",
        duration_frames=FRAMES,
        picture_px=2,
        view_m=2.0,
        wetness=0.0,
        words=SceneWords(exact="two things", category="things"),
        emitters=tuple(
            SceneEmitter(id=id, words=SceneWords(exact=id, category="thing"), material="wood")
            for id in ("boots", "fan")
        ),
        events=(),
    )
    seconds = FRAMES / 48_000
    features = np.full((2, round(seconds * TICK_HZ), 12), np.nan, np.float32)
    pictures = np.zeros((round(seconds * PICTURE_HZ), 2, 2, 3), np.uint8)
    write_scene(Scene(card, features, pictures, stems), root)
    return stems


def write_feed(folder, corpus, entries):
    """A feed of nothing but these entries of scenes."""
    part = folder / "train" / "scenes"
    part.mkdir(parents=True)
    files = []
    for name, width in (("latents.f16", 4), ("scene.f16", 24), ("pixels.f16", 64 * 6)):
        data = np.zeros((HOPS * len(entries), width), np.float16).tobytes()
        (part / name).write_bytes(data)
        files.append(Stored(name=name, bytes=len(data), sha256=hashlib.sha256(data).hexdigest()))
    shared = {"corpus": corpus_digest(corpus), "codec_print": "x", "licences": ("cc-by",), "dimensions": 4}
    sums = Sums(rows=0, total=(), squares=())
    index = PartIndex(
        part="scenes",
        split="train",
        made_of="scenes",
        hops=HOPS * len(entries),
        files=tuple(files),
        latents=sums,
        left_out=0,
        entries=entries,
        **shared,
    )
    data = msgspec.json.encode(index)
    (part / "index.json").write_bytes(data)
    ref = PartRef(split="train", part="scenes", entries=2, seconds=1.0, sha256=hashlib.sha256(data).hexdigest())
    zeros = (0.0,) * 4
    header = FeedHeader(
        codec="linear", rate_hz=48_000, hop_frames=512, silence=zeros, mean=zeros, spread=zeros, parts=(ref,), **shared
    )
    (folder / "feed.json").write_bytes(msgspec.json.encode(header))


def entry(number, emitter):
    return Entry(
        id=f"scene-000003/{emitter}",
        origin="composed",
        category="impact",
        family="scenes/train/scene-000003",
        licence="made of tiny",
        frames=FRAMES,
        first=number * HOPS,
        hops=HOPS,
        onsets=(0,),
        starts=(0,),
        cut=True,
        words=Words(exact=emitter, category="thing", vague="sound"),
        pixels=0,
    )


def test_each_emitter_is_heard_alone(corpus, tmp_path):
    stems, teacher = write_two(tmp_path / "scenes"), Spectra()
    write_feed(tmp_path / "feed", corpus, (entry(0, "fan"), entry(1, "boots")))
    with pytest.raises(TeacherError, match="--scenes DIR"):
        encode(tmp_path / "feed", tmp_path / "store", teacher, splits=("train",), corpus=corpus, tell=silently)
    options = {"splits": ("train",), "corpus": corpus, "scenes": tmp_path / "scenes", "tell": silently}
    encode(tmp_path / "feed", tmp_path / "store", teacher, **options)
    part = open_features(tmp_path / "store" / "train" / "scenes")
    assert [(place.id, place.first) for place in part.index.sounds] == [
        ("scene-000003/fan", 0),
        ("scene-000003/boots", HOPS),
    ]
    assert -(-FRAMES // HOP_FRAMES) + 1 == HOPS
    for place, stem in zip(part.index.sounds, (stems[1], stems[0]), strict=True):
        np.testing.assert_allclose(part.features(place), hop_features(teacher, stem, HOPS), atol=4e-3)


def test_an_emitter_that_is_not_there_is_named(corpus, tmp_path):
    write_two(tmp_path / "scenes")
    write_feed(tmp_path / "feed", corpus, (entry(0, "ghost"),))
    options = {"splits": ("train",), "corpus": corpus, "scenes": tmp_path / "scenes", "tell": silently}
    with pytest.raises(TeacherError, match="no emitter 'ghost'"):
        encode(tmp_path / "feed", tmp_path / "store", Spectra(), **options)
