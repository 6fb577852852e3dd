"""The Stable Audio VAE in the files of stable-audio-tools, against a small network of that layout written here."""

import json
import math
import warnings

import numpy as np
import pytest

from hobnail.errors import ConfigError
from hobnail_plugins.codec.pretrained import OobleckConfig, oobleck

torch = pytest.importorskip("torch", reason="the extra [codecs] is not installed")
pytest.importorskip("diffusers", reason="the extra [codecs] is not installed")
safetensors = pytest.importorskip("safetensors.torch", reason="the extra [codecs] is not installed")


class Stack(torch.nn.Module):
    """Numbered layers, as stable-audio-tools names them: ``layers.0``, ``layers.1``."""

    def __init__(self, *layers, residual=False):
        super().__init__()
        self.layers = torch.nn.Sequential(*layers)
        self.residual = residual

    def forward(self, x):
        return self.layers(x) + x if self.residual else self.layers(x)


class Snake(torch.nn.Module):
    """x + sin(ax)^2 / b with a and b as logarithms (Ziyin and others, 2020; two rates as in BigVGAN)."""

    def __init__(self, channels):
        super().__init__()
        self.alpha = torch.nn.Parameter(torch.randn(channels) * 0.3)
        self.beta = torch.nn.Parameter(torch.randn(channels) * 0.3)

    def forward(self, x):
        return x + (self.alpha.exp()[:, None] * x).sin() ** 2 / (self.beta.exp()[:, None] + 1e-9)


def normed(layer):
    with warnings.catch_warnings():  # its tensors, weight_g and weight_v, are those of the checkpoint
        warnings.simplefilter("ignore", FutureWarning)
        return torch.nn.utils.weight_norm(layer)


def conv(width, out, kernel, **options):
    return normed(torch.nn.Conv1d(width, out, kernel, **options))


def units(width):
    return [
        Stack(
            Snake(width),
            conv(width, width, 7, dilation=dilation, padding=3 * dilation),
            Snake(width),
            conv(width, width, 1),
            residual=True,
        )
        for dilation in (1, 3, 9)
    ]


def rise(width, out, stride):
    return normed(torch.nn.ConvTranspose1d(width, out, 2 * stride, stride=stride, padding=math.ceil(stride / 2)))


def original_network():
    """The layout of stable-audio-tools, written here on its own: 2 channels, strides 2 and 4, 4 dimensions."""

    def fall(width, out, stride):
        return conv(width, out, 2 * stride, stride=stride, padding=math.ceil(stride / 2))

    encoder = Stack(
        conv(2, 8, 7, padding=3),
        Stack(*units(8), Snake(8), fall(8, 8, 2)),
        Stack(*units(8), Snake(8), fall(8, 16, 4)),
        Snake(16),
        conv(16, 8, 3, padding=1),
    )
    decoder = Stack(
        conv(4, 8, 7, padding=3),
        Stack(Snake(8), rise(8, 4, 4), *units(4)),
        Stack(Snake(4), rise(4, 4, 2), *units(4)),
        Snake(4),
        conv(4, 2, 7, padding=3, bias=False),
    )
    return torch.nn.ModuleDict({"encoder": encoder, "decoder": decoder}).eval()


def original_settings():
    half = {"channels": 8, "c_mults": [1, 2], "strides": [2, 4], "latent_dim": 8, "use_snake": True}
    model = {
        "encoder": {"type": "oobleck", "config": half | {"in_channels": 2}},
        "decoder": {
            "type": "oobleck",
            "config": half | {"out_channels": 2, "channels": 4, "latent_dim": 4, "final_tanh": False},
        },
        "bottleneck": {"type": "vae"},
        "latent_dim": 4,
        "downsampling_ratio": 8,
        "io_channels": 2,
    }
    return {"model_type": "autoencoder", "sample_rate": 44100, "model": model}


def save_original(folder, network, prefix=""):
    folder.mkdir()
    settings = original_settings()
    tensors = {prefix + name: value.contiguous() for name, value in network.state_dict().items()}
    if prefix.startswith("pretransform"):
        settings["model"] = {"pretransform": {"type": "autoencoder", "config": settings["model"]}}
        settings["model_type"] = "diffusion_cond"
        tensors["model.model.project_in.weight"] = torch.zeros(3)
    (folder / "model_config.json").write_text(json.dumps(settings), encoding="utf-8")
    safetensors.save_file(tensors, folder / "model.safetensors")
    return folder


@pytest.fixture(scope="module", autouse=True)
def one_thread():
    """Networks this small are not worth sharing: on a busy machine threads wait for each other ten times as long."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


def opened(folder):
    codec = oobleck(OobleckConfig(path=str(folder)))
    codec.prepare()
    return codec


@pytest.mark.parametrize("prefix", ["", "autoencoder.", "pretransform.model."])
def test_a_checkpoint_of_stable_audio_tools_gives_what_its_network_gives(tmp_path, prefix):
    torch.manual_seed(11)
    network = original_network()
    sound = np.random.default_rng(3).normal(0.0, 0.1, 96).astype(np.float32)
    codec = opened(save_original(tmp_path / "original", network, prefix))
    with torch.no_grad():
        mean = network["encoder"](torch.from_numpy(sound).expand(1, 2, -1))[:, :4]
        expected = network["decoder"](mean)[0].mean(0).numpy()
    latents, _ = codec.encode(sound, codec.begin_encoding(), last=True)
    np.testing.assert_allclose(latents, mean[0].T.numpy(), atol=1e-5)
    np.testing.assert_allclose(codec.decode(latents, codec.begin_decoding(1), last=True)[0], expected, atol=1e-5)


def test_a_checkpoint_with_a_tensor_missing_is_refused(tmp_path):
    folder = save_original(tmp_path / "original", original_network())
    tensors = safetensors.load_file(folder / "model.safetensors")
    del tensors["encoder.layers.1.layers.0.layers.1.weight_g"]
    safetensors.save_file(tensors, folder / "model.safetensors")
    with pytest.raises(ConfigError, match=r"encoder\.block\.0\.res_unit1\.conv1\.weight_g not in it"):
        opened(folder)


def test_a_checkpoint_with_a_layer_too_many_is_refused(tmp_path):
    folder = save_original(tmp_path / "original", original_network())
    tensors = safetensors.load_file(folder / "model.safetensors")
    safetensors.save_file(tensors | {"encoder.layers.9.weight_g": torch.zeros(2)}, folder / "model.safetensors")
    with pytest.raises(ConfigError, match=r"encoder\.block\.8\.weight_g in it, of another network"):
        opened(folder)


def test_a_checkpoint_without_a_codec_is_refused(tmp_path):
    folder = save_original(tmp_path / "original", original_network())
    safetensors.save_file({"model.project_in.weight": torch.zeros(3)}, folder / "model.safetensors")
    with pytest.raises(ConfigError, match=r"no tensor named encoder\.\*, found model\.project_in\.weight"):
        opened(folder)
