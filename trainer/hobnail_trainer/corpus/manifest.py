"""Manifests to bytes and back, strictly; and on disk, whole or not at all."""

from __future__ import annotations

import math
from collections.abc import Iterable
from itertools import pairwise
from pathlib import Path, PurePosixPath

import msgspec

from hobnail.audio import RATE_HZ
from hobnail_trainer.corpus.files import write_whole
from hobnail_trainer.corpus.model import FORMAT, VERSION, Clip, Header, Manifest, Split
from hobnail_trainer.errors import CorpusError

MANIFEST = "manifest.jsonl"

_CURE = "Build the corpus again (hobnail-train corpus build); what was finished is kept."
_LINE = msgspec.json.Decoder(Header | Clip)
_ENCODER = msgspec.json.Encoder()


def read_manifest(folder: Path | str, known: Manifest | None = None) -> Manifest:
    """The manifest of the corpus in ``folder``; ``sources`` may be in ``known`` too. Raises CorpusError."""
    path = Path(folder) / MANIFEST
    try:
        data = path.read_bytes()
    except OSError as error:
        raise CorpusError(
            f"{path}: cannot be read: {error.strerror}.",
            cure="Give the folder of a finished corpus, or build one: hobnail-train corpus build --to DIR.",
        ) from error
    return decode_manifest(data, source=str(path), known=known)


def write_manifest(manifest: Manifest, folder: Path) -> None:
    """Write the manifest into ``folder``, whole or not at all. Raises CorpusError."""
    write_whole(folder / MANIFEST, encode_manifest(manifest))


def encode_manifest(manifest: Manifest) -> bytes:
    """A manifest as bytes, one object a line. The result decodes to an equal manifest."""
    return b"".join(_ENCODER.encode(entry) + b"\n" for entry in (manifest.header, *manifest.clips))


def decode_manifest(data: bytes, *, source: str = MANIFEST, known: Manifest | None = None) -> Manifest:
    """A manifest from its bytes. Raises CorpusError naming ``source``, the line, the fault and the cure."""
    lines = data.split(b"\n")
    if lines[-1] != b"":
        raise CorpusError(f"{source}, line {len(lines)}: the last line does not end; the file was cut off.", cure=_CURE)
    header, clips = None, list[Clip]()
    for number, line in enumerate(lines[:-1], start=1):
        try:
            entry = _LINE.decode(line)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise _fault(source, number, str(error)) from error
        if isinstance(entry, Clip):
            clips.append(entry)
            problem = "a clip stands before the header" if header is None else clip_problem(entry)
        else:
            problem = "a second header" if header else _header_problem(entry)
            header = entry
        if problem:
            raise _fault(source, number, problem)
    if header is None:
        raise _fault(source, 1, "there is no header")
    if header.clips != len(clips):
        raise _fault(source, 1, f"$.clips is {header.clips}, but {len(clips)} clips follow")
    if problem := whole_problem(clips, known):
        raise CorpusError(f"{source}: {problem}.", cure=_CURE)
    return Manifest(header=header, clips=tuple(clips))


def clip_problem(clip: Clip) -> str:
    """Why a clip cannot be used, looked at alone; empty when it can."""
    path = PurePosixPath(clip.audio)
    outside = not clip.audio or path.is_absolute() or ".." in path.parts or "\\" in clip.audio
    numbers = [clip.family_gain_db, *msgspec.structs.astuple(clip.attributes), *clip.changes.values()]
    made = clip.origin in ("augmented", "composed")
    checks = (
        (outside, f"$.audio is {clip.audio!r}, expected a file inside the corpus"),
        (clip.frames <= 0, f"$.frames is {clip.frames}, expected more than 0"),
        (any(not 0 <= at < clip.frames for at in clip.onset_frames), "$.onset_frames has one outside the clip"),
        (any(b <= a for a, b in pairwise(clip.onset_frames)), "$.onset_frames does not rise"),
        (not clip.licence, "$.licence is empty: a sound without one cannot be used"),
        (not clip.family or not clip.captions.exact, "$.family or $.captions.exact is empty"),
        (made != bool(clip.sources), f"$.sources has {len(clip.sources)} entries, but $.origin is {clip.origin!r}"),
        (any(each is not None and not math.isfinite(each) for each in numbers), "a number is not finite"),
    )
    return next((problem for wrong, problem in checks if wrong), "")


def whole_problem(clips: Iterable[Clip], known: Manifest | None = None) -> str:
    """Why clips cannot stand together: an id twice, a family or a recording in two splits, a source unknown.

    ``known``: a manifest beside them, whose clips may be sources; families and splits must agree with it too.
    """
    there: dict[str, Clip] = {}
    homes: dict[tuple[str, str], Split] = {}
    clips = tuple(clips)
    for clip in (*(known.clips if known else ()), *clips):
        if clip.id in there:
            return f"clip {clip.id!r} is there twice"
        there[clip.id] = clip
        for kind, key in (("family", clip.family), ("recording", clip.sha256)):
            if (split := homes.setdefault((kind, key), clip.split)) != clip.split:
                return f"{kind} {key!r} is in two splits, {split!r} and {clip.split!r}"
    for clip in clips:
        for source in clip.sources:
            if source.clip not in there:
                return f"clip {clip.id!r} is made from {source.clip!r}, which is not there"
            if there[source.clip].split != clip.split:
                return f"clip {clip.id!r} is in {clip.split!r}, but its source {source.clip!r} is not"
    return ""


def _header_problem(header: Header) -> str:
    for name, expected in (("format", FORMAT), ("version", VERSION), ("rate_hz", RATE_HZ)):
        if (found := getattr(header, name)) != expected:
            return f"$.{name} is {found!r}, expected {expected!r}"
    return ""


def _fault(source: str, line: int, problem: str) -> CorpusError:
    return CorpusError(f"{source}, line {line}: {problem}.", cure=_CURE)
