"""DAC, EnCodec and the Stable Audio VAE, small and untrained, in the files that their own libraries write."""

import json
import math
import socket
import sys
import warnings

import numpy as np
import pytest

from hobnail.contracts import Codec
from hobnail.errors import ConfigError, EngineError, MissingExtraError
from hobnail_plugins.codec.pretrained import DacConfig, EncodecConfig, OobleckConfig, dac, encodec, oobleck

torch = pytest.importorskip("torch", reason="the extra [codecs] is not installed")
transformers = pytest.importorskip("transformers", reason="the extra [codecs] is not installed")
diffusers = pytest.importorskip("diffusers", reason="the extra [codecs] is not installed")
safetensors = pytest.importorskip("safetensors.torch", reason="the extra [codecs] is not installed")

STEREO = {
    "audio_channels": 2,
    "normalize": True,
    "norm_type": "time_group_norm",
    "use_causal_conv": False,
    "chunk_length_s": 0.005,  # 240 frames, 6 hops
    "overlap": 0.01,
}
NAMES = ("dac", "dac_odd", "encodec", "encodec_stereo", "oobleck")
OOBLECK = {
    "encoder_hidden_size": 8,
    "downsampling_ratios": [2, 4],
    "channel_multiples": [1, 2],
    "decoder_channels": 4,
    "decoder_input_channels": 4,
    "audio_channels": 2,
    "sampling_rate": 44100,
}


def small_dac(ratios, rate_hz):
    config = {"encoder_hidden_size": 4, "decoder_hidden_size": 8, "codebook_size": 16, "codebook_dim": 4}
    config |= {"n_codebooks": 3, "downsampling_ratios": ratios, "sampling_rate": rate_hz}
    return transformers.DacModel(transformers.DacConfig(**config))


def small_encodec(**config):
    config = {"num_filters": 4, "hidden_size": 8, "upsampling_ratios": [5, 4, 2], "codebook_size": 16} | config
    model = transformers.EncodecModel(transformers.EncodecConfig(num_lstm_layers=1, **config))
    for layer in model.quantizer.layers:  # a new model's codes are all zero
        torch.nn.init.normal_(layer.codebook.embed)
    return model


def small_oobleck():
    with warnings.catch_warnings():  # diffusers builds with torch's older weight_norm
        warnings.simplefilter("ignore", FutureWarning)
        model = diffusers.AutoencoderOobleck(**OOBLECK)
    for name, values in model.named_parameters():
        if name.endswith(("alpha", "beta")):  # all zero in a new model: no test could tell one from another
            torch.nn.init.normal_(values, std=0.3)
    return model


@pytest.fixture(scope="module", autouse=True)
def one_thread():
    """Networks this small are not worth sharing: on a busy machine threads wait for each other ten times as long."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    root = tmp_path_factory.mktemp("weights")
    torch.manual_seed(7)
    small_dac([2, 4], 44100).save_pretrained(root / "dac")
    small_dac([2, 5], 24000).save_pretrained(root / "dac_odd")
    small_encodec().save_pretrained(root / "encodec")
    small_encodec(sampling_rate=48000, **STEREO).save_pretrained(root / "encodec_stereo")
    small_oobleck().save_pretrained(root / "oobleck")
    return root


def opened(folder, **settings):
    kinds = {"dac": (dac, DacConfig), "encodec": (encodec, EncodecConfig)}
    build, config = kinds.get(folder.name.partition("_")[0], (oobleck, OobleckConfig))
    codec = build(config(path=str(folder), **settings))
    codec.prepare()
    return codec


@pytest.fixture(scope="module")
def codecs(folders):
    return {name: opened(folders / name) for name in NAMES}


def noise(frames, seed=3):
    return np.random.default_rng(seed).normal(0.0, 0.1, frames).astype(np.float32)


def encoded(codec, sound):
    return codec.encode(sound, codec.begin_encoding(), last=True)[0]


def decoded(codec, latents, seed=1):
    return codec.decode(latents, codec.begin_decoding(seed), last=True)[0]


def in_pieces(step, state, values, size):
    got = []
    for at in range(0, len(values), size):
        out, state = step(values[at : at + size], state)
        got.append(out)
    out, _ = step(values[:0], state, last=True)
    return np.concatenate([*got, out])


@pytest.mark.parametrize(
    ("name", "rate_hz", "hop", "dimensions"),
    [
        ("dac", 44100, 8, 16),
        ("dac_odd", 24000, 10, 16),
        ("encodec", 24000, 40, 8),
        ("encodec_stereo", 48000, 40, 9),
        ("oobleck", 44100, 8, 4),
    ],
)
def test_the_spec_follows_from_the_configuration_in_the_folder(codecs, name, rate_hz, hop, dimensions):
    spec = codecs[name].spec
    assert isinstance(codecs[name], Codec)
    assert (spec.rate_hz, spec.hop_frames, spec.dimensions) == (rate_hz, hop, dimensions)
    assert (spec.lookahead_frames, spec.lag_frames) == (None, None)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("extra", [-1, 0, 1])
@pytest.mark.parametrize("hops", [1, 7])
def test_every_hop_that_was_begun_is_given_and_filled(codecs, name, hops, extra):
    codec = codecs[name]
    frames = hops * codec.spec.hop_frames + extra
    latents = encoded(codec, noise(frames))
    assert latents.shape == (math.ceil(frames / codec.spec.hop_frames), codec.spec.dimensions)
    sound = decoded(codec, latents)
    assert sound.shape == (len(latents) * codec.spec.hop_frames,)
    assert (latents.dtype, sound.dtype) == (np.float32, np.float32)
    assert np.isfinite(sound).all()
    assert sound.std() > 0


@pytest.mark.parametrize("name", NAMES)
def test_no_sound_gives_no_latents_and_no_latents_no_sound(codecs, name):
    codec = codecs[name]
    assert encoded(codec, noise(0)).shape == (0, codec.spec.dimensions)
    assert decoded(codec, np.zeros((0, codec.spec.dimensions), np.float32)).shape == (0,)


@pytest.mark.parametrize("name", NAMES)
def test_any_cutting_gives_the_same_latents_and_the_same_samples(codecs, name):
    codec, hop = codecs[name], codecs[name].spec.hop_frames
    sound = noise(9 * hop + 3)
    latents = encoded(codec, sound)
    whole = decoded(codec, latents)
    for size in (1, hop - 1, hop, hop + 1, len(sound)):
        assert np.array_equal(in_pieces(codec.encode, codec.begin_encoding(), sound, size), latents)
    for size in (1, 2, len(latents)):
        assert np.array_equal(in_pieces(codec.decode, codec.begin_decoding(1), latents, size), whole)


@pytest.mark.parametrize("name", NAMES)
def test_the_same_seed_gives_the_same_samples(codecs, name):
    codec = codecs[name]
    latents = encoded(codec, noise(200))
    assert np.array_equal(decoded(codec, latents, seed=5), decoded(codec, latents, seed=5))


def test_a_caller_may_reuse_its_buffer(codecs):
    codec, buffer = codecs["dac"], noise(64)
    expected = encoded(codec, buffer)
    _, state = codec.encode(buffer, codec.begin_encoding())
    buffer[:] = 0.0
    assert np.array_equal(codec.encode(buffer[:0], state, last=True)[0], expected)


def test_dac_agrees_with_its_library(folders, codecs):
    model = transformers.DacModel.from_pretrained(folders / "dac").eval()
    sound = noise(64)
    with torch.no_grad():
        codes = model.encode(torch.from_numpy(sound)[None, None], n_quantizers=2).quantized_representation
        expected = model.decode(codes).audio_values[0].numpy()
    codec = opened(folders / "dac", codebooks=2)
    latents = encoded(codec, sound)
    np.testing.assert_allclose(latents, codes[0].T.numpy(), atol=1e-6)
    np.testing.assert_allclose(decoded(codec, latents), expected, atol=1e-6)
    assert not np.allclose(latents, encoded(codecs["dac"], sound), atol=1e-3)


@pytest.mark.parametrize("name", ["encodec", "encodec_stereo"])
def test_encodec_agrees_with_its_library(folders, codecs, name):
    model = transformers.EncodecModel.from_pretrained(folders / name).eval()
    sound = noise(200)  # one segment
    heard = torch.from_numpy(sound).expand(1, model.config.audio_channels, -1)
    with torch.no_grad():
        expected = model(heard, bandwidth=24.0).audio_values[0].mean(0).numpy()
    codec = opened(folders / name, bandwidth_kbps=24.0)
    latents = encoded(codec, sound)
    np.testing.assert_allclose(decoded(codec, latents), expected, atol=1e-6)
    assert not np.allclose(latents, encoded(codecs[name], sound), atol=1e-3)


def test_a_louder_sound_moves_only_the_level_of_a_levelled_encodec(codecs):
    codec, sound = codecs["encodec_stereo"], noise(500)
    soft, loud = encoded(codec, sound), encoded(codec, 4.0 * sound)
    np.testing.assert_allclose(loud[:, :-1], soft[:, :-1], atol=1e-4)
    np.testing.assert_allclose(loud[:, -1] - soft[:, -1], np.log(4.0), atol=1e-4)
    np.testing.assert_allclose(decoded(codec, loud), 4.0 * decoded(codec, soft), atol=1e-4)


def test_segments_of_encodec_do_not_hear_each_other(codecs):
    codec, sound = codecs["encodec_stereo"], noise(500)
    assert np.array_equal(encoded(codec, sound)[:6], encoded(codec, sound[:240]))


def test_oobleck_agrees_with_its_library(folders, codecs):
    with warnings.catch_warnings():  # diffusers builds with torch's older weight_norm
        warnings.simplefilter("ignore", FutureWarning)
        model = diffusers.AutoencoderOobleck.from_pretrained(folders / "oobleck", low_cpu_mem_usage=False).eval()
    sound = noise(64)
    with torch.no_grad():
        mean = model.encode(torch.from_numpy(sound).expand(1, 2, -1)).latent_dist.mode()
        expected = model.decode(mean).sample[0].mean(0).numpy()
    np.testing.assert_allclose(encoded(codecs["oobleck"], sound), mean[0].T.numpy(), atol=1e-6)
    np.testing.assert_allclose(decoded(codecs["oobleck"], mean[0].T.numpy()), expected, atol=1e-6)


@pytest.mark.parametrize("name", NAMES)
def test_opening_a_folder_asks_no_network(folders, monkeypatch, name):
    def refuse(*args, **options):
        raise AssertionError(f"somebody asked for {args}")

    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    monkeypatch.setattr(socket.socket, "connect", refuse)
    opened(folders / name)


def test_weights_saved_by_older_versions_of_transformers_load_as_well(folders, codecs, tmp_path):
    tensors = safetensors.load_file(folders / "encodec" / "model.safetensors")
    old = {"parametrizations.weight.original0": "weight_g", "parametrizations.weight.original1": "weight_v"}
    renamed = {}
    for name, value in tensors.items():
        word = next((word for word in old if word in name), "")
        renamed[name.replace(word, old.get(word, ""))] = value
    assert renamed.keys() != tensors.keys()
    folder = tmp_path / "encodec_old"
    folder.mkdir()
    (folder / "config.json").write_bytes((folders / "encodec" / "config.json").read_bytes())
    safetensors.save_file(renamed, folder / "model.safetensors", metadata={"format": "pt"})
    assert np.array_equal(encoded(opened(folder), noise(200)), encoded(codecs["encodec"], noise(200)))


@pytest.mark.parametrize("name", NAMES)
def test_weights_with_a_tensor_missing_are_refused(folders, tmp_path, name):
    file = next((folders / name).glob("*.safetensors"))
    tensors = safetensors.load_file(file)
    lost = next(key for key in sorted(tensors) if key.startswith("encoder"))
    folder = tmp_path / name
    folder.mkdir()
    for settings in (folders / name).glob("*.json"):
        (folder / settings.name).write_bytes(settings.read_bytes())
    del tensors[lost]
    safetensors.save_file(tensors, folder / file.name, metadata={"format": "pt"})
    with pytest.raises(ConfigError, match="not in it"):
        opened(folder)


@pytest.mark.parametrize(("name", "key"), [("dac", "encoder_hidden_size"), ("oobleck", "decoder_channels")])
def test_weights_of_another_size_are_refused(folders, tmp_path, name, key):
    folder = tmp_path / name
    folder.mkdir()
    for file in (folders / name).iterdir():
        (folder / file.name).write_bytes(file.read_bytes())
    settings = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(settings | {key: 2 * settings[key]}))
    with pytest.raises(ConfigError, match=r"safetensors: .*(size|shape|mismatch)"):
        opened(folder)


@pytest.mark.parametrize(("name", "package"), [("dac", "transformers"), ("oobleck", "diffusers")])
def test_a_library_that_is_not_installed_is_asked_for(folders, monkeypatch, name, package):
    monkeypatch.setitem(sys.modules, package, None)  # how Python remembers that there is none
    with pytest.raises(MissingExtraError, match=r'pip install "hobnail\[codecs\]"'):
        opened(folders / name)


def test_a_device_that_torch_does_not_have_is_refused(folders):
    with pytest.raises(ConfigError, match="device: torch cannot use 'abacus'"):
        opened(folders / "dac", device="abacus")


def test_latents_of_other_dimensions_are_refused(codecs):
    with pytest.raises(EngineError, match=r"found an array \[3, 5\], expected latents \[hops, 16\]"):
        decoded(codecs["dac"], np.zeros((3, 5), np.float32))
