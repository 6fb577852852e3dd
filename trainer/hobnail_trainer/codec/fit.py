"""Fits the tables of the linear codec to the train split of a corpus.

What is heard: recorded effects whose licence is of an allowed family, each up to two seconds from a random place on,
with its peak at 0.9 and then a random gain of -9 to +3 dB, so that the tables know more than one level. Notes are left
out: with them effects came out worse (KAD of validation 0.60 and 1.19, without them 0.25 and 0.89). The same corpus,
settings and machine give the same bytes, in any number of processes. Beside the tables go a JSON file that says what
they were made from and a NOTICE with the licence and author of every recording.
"""

from __future__ import annotations

import hashlib
import zlib
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec
import numpy as np

from hobnail.audio import HOP_FRAMES, RATE_HZ
from hobnail.contracts import Float32
from hobnail_plugins.codec.analysis import Analysis, Meters
from hobnail_plugins.codec.fit import fit_linear
from hobnail_plugins.codec.tables import LinearTables, tables_to
from hobnail_trainer.codec.clips import PEAK, QUIET, corpus_digest, read_clip
from hobnail_trainer.codec.workers import over_clips
from hobnail_trainer.corpus.files import write_whole
from hobnail_trainer.corpus.licences import Family, licence_family
from hobnail_trainer.corpus.manifest import read_manifest
from hobnail_trainer.corpus.model import Clip, Manifest
from hobnail_trainer.corpus.notice import notice
from hobnail_trainer.errors import TrainerError

SHIPPABLE: Final[tuple[Family, ...]] = ("public-domain", "permissive", "cc-by", "cc-by-sa")
GAINS_DB: Final = (-9.0, 3.0)


class FitSettings(msgspec.Struct, frozen=True, kw_only=True):
    """What to fit, and to what."""

    kept: int = 26  #: components; a latent has twice as many more as there are partials
    partials: int = 3
    seconds: float = 2.0  #: of each clip, at most
    seed: int = 1
    licences: tuple[Family, ...] = SHIPPABLE


class Provenance(msgspec.Struct, frozen=True, kw_only=True):
    """What tables were made from; the JSON file beside them."""

    sha256: str  #: of the tables' file
    settings: FitSettings
    corpus: str  #: its title
    corpus_digest: str  #: SHA-256 of its manifest
    clips: int
    families: int
    hops: int
    seconds: float
    explained: float  #: share of the weighted variance that the kept components hold
    licences: dict[str, int]  #: clips of each licence
    packages: dict[str, int]  #: clips of each package


def fit_codec(
    corpus: Path, target: Path, settings: FitSettings, *, jobs: int, tell: Callable[[str], None]
) -> Provenance:
    """Write the tables to ``target`` (.npz), their provenance beside it (.json). Raises CorpusError, TrainerError."""
    if target.suffix != ".npz":
        raise TrainerError(f"{target}: the tables are an .npz file.", cure="Name it so, for instance linear.npz.")
    manifest = read_manifest(corpus)
    clips = _chosen(manifest, settings)
    work = Features(corpus, settings)
    rows = [found for _, found in over_clips(work, clips, jobs=jobs, tell=tell)]
    tables, hops = _fitted(rows, settings, corpus), sum(len(found) for found in rows)
    packed = tables_to(tables)
    used = [clip for clip, found in zip(clips, rows, strict=True) if len(found)]
    variances = np.square(tables.spread, dtype=np.float64)
    provenance = Provenance(
        sha256=hashlib.sha256(packed).hexdigest(),
        settings=settings,
        corpus=manifest.header.title,
        corpus_digest=corpus_digest(corpus),
        clips=len(used),
        families=len({clip.family for clip in used}),
        hops=hops,
        seconds=round(hops * HOP_FRAMES / RATE_HZ, 2),
        explained=round(float(variances[: settings.kept].sum() / variances.sum()), 4),
        licences=dict(sorted(Counter(clip.licence for clip in used).items())),
        packages=dict(sorted(Counter(clip.package for clip in used).items())),
    )
    note = target.with_suffix(".json")
    note.unlink(missing_ok=True)
    write_whole(target, packed)
    write_whole(
        target.with_suffix(".NOTICE"), notice(used, title=f"Tables of a codec, from {manifest.header.title}").encode()
    )
    write_whole(note, msgspec.json.format(msgspec.json.encode(provenance), indent=1) + b"\n")
    return provenance


@dataclass(frozen=True, slots=True)
class Features:
    """Clips to features, float32 [hops, row] of each; none of a clip that is silent."""

    corpus: Path
    settings: FitSettings

    def __call__(self, clips: Sequence[Clip]) -> list[Float32]:
        """Measured by the codec's own analysis."""
        meters = Meters()
        return [self._features(meters, clip) for clip in clips]

    def _features(self, meters: Meters, clip: Clip) -> Float32:
        chance = np.random.default_rng([self.settings.seed, zlib.crc32(clip.id.encode())])
        most = int(self.settings.seconds * RATE_HZ)
        samples = read_clip(self.corpus, clip)[: clip.frames]
        first = int(chance.integers(0, max(1, samples.size - most + 1)))
        gain = 10.0 ** (chance.uniform(*GAINS_DB) / 20.0)
        peak = float(np.abs(samples).max(initial=0.0))
        heard = samples[first : first + most] * np.float32(PEAK * gain / max(peak, QUIET))
        found = Analysis(meters, self.settings.partials).feed(heard, last=True)
        return found if peak >= QUIET else found[:0]


def _chosen(manifest: Manifest, settings: FitSettings) -> list[Clip]:
    """Recorded effects of the train split, of an allowed licence."""
    return [
        clip
        for clip in manifest.clips
        if clip.split == "train" and clip.origin == "recorded" and licence_family(clip.licence) in settings.licences
    ]


def _fitted(sounds: Sequence[Float32], settings: FitSettings, corpus: Path) -> LinearTables:
    try:
        return fit_linear(sounds, kept=settings.kept)
    except ValueError as error:
        raise TrainerError(
            f"{corpus}: the train clips of these licences have too little sound to fit to: {error}",
            cure="Give a larger corpus, or allow more licences: --licence.",
        ) from error
