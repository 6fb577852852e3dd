"""Judges compute what their files say: exact weights without simulated 8 bits, folded normalisation, whole clips."""

import io
import pickle
import zipfile

import numpy as np
import pytest
import torch

from hobnail_trainer.errors import JudgeError
from hobnail_trainer.judges import Aisfx, Yamnet, strongest
from hobnail_trainer.judges.aisfx import layers_of, windows_of
from hobnail_trainer.judges.graph import exact_network
from hobnail_trainer.judges.mel import yamnet_spectrogram
from hobnail_trainer.judges.model import heard_at
from hobnail_trainer.judges.yamnet import network_of, patches_of


def noise(frames, seed=1):
    return (0.2 * np.random.default_rng(seed).standard_normal(frames)).astype(np.float32)


@pytest.fixture(scope="module")
def yamnet(yamnet_files):
    return Yamnet(network_of(yamnet_files[0], source="small"), [f"class {n}" for n in range(521)])


@pytest.fixture(scope="module")
def aisfx(aisfx_files):
    return Aisfx(layers_of(aisfx_files[0], source="small"))


def by_hand(image, conv):
    """The small network's map of an image [spectra, 64]: [columns, 2, 1024]."""
    blocks = image[: len(image) // 32 * 32].reshape(-1, 32, 2, 32).transpose(0, 2, 1, 3).reshape(-1, 2, 1024)
    return np.maximum(blocks @ conv.reshape(1024, 1024).T, 0.0)


def test_yamnet_embeds_with_the_exact_weights(yamnet, yamnet_files):
    _, conv, _ = yamnet_files
    samples = noise(70_000)
    expected = np.mean([by_hand(patch[0], conv).mean(axis=(0, 1)) for patch in patches_of(samples)], axis=0)
    assert yamnet.embed(samples) == pytest.approx(expected, abs=1e-4)


def test_scores_are_mean_probabilities_of_the_patches(yamnet, yamnet_files):
    _, conv, dense = yamnet_files
    samples = noise(70_000)
    logits = np.array([by_hand(patch[0], conv).mean(axis=(0, 1)) @ dense.T for patch in patches_of(samples)])
    expected = (1 / (1 + np.exp(-logits))).mean(axis=0)
    assert yamnet.scores(samples) == pytest.approx(expected, abs=1e-4)
    best = strongest(yamnet, samples, 3)
    assert [tag.name for tag in best] == [f"class {n}" for n in np.argsort(-expected)[:3]]
    assert yamnet.tags(samples, 3) == best


@pytest.mark.parametrize(("frames", "patches"), [(1, 1), (46_800, 1), (46_803, 2), (69_840, 2), (69_843, 3)])
def test_silence_fills_up_to_whole_patches(frames, patches):
    found = patches_of(noise(frames))
    assert found.shape == (patches, 1, 96, 64)
    assert np.isfinite(found).all()


def test_frames_follow_the_sound_every_80_ms(yamnet, yamnet_files):
    _, conv, _ = yamnet_files
    samples = np.concatenate([np.zeros(48_000, np.float32), noise(4800), np.zeros(48_000, np.float32)])
    frames = yamnet.frames(samples)
    assert frames.shape == (27, 1024)
    assert yamnet.frames_hz == 12.5
    silent = frames[0]
    changed = np.flatnonzero(np.abs(frames - silent).max(axis=1) > 0.5)
    assert changed.min() >= 10  # 1.0 s is in frame 12; a column of this network spans four frames
    assert changed.max() <= 16
    spectra = yamnet_spectrogram(np.pad(heard_at(16_000, samples), (12 * 160, 20_000)))
    assert frames[13] == pytest.approx(by_hand(spectra[13 * 8 : 13 * 8 + 32], conv).mean(axis=(0, 1)), abs=1e-3)


def test_aisfx_embeds_as_the_network_it_was_saved_from(aisfx, aisfx_files):
    samples = noise(150_000)
    windows = torch.from_numpy(windows_of(samples))
    with torch.inference_mode():
        expected = aisfx_files[1](windows[:, None]).mean(dim=0).numpy()
    assert len(windows) > 1
    assert aisfx.embed(samples) == pytest.approx(expected, rel=1e-3, abs=1e-5)


def test_short_sounds_are_filled_up_and_long_ones_heard_to_the_end():
    assert windows_of(noise(1)).shape == (1, 100, 96)
    assert not windows_of(noise(24_000))[0, 24:].any()
    samples = np.concatenate([noise(200_000), np.zeros(30_000, np.float32), noise(10_000)])
    assert windows_of(samples)[-1, -5:].max() > 0.3


def test_many_sounds_are_embedded_as_each_alone(yamnet, aisfx):
    sounds = [noise(30_000, seed) for seed in range(3)]
    for judge in (yamnet, aisfx):
        rows = judge.embed_many(sounds)
        assert rows.shape == (3, judge.dimensions)
        assert rows[2] == pytest.approx(judge.embed(sounds[2]), abs=1e-5)
        assert judge.embed_many([]).shape == (0, judge.dimensions)


@pytest.mark.parametrize("bad", [np.zeros(0, np.float32), np.zeros((2, 9), np.float32), np.full(9, np.nan, np.float32)])
def test_what_is_no_sound_is_refused(yamnet, bad):
    with pytest.raises(JudgeError, match="A judge was given samples"):
        yamnet.embed(bad)


def test_a_model_without_the_value_asked_for_is_refused(yamnet_files):
    with zipfile.ZipFile(io.BytesIO(yamnet_files[0])) as archive:
        graph, data = archive.read("job/model.onnx"), archive.read("job/model.data")
    with pytest.raises(JudgeError, match="no value 'elsewhere'"):
        exact_network(graph, data, shapes={"audio": (1, 1, 96, 64), "elsewhere": (1,)}, constants={}, source="small")
    with pytest.raises(JudgeError, match="of its data, which has 100"):
        exact_network(graph, data[:100], shapes={}, constants={}, source="small")
    with pytest.raises(JudgeError, match="not an ONNX model"):
        exact_network(b"no", b"", shapes={}, constants={}, source="small")
    with pytest.raises(JudgeError, match="cannot be read"):
        network_of(b"no zip", source="small")


class Bomb:
    def __reduce__(self):
        return (print, ("boom",))


def checkpoint_of(value):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("archive/data.pkl", pickle.dumps(value, protocol=2))
    return file.getvalue()


def test_a_checkpoint_that_would_run_code_is_refused(capsys):
    with pytest.raises(JudgeError, match=r"names .*print, which weights do not need"):
        layers_of(checkpoint_of(Bomb()), source="bad.pth")
    assert "boom" not in capsys.readouterr().out


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"no zip", "not a checkpoint that can be read"),
        (checkpoint_of([1]), "holds a list"),
        (checkpoint_of({}), r"conv_block1.conv1.weight is nothing, expected \[64, 1, 3, 3\]"),
    ],
)
def test_a_checkpoint_without_the_weights_is_refused(data, words):
    with pytest.raises(JudgeError, match=words):
        layers_of(data, source="bad.pth")
