"""Where recordings come from: a corpus, or anything that answers the same two questions."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import numpy as np
import soundfile

from hobnail.audio import RATE_HZ
from hobnail_trainer.corpus.licences import Family, licence_family
from hobnail_trainer.corpus.manifest import read_manifest
from hobnail_trainer.corpus.model import Clip, Split
from hobnail_trainer.errors import SceneError
from hobnail_trainer.scenes.model import Samples


class ClipSource(Protocol):
    """Recordings to make the sound of scenes from. [one thread]"""

    def clips(self, split: Split) -> Sequence[Clip]:
        """The clips of one split, in a fixed order."""
        ...

    def samples(self, clip: Clip) -> Samples:
        """float32 [frames], mono 48 kHz, as long as ``clip.frames``. Not to be written to."""
        ...


class CorpusSource:
    """A built corpus on disk; the last clips that were used stay in memory. [one thread]"""

    def __init__(self, folder: Path | str, *, keep: int = 512, licences: Sequence[Family] = ()) -> None:
        """``licences``: only recordings of these families; empty: of all."""
        self._licences = tuple(licences)
        self._folder = Path(folder)
        self._manifest = read_manifest(self._folder)
        self._keep = keep
        self._read: OrderedDict[str, Samples] = OrderedDict()

    def clips(self, split: Split) -> Sequence[Clip]:
        """The recordings of one split; what was made from them (pairs, sequences, notes) is left out."""
        clips = [clip for clip in self._manifest.clips if clip.split == split and clip.origin == "recorded"]
        return [clip for clip in clips if not self._licences or licence_family(clip.licence) in self._licences]

    def samples(self, clip: Clip) -> Samples:
        """The clip's sound. Raises SceneError when its file is not what the manifest says."""
        if clip.id in self._read:
            self._read.move_to_end(clip.id)
            return self._read[clip.id]
        path = self._folder / clip.audio
        try:
            samples, rate_hz = soundfile.read(path, dtype="float32", always_2d=True)
        except (soundfile.SoundFileError, OSError) as error:
            raise SceneError(f"{path}: cannot be read: {error}.", cure="Build the corpus again.") from error
        if rate_hz != RATE_HZ or samples.shape != (clip.frames, 1):
            raise SceneError(
                f"{path}: {samples.shape[0]} frames of {samples.shape[1]} channels at {rate_hz} Hz, "
                f"expected {clip.frames} of 1 at {RATE_HZ} Hz.",
                cure="Build the corpus again.",
            )
        mono = np.ascontiguousarray(samples[:, 0])
        mono.setflags(write=False)
        self._read[clip.id] = mono
        while len(self._read) > self._keep:
            self._read.popitem(last=False)
        return mono
