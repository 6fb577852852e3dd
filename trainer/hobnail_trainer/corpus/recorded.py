"""Puts a built corpus's recordings into a pack, so that nothing that follows decodes FLAC again."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import soundfile

from hobnail.audio import RATE_HZ
from hobnail_trainer.corpus.manifest import read_manifest
from hobnail_trainer.corpus.model import Clip, Manifest
from hobnail_trainer.corpus.pack import Pack, PackWriter, open_pack
from hobnail_trainer.corpus.sound import Samples
from hobnail_trainer.errors import CorpusError


def pack_folder(corpus: Path | str, name: str) -> Path:
    """Where a corpus keeps its pack ``name``: "recorded", "composed"."""
    return Path(corpus) / "packs" / name


def pack_recordings(corpus: Path, *, tell: Callable[[str], None]) -> Manifest:
    """Pack all clips of the corpus in ``corpus`` into ``packs/recorded``, bit for bit. Raises CorpusError."""
    manifest = read_manifest(corpus)
    header = manifest.header
    writer = PackWriter(
        pack_folder(corpus, "recorded"), title=header.title, recipe=header.recipe, seed=header.seed, known=None
    )
    with writer:
        for number, clip in enumerate(manifest.clips):
            if number % 50 == 0:
                tell(f"packing {number} of {len(manifest.clips)}")
            writer.add(clip, _read(corpus / clip.audio, clip))
        return writer.finish()


def recordings(corpus: Path, *, tell: Callable[[str], None]) -> Pack:
    """The pack of a corpus's recordings; made first where there is none or the corpus is another by now."""
    folder = pack_folder(corpus, "recorded")
    ids = [(clip.id, clip.split, clip.sha256) for clip in read_manifest(corpus).clips]
    if (folder / "manifest.jsonl").exists():
        pack = open_pack(folder)
        if [(clip.id, clip.split, clip.sha256) for clip in pack.manifest.clips] == ids:
            return pack
    pack_recordings(corpus, tell=tell)
    return open_pack(folder)


def _read(path: Path, clip: Clip) -> Samples:
    try:
        samples, rate_hz = soundfile.read(path, dtype="float32", always_2d=True)
    except (soundfile.SoundFileError, OSError) as error:
        raise CorpusError(f"{path}: cannot be read: {error}.", cure="Build the corpus again.") from error
    if rate_hz != RATE_HZ or samples.shape != (clip.frames, 1):
        raise CorpusError(
            f"{path}: {samples.shape[0]} frames of {samples.shape[1]} channels at {rate_hz} Hz, expected "
            f"{clip.frames} of 1 at {RATE_HZ} Hz.",
            cure="Build the corpus again.",
        )
    return np.ascontiguousarray(samples[:, 0])
