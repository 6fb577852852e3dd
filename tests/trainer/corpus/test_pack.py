"""A pack gives back what was put in, and nothing that is not whole can be opened."""

import errno
import hashlib
import tracemalloc
from pathlib import Path

import msgspec
import numpy as np
import pytest
import soundfile

from hobnail_trainer.corpus import Source
from hobnail_trainer.corpus.pack import PackWriter, open_pack
from hobnail_trainer.corpus.recorded import pack_recordings, recordings
from hobnail_trainer.errors import CorpusError

from ..tiny_corpus import click, make_clip, manifest_of, noise, tiny_clips, write_tiny_corpus

FRAMES = 1000


def writer(folder, **options):
    return PackWriter(folder, title="Test", recipe="test", seed=1, **{"known": None, **options})


def small(number, split="train", **changed):
    clip = make_clip(f"c{number}", "impact", f"thing {number}", (), split, frames=FRAMES, onsets=(0,), **changed)
    return clip, noise(number, FRAMES, 0.2)


def packed(folder, count=3, **options):
    with writer(folder, **options) as pack:
        for number in range(count):
            pack.add(*small(number))
        pack.finish()
    return folder


def test_what_is_read_is_what_was_written_to_half_a_step(tmp_path):
    pack = open_pack(packed(tmp_path))
    for number, clip in enumerate(pack.manifest.clips):
        assert np.abs(pack.samples(clip) - small(number)[1]).max() <= 0.5 / 32_768


def test_samples_of_sixteen_bits_come_back_bit_for_bit(tmp_path):
    every = np.arange(-32_768, 32_768, dtype=np.float32) / 32_768
    with writer(tmp_path) as pack:
        pack.add(make_clip("all", "impact", "all", (), "train", frames=every.size), every)
        pack.finish()
    pack = open_pack(tmp_path)
    assert np.array_equal(pack.samples(pack.manifest.clips[0]), every)


def test_a_part_of_a_clip_is_read_by_itself(tmp_path):
    pack = open_pack(packed(tmp_path))
    clip = pack.manifest.clips[1]
    assert np.array_equal(pack.samples(clip, 200, 50), pack.samples(clip)[200:250])
    assert np.array_equal(pack.samples(clip, 900), pack.samples(clip)[900:])


@pytest.mark.parametrize(("first", "frames"), [(-1, 5), (0, FRAMES + 1), (FRAMES + 1, None), (FRAMES, 1), (0, -1)])
def test_what_is_not_in_the_clip_cannot_be_read(tmp_path, first, frames):
    pack = open_pack(packed(tmp_path))
    with pytest.raises(CorpusError, match="asked for, but it has 1000"):
        pack.samples(pack.manifest.clips[0], first, frames)


@pytest.mark.parametrize(("frames", "shards"), [(FRAMES - 1, 3), (FRAMES, 3), (2 * FRAMES, 2), (3 * FRAMES, 1)])
def test_a_full_shard_is_followed_by_another_and_no_clip_is_in_two(tmp_path, frames, shards):
    pack = open_pack(packed(tmp_path, shard_bytes=2 * frames))
    assert len(list(tmp_path.glob("shard-*.pcm"))) == shards
    assert np.abs(pack.samples(pack.manifest.clips[2]) - small(2)[1]).max() <= 0.5 / 32_768


@pytest.mark.parametrize(
    ("samples", "fault"),
    [
        (np.full(FRAMES, np.nan, np.float32), "not finite"),
        (np.full(FRAMES, np.inf, np.float32), "not finite"),
        (np.full(FRAMES, 1.01, np.float32), "a peak of 1.010, above full scale"),
        (np.zeros(FRAMES - 1, np.float32), r"shape \(999,\), expected \(1000,\)"),
        (np.zeros((FRAMES, 1), np.float32), "shape"),
    ],
)
def test_samples_that_cannot_be_stored_are_refused(tmp_path, samples, fault):
    with writer(tmp_path) as pack, pytest.raises(CorpusError, match=f"'c0'.*{fault}"):
        pack.add(small(0)[0], samples)


def test_a_pack_that_is_not_finished_leaves_nothing(tmp_path):
    with writer(tmp_path) as pack:
        pack.add(*small(0))
    assert list(tmp_path.iterdir()) == []


def test_an_older_pack_stands_until_the_new_one_is_whole(tmp_path):
    packed(tmp_path, count=3, shard_bytes=2 * FRAMES)
    with writer(tmp_path) as pack:
        pack.add(*small(7))
        assert len(open_pack(tmp_path).manifest.clips) == 3
        pack.finish()
    assert [clip.id for clip in open_pack(tmp_path).manifest.clips] == ["c7"]
    assert [path.name for path in tmp_path.glob("shard-*")] == ["shard-000.pcm"]


def test_the_same_clips_give_the_same_bytes(tmp_path):
    one, other = packed(tmp_path / "one"), packed(tmp_path / "other")
    assert [path.read_bytes() for path in sorted(one.iterdir())] == [
        path.read_bytes() for path in sorted(other.iterdir())
    ]


@pytest.mark.parametrize("change", [-2, 2, -1])
def test_a_shard_that_was_cut_off_or_grew_is_refused(tmp_path, change):
    shard = packed(tmp_path) / "shard-000.pcm"
    data = shard.read_bytes()
    shard.write_bytes(data[:change] if change < 0 else data + bytes(change))
    with pytest.raises(CorpusError, match=rf"shard-000.pcm: has {6000 + change} bytes, but its manifest .* 6000"):
        open_pack(tmp_path)


def test_a_missing_shard_is_named(tmp_path):
    (packed(tmp_path) / "shard-000.pcm").unlink()
    with pytest.raises(CorpusError, match=r"shard-000.pcm: cannot be read"):
        open_pack(tmp_path)


def test_a_full_disk_leaves_no_pack(tmp_path, monkeypatch):
    class FullDisk:
        def __init__(self, file):
            self.file, self.left = file, 3 * FRAMES

        def write(self, data):
            self.left -= len(data)
            if self.left < 0:
                raise OSError(errno.ENOSPC, "No space left on device")
            return self.file.write(data)

        def close(self):
            self.file.close()

    opened = Path.open
    monkeypatch.setattr(Path, "open", lambda path, mode: FullDisk(opened(path, mode)))
    with pytest.raises(CorpusError, match="the disk is full"):
        packed(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_what_a_clip_is_made_from_may_be_in_a_known_manifest(tmp_path):
    source, _ = small(0)
    made, samples = small(1, origin="augmented", sources=(Source(clip="c0"),))
    known = manifest_of([source])
    with writer(tmp_path, known=known) as pack:
        stored = pack.add(made, samples)
        pack.finish()
    assert stored.sha256 == hashlib.sha256((tmp_path / "shard-000.pcm").read_bytes()).hexdigest()
    assert open_pack(tmp_path, known).manifest.clips == (stored,)
    with pytest.raises(CorpusError, match="'c0', which is not there"):
        open_pack(tmp_path)


@pytest.mark.parametrize(
    ("fields", "fault"),
    [
        ({"split": "test"}, "its source 'c0' is not"),
        ({"split": "test", "family": "train/thing 0", "sources": ()}, "family .* in two splits"),
        ({"id": "c0"}, "'c0' is there twice"),
    ],
)
def test_a_pack_that_breaks_the_splits_of_a_known_manifest_is_refused(tmp_path, fields, fault):
    source, _ = small(0)
    made, samples = small(1, origin="augmented", sources=(Source(clip="c0"),))
    if fields.get("sources") == ():
        fields = {**fields, "origin": "recorded"}
    with writer(tmp_path, known=manifest_of([source])) as pack:
        pack.add(msgspec.structs.replace(made, **fields), samples)
        with pytest.raises(CorpusError, match=fault):
            pack.finish()
    assert list(tmp_path.iterdir()) == []


def test_the_pack_of_a_corpus_holds_its_files_bit_for_bit(tmp_path):
    corpus = write_tiny_corpus(tmp_path, splits=("train",))
    pack_recordings(corpus, tell=lambda _: None)
    pack = open_pack(corpus / "packs" / "recorded")
    assert [clip.id for clip in pack.manifest.clips] == [clip.id for clip, _ in tiny_clips(("train",))]
    for clip in pack.manifest.clips:
        flac, _ = soundfile.read(corpus / "audio" / f"{clip.id}.flac", dtype="float32")
        assert np.array_equal(pack.samples(clip), flac)


def test_the_pack_of_a_corpus_that_changed_is_made_again(tmp_path):
    corpus = write_tiny_corpus(tmp_path)
    assert len({clip.split for clip in recordings(corpus, tell=lambda _: None).manifest.clips}) == 3
    write_tiny_corpus(tmp_path, splits=("train",))
    assert {clip.split for clip in recordings(corpus, tell=lambda _: None).manifest.clips} == {"train"}


def test_reading_a_little_of_a_large_pack_takes_little_memory(tmp_path):
    frames = 4 * 2**20
    with writer(tmp_path) as pack:
        pack.add(make_clip("long", "water", "water", (), "train", frames=frames), click(frames))
        pack.finish()
    tracemalloc.start()
    pack = open_pack(tmp_path)
    for first in range(0, frames, 2**16):
        pack.samples(pack.manifest.clips[0], first, 100)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 2**20
