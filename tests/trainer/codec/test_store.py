"""Latents of a split are stored whole, and found again."""

import numpy as np
import pytest

from hobnail_trainer.codec import workers
from hobnail_trainer.codec.clips import read_clip
from hobnail_trainer.codec.store import INDEX, LATENTS, encode_corpus, open_latents
from hobnail_trainer.corpus import read_manifest
from hobnail_trainer.errors import TrainerError

from .conftest import PlainCodec


class LoudCodec(PlainCodec):
    def encode(self, samples, state, *, last=False):
        latents, state = super().encode(samples, state, last=last)
        return latents * np.float32(1e9), state


def encode(corpus, folder, make=PlainCodec, split="train", jobs=1):
    return encode_corpus(corpus, folder, make, split=split, jobs=jobs, tell=lambda _: None)


@pytest.mark.parametrize("split", ["train", "validation"])
def test_every_clip_of_the_split_is_there(corpus, tmp_path, split):
    encode(corpus, tmp_path, split=split)
    store = open_latents(tmp_path)
    clips = {clip.id: clip for clip in read_manifest(corpus).clips if clip.split == split}
    assert {place.clip for place in store.index.clips} == set(clips)
    for place in store.index.clips:
        sound = read_clip(corpus, clips[place.clip])
        assert place.hops == -(-len(sound) // 100)
        assert np.allclose(store.latents(place).ravel()[: len(sound)], sound, atol=1e-3)


def test_two_processes_write_the_same(corpus, tmp_path, monkeypatch):
    monkeypatch.setattr(workers, "AT_ONCE", 9)
    for jobs in (1, 2):
        encode(corpus, tmp_path / str(jobs), jobs=jobs)
    for name in (LATENTS, INDEX):
        assert (tmp_path / "1" / name).read_bytes() == (tmp_path / "2" / name).read_bytes()


def test_the_test_split_is_not_encoded(corpus, tmp_path):
    with pytest.raises(TrainerError, match="final tables only"):
        encode(corpus, tmp_path, split="test")


def test_latents_that_do_not_fit_are_refused_and_nothing_is_left_to_be_read(corpus, tmp_path):
    encode(corpus, tmp_path)
    with pytest.raises(TrainerError, match="does not fit 16 bits"):
        encode(corpus, tmp_path, LoudCodec)
    with pytest.raises(TrainerError, match="no latents that can be read"):
        open_latents(tmp_path)
    assert not (tmp_path / f"{LATENTS}.part").exists()


def test_a_file_that_was_cut_off_is_refused(corpus, tmp_path):
    encode(corpus, tmp_path)
    (tmp_path / LATENTS).write_bytes((tmp_path / LATENTS).read_bytes()[:-2])
    with pytest.raises(TrainerError, match="bytes of latents"):
        open_latents(tmp_path)
