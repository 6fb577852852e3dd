"""Our own teacher: what it hears, that it learns, that it is the same every time, and its file."""

import msgspec
import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from hobnail.audio import HOP_FRAMES, RATE_HZ
from hobnail_trainer.errors import TeacherError
from hobnail_trainer.teachers.own.fit import fit_teacher, learn
from hobnail_trainer.teachers.own.lesson import Lessons, listen
from hobnail_trainer.teachers.own.spec import LearningSettings, NetworkSettings
from hobnail_trainer.teachers.own.spectra import FLOOR, Ear
from hobnail_trainer.teachers.own.teacher import OwnTeacher, new_network

from .conftest import QUICK, SMALL, knocks


def silently(_text):
    pass


@pytest.fixture(scope="module")
def heard(corpus):
    return listen(corpus, QUICK, silently)[1]


def test_a_row_stands_for_exactly_its_hop():
    samples = np.zeros(20 * HOP_FRAMES, np.float32)
    samples[7 * HOP_FRAMES + 256] = 1.0  # the middle of hop 7
    levels = Ear().rows(samples).reshape(20, 2, 64).mean(axis=2)
    assert levels.ravel().argsort()[-2:].tolist() in ([14, 15], [15, 14])
    np.testing.assert_allclose(levels[7, 0], levels[7, 1], atol=1e-4)
    assert np.allclose(levels[:5], np.log10(FLOOR), atol=1e-3)


def test_a_tone_of_full_scale_is_loudest_in_its_band_and_near_a_quarter():
    t = np.arange(RATE_HZ) / RATE_HZ
    row = Ear().rows(np.sin(2 * np.pi * 3000.0 * t).astype(np.float32))[40]
    mel = 2595.0 * np.log10(1.0 + np.array([60.0, 20_000.0, 3000.0]) / 700.0)
    band = round((mel[2] - mel[0]) / (mel[1] - mel[0]) * 65.0 - 1.0)
    assert abs(int(row[:64].argmax()) - band) <= 1
    assert 10.0 ** row[:64].max() == pytest.approx(0.25, rel=0.5)


def test_long_sounds_are_heard_in_pieces_without_seams(monkeypatch):
    samples = knocks(1, RATE_HZ // 2)
    whole = Ear().rows(samples)
    monkeypatch.setattr("hobnail_trainer.teachers.own.spectra.AT_ONCE", 7)
    np.testing.assert_allclose(Ear().rows(samples), whole, atol=1e-5)


def test_it_learns(fitted, heard):
    """Losses of the first and the last steps, on windows never seen in that form."""
    first, last = fitted[0].card.loss
    assert last < 0.75 * first
    nothing = learn(SMALL, msgspec.structs.replace(QUICK, steps=1, rate=0.0), heard, tell=silently)
    assert first < 1.2 * nothing.losses[0]


def test_its_features_say_more_about_hidden_hops_than_their_neighbours_mean(heard):
    """The spectral task by itself: better than guessing each number's mean, which would score 1."""
    learning = msgspec.structs.replace(QUICK, latent=0.0, mixed=0.0)
    losses = learn(SMALL, learning, heard, tell=silently).losses
    assert np.mean(losses[-20:]) < 0.7


def test_clips_under_the_gpl_are_never_heard_and_all_others_are_named(corpus, fitted):
    teacher, file = fitted
    assert teacher.card.clips == 31
    assert not any("GPL" in licence for licence in teacher.card.licences)
    text = file.with_suffix(".NOTICE").read_text()
    assert "GPL" not in text
    assert "CC-BY-SA-3.0" in text
    assert teacher.licence == "CC-BY-SA-4.0"
    _, more = listen(corpus, msgspec.structs.replace(QUICK, licences=("gpl",)), silently)
    assert [clip.id for clip in more.clips] == ["train-machine-00"]


def test_the_same_settings_give_the_same_weights(corpus, tmp_path):
    few = msgspec.structs.replace(QUICK, steps=4)
    files = [tmp_path / f"{number}.safetensors" for number in range(2)]
    digests = [fit_teacher(corpus, file, SMALL, few, tell=silently).digest for file in files]
    assert digests[0] == digests[1]
    assert files[0].read_bytes() == files[1].read_bytes()
    other = fit_teacher(corpus, files[0], SMALL, msgspec.structs.replace(few, seed=2), tell=silently)
    assert other.digest != digests[1]


def test_minutes_become_steps_that_the_card_names_and_that_make_the_same_again(corpus, tmp_path):
    teacher = fit_teacher(corpus, tmp_path / "t.safetensors", SMALL, QUICK, minutes=0.002, tell=silently)
    assert teacher.card.steps == teacher.card.learning.steps >= 2
    again = msgspec.structs.replace(QUICK, steps=teacher.card.steps)
    assert fit_teacher(corpus, tmp_path / "u.safetensors", SMALL, again, tell=silently).digest == teacher.digest


def test_a_file_gives_the_teacher_back(fitted):
    teacher, file = fitted
    again = OwnTeacher.load(file)
    samples = knocks(5)
    assert np.array_equal(again.frames(samples), teacher.frames(samples))
    assert (again.digest, again.card) == (teacher.digest, teacher.card)
    assert teacher.frames(samples).shape == (94, 32)
    assert np.allclose(np.square(teacher.frames(samples)).mean(axis=1), 1.0, atol=1e-2)


def test_what_happens_later_gives_the_same_features_later(fitted):
    """Beyond the reach of its convolutions nothing else matters, so it may be asked about sounds of any length."""
    teacher, quiet = fitted[0], np.zeros(40 * HOP_FRAMES, np.float32)
    samples = np.concatenate([quiet, knocks(3, 60 * HOP_FRAMES), quiet])
    later = np.concatenate([quiet, samples])
    np.testing.assert_allclose(teacher.frames(later)[60:120], teacher.frames(samples)[20:80], atol=2e-4)


def test_hidden_hops_are_not_heard():
    network = new_network(SMALL, 1)
    rows = torch.randn(2, 30, 128)
    hidden = torch.zeros(2, 30, dtype=torch.bool)
    hidden[:, 10:14] = True
    other = torch.where(hidden.unsqueeze(-1), torch.randn(2, 30, 128), rows)
    assert torch.equal(network(rows, hidden), network(other, hidden))
    assert not torch.equal(network(rows), network(other))


def test_lessons_hide_about_the_share_that_is_asked_for_and_never_all(heard):
    lessons = Lessons(heard, msgspec.structs.replace(QUICK, masked=0.6))
    lesson = lessons.draw(0)
    assert 0.58 < lesson.hidden.mean() < 0.75
    assert not lesson.hidden.all(axis=1).any()
    assert np.array_equal(lessons.draw(0).mixed, lesson.mixed)
    assert not np.array_equal(lessons.draw(1).mixed, lesson.mixed)
    assert (lesson.mixed >= lesson.clean - 1e-3).all()
    assert (lesson.mixed > lesson.clean + 0.01).any()


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"batch": 1}, "batch 1"),
        ({"span_hops": (4, 40)}, "half the window"),
        ({"masked": 1.0}, "masked 1.0"),
        ({"latent": 0.0, "spectrum": 0.0}, "one of them above 0"),
        ({"licences": ("other",)}, "no train clip is under other"),
    ],
)
def test_settings_out_of_range_are_refused(corpus, tmp_path, changed, says):
    with pytest.raises(TeacherError, match=says):
        fit_teacher(corpus, tmp_path / "t.safetensors", SMALL, msgspec.structs.replace(QUICK, **changed), tell=silently)
    assert list(tmp_path.iterdir()) == []


def test_sizes_out_of_range_are_refused():
    for sizes, says in (({"kernel": 4}, "kernel 4"), ({"averaged": 9}, "averaged 9"), ({"width": 0}, "width 0")):
        with pytest.raises(TeacherError, match=says):
            new_network(NetworkSettings(**sizes), 1)


def test_the_published_size_has_between_half_a_million_and_a_million_weights():
    assert 500_000 <= sum(each.numel() for each in new_network(NetworkSettings(), 1).parameters()) <= 1_000_000
    assert LearningSettings().licences == ("public-domain", "permissive", "cc-by", "cc-by-sa")


def test_broken_files_are_refused_with_the_cure(fitted, tmp_path):
    _, file = fitted
    cut = tmp_path / "cut.safetensors"
    cut.write_bytes(file.read_bytes()[:-100])
    tensors = load_file(file)
    bare, short, strange = (tmp_path / f"{name}.safetensors" for name in ("bare", "short", "strange"))
    save_file(tensors, bare)
    card = {"teacher": msgspec.json.encode(OwnTeacher.load(file).card).decode()}
    save_file({name: value for name, value in tensors.items() if name != "hidden"}, short, card)
    save_file({**tensors, "hidden": torch.full((32,), float("nan"))}, strange, card)
    for path, says in (
        (cut, "no weights that can be read"),
        (bare, "is no teacher of ours"),
        (short, "hidden not in it"),
        (strange, "not finite"),
        (tmp_path / "none.safetensors", "no weights that can be read"),
    ):
        with pytest.raises(TeacherError, match=says):
            OwnTeacher.load(path)


def test_what_is_no_sound_is_refused(fitted):
    for samples in (np.zeros(0, np.float32), np.zeros((2, 100), np.float32), np.array([np.nan], np.float32)):
        with pytest.raises(TeacherError, match="a teacher was given"):
            fitted[0].frames(samples)
    assert fitted[0].frames(np.zeros(1, np.float32)).shape == (1, 32)
