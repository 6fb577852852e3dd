"""aiSFX: 512 dimensions of a network taught to file libraries of sound effects by their categories; heard at 44.1 kHz.

The network (Ma and Lerch, ISMIR 2022; the trunk of the nine-layer CNN of the DCASE baseline, Kong and others 2018):
four blocks of two 3 x 3 convolutions, each with batch normalisation and ReLU, of 64, 128, 256 and 512 channels; the
first three blocks end in 2 x 2 max-pooling; mean over frequency, then maximum over time. It takes windows of 100
spectra of 96 mel bands, 2.3 s, divided by 9.458, the largest value of its training.

As upstream does, a window follows every 50 spectra, sounds shorter than a window are filled up with silence, and no
level is changed. Upstream drops what is left over at the end; here one more window ends with the sound. An embedding is
the mean over windows.

Weights: :data:`hobnail_trainer.judges.weights.AISFX`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from hobnail.errors import MissingExtraError
from hobnail_trainer.errors import JudgeError
from hobnail_trainer.judges.checkpoint import read_checkpoint
from hobnail_trainer.judges.mel import AISFX_RATE_HZ, aisfx_spectrogram
from hobnail_trainer.judges.model import Embedding, Samples, heard_at
from hobnail_trainer.judges.weights import AISFX, read_weights

if TYPE_CHECKING:
    from torch import Tensor

Float = NDArray[np.float32]

WINDOW: Final = 100  #: spectra, 2.3 s
WINDOW_HOP: Final = 50
LARGEST: Final = 9.457798957824707  #: log-mel of the training's loudest; in the package's preprocessing.py
CHANNELS: Final = (1, 64, 128, 256, 512)
BATCH: Final = 8  #: windows at once
EPSILON: Final = 1e-5  #: of batch normalisation


class Aisfx:
    """An embedding of sound effects over the whole band. [any thread, one at a time]"""

    name: Final = "aisfx"
    rate_hz: Final = AISFX_RATE_HZ
    dimensions: Final = CHANNELS[-1]

    def __init__(self, layers: list[tuple[Float, Float]]) -> None:
        """``layers``: weights and biases of the eight convolutions, from :func:`layers_of`."""
        try:
            import torch
        except ImportError as error:
            raise MissingExtraError("aiSFX", extra="train") from error
        self._layers = [
            (torch.from_numpy(weight).contiguous(memory_format=torch.channels_last), torch.from_numpy(bias))
            for weight, bias in layers
        ]

    @classmethod
    def load(cls, folder: Path) -> Aisfx:
        """The judge whose weights ``hobnail-train judges fetch`` left in ``folder``. Raises JudgeError."""
        (data,) = read_weights(AISFX, folder).values()
        return cls(layers_of(data, source=str(folder)))

    def embed(self, samples: Samples) -> Embedding:
        """One sound as float32 [512]: the mean over its windows. Raises JudgeError."""
        return np.asarray(self._embedded(windows_of(samples)).mean(axis=0), dtype=np.float32)

    def embed_many(self, sounds: Iterable[Samples]) -> Embedding:
        """Sounds as float32 [sounds, 512]. Raises JudgeError."""
        rows = [self.embed(samples) for samples in sounds]
        return np.stack(rows) if rows else np.zeros((0, self.dimensions), np.float32)

    def _embedded(self, windows: Float) -> Float:
        import torch

        with torch.inference_mode():
            rows = range(0, len(windows), BATCH)
            parts = [self._forward(torch.from_numpy(windows[row : row + BATCH])) for row in rows]
            return np.asarray(torch.cat(parts).numpy(), dtype=np.float32)

    def _forward(self, windows: Tensor) -> Tensor:
        """[windows, 100, 96] -> [windows, 512]."""
        from torch.nn import functional

        image = windows[:, None]
        for number, (weight, bias) in enumerate(self._layers):
            image = functional.conv2d(image, weight, bias, padding=1).relu_()
            if number in (1, 3, 5):
                image = functional.max_pool2d(image, 2)
        return image.mean(dim=3).amax(dim=2)


def windows_of(samples: Samples) -> Float:
    """Mono 48 kHz -> windows, float32 [windows, 100, 96], about 0..1; 0 is silence. Raises JudgeError."""
    spectra = aisfx_spectrogram(heard_at(AISFX_RATE_HZ, samples)) / np.float32(LARGEST)
    if len(spectra) <= WINDOW:
        return np.pad(spectra, ((0, WINDOW - len(spectra)), (0, 0)))[None]
    starts = [*range(0, len(spectra) - WINDOW, WINDOW_HOP), len(spectra) - WINDOW]
    return np.stack([spectra[start : start + WINDOW] for start in starts])


def layers_of(data: bytes, *, source: str) -> list[tuple[Float, Float]]:
    """Weights and biases of the eight convolutions, batch normalisation folded in. Raises JudgeError.

    Normalisation is ``scale (x - mean) / sqrt(variance + epsilon) + shift``, so it folds into weight and bias.
    """
    values = read_checkpoint(data, source=source)
    state = values[0] if isinstance(values, tuple) and values else values
    if not isinstance(state, Mapping):
        raise JudgeError(
            f"{source}: the checkpoint holds a {type(state).__name__}, no weights.", cure="Fetch it again."
        )
    layers = []
    for block, (before, after) in enumerate(pairwise(CHANNELS), start=1):
        for part, channels in ((1, before), (2, after)):
            root = f"embedding_net.conv_block{block}"
            weight = _array(state, f"{root}.conv{part}.weight", (after, channels, 3, 3), source)
            scale, shift, mean, variance = (
                _array(state, f"{root}.bn{part}.{name}", (after,), source)
                for name in ("weight", "bias", "running_mean", "running_var")
            )
            gain = scale / np.sqrt(variance + EPSILON)
            folded = (weight * gain[:, None, None, None]).astype(np.float32)
            layers.append((folded, (shift - mean * gain).astype(np.float32)))
    return layers


def _array(state: Mapping[str, Any], name: str, shape: tuple[int, ...], source: str) -> NDArray[np.float64]:
    found = state.get(name)
    if not isinstance(found, np.ndarray) or found.shape != shape:
        shown = list(found.shape) if isinstance(found, np.ndarray) else "nothing"
        raise JudgeError(f"{source}: {name} is {shown}, expected {list(shape)}.", cure="Fetch it again.")
    return np.asarray(found, dtype=np.float64)
