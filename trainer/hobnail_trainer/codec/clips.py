"""What is listened to: sounds of a split, cut as each measure wants them.

- *windows*, of recorded effects: the first 0.68 s, its peak at 0.9. KAD, modulation, level.
- *rings*, of notes and of effects of metal or glass that ring: up to 2.7 s. Partials.
- *attacks*, of recorded effects that begin sharply: 0.3 s from the attack on, after 2,000 frames of silence, and the
  same without the silence. Time of the attack, pre-echo.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
import soundfile

from hobnail_trainer.codec.measures.attack import attack_of
from hobnail_trainer.codec.measures.partials import COUNT, Partial, ringing_partials
from hobnail_trainer.corpus.manifest import MANIFEST, read_manifest
from hobnail_trainer.corpus.model import Clip, Manifest, Split
from hobnail_trainer.corpus.sound import Samples
from hobnail_trainer.errors import CorpusError
from hobnail_trainer.reading import TrainingSplit

WINDOW: Final = 32_768
PEAK: Final = 0.9
QUIET: Final = 1e-3  #: windows below this peak are not listened to: raising them would raise noise
RING_FRAMES: Final = 131_072
RINGS: Final = 60
RINGING: Final = frozenset({"metal", "glass"})
ATTACKS: Final = 100
ATTACK_FRAMES: Final = 14_400
LEAD: Final = 2_000  #: no multiple of any hop
SHARP_MS: Final = 15.0
CLEAN_FRAMES: Final = 960  #: from there to the top, at most
START: Final = 0.01  #: of the peak; the cut is made where the sound was last below it


class Heard(NamedTuple):
    """A clip, and the part of it that is listened to."""

    clip: Clip
    samples: Samples


class Ring(NamedTuple):
    """A sound that rings."""

    clip: Clip
    samples: Samples
    partials: tuple[Partial, ...]


class Listening(NamedTuple):
    """Everything that a report listens to."""

    split: Split
    windows: tuple[Heard, ...]
    rings: tuple[Ring, ...]
    attacks: tuple[Heard, ...]  #: each begins at :data:`LEAD`


def listen(corpus: Path, split: TrainingSplit, *, clips: int, seed: int) -> Listening:
    """Sounds of the validation split (or of train, to see how much was learnt by heart). Raises CorpusError."""
    if split not in ("train", "validation"):
        raise CorpusError(
            f"the split is {split!r}, expected 'train' or 'validation'.",
            cure="Choose by validation. The final table listens by listen_to_test_for_evaluation().",
        )
    return _listen(corpus, split, clips, seed)


def listen_to_test_for_evaluation(corpus: Path, *, clips: int, seed: int) -> Listening:
    """Sounds of the test split. Nothing may be chosen by what they tell. Raises CorpusError."""
    return _listen(corpus, "test", clips, seed)


def train_windows(corpus: Path, *, clips: int, seed: int) -> Iterator[Samples]:
    """Windows of effects of the train split, one after the other. Raises CorpusError."""
    for clip in _shuffled(read_manifest(corpus), "train", "recorded", seed)[:clips]:
        if (samples := _window(corpus, clip)) is not None:
            yield samples


def read_clip(corpus: Path, clip: Clip, frames: int = -1) -> Samples:
    """The first frames of a clip's file, or all. Raises CorpusError."""
    path = corpus / clip.audio
    try:
        samples, _ = soundfile.read(path, frames=frames, start=clip.at_frame, dtype="float32")
    except (soundfile.SoundFileError, OSError) as error:
        raise CorpusError(f"{path}: cannot be read: {error}.", cure="Build the corpus again.") from error
    return np.asarray(samples)


def corpus_digest(corpus: Path) -> str:
    """What names a corpus that was read: the SHA-256 of its manifest."""
    return hashlib.sha256((corpus / MANIFEST).read_bytes()).hexdigest()


def _listen(corpus: Path, split: Split, clips: int, seed: int) -> Listening:
    manifest = read_manifest(corpus)
    effects = _shuffled(manifest, split, "recorded", seed)
    windows: list[Heard] = []
    for clip in effects:
        if len(windows) == clips:
            break
        if (samples := _window(corpus, clip)) is not None:
            windows.append(Heard(clip, samples))
    if len(windows) < 4:
        raise CorpusError(f"{corpus}: {len(windows)} sounds to listen to in {split}.", cure="Build a larger corpus.")
    candidates = [clip for clip in effects if RINGING & set(clip.materials) or "bell" in clip.captions.exact]
    notes = _shuffled(manifest, split, "note", seed)
    most = min(RINGS, clips) // 2
    rings = [*_rings(corpus, candidates, most), *_rings(corpus, notes, most)]
    attacks = islice(_attacks(corpus, effects), min(ATTACKS, clips))
    return Listening(split, tuple(windows), tuple(rings), tuple(attacks))


def _shuffled(manifest: Manifest, split: Split, origin: str, seed: int) -> list[Clip]:
    """Clips of a split in an order that depends on the seed and their ids only."""
    clips = [clip for clip in manifest.clips if clip.split == split and clip.origin == origin]
    return sorted(clips, key=lambda clip: hashlib.sha256(f"{seed}/{clip.id}".encode()).digest())


def _window(corpus: Path, clip: Clip) -> Samples | None:
    samples = _at_peak(read_clip(corpus, clip, min(clip.frames, WINDOW)))
    return None if samples is None else np.pad(samples, (0, WINDOW - samples.size))


def _at_peak(samples: Samples) -> Samples | None:
    peak = float(np.abs(samples).max(initial=0.0))
    return None if peak < QUIET else samples * np.float32(PEAK / peak)


def _rings(corpus: Path, clips: list[Clip], most: int) -> Iterator[Ring]:
    """Those that have three partials of which one decays like a mode; takes of one family at most three times."""
    taken: dict[str, int] = {}
    for clip in clips:
        samples = _at_peak(read_clip(corpus, clip, min(clip.frames, RING_FRAMES)))
        if sum(taken.values()) == most:
            return
        if samples is None or taken.get(clip.family, 0) == max(3, most // 6):
            continue
        partials = ringing_partials(samples)
        if len(partials) == COUNT and any(partial.decay_s for partial in partials):
            taken[clip.family] = taken.get(clip.family, 0) + 1
            yield Ring(clip, samples, partials)


def _attacks(corpus: Path, clips: list[Clip]) -> Iterator[Heard]:
    for clip in clips:
        samples = _at_peak(read_clip(corpus, clip, min(clip.frames, WINDOW)))
        attack = None if samples is None else attack_of(samples)
        if samples is None or attack is None or attack.rise_ms > SHARP_MS:
            continue
        before = np.flatnonzero(np.abs(samples[: attack.high_frame + 1]) >= START * PEAK)
        start = int(before[0]) if before.size else 0
        if attack.high_frame - start > CLEAN_FRAMES:
            continue  # something quieter goes before: no clean beginning
        cut = samples[start : start + ATTACK_FRAMES]
        yield Heard(clip, np.pad(cut, (LEAD, ATTACK_FRAMES - cut.size)))
