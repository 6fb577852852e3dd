"""A folder of recordings as training hears them; what cannot be used is named, with the reason, and left out.

Captions come from ``captions.csv`` (columns ``file`` and ``caption``) where there is one and it names the file, else
from the file's name: ``muddy_boots_03.wav`` is "muddy boots". Takes of one name are made as loud as families of the
corpus are.
"""

from __future__ import annotations

import csv
import hashlib
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

import msgspec
import numpy as np

from hobnail.audio import RATE_HZ
from hobnail_trainer.corpus.attributes import loudness_lufs
from hobnail_trainer.corpus.finish import LOUDEST_LUFS, PEAK_DBFS
from hobnail_trainer.corpus.naming import key_of, words_of
from hobnail_trainer.corpus.sound import Samples, UndecodableError, decode
from hobnail_trainer.corpus.trim import trimmed
from hobnail_trainer.errors import TrainerError

CAPTIONS: Final = "captions.csv"
COLUMNS: Final = ("file", "caption")
ENDINGS: Final = (".wav", ".flac")
MOST_BYTES: Final = 512 * 2**20  #: of a file
LEAST_S: Final = 0.02
MOST_S: Final = 60.0  #: of a recording; what follows is not heard
LEAST: Final = 4  #: recordings; some of them are kept apart to judge by


class Recording(NamedTuple):
    """A sound that can be learned from."""

    file: str  #: its path in the folder
    caption: str
    samples: Samples  #: mono 48 kHz, cut to where it sounds, as loud as the corpus


class LeftOut(NamedTuple):
    """A file that is not used, and why."""

    file: str
    why: str


def read_folder(folder: Path, axis: str) -> tuple[list[Recording], list[LeftOut]]:
    """Every WAV and FLAC below ``folder``, in the order of names. ``axis``: the caption of a name without words.

    Raises TrainerError where fewer than four recordings are left, or the captions cannot be read.
    """
    if not folder.is_dir():
        raise TrainerError(f"{folder}: is no folder.", cure="Give the folder with your recordings: --data FOLDER.")
    files = sorted(path for path in folder.rglob("*") if path.suffix.lower() in ENDINGS and path.is_file())
    names = {path.relative_to(folder).as_posix(): path for path in files}
    captions = _captions(folder / CAPTIONS)
    left_out = [LeftOut(file, f"{CAPTIONS} names it, and it is not there") for file in captions if file not in names]
    raw, seen = list[Recording](), dict[str, str]()
    for name, path in names.items():
        found = _read(path)
        if isinstance(found, str):
            left_out.append(LeftOut(name, found))
            continue
        digest = hashlib.sha256(found.tobytes()).hexdigest()
        if digest in seen:
            left_out.append(LeftOut(name, f"sounds the same as {seen[digest]}"))
            continue
        seen[digest] = name
        raw.append(Recording(name, captions.get(name) or _words(name, axis), found))
    if len(raw) < LEAST:
        shown = "; ".join(f"{each.file}: {each.why}" for each in left_out[:5])
        raise TrainerError(
            f"{folder}: {len(raw)} recordings can be used, expected at least {LEAST}{f' ({shown})' if shown else ''}.",
            cure="Give more WAV or FLAC files; a dozen or more short takes are a good beginning.",
        )
    return list(_evened(raw)), left_out


def _read(path: Path) -> Samples | str:
    """Samples, or why there are none."""
    try:
        if (size := path.stat().st_size) > MOST_BYTES:
            return f"has {size} bytes, expected at most {MOST_BYTES}"
        found = decode(path.read_bytes())
    except OSError as error:
        return f"cannot be read: {error.strerror}"
    except UndecodableError as error:
        return f"is no sound that can be read: {error}"
    samples = trimmed(found.samples)
    if not samples.size:
        return "is silent"
    if samples.size < LEAST_S * RATE_HZ:
        return f"has {samples.size / RATE_HZ * 1000.0:.0f} ms of sound, expected at least {LEAST_S * 1000.0:.0f}"
    return samples[: round(MOST_S * RATE_HZ)]


def _words(name: str, axis: str) -> str:
    own, folders = words_of(name)
    return " ".join(own or folders) or axis.replace("_", " ")


def _evened(raw: list[Recording]) -> Iterator[Recording]:
    """One gain for all takes of a name: the loudest comes to the corpus's loudness, no peak over its limit."""
    families = defaultdict[str, list[Recording]](list)
    for each in raw:
        families[key_of(each.file)].append(each)
    gains = {}
    for family, those in families.items():
        loudest = max(loudness_lufs(each.samples) for each in those)
        peak = max(20.0 * np.log10(max(1e-9, float(np.abs(each.samples).max()))) for each in those)
        gains[family] = np.float32(10.0 ** (min(LOUDEST_LUFS - loudest, PEAK_DBFS - peak) / 20.0))
    for each in raw:
        yield each._replace(samples=each.samples * gains[key_of(each.file)])


def _captions(path: Path) -> dict[str, str]:
    if not path.exists():
        return {}
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            columns = tuple(reader.fieldnames or ())
            if set(columns) != set(COLUMNS):
                raise TrainerError(
                    f"{path}: has the columns {', '.join(columns) or 'none'}, expected {' and '.join(COLUMNS)}.",
                    cure="Write them into the first line: file,caption",
                )
            rows = [(str(row["file"] or "").strip(), str(row["caption"] or "").strip()) for row in reader]
    except OSError as error:
        raise TrainerError(f"{path}: cannot be read: {error.strerror}.", cure="Make it readable.") from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise TrainerError(f"{path}: not a CSV in UTF-8: {error}.", cure="Save it as CSV, UTF-8.") from error
    return dict(rows)


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """How many there are, for people."""

    files: int
    minutes: float


def told(recordings: list[Recording]) -> Told:
    """Of some recordings."""
    return Told(files=len(recordings), minutes=sum(each.samples.size for each in recordings) / RATE_HZ / 60.0)
