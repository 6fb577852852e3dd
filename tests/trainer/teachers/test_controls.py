"""Controls know less than they should, in the way they should; and judges do not teach."""

import numpy as np
import pytest

from hobnail_trainer.errors import TeacherError
from hobnail_trainer.teachers import Shuffled, Teacher, open_teacher, structure
from hobnail_trainer.teachers.judge import JudgesFrames
from hobnail_trainer.teachers.own.teacher import Spectra, random_teacher

from .conftest import knocks


def sorted_rows(features):
    return features[np.lexsort(features.T)]


def test_shuffled_frames_are_the_same_frames_in_one_wrong_order(fitted):
    teacher, samples = fitted[0], knocks(3)
    right, shuffled = teacher.frames(samples), Shuffled(teacher)
    wrong = shuffled.frames(samples)
    assert not np.array_equal(wrong, right)
    assert np.array_equal(sorted_rows(wrong), sorted_rows(right))
    assert np.array_equal(shuffled.frames(samples), wrong)
    assert not np.array_equal(Shuffled(teacher, seed=2).frames(samples), wrong)
    assert (shuffled.rate_hz, shuffled.dims, shuffled.licence) == (teacher.rate_hz, 32, teacher.licence)
    assert shuffled.digest != teacher.digest


def test_two_sounds_are_shuffled_in_two_orders():
    shuffled = Shuffled(Spectra())
    ramps = [np.linspace(0.0, level, 48_000).astype(np.float32) for level in (0.5, 0.4)]
    orders = [shuffled.frames(each).mean(axis=1).argsort(kind="stable") for each in ramps]
    assert not np.array_equal(*orders)


def test_shuffling_takes_the_structure_in_time_and_nothing_else():
    teacher = Spectra()
    sounds = [knocks(number) for number in range(4)]
    right = structure(teacher.frames(each) for each in sounds)
    wrong = structure(Shuffled(teacher).frames(each) for each in sounds)
    assert right.lds > 0.1
    assert abs(wrong.lds) < 0.1 * right.lds
    assert abs(wrong.cds) < 0.2 * right.cds
    assert wrong.rmsc == pytest.approx(right.rmsc, rel=1e-5)


def test_a_random_teacher_is_the_same_network_with_other_weights(fitted):
    teacher, file = fitted
    one, again, other = random_teacher(teacher), open_teacher(f"random:{file}"), random_teacher(teacher, seed=2)
    assert one.dims == teacher.dims
    assert one.parameters == teacher.parameters
    samples = knocks(4)
    assert np.array_equal(one.frames(samples), again.frames(samples))
    assert one.digest == again.digest
    assert len({one.digest, other.digest, teacher.digest}) == 3
    assert not np.allclose(one.frames(samples), teacher.frames(samples), atol=0.1)
    assert (one.licence, one.card.steps, one.card.clips) == ("CC0-1.0", 0, 0)


def test_teachers_are_opened_by_what_people_type(fitted):
    _, file = fitted
    for text, name in (
        (f"own:{file}", "own"),
        ("random", "random"),
        ("spectra", "spectra"),
        (f"shuffled:own:{file}", "shuffled own"),
        ("shuffled:random", "shuffled random"),
    ):
        teacher = open_teacher(text)
        assert teacher.name == name
        assert isinstance(teacher, Teacher)
        assert len(teacher.digest) == 64
    for text in ("", "own", "own:", "nobody:file", "shuffled:"):
        with pytest.raises(TeacherError, match="names no teacher"):
            open_teacher(text)


@pytest.mark.parametrize("text", ["yamnet", "aisfx", "yamnet:folder", "shuffled:yamnet"])
def test_judges_do_not_teach(text):
    with pytest.raises(TeacherError, match="judges may not teach"):
        open_teacher(text)
    assert not issubclass(JudgesFrames, Spectra)
    assert not hasattr(JudgesFrames, "licence")
    assert not hasattr(JudgesFrames, "digest")
