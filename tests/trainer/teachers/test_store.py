"""Features of a corpus and of a feed on disk: the feed's rows, the teacher's words, whole or not there."""

import re
from functools import partial

import msgspec
import numpy as np
import pytest
from click.testing import CliRunner

from hobnail.audio import HOP_FRAMES
from hobnail_trainer.cli import cli
from hobnail_trainer.cli.codec import built_codec
from hobnail_trainer.codec.clips import read_clip
from hobnail_trainer.corpus.manifest import read_manifest
from hobnail_trainer.errors import TeacherError
from hobnail_trainer.feed.prepare import Request, prepare
from hobnail_trainer.feed.store import open_feed
from hobnail_trainer.teachers import hop_features, open_features
from hobnail_trainer.teachers.blocks import FeatureStore
from hobnail_trainer.teachers.encode import encode
from hobnail_trainer.teachers.own.teacher import Spectra

from .conftest import SMALL


def silently(_text):
    pass


def run(*words):
    done = CliRunner().invoke(cli, ["teacher", *map(str, words)], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.output


@pytest.fixture(scope="module")
def stored(corpus, fitted, tmp_path_factory):
    """A store of the corpus, by the small teacher."""
    target = tmp_path_factory.mktemp("store")
    encode(corpus, target, fitted[0], corpus=None, tell=silently)
    return target


def test_a_corpus_is_encoded_clip_by_clip_at_its_familys_loudness(corpus, fitted, stored):
    part = open_features(stored / "train" / "clips")
    clips = [clip for clip in read_manifest(corpus).clips if clip.split == "train"]
    assert [place.id for place in part.index.sounds] == [clip.id for clip in clips]
    for number in (0, 7, 31):
        clip, place = clips[number], part.index.sounds[number]
        assert place.hops == -(-clip.frames // HOP_FRAMES) + 1
        gain = np.float32(10.0 ** (clip.family_gain_db / 20.0))
        expected = hop_features(fitted[0], read_clip(corpus, clip) * gain, place.hops)
        np.testing.assert_allclose(part.features(place), expected, atol=2e-3)
        np.testing.assert_allclose(part.moments[number][0], expected.mean(axis=0), atol=1e-4)
        np.testing.assert_allclose(part.moments[number][1], expected.std(axis=0, ddof=1), atol=1e-4)
    assert (part.index.teacher, part.index.digest, part.index.dims) == ("own", fitted[0].digest, SMALL.width)
    assert part.rows.dtype == np.dtype("<f2")


def test_blocks_begin_where_they_are_asked_for_and_end_with_the_sound(stored):
    store, part = FeatureStore.open(stored, "train"), open_features(stored / "train" / "clips")
    places = part.index.sounds
    found = store.blocks([places[3].id, places[5].id, "nobody"], [0, places[5].hops - 6, 4], 16)
    assert np.array_equal(found.features[0], part.features(places[3])[:16])
    assert np.array_equal(found.features[1, :6], part.features(places[5])[-6:])
    assert found.mask.sum(axis=1).tolist() == [16, 6, 0]
    assert not found.features[~found.mask].any()
    assert np.array_equal(found.mean[1], part.moments[5][0])
    assert np.array_equal(found.sd[0], part.moments[3][1])
    assert places[3].id in store
    assert "nobody" not in store


def test_what_is_there_is_kept_and_another_teacher_writes_anew(corpus, fitted, tmp_path):
    encode(corpus, tmp_path, fitted[0], tell=silently)
    file = tmp_path / "validation" / "clips" / "features.f16"
    before = file.stat().st_mtime_ns
    told = []
    encode(corpus, tmp_path, fitted[0], tell=told.append)
    assert told == []
    assert file.stat().st_mtime_ns == before
    file.write_bytes(file.read_bytes()[:-2])  # cut off: made again
    encode(corpus, tmp_path, fitted[0], tell=silently)
    assert open_features(file.parent).index.digest == fitted[0].digest
    encode(corpus, tmp_path, Spectra(), splits=("validation",), tell=silently)
    assert open_features(file.parent).index.teacher == "spectra"
    with pytest.raises(TeacherError, match=r"features of the teacher .* expected"):
        FeatureStore.open(tmp_path, "validation", digest=fitted[0].digest)


def test_a_store_of_two_teachers_is_refused(corpus, fitted, stored, tmp_path):
    encode(corpus, tmp_path, Spectra(), splits=("train",), tell=silently)
    with pytest.raises(TeacherError, match="different teachers"):
        FeatureStore([open_features(each / "train" / "clips") for each in (stored, tmp_path)])
    with pytest.raises(TeacherError, match="has nothing of validation"):
        FeatureStore.open(tmp_path, "validation")


class Broken(Spectra):
    """Gives what cannot be stored from its third sound on."""

    sounds = 0

    def frames(self, samples):
        self.sounds += 1
        features = super().frames(samples)
        return features if self.sounds < 3 else np.full_like(features, np.inf)


def test_what_cannot_be_stored_leaves_nothing(corpus, tmp_path):
    with pytest.raises(TeacherError, match=r"'train-impact-02': .* does not fit 16 bits"):
        encode(corpus, tmp_path, Broken(), tell=silently)
    assert list((tmp_path / "train" / "clips").iterdir()) == []
    with pytest.raises(TeacherError, match="no features that can be read"):
        open_features(tmp_path / "train" / "clips")


def test_the_test_split_is_not_encoded(corpus, tmp_path):
    with pytest.raises(TeacherError, match="test is for final tables only"):
        encode(corpus, tmp_path, Spectra(), splits=("test",), tell=silently)


def test_another_version_is_refused(stored, tmp_path):
    folder = tmp_path / "part"
    folder.mkdir()
    for name in ("features.f16", "moments.f32", "features.json"):
        (folder / name).write_bytes((stored / "train" / "clips" / name).read_bytes())
    index = open_features(folder).index
    (folder / "features.json").write_bytes(msgspec.json.encode(msgspec.structs.replace(index, version=9)))
    with pytest.raises(TeacherError, match="version 9"):
        open_features(folder)


@pytest.fixture(scope="module")
def feed(corpus, tmp_path_factory):
    """A feed of the corpus, recordings only, GPL left out."""
    folder = tmp_path_factory.mktemp("feed")
    make = partial(built_codec, "linear", None)
    prepare(Request(corpus=corpus, feed=folder, make=make, parts=("recorded",), jobs=1), tell=silently)
    return folder


def test_beside_a_feed_row_n_is_hop_n_of_its_latents(corpus, feed, fitted, tmp_path):
    run("encode", feed, "--teacher", f"own:{fitted[1]}", "--to", tmp_path, "--corpus", corpus)
    for split in ("train", "validation"):
        entries = open_feed(feed, split).parts["recorded"].index.entries
        part = open_features(tmp_path / split / "recorded", digest=fitted[0].digest)
        assert [(place.id, place.first, place.hops) for place in part.index.sounds] == [
            (entry.id, entry.first, entry.hops) for entry in entries
        ]
        assert part.index.hops == len(open_feed(feed, split).parts["recorded"].latents)
    assert not any(place.id == "train-machine-00" for place in part.index.sounds)  # GPL


def test_a_feed_needs_the_corpus_that_it_was_made_from(corpus, feed, tmp_path):
    with pytest.raises(TeacherError, match="--corpus CORPUS"):
        encode(feed, tmp_path, Spectra(), tell=silently)
    changed = tmp_path / "other"
    changed.mkdir()
    (changed / "manifest.jsonl").write_bytes((corpus / "manifest.jsonl").read_bytes() + b"\n")
    with pytest.raises(TeacherError, match="was made from the corpus"):
        encode(feed, tmp_path, Spectra(), corpus=changed, tell=silently)


def test_a_teacher_is_fitted_and_measured_by_the_commands_that_people_type(corpus, tmp_path):
    file = tmp_path / "teacher.safetensors"
    said = run("fit", corpus, "--to", file, "--steps", 2)
    assert re.search(r"31 clips of 16 families, 0\.5 minutes; 0\.8\d M weights, 2 steps", said.replace("\n", " "))
    assert file.with_suffix(".NOTICE").exists()
    table = tmp_path / "table.json"
    said = run("compare", corpus, "--teacher", f"own:{file}", "--teacher", "shuffled:spectra", "--to", table)
    assert "LDS" in said
    rows = msgspec.json.decode(table.read_bytes())["rows"]
    assert [(row["name"], row["may_teach"], row["rate_hz"]) for row in rows] == [
        ("own", True, 93.75),
        ("shuffled spectra", True, 93.75),
    ]
    assert abs(rows[1]["on_hops"][0]) < 0.05 < rows[0]["on_hops"][0]
    assert rows[0]["category"][0] > 0.9  # knocks and hums
