"""Teachers of others: files as their authors publish them, read without running anything, and what they say."""

import json
import pathlib

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from hobnail_trainer.errors import TeacherError
from hobnail_trainer.teachers import ClipTeacher, Teacher, open_clip_teacher, open_teacher
from hobnail_trainer.teachers.foreign.mel import decibels, kaldi, triangles_over_hertz

from . import layouts

PLACES = ([0, None, -1], [0, 7, 40, 63])
"""Of the features that were written down: first, middle and last frame; four numbers of each."""

SAID = {
    # what the authors' own code says of layouts.melody() with layouts' weights: audiossl ec3a14d, Dasheng db73093,
    # BEATs as in microsoft/unilm 9102ed9, on torchaudio 2.11's spectrograms
    "atst": [[0.5211, -0.1481, -0.3102, 0.5291], [0.8815, -0.1544, 0.5464, 0.7316], [0.5374, -0.183, -0.1791, 0.3655]],
    "dasheng": [
        [1.1928, -0.8707, -0.5465, 1.8078],
        [1.9695, 0.2776, -1.0904, -0.0556],
        [1.453, -0.3268, -1.3933, 0.7241],
    ],
    "beats": [[0.7503, -0.8143, 0.294, -0.3349], [0.3332, -1.0536, -0.0112, -0.2381], [0.7472, -0.394, 0.3926, 0.6698]],
}


@pytest.mark.parametrize("kind", SAID)
def test_a_teacher_says_what_its_authors_code_says(kind, foreign):
    teacher = open_teacher(f"{kind}:{foreign[kind]}")
    assert isinstance(teacher, Teacher)
    found = teacher.frames(layouts.melody())
    rows = [0, len(found) // 2, -1]
    np.testing.assert_allclose(found[rows][:, PLACES[1]], SAID[kind], atol=2e-3)
    assert found.shape == ({"atst": 75, "dasheng": 75, "beats": 19}[kind], 64)
    assert teacher.dims == 64
    assert (teacher.rate_hz, teacher.licence) == {
        "atst": (25.0, "CC-BY-4.0"),
        "dasheng": (25.0, "Apache-2.0"),
        "beats": (6.25, "MIT"),
    }[kind]


def test_a_folder_of_hugging_faces_is_the_same_dasheng(foreign):
    one, other = (open_teacher(f"dasheng:{foreign[name]}") for name in ("dasheng", "dasheng folder"))
    assert one.digest == other.digest
    samples = layouts.melody(0.5)
    assert np.array_equal(one.frames(samples), other.frames(samples))


@pytest.mark.parametrize("kind", SAID)
def test_any_length_is_heard(kind, foreign):
    teacher = open_teacher(f"{kind}:{foreign[kind]}")
    for seconds in (0.0005, 0.04, 0.161, 12.3):  # the last in two pieces: places end at ten seconds
        found = teacher.frames(layouts.melody(seconds) + 1e-4)
        assert found.shape == (-(-round(seconds * 16_000) // round(16_000 / teacher.rate_hz)), 64)
        assert np.isfinite(found).all()


def saved(folder, name, content):
    torch.save(content, folder / name)
    return folder / name


def without(kind, name):
    made = getattr(layouts, f"{kind}_checkpoint")()
    (made["state_dict"] if kind == "atst" else made["model"]).pop(name)
    return made


@pytest.mark.parametrize(
    ("kind", "content", "says"),
    [
        ("atst", without("atst", "model.teacher.encoder.norm_frame.bias"), "norm_frame.bias not in it"),
        ("atst", without("atst", "model.teacher.encoder.pos_embed"), "pos_embed is not in it"),
        ("atst", layouts.atst_checkpoint(pos_type="interpolate"), "expected 'cut'.*onnx:FOLDER"),
        ("atst", layouts.dasheng_checkpoint(), "no tensor's name begins with 'model.teacher.encoder.'"),
        ("dasheng", without("dasheng", "norm.bias"), "norm.bias not in it"),
        ("dasheng", {**layouts.dasheng_checkpoint(), "config": {"num_heads": 7}}, "7 heads do not divide"),
        ("dasheng", layouts.beats_checkpoint(), "time_pos_embed is not in it"),
        ("beats", without("beats", "encoder.layers.1.fc2.bias"), "fc2.bias not in it"),
        ("beats", layouts.beats_checkpoint(layer_norm_first=True), "layer_norm_first is True, expected False"),
        ("beats", layouts.beats_checkpoint(encoder_layers=1), "of another network"),
        ("beats", layouts.beats_checkpoint(embed_dim=48), "sizes"),
        ("beats", {"model": layouts.beats_model()}, "its settings cannot be used"),
        ("beats", [1, 2], "holds a list"),
    ],
)
def test_files_of_other_networks_are_refused_by_name(kind, content, says, tmp_path):
    with pytest.raises(TeacherError, match=says):
        open_teacher(f"{kind}:{saved(tmp_path, 'file.pt', content)}")


def test_a_checkpoint_that_could_run_code_is_not_opened(tmp_path):
    made = layouts.atst_checkpoint()
    made["callbacks"] = {"path": pathlib.PurePosixPath("weights")}
    with pytest.raises(TeacherError, match=r"more than tensors.*save its tensors as safetensors"):
        open_teacher(f"atst:{saved(tmp_path, 'file.ckpt', made)}")


def test_safetensors_with_the_same_names_are_read_too(foreign, tmp_path):
    file = tmp_path / "atst.safetensors"
    save_file({f"model.teacher.encoder.{name}": value for name, value in layouts.atst_encoder().items()}, file)
    assert open_teacher(f"atst:{file}").digest == open_teacher(f"atst:{foreign['atst']}").digest
    file = tmp_path / "beats.safetensors"
    save_file({name: value.clone() for name, value in layouts.beats_model().items()}, file)
    with pytest.raises(TeacherError, match=r"beats.json: cannot be read.*`cfg`"):
        open_teacher(f"beats:{file}")
    file.with_suffix(".json").write_text(json.dumps(layouts.BEATS_SETTINGS))
    assert open_teacher(f"beats:{file}").digest == open_teacher(f"beats:{foreign['beats']}").digest


def test_newer_torch_names_of_the_normalised_convolution_are_known(foreign, tmp_path):
    made, root = layouts.beats_checkpoint(), "encoder.pos_conv.0."
    for old, new in (("weight_g", "original0"), ("weight_v", "original1")):
        made["model"][f"{root}parametrizations.weight.{new}"] = made["model"].pop(f"{root}{old}")
    made["model"]["predictor.weight"] = torch.zeros(527, 64)  # the head of a fine-tuned one
    again = open_teacher(f"beats:{saved(tmp_path, 'beats.pt', made)}")
    assert again.digest == open_teacher(f"beats:{foreign['beats']}").digest


def test_files_that_are_cut_off_or_missing_are_refused(foreign, tmp_path):
    for kind in ("atst", "dasheng", "beats"):
        cut = tmp_path / "cut.pt"
        cut.write_bytes(foreign[kind].read_bytes()[:5000])
        for file in (cut, tmp_path / "none.pt"):
            with pytest.raises(TeacherError, match=r"weights|checkpoint"):
                open_teacher(f"{kind}:{file}")


def test_spectra_in_decibels_are_the_formula():
    samples = layouts.melody(0.2)[::3].copy()
    found = decibels(samples, window=512, bands=64, low_hz=60.0, high_hz=7800.0, top_db=80.0)
    assert found.shape == (1 + samples.size // 160, 64)
    narrow = decibels(samples, window=512, bands=64, low_hz=60.0, high_hz=7800.0, top_db=20.0)
    assert narrow.min() == pytest.approx(found.max() - 20.0)
    mirrored = np.concatenate([samples[256:0:-1], samples, samples[-2:-258:-1]])
    window = np.hanning(513)[:512]
    power = np.abs(np.fft.rfft(mirrored[5 * 160 : 5 * 160 + 512] * window)) ** 2
    expected = 10.0 * np.log10(power @ triangles_over_hertz(64, 512, low_hz=60.0, high_hz=7800.0))
    np.testing.assert_allclose(found[5], np.maximum(expected, found.max() - 80.0), atol=1e-2)


def test_kaldis_spectra_have_a_bottom_and_know_no_constant():
    assert kaldi(np.zeros(800, np.float32), 128).shape == (3, 128)
    np.testing.assert_allclose(kaldi(np.full(400, 0.25, np.float32), 128), np.log(np.finfo(np.float32).eps), atol=1e-4)


@pytest.fixture(scope="module")
def clap_folder(tmp_path_factory):
    """A small CLAP with random weights, as transformers saves the whole of it."""
    import transformers

    audio = {
        "patch_embeds_hidden_size": 4,
        "depths": [1, 1],
        "num_attention_heads": [2, 2],
        "hidden_size": 8,
        "num_hidden_layers": 2,
    }
    text = {
        "vocab_size": 40,
        "hidden_size": 8,
        "num_hidden_layers": 1,
        "num_attention_heads": 2,
        "intermediate_size": 8,
    }
    config = transformers.ClapConfig(text_config=text, audio_config=audio, projection_dim=12)
    torch.manual_seed(0)
    folder = tmp_path_factory.mktemp("clap")
    transformers.ClapModel(config).save_pretrained(folder)
    listener = transformers.ClapFeatureExtractor(truncation="rand_trunc", max_length_s=10)
    listener.save_pretrained(folder)
    return folder


def test_claps_audio_half_gives_one_vector_for_a_sound_of_any_length(clap_folder):
    clap = open_clip_teacher(f"clap:{clap_folder}")
    assert isinstance(clap, ClipTeacher)
    short, long = clap.embed(layouts.melody(1.0)), clap.embed(layouts.melody(13.0))
    assert short.shape == long.shape == (12,) == (clap.dims,)
    for vector in (short, long):
        assert np.linalg.norm(vector) == pytest.approx(1.0, abs=1e-5)
    assert np.array_equal(long, clap.embed(layouts.melody(13.0)))  # upstream would take ten seconds at random
    assert not np.allclose(short, long, atol=1e-4)


def test_clap_says_what_transformers_says(clap_folder):
    import transformers

    samples = layouts.melody(2.0)
    model = transformers.ClapModel.from_pretrained(clap_folder).eval()
    listener = transformers.ClapFeatureExtractor.from_pretrained(clap_folder)
    with torch.no_grad():
        given = listener(samples, sampling_rate=48_000, return_tensors="pt")
        expected = model.get_audio_features(**given).pooler_output[0].numpy()
    np.testing.assert_allclose(open_clip_teacher(f"clap:{clap_folder}").embed(samples), expected, atol=1e-5)


def test_clap_is_no_teacher_of_frames(clap_folder, tmp_path):
    with pytest.raises(TeacherError, match="names no teacher"):
        open_teacher(f"clap:{clap_folder}")
    with pytest.raises(TeacherError, match=r"no model\.safetensors"):
        open_clip_teacher(f"clap:{tmp_path}")
    with pytest.raises(TeacherError, match="clap:FOLDER"):
        open_clip_teacher("atst:file")


class Means(torch.nn.Module):
    """Mean and loudness of every hundred samples."""

    def forward(self, samples):
        parts = samples[:, : samples.shape[1] // 100 * 100].reshape(1, -1, 100)
        return torch.cat([parts.mean(dim=2, keepdim=True), parts.square().mean(dim=2, keepdim=True)], dim=2)


def export(folder, name="means", **changed):
    from onnx import TensorProto, checker, helper, numpy_helper, save_model

    shape = numpy_helper.from_array(np.array([1, -1, 100], np.int64), "shape")
    axes = numpy_helper.from_array(np.array([2], np.int64), "axes")
    nodes = [
        helper.make_node("Reshape", ["samples", "shape"], ["parts"]),
        helper.make_node("ReduceMean", ["parts", "axes"], ["mean"], keepdims=1),
        helper.make_node("Mul", ["parts", "parts"], ["squares"]),
        helper.make_node("ReduceMean", ["squares", "axes"], ["power"], keepdims=1),
        helper.make_node("Concat", ["mean", "power"], ["features"], axis=2),
    ]
    given = helper.make_tensor_value_info("samples", TensorProto.FLOAT, [1, "n"])
    gives = helper.make_tensor_value_info("features", TensorProto.FLOAT, [1, "frames", 2])
    graph = helper.make_graph(nodes, "means", [given], [gives], [shape, axes])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
    checker.check_model(model)
    save_model(model, folder / "model.onnx")
    said = {"name": name, "samples_hz": 16_000, "rate_hz": 160.0, "centre_s": 1 / 320, "dims": 2, "licence": "MIT"}
    (folder / "teacher.json").write_text(json.dumps({**said, **changed}))


def test_any_network_teaches_when_it_is_exported(tmp_path):
    export(tmp_path, least=100)
    teacher = open_teacher(f"onnx:{tmp_path}")
    assert isinstance(teacher, Teacher)
    assert (teacher.name, teacher.dims, teacher.rate_hz, teacher.licence) == ("means", 2, 160.0, "MIT")
    constant = np.full(48_000, 0.5, np.float32)
    found = teacher.frames(constant)
    assert found.shape == (160, 2)
    np.testing.assert_allclose(found[20:-20], [[0.5, 0.25]] * 120, atol=1e-3)
    assert teacher.frames(constant[:90]).shape == (1, 2)  # silence is put behind it


def test_exports_that_are_wrong_are_refused(tmp_path):
    with pytest.raises(TeacherError, match="no teacher that can be read"):
        open_teacher(f"onnx:{tmp_path}")
    export(tmp_path, dims=3)
    with pytest.raises(TeacherError, match=r"gave the shape \[1, 160, 2\], expected \[1, frames, 3\]"):
        open_teacher(f"onnx:{tmp_path}").frames(np.ones(48_000, np.float32))
    export(tmp_path, rate=3)
    with pytest.raises(TeacherError, match="unknown field"):
        open_teacher(f"onnx:{tmp_path}")
    export(tmp_path, name="YAMNet")
    with pytest.raises(TeacherError, match="judges may not teach"):
        open_teacher(f"onnx:{tmp_path}")
    export(tmp_path)
    (tmp_path / "model.onnx").write_bytes(b"nothing")
    with pytest.raises(TeacherError, match="onnxruntime cannot load it"):
        open_teacher(f"onnx:{tmp_path}")
