"""A folder of recordings: what is read, how it is called, and what is left out with its reason."""

import numpy as np
import pytest
import soundfile

from hobnail_trainer.adapt.recordings import read_folder
from hobnail_trainer.corpus.attributes import loudness_lufs
from hobnail_trainer.corpus.finish import LOUDEST_LUFS
from hobnail_trainer.errors import TrainerError

from .conftest import RATE_HZ, squeak, write_squeaks


def test_captions_come_from_names_or_from_the_table(tmp_path):
    folder = write_squeaks(tmp_path)
    (folder / "doors").mkdir()
    soundfile.write(folder / "doors" / "003.flac", squeak(50), RATE_HZ)
    soundfile.write(folder / "7.flac", squeak(51), RATE_HZ)
    (folder / "captions.csv").write_text("file,caption\nrubber_squeak_00.wav,a duck being squeezed\n", encoding="utf-8")
    found, left_out = read_folder(folder, "my_duck")
    captions = {each.file: each.caption for each in found}
    assert captions["rubber_squeak_00.wav"] == "a duck being squeezed"
    assert captions["rubber_squeak_01.wav"] == "rubber squeak"
    assert captions["doors/003.flac"] == "doors"
    assert captions["7.flac"] == "my duck"
    assert left_out == []


def test_what_cannot_be_used_is_named_with_its_reason(tmp_path):
    folder = write_squeaks(tmp_path, 5)
    (folder / "broken.wav").write_bytes(b"RIFF and nothing more")
    soundfile.write(folder / "silent.wav", np.zeros(RATE_HZ, np.float32), RATE_HZ)
    soundfile.write(folder / "click.wav", np.r_[np.zeros(500), 0.9, np.zeros(500)], RATE_HZ)
    soundfile.write(folder / "same.wav", squeak(3), RATE_HZ, subtype="PCM_16")
    (folder / "notes.txt").write_text("not a sound")
    (folder / "captions.csv").write_text("file,caption\ngone.wav,a thing\n", encoding="utf-8")
    found, left_out = read_folder(folder, "duck")
    assert len(found) == 5
    reasons = dict(left_out)
    assert reasons.keys() == {"broken.wav", "silent.wav", "click.wav", "same.wav", "gone.wav"}
    assert "no sound that can be read" in reasons["broken.wav"]
    assert reasons["silent.wav"] == "is silent"
    assert "expected at least 20" in reasons["click.wav"]
    assert reasons["same.wav"] == "sounds the same as rubber_squeak_03.wav"
    assert "not there" in reasons["gone.wav"]


def test_takes_are_brought_to_the_corpus_s_loudness_together(tmp_path):
    folder = tmp_path / "long"
    folder.mkdir()
    chance = np.random.default_rng(1)
    for take, level in enumerate((0.02, 0.01, 0.02, 0.005)):
        noise = chance.normal(0.0, level, RATE_HZ).astype(np.float32)
        soundfile.write(folder / f"wind_{take}.wav", noise, 44_100, subtype="FLOAT")
    found, _ = read_folder(folder, "wind")
    loud = [loudness_lufs(each.samples) for each in found]
    assert max(loud) == pytest.approx(LOUDEST_LUFS, abs=0.5)
    assert loud[0] - loud[3] == pytest.approx(12.0, abs=0.5)


def test_too_few_and_folders_that_are_none_are_refused(tmp_path):
    with pytest.raises(TrainerError, match="is no folder"):
        read_folder(tmp_path / "nowhere", "duck")
    folder = write_squeaks(tmp_path / "few", 3)
    (folder / "broken.wav").write_bytes(b"")
    with pytest.raises(TrainerError, match=r"3 recordings can be used, expected at least 4 \(broken.wav"):
        read_folder(folder, "duck")


@pytest.mark.parametrize(("text", "named"), [(b"name,words\n", "name, words"), (b"file,caption\n\xff\xfe,\n", "UTF-8")])
def test_a_table_of_captions_that_cannot_be_read_is_refused(tmp_path, text, named):
    folder = write_squeaks(tmp_path, 4)
    (folder / "captions.csv").write_bytes(text)
    with pytest.raises(TrainerError, match=named):
        read_folder(folder, "duck")
