"""Packs: many clips in a few files of plain samples, so that training reads without decoding and without copies.

::

    FOLDER/manifest.jsonl   header and clips as in every corpus; audio = "shard-000.pcm", at_frame = where in it
    FOLDER/shard-000.pcm    int16, little-endian, mono, 48 kHz, clips one after the other; full scale is 32768
    FOLDER/shard-001.pcm    ... a clip is never in two shards

While a pack is written its shards are called ``.part`` and the manifest of an older pack still stands. :meth:`finish`
takes the old manifest away, names the shards and writes the new manifest last: a pack with a manifest is whole.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from contextlib import suppress
from pathlib import Path
from typing import IO, Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from hobnail.audio import RATE_HZ
from hobnail_trainer.corpus.files import disk_error
from hobnail_trainer.corpus.manifest import MANIFEST, clip_problem, read_manifest, whole_problem, write_manifest
from hobnail_trainer.corpus.model import Clip, Header, Manifest
from hobnail_trainer.corpus.sound import Samples
from hobnail_trainer.errors import CorpusError

SHARD_BYTES: Final = 256 * 2**20
FULL_SCALE: Final = 32_768.0
STORED: Final[np.dtype[np.int16]] = np.dtype("<i2")

_CURE: Final = "Write the pack again."


class PackWriter:
    """Writes a pack. Use as a context; what is not finished leaves nothing that could be read. [one thread]"""

    def __init__(
        self,
        folder: Path,
        *,
        title: str,
        recipe: str,
        seed: int,
        known: Manifest | None = None,
        shard_bytes: int = SHARD_BYTES,
    ) -> None:
        """``known``: the clips that ``sources`` may name besides those of this pack."""
        self._folder, self._known, self._shard_bytes = folder, known, shard_bytes
        self._header = Header(rate_hz=RATE_HZ, title=title, recipe=recipe, seed=seed, clips=0)
        self._clips: list[Clip] = []
        self._shards: list[str] = []
        self._file: IO[bytes] | None = None
        self._frames = 0  # in the open shard
        self._finished = False

    def __enter__(self) -> PackWriter:
        return self

    def __exit__(self, *_: object) -> None:
        if not self._finished:
            self._abandon()

    def add(self, clip: Clip, samples: Samples) -> Clip:
        """Store a clip's samples, float32 [clip.frames] within -1..1; gives the clip as it will stand in the pack.

        Fills ``audio``, ``at_frame``, and for clips made from others ``sha256``. Raises CorpusError.
        """
        data = _stored(clip, samples).tobytes()
        if self._file is None or (self._frames and self._frames * STORED.itemsize + len(data) > self._shard_bytes):
            self._next_shard()
        changes: dict[str, object] = {"audio": self._shards[-1], "at_frame": self._frames}
        if clip.sources:
            changes["sha256"] = hashlib.sha256(data).hexdigest()
        clip = msgspec.structs.replace(clip, **changes)
        if problem := clip_problem(clip):
            raise CorpusError(f"clip {clip.id!r}: {problem}.", cure="Give a clip that could stand in a manifest.")
        self._write(data)
        self._frames += clip.frames
        self._clips.append(clip)
        return clip

    def finish(self) -> Manifest:
        """Close the pack: shards get their names, the manifest comes last. Raises CorpusError."""
        clips = tuple(sorted(self._clips, key=lambda clip: clip.id))
        if problem := whole_problem(clips, self._known):
            raise CorpusError(f"{self._folder}: {problem}.", cure=_CURE)
        manifest = Manifest(header=msgspec.structs.replace(self._header, clips=len(clips)), clips=clips)
        try:
            self._close()
            self._folder.mkdir(parents=True, exist_ok=True)
            (self._folder / MANIFEST).unlink(missing_ok=True)
            for name in self._shards:
                self._partial(name).replace(self._folder / name)
            for old in self._folder.glob("shard-*.pcm*"):
                if old.name not in self._shards:
                    old.unlink()
        except OSError as error:
            raise disk_error(self._folder, error) from error
        write_manifest(manifest, self._folder)
        self._finished = True
        return manifest

    def _next_shard(self) -> None:
        name = f"shard-{len(self._shards):03d}.pcm"
        try:
            self._close()
            self._folder.mkdir(parents=True, exist_ok=True)
            self._file = self._partial(name).open("wb")
        except OSError as error:
            raise disk_error(self._folder / name, error) from error
        self._shards.append(name)
        self._frames = 0

    def _write(self, data: bytes) -> None:
        assert self._file is not None  # add() opened it
        try:
            self._file.write(data)
        except OSError as error:
            self._abandon()  # what is half written must not be gone on with
            raise disk_error(self._folder / self._shards[-1], error) from error

    def _close(self) -> None:
        if self._file is not None:
            file, self._file = self._file, None
            file.close()

    def _abandon(self) -> None:
        with suppress(OSError):  # a full disk says so once more when what is left in memory is flushed
            self._close()
        for name in self._shards:
            self._partial(name).unlink(missing_ok=True)

    def _partial(self, name: str) -> Path:
        return self._folder / f"{name}.part"


class Pack:
    """An open pack. Samples come straight from the files; nothing is held in memory. [one thread]"""

    def __init__(self, folder: Path, manifest: Manifest, shards: dict[str, NDArray[np.int16]]) -> None:
        self.folder, self.manifest = folder, manifest
        self._shards = shards

    def samples(self, clip: Clip, first: int = 0, frames: int | None = None) -> Samples:
        """float32 [frames] of a clip of this pack, from its frame ``first``; to its end when ``frames`` is None."""
        frames = clip.frames - first if frames is None else frames
        if not (0 <= first <= clip.frames and 0 <= frames <= clip.frames - first):
            raise CorpusError(
                f"clip {clip.id!r}: frames {first} to {first + frames} asked for, but it has {clip.frames}.",
                cure="Ask for what is inside the clip.",
            )
        at = clip.at_frame + first
        return self._shards[clip.audio][at : at + frames].astype(np.float32) / np.float32(FULL_SCALE)


def open_pack(folder: Path | str, known: Manifest | None = None) -> Pack:
    """Open a finished pack and check that its shards are whole. Raises CorpusError.

    ``known``: the clips that ``sources`` may name besides those of the pack.
    """
    folder = Path(folder)
    manifest = read_manifest(folder, known=known)
    ends: dict[str, int] = defaultdict(int)
    for clip in manifest.clips:
        ends[clip.audio] = max(ends[clip.audio], clip.at_frame + clip.frames)
    return Pack(folder, manifest, {name: _shard(folder / name, frames) for name, frames in ends.items()})


def _shard(path: Path, frames: int) -> NDArray[np.int16]:
    """A shard's samples, int16 [frames], not read yet."""
    try:
        found = path.stat().st_size
        if found != frames * STORED.itemsize:
            raise CorpusError(
                f"{path}: has {found} bytes, but its manifest speaks of {frames * STORED.itemsize}; it was cut off or "
                "belongs to another pack.",
                cure=_CURE,
            )
        return np.asarray(np.memmap(path, dtype=STORED, mode="r", shape=(frames,)))
    except OSError as error:
        raise CorpusError(f"{path}: cannot be read: {error.strerror}.", cure=_CURE) from error


def _stored(clip: Clip, samples: Samples) -> NDArray[np.int16]:
    """Samples as they are stored, int16 [frames]. Raises CorpusError for what cannot be."""
    if samples.shape != (clip.frames,):
        raise CorpusError(
            f"clip {clip.id!r}: its samples have the shape {samples.shape}, expected ({clip.frames},).",
            cure="Give as many samples as the clip says it has.",
        )
    peak = float(np.abs(samples).max(initial=0.0))  # NaN stays NaN
    if not peak <= 1.0:
        found = "samples that are not finite" if not np.isfinite(peak) else f"a peak of {peak:.3f}, above full scale"
        raise CorpusError(f"clip {clip.id!r}: has {found}.", cure="Bring it to -1..1 before it is stored.")
    return np.asarray(np.minimum(np.rint(samples * np.float32(FULL_SCALE)), 32_767.0), dtype=STORED)
