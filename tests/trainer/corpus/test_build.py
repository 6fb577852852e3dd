"""A corpus is built from a package: everything is kept or has a reason, and an interrupted build goes on."""

import hashlib
import json
import os

import pytest
import soundfile
from click.testing import CliRunner

from hobnail_trainer.cli.corpus import command
from hobnail_trainer.corpus import build_recipe, read_manifest
from hobnail_trainer.corpus import files as corpus_files
from hobnail_trainer.corpus import process as processing
from hobnail_trainer.errors import CorpusError


def quiet(_text):
    pass


def reasons(corpus):
    lines = (corpus / "rejected.jsonl").read_text().splitlines()
    return {entry["path"].rpartition("/")[2]: entry["reason"] for entry in map(json.loads, lines)}


def test_good_sounds_are_kept_with_words_materials_and_licences(built):
    found = {(clip.captions.exact, clip.materials, clip.licence, clip.author) for clip in read_manifest(built).clips}
    ann, bob = "2020 Ann Author", "2021 Bob Builder"
    assert found == {
        ("a footstep on gravel", ("gravel",), "CC-BY-SA-3.0", ann),
        ("a footstep on sand", ("sand",), "CC-BY-SA-3.0", ann),
        ("a wooden door", ("wood",), "CC0-1.0", bob),
        ("a blow on metal", ("metal",), "CC-BY-SA-3.0", ann),
    }


def test_every_other_file_has_a_reason(built):
    assert reasons(built) == {
        "glass_break.wav": "licence",
        "theme.ogg": "music",
        "xyzzy.wav": "unlabelled",
        "snow_footstep_1.wav": "corrupt",
        "snow_footstep_2.wav": "empty",
        "snow_footstep_3.wav": "silent",
        "snow_footstep_4.wav": "silent",
        "snow_footstep_5.wav": "clipped",
        "snow_footstep_6.wav": "too-short",
        "snow_footstep_7.wav": "low-rate",
        "gravel_step.wav": "copy",
    }


def test_the_audio_is_mono_48_khz_and_begins_at_its_onset(built):
    for clip in read_manifest(built).clips:
        samples, rate = soundfile.read(built / clip.audio)
        assert rate == 48_000
        assert samples.shape == (clip.frames,)
        assert abs(samples[: 48 * 4]).max() > 0.1 * abs(samples).max()


def test_a_file_with_the_wrong_extension_is_read_for_what_it_is(built):
    journal = (built / "journal" / "tiny-sounds.jsonl").read_text()
    assert "named .wav, is OGG" in journal


def test_relative_levels_inside_a_family_stay(built):
    steps = [clip for clip in read_manifest(built).clips if clip.materials == ("gravel",)]
    assert len({clip.family_gain_db for clip in steps}) == 1
    assert len({clip.attributes.loudness_lufs for clip in steps}) > 1
    assert max(clip.attributes.peak_dbfs + clip.family_gain_db for clip in steps) <= -1.0 + 1e-6


def test_what_ships_names_only_what_it_was_learnt_from(built, tmp_path):
    file = tmp_path / "NOTICE"
    done = CliRunner().invoke(command, ["notice", str(built), "--to", str(file), "--licence", "cc-by-sa"])
    assert done.exit_code == 0, done.output
    learnt = [clip for clip in read_manifest(built).clips if clip.split == "train" and "BY-SA" in clip.licence]
    text = file.read_text()
    assert learnt
    assert all(clip.path in text for clip in learnt)
    assert f"{len(learnt)} recordings" in text


def test_the_notice_names_every_kept_file_its_licence_and_its_author(built):
    text = (built / "NOTICE").read_text()
    for clip in read_manifest(built).clips:
        assert f"  {clip.path}\n" in text
    assert "by 2021 Bob Builder" in text
    assert "CC0-1.0 (3)" in text


def test_building_again_changes_nothing_and_reads_no_sound(tiny, monkeypatch):
    corpus, recipe = tiny
    build_recipe(recipe, corpus, jobs=1, tell=quiet)
    before = (corpus / "manifest.jsonl").read_bytes()
    monkeypatch.setattr("hobnail_trainer.corpus.pool.process", lambda *_, **__: pytest.fail("it was done before"))
    build_recipe(recipe, corpus, jobs=1, tell=quiet)
    assert (corpus / "manifest.jsonl").read_bytes() == before


def test_an_interrupted_build_goes_on_where_it_was(tiny, built, monkeypatch):
    corpus, recipe = tiny
    done = []

    def interrupted(path, data, note, **rest):
        if len(done) == 6:
            raise KeyboardInterrupt
        done.append(path)
        return processing.process(path, data, note, **rest)

    with monkeypatch.context() as patch:
        patch.setattr("hobnail_trainer.corpus.pool.process", interrupted)
        with pytest.raises(KeyboardInterrupt):
            build_recipe(recipe, corpus, jobs=1, tell=quiet)
    assert not (corpus / "manifest.jsonl").exists()
    journal = corpus / "journal" / "tiny-sounds.jsonl"
    journal.write_bytes(journal.read_bytes() + b'{"is":"sound","path":"half a li')
    again = []

    def counted(path, data, note, **rest):
        again.append(path)
        return processing.process(path, data, note, **rest)

    monkeypatch.setattr("hobnail_trainer.corpus.pool.process", counted)
    build_recipe(recipe, corpus, jobs=1, tell=quiet)
    assert set(again).isdisjoint(done)
    assert (corpus / "manifest.jsonl").read_bytes() == (built / "manifest.jsonl").read_bytes()


def test_a_sound_whose_audio_was_removed_is_made_again(tiny):
    corpus, recipe = tiny
    build_recipe(recipe, corpus, jobs=1, tell=quiet)
    clip = read_manifest(corpus).clips[0]
    digest = hashlib.sha256((corpus / clip.audio).read_bytes()).hexdigest()
    (corpus / clip.audio).unlink()
    journal = corpus / "journal" / "tiny-sounds.jsonl"
    lines = journal.read_text().splitlines(keepends=True)
    journal.write_text("".join(lines[:-1]))  # as if it had not been finished
    build_recipe(recipe, corpus, jobs=1, tell=quiet)
    assert hashlib.sha256((corpus / clip.audio).read_bytes()).hexdigest() == digest


def test_two_processes_build_the_same_corpus_as_one(tiny, built):
    corpus, recipe = tiny
    build_recipe(recipe, corpus, jobs=2, tell=quiet)
    assert (corpus / "manifest.jsonl").read_bytes() == (built / "manifest.jsonl").read_bytes()


def test_a_full_disk_stops_the_build_with_its_cure(tiny, monkeypatch):
    corpus, recipe = tiny

    def full(*_args, **_kwargs):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("hobnail_trainer.corpus.process.write_flac", full)
    with pytest.raises(CorpusError, match="the disk is full") as caught:
        build_recipe(recipe, corpus, jobs=1, tell=quiet)
    assert "run the same command again" in str(caught.value)
    assert not (corpus / "manifest.jsonl").exists()


def test_a_write_that_fails_leaves_the_old_file(tmp_path, monkeypatch):
    target = tmp_path / "manifest.jsonl"
    corpus_files.write_whole(target, b"old")

    def full(*_args):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("pathlib.Path.replace", full)
    with pytest.raises(CorpusError, match="the disk is full"):
        corpus_files.write_whole(target, b"new")
    assert os.listdir(tmp_path) == ["manifest.jsonl"]
    assert target.read_bytes() == b"old"


def test_a_broken_container_costs_only_itself(tiny, making):
    corpus, recipe = tiny
    content = making.tiny_files() | {"usr/share/tiny/more.pk3": b"PK\x03\x04 cut off"}
    (corpus / "packages" / "tiny-sounds_1.0_all.deb").write_bytes(making.deb(content))
    built = build_recipe(recipe, corpus, jobs=1, tell=quiet)
    assert built.clips == 8
    assert any(reason.startswith("container: zip") for reason in built.rejected)


def test_a_package_that_is_no_package_is_named(tiny):
    corpus, recipe = tiny
    (corpus / "packages" / "tiny-sounds_1.0_all.deb").write_bytes(b"<html>404</html>")
    with pytest.raises(CorpusError, match=r"tiny-sounds_1\.0_all\.deb: not a Debian package"):
        build_recipe(recipe, corpus, jobs=1, tell=quiet)
