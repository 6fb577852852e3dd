"""DINOv2-small (Oquab and others 2023) that a user has as ONNX: what is in a picture, in a few tokens.

The folder is that of the model's page: ``model.onnx``, perhaps in a folder ``onnx``, and ``preprocessor_config.json``.
Tens of milliseconds a picture on one core: a slow encoder, never called from the engine thread.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final, Literal

import msgspec
import numpy as np

from hobnail.contracts import Float32
from hobnail.errors import ConfigError, EngineError
from hobnail_plugins.folders import find_file, open_folder, read_object
from hobnail_plugins.onnx import Network, open_network
from hobnail_plugins.vision.pixels import UInt8, averaged, checked_pictures
from hobnail_plugins.vision.resize import middle, resized
from hobnail_plugins.vision.spec import DinoConfig

PATCH: Final = 14  #: pixels
LONGEST: Final = 8  #: shortest edges; what is beyond them is far from the middle and cut off first
_FILES: Final = ("model.onnx", "onnx/model.onnx", "model_quantized.onnx", "onnx/model_quantized.onnx")
_INPUT: Final = "pixel_values"
_OUTPUT: Final = "last_hidden_state"


class _Side(msgspec.Struct, frozen=True):
    shortest_edge: int = 256


class _Crop(msgspec.Struct, frozen=True):
    height: int = 224
    width: int = 224


class Preparation(msgspec.Struct, frozen=True):
    """What ``preprocessor_config.json`` says of pictures; defaults are the model's. Other keys are left alone."""

    size: _Side = _Side()
    crop_size: _Crop = _Crop()
    image_mean: tuple[float, float, float] = (0.485, 0.456, 0.406)
    image_std: tuple[float, float, float] = (0.229, 0.224, 0.225)
    rescale_factor: float = 1.0 / 255.0


class DinoEncoder:
    """Pictures to tokens: of each the whole, then a grid of parts. Keeps the contract ``Encoder``."""

    width: Final = 384

    def __init__(self, settings: DinoConfig) -> None:
        self._settings = settings
        self._network: Network | None = None
        self._preparation = Preparation()

    @property
    def kind(self) -> Literal["pixels"]:
        """[any] What it reads."""
        return "pixels"

    @property
    def tokens(self) -> int:
        """[any] Of each picture."""
        return 1 + self._settings.grid**2

    def prepare(self) -> None:
        """[control] Open the network and try it. Raises ConfigError, MissingExtraError."""
        folder = open_folder(self._settings.path, where="[encoder.dinov2] path")
        names = [self._settings.file] if self._settings.file else _FILES
        network = open_network(find_file(folder, names), part="The encoder 'dinov2'")
        network.require(given=(_INPUT,), one_of=(_OUTPUT,))
        self._preparation, self._network = preparation_of(folder), network
        try:
            self.encode(np.zeros((1, 8, 8, 3), np.uint8))
        except EngineError as error:
            self._network = None
            raise ConfigError(error.problem, cure=error.cure) from error

    def encode(self, value: object) -> Float32:
        """[control] uint8 [pictures, height, width, 3] -> float32 [pictures * tokens, 384]. Raises EngineError."""
        if self._network is None:
            raise EngineError("encoder 'dinov2': its weights are not loaded.", cure="Call prepare() first.")
        pictures = checked_pictures(np.asarray(value))
        if not len(pictures):
            return np.zeros((0, self.width), np.float32)
        return np.concatenate([self._tokens(self._network, picture) for picture in pictures])

    def _tokens(self, network: Network, picture: UInt8) -> Float32:
        """float32 [tokens, 384] of one picture; those of parts are means of the model's patches."""
        size = self._preparation.crop_size
        high, wide = size.height // PATCH, size.width // PATCH
        found = network.run({_INPUT: prepared(picture, self._preparation)}, _OUTPUT)
        if found.shape != (1, 1 + high * wide, self.width) or not np.isfinite(found).all():
            raise EngineError(
                f"{network.file}: {_OUTPUT} is {list(found.shape)}, expected finite "
                f"{[1, 1 + high * wide, self.width]}.",
                cure="Give the ONNX file of DINOv2-small, without registers.",
            )
        grid = self._settings.grid
        parts = averaged(found[0, 1:].reshape(high, wide, self.width), grid, grid) if grid else found[0, :0]
        return np.concatenate([found[0, :1], parts.reshape(-1, self.width)])


def preparation_of(folder: Path) -> Preparation:
    """What the folder says, or the model's own. Raises ConfigError."""
    file = folder / "preprocessor_config.json"
    if not file.exists():
        return Preparation()
    try:
        said = msgspec.convert(read_object(file), Preparation)
    except msgspec.ValidationError as error:
        raise ConfigError(f"{file}: {error}.", cure="Restore the model's own file.") from error
    side, crop = said.size.shortest_edge, said.crop_size
    sizes = (crop.height, crop.width)
    if not PATCH <= min(sizes) <= max(sizes) <= side <= 4096 or any(size % PATCH for size in sizes):
        raise ConfigError(
            f"{file}: shortest_edge is {side}, crop_size {crop.height} x {crop.width}, expected multiples of {PATCH} "
            "that fit in it.",
            cure="Restore the model's own file.",
        )
    if min(said.image_std) <= 0.0 or said.rescale_factor <= 0.0:
        raise ConfigError(f"{file}: image_std or rescale_factor is not above 0.", cure="Restore the model's own file.")
    return said


def prepared(picture: UInt8, how: Preparation) -> Float32:
    """uint8 [height, width, 3] -> float32 [1, 3, rows, columns]: shortest edge to size, the middle, normalised."""
    high, wide = (min(length, LONGEST * min(picture.shape[:2])) for length in picture.shape[:2])
    picture = middle(picture, high, wide)
    side = how.size.shortest_edge
    rows, columns = (side, side * wide // high) if high <= wide else (side * high // wide, side)
    seen = middle(resized(picture, rows, columns), how.crop_size.height, how.crop_size.width)
    normal = (seen * np.float32(how.rescale_factor) - np.array(how.image_mean, np.float32)) / np.array(
        how.image_std, np.float32
    )
    return np.asarray(normal.transpose(2, 0, 1)[None], np.float32)
