"""Scenes on disk are whole or absent, come back bit for bit, and broken ones say so."""

import numpy as np
import pytest
import soundfile
from click.testing import CliRunner

from hobnail_trainer.corpus.manifest import write_manifest
from hobnail_trainer.corpus.model import Header, Manifest
from hobnail_trainer.errors import SceneError
from hobnail_trainer.scenes import CorpusSource, read_scene, read_scenes, scene_folders, store, write_scene
from hobnail_trainer.scenes.command import command
from hobnail_trainer.scenes.sheet import write_sheet

from .clipset import RATE_HZ, TinySource


@pytest.fixture(scope="module")
def scene(make):
    return make("rain", 0)


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    """The tiny clip set as a built corpus on disk."""
    folder, source = tmp_path_factory.mktemp("corpus"), TinySource(materials=("wood", "stone"), splits=("train",))
    clips = source.clips("train")
    for clip in clips:
        soundfile.write(folder / clip.audio, source.samples(clip), RATE_HZ, subtype="PCM_24")
    header = Header(rate_hz=RATE_HZ, title="tiny", recipe="test", seed=0, clips=len(clips))
    write_manifest(Manifest(header=header, clips=tuple(clips)), folder)
    return folder


def test_a_scene_comes_back_bit_for_bit(scene, tmp_path):
    back = read_scene(write_scene(scene, tmp_path))
    assert back.card == scene.card
    for name in ("features", "pictures", "stems"):
        assert getattr(back, name).tobytes() == getattr(scene, name).tobytes()


def test_an_interrupted_write_leaves_no_scene(scene, tmp_path, monkeypatch):
    def full(*_arguments, **_options):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(store.soundfile, "write", full)
    with pytest.raises(SceneError, match="No space left"):
        write_scene(scene, tmp_path)
    assert scene_folders(tmp_path) == ()
    assert list(tmp_path.rglob("*.*")) == []


def test_half_written_folders_are_not_read(scene, tmp_path):
    write_scene(scene, tmp_path)
    (tmp_path / "train" / "scene-000009.part").mkdir()
    assert [one.card.seed for one in read_scenes(tmp_path, "train")] == [0]
    assert scene_folders(tmp_path, "test") == ()


@pytest.mark.parametrize("name", [store.CARD, store.ARRAYS, store.AUDIO])
@pytest.mark.parametrize("content", [None, b"", b"nonsense"])
def test_a_broken_file_is_named_with_a_cure(scene, tmp_path, name, content):
    folder = write_scene(scene, tmp_path)
    if content is None:
        (folder / name).unlink()
    else:
        (folder / name).write_bytes(content)
    with pytest.raises(SceneError, match=r"cannot be read.*generate the scenes again"):
        read_scene(folder)


def test_arrays_of_another_scene_are_noticed(scene, make, tmp_path):
    folder, other = write_scene(scene, tmp_path / "one"), write_scene(make("walk", 1), tmp_path / "two")
    (other / store.ARRAYS).replace(folder / store.ARRAYS)
    with pytest.raises(SceneError, match=r"features are float32 \(1, 180, 12\), expected float32 \(2, 180, 12\)"):
        read_scene(folder)


def test_a_corpus_on_disk_is_a_clip_source(corpus):
    source = CorpusSource(corpus, keep=2)
    clips = source.clips("train")
    assert len(clips) == 24
    for clip in (*clips, clips[0]):
        assert source.samples(clip).shape == (clip.frames,)
    assert np.abs(source.samples(clips[0]) - TinySource().samples(clips[0])).max() < 2**-22
    assert source.clips("test") == []


def test_a_clip_that_is_not_what_the_manifest_says_is_named(corpus):
    source = CorpusSource(corpus)
    clip = source.clips("train")[0]
    wrong = type(clip)(**{**{name: getattr(clip, name) for name in clip.__struct_fields__}, "frames": 7})
    with pytest.raises(SceneError, match=r"19200 frames of 1 channels at 48000 Hz, expected 7 of 1 at 48000 Hz"):
        source.samples(wrong)


def test_the_command_makes_scenes_goes_on_and_draws_them(corpus, tmp_path):
    run = CliRunner()
    options = ["generate", str(corpus), "--to", str(tmp_path), "--seconds", "2", "--pixels", "16"]
    first = run.invoke(command, [*options, "--count", "2"], catch_exceptions=False)
    again = run.invoke(command, [*options, "--count", "3"], catch_exceptions=False)
    assert "2 scenes made, 0 were there" in first.output
    assert "1 scenes made, 2 were there" in again.output
    assert [one.card.seed for one in read_scenes(tmp_path)] == [0, 1, 2]


def test_a_sheet_is_a_picture(scene, tmp_path):
    write_sheet(scene, tmp_path / "sheet.png")
    assert (tmp_path / "sheet.png").read_bytes().startswith(b"\x89PNG")
    assert (tmp_path / "sheet.png").stat().st_size > 20_000
