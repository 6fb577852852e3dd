"""Tables are fitted to what may be heard, the same to the byte, and say what they were made from."""

import msgspec
import pytest
from click.testing import CliRunner

from hobnail_plugins.codec.tables import read_tables
from hobnail_trainer.cli import cli
from hobnail_trainer.codec import workers
from hobnail_trainer.codec.fit import FitSettings, Provenance, fit_codec
from hobnail_trainer.corpus import read_manifest, write_manifest
from hobnail_trainer.errors import CorpusError, TrainerError

from .conftest import write_corpus

SETTINGS = FitSettings(kept=10, partials=1)


def fit(corpus, target, settings=SETTINGS, jobs=1):
    return fit_codec(corpus, target, settings, jobs=jobs, tell=lambda _: None)


@pytest.fixture(scope="module")
def first(corpus, tmp_path_factory):
    target = tmp_path_factory.mktemp("fit") / "linear.npz"
    return target, fit(corpus, target)


def test_the_tables_are_what_the_codec_reads(first):
    tables = read_tables(first[0])
    assert (tables.kept, tables.partials) == (10, 1)


@pytest.mark.parametrize("jobs", [1, 2])
def test_the_same_corpus_gives_the_same_bytes(corpus, first, tmp_path, monkeypatch, jobs):
    monkeypatch.setattr(workers, "AT_ONCE", 9)
    fit(corpus, tmp_path / "again.npz", jobs=jobs)
    assert (tmp_path / "again.npz").read_bytes() == first[0].read_bytes()


def test_another_seed_gives_other_bytes(corpus, first, tmp_path):
    fit(corpus, tmp_path / "other.npz", msgspec.structs.replace(SETTINGS, seed=2))
    assert (tmp_path / "other.npz").read_bytes() != first[0].read_bytes()


def test_provenance_stands_beside_the_tables(corpus, first):
    told = msgspec.json.decode(first[0].with_suffix(".json").read_bytes(), type=Provenance)
    assert told == first[1]
    assert told.clips == sum(clip.split == "train" for clip in read_manifest(corpus).clips)
    assert told.licences == {"CC0-1.0": told.clips}
    assert 0.0 < told.explained < 1.0


def test_every_recording_that_was_heard_is_named_in_the_notice(corpus, first):
    notice = first[0].with_suffix(".NOTICE").read_text(encoding="utf-8")
    heard = [clip for clip in read_manifest(corpus).clips if clip.split == "train"]
    assert f"{len(heard)} recordings" in notice
    assert all(clip.path in notice for clip in heard)


def test_only_the_train_split_is_opened(first, tmp_path):
    folder = write_corpus(tmp_path / "corpus")
    for path in (folder / "audio").glob("*.flac"):
        if not path.name.startswith("train"):
            path.write_bytes(b"no sound")
    made = fit(folder, tmp_path / "linear.npz")
    assert made.sha256 == first[1].sha256


def test_licences_that_are_not_allowed_are_left_out(first, tmp_path):
    folder = write_corpus(tmp_path / "corpus")
    manifest = read_manifest(folder)
    clips = tuple(
        msgspec.structs.replace(clip, licence="GPL-2.0") if clip.category == "footstep" else clip
        for clip in manifest.clips
    )
    write_manifest(msgspec.structs.replace(manifest, clips=clips), folder)
    made = fit(folder, tmp_path / "linear.npz")
    assert made.clips == first[1].clips - 6
    assert made.licences == {"CC0-1.0": made.clips}


def test_a_corpus_with_too_little_sound_is_refused(corpus, tmp_path):
    with pytest.raises(TrainerError, match=r"too little sound to fit to.*allow more licences"):
        fit(corpus, tmp_path / "linear.npz", msgspec.structs.replace(SETTINGS, licences=("gpl",)))
    assert list(tmp_path.iterdir()) == []


def test_what_is_no_corpus_is_refused(tmp_path):
    with pytest.raises(CorpusError, match="cannot be read"):
        fit(tmp_path, tmp_path / "linear.npz")


def test_the_file_is_an_npz(corpus, tmp_path):
    with pytest.raises(TrainerError, match=r"are an \.npz file"):
        fit(corpus, tmp_path / "linear.bin")


def test_the_command_fits(corpus, first, tmp_path):
    target = tmp_path / "linear.npz"
    options = ["--to", str(target), "--kept", "10", "--partials", "1", "--jobs", "1"]
    done = CliRunner().invoke(cli, ["codec", "fit", str(corpus), *options], catch_exceptions=False)
    assert done.exit_code == 0
    assert "10 components hold" in " ".join(done.output.split())
    assert target.read_bytes() == first[0].read_bytes()
