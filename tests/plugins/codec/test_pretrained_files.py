"""Folders of pretrained codecs before torch sees them: what is wrong is said, and nothing heavy is imported."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from hobnail.contracts import Codec
from hobnail.errors import ConfigError, EngineError
from hobnail.host import Host
from hobnail_plugins.codec import pretrained_plugin
from hobnail_plugins.codec.pretrained import DacConfig, EncodecConfig, OobleckConfig, dac, encodec, oobleck
from hobnail_plugins.codec.pretrained_original import diffusers_name

REPO = Path(__file__).resolve().parents[3]
DAC = {
    "model_type": "dac",
    "sampling_rate": 44100,
    "encoder_hidden_size": 64,
    "downsampling_ratios": [2, 4, 8, 8],
    "n_codebooks": 9,
}
ENCODEC = {
    "model_type": "encodec",
    "sampling_rate": 48000,
    "audio_channels": 2,
    "hidden_size": 128,
    "upsampling_ratios": [8, 5, 4, 2],
    "normalize": True,
    "chunk_length_s": 1.0,
    "target_bandwidths": [3.0, 6.0, 12.0, 24.0],
}
OOBLECK = {
    "_class_name": "AutoencoderOobleck",
    "sampling_rate": 44100,
    "audio_channels": 2,
    "encoder_hidden_size": 128,
    "decoder_channels": 128,
    "decoder_input_channels": 64,
    "downsampling_ratios": [2, 4, 4, 8, 8],
    "channel_multiples": [1, 2, 4, 8, 16],
}
HALF = {"channels": 128, "c_mults": [1, 2, 4, 8, 16], "strides": [2, 4, 4, 8, 8], "use_snake": True, "latent_dim": 128}


def safetensors(values=(1.0, 2.0, 3.0)):
    """The bytes of a file with one tensor."""
    data = np.asarray(values, "<f4").tobytes()
    header = json.dumps({"w": {"dtype": "F32", "shape": [len(values)], "data_offsets": [0, len(data)]}}).encode()
    return len(header).to_bytes(8, "little") + header + data


WEIGHTS = safetensors()


def folder_of(path, settings, *, name="config.json", weights=WEIGHTS):
    path.mkdir(exist_ok=True)
    (path / name).write_text(json.dumps(settings), encoding="utf-8")
    if weights is not None:
        (path / "model.safetensors").write_bytes(weights)
    return str(path)


def original(**decoder):
    """The settings of Stable Audio Open's autoencoder, with some of its decoder's changed."""
    tail = {"latent_dim": 64, "final_tanh": False} | decoder
    model = {
        "encoder": {"type": "oobleck", "config": HALF},
        "decoder": {"type": "oobleck", "config": HALF | tail},
        "bottleneck": {"type": "vae"},
        "io_channels": 2,
    }
    return {"model_type": "autoencoder", "sample_rate": 44100, "model": model}


@pytest.mark.parametrize(
    ("build", "config", "settings", "expected"),
    [
        (dac, DacConfig, DAC, (44100, 512, 1024)),
        (encodec, EncodecConfig, ENCODEC, (48000, 320, 129)),
        (oobleck, OobleckConfig, OOBLECK, (44100, 2048, 64)),
    ],
)
def test_published_configurations_have_the_published_sizes(tmp_path, build, config, settings, expected):
    spec = build(config(path=folder_of(tmp_path, settings))).spec
    assert (spec.rate_hz, spec.hop_frames, spec.dimensions) == expected


def test_the_configuration_of_stable_audio_open_has_the_published_sizes(tmp_path):
    codec = oobleck(OobleckConfig(path=folder_of(tmp_path, original(), name="model_config.json")))
    assert (codec.spec.rate_hz, codec.spec.hop_frames, codec.spec.dimensions) == (44100, 2048, 64)


def test_a_folder_that_is_not_there_is_named(tmp_path):
    with pytest.raises(ConfigError, match=r"\[component.dac\] path: there is no folder .*nowhere"):
        dac(DacConfig(path=str(tmp_path / "nowhere")))


def test_a_file_in_place_of_the_folder_is_refused(tmp_path):
    (tmp_path / "model.safetensors").write_bytes(safetensors())
    with pytest.raises(ConfigError, match="is a file, expected a folder"):
        encodec(EncodecConfig(path=str(tmp_path / "model.safetensors")))


def test_a_folder_without_a_configuration_lists_what_there_is(tmp_path):
    (tmp_path / "readme.txt").write_text("hello")
    with pytest.raises(ConfigError, match=r"there is no config\.json; found readme\.txt"):
        oobleck(OobleckConfig(path=str(tmp_path)))


@pytest.mark.parametrize("text", ["{", "[1, 2]", "\xff"])
def test_a_broken_configuration_is_refused(tmp_path, text):
    folder_of(tmp_path, DAC)
    (tmp_path / "config.json").write_bytes(text.encode("latin-1"))
    with pytest.raises(ConfigError, match=r"config\.json: (not JSON|found list)"):
        dac(DacConfig(path=str(tmp_path)))


def test_the_folder_of_another_codec_says_which_one_it_is_for(tmp_path):
    with pytest.raises(ConfigError, match=r"model_type is 'encodec', expected 'dac'\. Load .* as the codec 'encodec'"):
        dac(DacConfig(path=folder_of(tmp_path, ENCODEC)))
    with pytest.raises(ConfigError, match=r"_class_name is None.*Load this folder as the codec 'dac'"):
        oobleck(OobleckConfig(path=folder_of(tmp_path, DAC)))
    with pytest.raises(ConfigError, match="model_type is 'bert', expected 'encodec'"):
        encodec(EncodecConfig(path=folder_of(tmp_path, {"model_type": "bert"})))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"sampling_rate": 44}, r"sampling_rate.*Found 44\."),
        ({"sampling_rate": None}, r"sampling_rate.*Found None\."),
        ({"audio_channels": 6}, r"audio_channels.*Found 6\."),
        ({"upsampling_ratios": []}, r"upsampling_ratios.*Found \[\]\."),
        ({"upsampling_ratios": [8, 0]}, r"upsampling_ratios.*Found \[8, 0\]\."),
        ({"chunk_length_s": 0.001}, r"chunk_length_s is 0\.001, under one hop of 320 frames"),
    ],
)
def test_a_setting_out_of_its_range_is_named_with_what_was_found(tmp_path, change, message):
    with pytest.raises(ConfigError, match=r"config\.json: .*" + message):
        encodec(EncodecConfig(path=folder_of(tmp_path, ENCODEC | change)))


def test_a_missing_setting_is_named(tmp_path):
    settings = {key: value for key, value in DAC.items() if key != "sampling_rate"}
    with pytest.raises(ConfigError, match=r"config\.json: .*sampling_rate"):
        dac(DacConfig(path=folder_of(tmp_path, settings)))


def test_an_oobleck_without_mean_and_spread_is_refused(tmp_path):
    with pytest.raises(ConfigError, match="encoder gives 64 numbers, the decoder takes 64"):
        oobleck(OobleckConfig(path=folder_of(tmp_path, OOBLECK | {"encoder_hidden_size": 64})))


@pytest.mark.parametrize(
    ("decoder", "message"),
    [
        ({"final_tanh": True}, "final_tanh is true"),
        ({"use_snake": False}, "use_snake is false"),
        ({"strides": [2, 4, 4, 8, 4]}, "differ in strides"),
    ],
)
def test_a_relative_of_the_network_that_diffusers_does_not_build_is_refused(tmp_path, decoder, message):
    with pytest.raises(ConfigError, match=message):
        oobleck(OobleckConfig(path=folder_of(tmp_path, original(**decoder), name="model_config.json")))


def test_a_generator_without_a_codec_is_refused(tmp_path):
    settings = {"model_type": "diffusion_uncond", "sample_rate": 44100, "model": {}}
    with pytest.raises(ConfigError, match=r"there is no model\.pretransform\.config"):
        oobleck(OobleckConfig(path=folder_of(tmp_path, settings, name="model_config.json")))


@pytest.mark.parametrize(
    "name", ["other.layers.1.layers.0.b", "encoder.weight", "encoder.layers.x.b", "encoder.layers.1.layers.9.b"]
)
def test_a_tensor_that_the_network_does_not_have_gets_no_name(name):
    with pytest.raises(ValueError, match="is no layer of an encoder or decoder"):
        diffusers_name(name, 5)


def test_pickled_weights_are_not_read(tmp_path):
    path = folder_of(tmp_path, DAC, weights=None)
    (tmp_path / "pytorch_model.bin").write_bytes(b"x")
    with pytest.raises(ConfigError, match=r"there is no model\.safetensors; found .*pytorch_model\.bin.*can run code"):
        dac(DacConfig(path=path))


@pytest.mark.parametrize("cut", [0, 7, 8, 20, -1])
def test_a_truncated_file_of_weights_is_refused(tmp_path, cut):
    path = folder_of(tmp_path, DAC, weights=safetensors()[:cut])
    with pytest.raises(ConfigError, match=r"model\.safetensors: .*bytes"):
        dac(DacConfig(path=path))


def test_a_file_that_goes_on_after_its_end_is_refused(tmp_path):
    with pytest.raises(ConfigError, match="its header tells of"):
        dac(DacConfig(path=folder_of(tmp_path, DAC, weights=safetensors() + b"x")))


def test_a_git_lfs_pointer_is_refused_with_its_cure(tmp_path):
    pointer = b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 12\n"
    with pytest.raises(ConfigError, match="git lfs pull"):
        dac(DacConfig(path=folder_of(tmp_path, DAC, weights=pointer)))


@pytest.mark.parametrize("header", [b"[]", b'{"w": 1}', b'{"w": {"data_offsets": [0]}}', b'{"w'])
def test_a_broken_header_is_refused(tmp_path, header):
    weights = len(header).to_bytes(8, "little") + header
    with pytest.raises(ConfigError, match="its header cannot be read"):
        dac(DacConfig(path=folder_of(tmp_path, DAC, weights=weights)))


def test_more_codebooks_than_the_weights_have_are_refused(tmp_path):
    with pytest.raises(ConfigError, match="found 10, the weights have 9"):
        dac(DacConfig(path=folder_of(tmp_path, DAC), codebooks=10))


def test_a_bandwidth_that_the_weights_were_not_trained_for_is_refused(tmp_path):
    with pytest.raises(ConfigError, match="found 7, the weights have 3, 6, 12, 24"):
        encodec(EncodecConfig(path=folder_of(tmp_path, ENCODEC), bandwidth_kbps=7.0))


def test_a_codec_that_was_not_prepared_says_so(tmp_path):
    codec = dac(DacConfig(path=folder_of(tmp_path, DAC)))
    with pytest.raises(EngineError, match="weights are not loaded"):
        codec.encode(np.zeros(10, np.float32), codec.begin_encoding(), last=True)


def test_a_sound_that_has_ended_takes_no_more(tmp_path):
    codec = dac(DacConfig(path=folder_of(tmp_path, DAC)))
    _, state = codec.encode(np.zeros(0, np.float32), codec.begin_encoding(), last=True)
    with pytest.raises(EngineError, match="has ended"):
        codec.encode(np.zeros(1, np.float32), state)


def test_stereo_is_refused(tmp_path):
    codec = dac(DacConfig(path=folder_of(tmp_path, DAC)))
    with pytest.raises(EngineError, match=r"found an array \[10, 2\], expected samples \[frames\]"):
        codec.encode(np.zeros((10, 2), np.float32), codec.begin_encoding())


def test_the_plug_in_offers_three_codecs_with_their_settings(tmp_path):
    host = Host()
    host.add(pretrained_plugin, name="pretrained")
    offers = {offer.id: offer.config for offer in host.offers("components")}
    assert offers == {"dac": DacConfig, "encodec": EncodecConfig, "oobleck": OobleckConfig}
    built = host.build("components", "dac", {"path": folder_of(tmp_path, DAC), "codebooks": 4})
    assert isinstance(built, Codec)


WITHOUT = """
import sys

class Away:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {"torch", "transformers", "diffusers", "safetensors"}:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

sys.meta_path.insert(0, Away())
from hobnail.errors import MissingExtraError
from hobnail_plugins.codec import pretrained, pretrained_plugin

codec = pretrained.dac(pretrained.DacConfig(path=sys.argv[1]))
assert codec.spec.dimensions == 1024
assert "torch" not in sys.modules
try:
    codec.prepare()
except MissingExtraError as error:
    print(error)
"""


def test_without_torch_everything_works_up_to_prepare_which_says_what_to_install(tmp_path):
    rooms = [str(REPO / room) for room in ("sdk", "native", "plugins")]
    code = f"import sys; sys.path[:0] = {rooms!r}\n{WITHOUT}"
    command = [sys.executable, "-c", code, folder_of(tmp_path, DAC)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    assert 'pip install "hobnail[codecs]"' in done.stdout
