"""YAMNet: 521 classes of AudioSet and 1,024 dimensions, heard at 16 kHz (nothing above 7.5 kHz counts).

The network is MobileNet v1 on patches of 0.96 s every 0.48 s. As upstream does, sounds are filled up with silence to
whole patches, never looped, and neither scaled nor levelled: what is heard is what is given. Scores and embeddings are
means over patches.

Weights: :data:`hobnail_trainer.judges.weights.YAMNET`.
"""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterable
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from hobnail.errors import MissingExtraError
from hobnail_trainer.errors import JudgeError
from hobnail_trainer.judges.graph import exact_network
from hobnail_trainer.judges.mel import YAMNET_BANDS, YAMNET_HOP, YAMNET_RATE_HZ, YAMNET_WINDOW, yamnet_spectrogram
from hobnail_trainer.judges.model import Embedding, Samples, Tag, heard_at, strongest
from hobnail_trainer.judges.weights import YAMNET, read_weights

Float = NDArray[np.float32]

PATCH: Final = 96  #: spectra, 0.96 s
PATCH_HOP: Final = 48
BATCH: Final = 32  #: patches at once
STRIDE: Final = 32  #: spectra to a column of the last feature map
FINE: Final = 8  #: spectra to a frame of :meth:`Yamnet.frames`

_INPUT, _SCORES = "audio", "class_scores"
_MAP = "/model/layer14/pointwise_conv/relu/Relu_output_0"
_POOLED = "/model/Reshape_output_0"
_SHAPES: Final[dict[str, tuple[int | str, ...]]] = {
    _INPUT: ("patches", 1, "spectra", YAMNET_BANDS),
    _SCORES: ("patches", 521),
    _MAP: ("patches", 1024, "columns", 2),
    _POOLED: ("patches", 1024),
}
_ANY_BATCH: Final = {"/model/Constant_output_0": (0, -1)}  #: the file's Reshape knows one patch at a time only


class Yamnet:
    """The tagger, and an embedding of sounds up to 7.5 kHz. [any thread, one at a time]"""

    name: Final = "yamnet"
    rate_hz: Final = YAMNET_RATE_HZ
    dimensions: Final = 1024
    frames_hz: Final = YAMNET_RATE_HZ / YAMNET_HOP / FINE  #: 12.5, of :meth:`frames`

    def __init__(self, network: bytes, classes: Iterable[str], *, threads: int = 1) -> None:
        """``network``: from :func:`network_of`."""
        try:
            import onnxruntime
        except ImportError as error:
            raise MissingExtraError("YAMNet", extra="cpu") from error
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        self._session = onnxruntime.InferenceSession(network, options, providers=["CPUExecutionProvider"])
        self.classes: tuple[str, ...] = tuple(classes)

    @classmethod
    def load(cls, folder: Path, *, threads: int = 1) -> Yamnet:
        """The judge whose weights ``hobnail-train judges fetch`` left in ``folder``. Raises JudgeError."""
        files = read_weights(YAMNET, folder)
        model, names = files["YamNet_w8a8.onnx.zip"], files["yamnet_class_map.csv"]
        return cls(network_of(model, source=str(folder)), classes_of(names), threads=threads)

    def embed(self, samples: Samples) -> Embedding:
        """One sound as float32 [1024]: the mean over its patches. Raises JudgeError."""
        return np.asarray(self._run(_POOLED, patches_of(samples)).mean(axis=0), dtype=np.float32)

    def embed_many(self, sounds: Iterable[Samples]) -> Embedding:
        """Sounds as float32 [sounds, 1024]. Raises JudgeError."""
        rows = [self.embed(samples) for samples in sounds]
        return np.stack(rows) if rows else np.zeros((0, self.dimensions), np.float32)

    def scores(self, samples: Samples) -> Float:
        """Probability of each class, float32 [521]: the mean over patches. Raises JudgeError."""
        logits = self._run(_SCORES, patches_of(samples))
        return np.asarray((1.0 / (1.0 + np.exp(-logits.astype(np.float64)))).mean(axis=0), dtype=np.float32)

    def tags(self, samples: Samples, count: int = 5) -> tuple[Tag, ...]:
        """The likeliest classes, the likeliest first. Raises JudgeError."""
        return strongest(self, samples, count)

    def frames(self, samples: Samples) -> Float:
        """Features over time, float32 [frames, 1024] at :attr:`frames_hz`; frame i hears around (i + 0.5) x 80 ms.

        The last feature map before pooling, its two columns of frequency averaged. One map has a column every 320 ms;
        four maps, each 80 ms later, fill the gaps. The whole sound is one image, so there are no seams of patches.
        """
        heard = heard_at(self.rate_hz, samples)
        count = max(1, -(-heard.size // (YAMNET_HOP * FINE)))
        before = (STRIDE - FINE) // 2  # centres the first column on the first frame
        columns = -(-count * FINE // STRIDE)
        spectra = (columns + 1) * STRIDE
        begin = np.zeros(before * YAMNET_HOP, np.float32)
        end = np.zeros(max(0, spectra * YAMNET_HOP + YAMNET_WINDOW - begin.size - heard.size), np.float32)
        image = yamnet_spectrogram(np.concatenate([begin, heard, end]))
        shifts = range(0, STRIDE, FINE)
        maps = [self._run(_MAP, image[None, None, shift : shift + columns * STRIDE]) for shift in shifts]
        woven = np.stack([each[0].mean(axis=2).T for each in maps], axis=1).reshape(-1, self.dimensions)
        return np.ascontiguousarray(woven[:count])

    def _run(self, output: str, patches: Float) -> Float:
        rows = range(0, len(patches), BATCH)
        parts = [self._session.run([output], {_INPUT: patches[row : row + BATCH]})[0] for row in rows]
        return np.asarray(np.concatenate(parts), dtype=np.float32)


def patches_of(samples: Samples) -> Float:
    """Mono 48 kHz -> log-mel patches, float32 [patches, 1, 96, 64]; silence fills the last. Raises JudgeError."""
    heard = heard_at(YAMNET_RATE_HZ, samples)
    first = (PATCH - 1) * YAMNET_HOP + YAMNET_WINDOW
    hop = PATCH_HOP * YAMNET_HOP
    more = max(0, -(-(heard.size - first) // hop))
    image = yamnet_spectrogram(np.pad(heard, (0, first + more * hop - heard.size)))
    return np.stack([image[row : row + PATCH] for row in range(0, more * PATCH_HOP + 1, PATCH_HOP)])[:, None]


def network_of(archive: bytes, *, source: str) -> bytes:
    """The exact float32 network from the zipped model of 8 bits. Raises JudgeError, MissingExtraError."""
    try:
        with zipfile.ZipFile(io.BytesIO(archive)) as files:
            parts = {Path(name).name: files.read(name) for name in files.namelist() if not name.endswith("/")}
        graph, data = parts["model.onnx"], parts["model.data"]
    except (zipfile.BadZipFile, KeyError) as error:
        raise JudgeError(f"{source}: the model's archive cannot be read: {error}.", cure="Fetch it again.") from error
    return exact_network(graph, data, shapes=_SHAPES, constants=_ANY_BATCH, source=source)


def classes_of(table: bytes) -> tuple[str, ...]:
    """Names of the classes, from AudioSet's table with the columns index, mid and display_name."""
    return tuple(row["display_name"] for row in csv.DictReader(io.StringIO(table.decode("utf-8"))))
