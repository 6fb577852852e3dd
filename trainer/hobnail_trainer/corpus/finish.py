"""From measured files to a manifest: licences, duplicates, families, gains, splits. Pure: no file is touched."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Final, TypeVar

import msgspec

from hobnail.audio import RATE_HZ
from hobnail_trainer.corpus.captions import captions_for
from hobnail_trainer.corpus.fingerprint import likenesses
from hobnail_trainer.corpus.licences import Family, Terms, licence_family
from hobnail_trainer.corpus.model import Captions, Clip, Header, Manifest, Rejected, Split
from hobnail_trainer.corpus.naming import key_of
from hobnail_trainer.corpus.process import Measured
from hobnail_trainer.corpus.rules import Reading
from hobnail_trainer.corpus.split import split_of

Key = TypeVar("Key", str, int)

LOUDEST_LUFS: Final = -20.0
PEAK_DBFS: Final = -1.0
_KIND_FIRST: Final[tuple[Family, ...]] = ("public-domain", "permissive", "cc-by", "cc-by-sa", "gpl", "other")


class Played(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a note besides what was measured."""

    captions: Captions
    changes: dict[str, float]


class Candidate(msgspec.Struct, frozen=True, kw_only=True):
    """A measured file with its meaning and its terms."""

    sound: Measured
    reading: Reading
    terms: Terms | None
    package: str
    split: Split | None = None  #: fixed by the recipe or the user; None: by family
    played: Played | None = None  #: of a note; None: it was recorded

    @property
    def family(self) -> str:
        """What its takes share, before duplicates tie families together."""
        return f"{self.package}/{self.reading.family or '/'.join(key_of(self.sound.path).split('/')[-3:])}"


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """What a manifest is made with."""

    title: str
    recipe: str
    seed: int
    validation: float
    test: float
    licences: tuple[Family, ...]


def finish(candidates: Sequence[Candidate], plan: Plan) -> tuple[Manifest, list[Rejected]]:
    """The manifest, and what was left out of it. The same candidates in any order give the same manifest."""
    rejected: list[Rejected] = []
    usable = []
    for candidate in sorted(candidates, key=lambda each: (each.package, each.sound.path)):
        if problem := _terms_problem(candidate, plan.licences):
            rejected.append(_rejected(candidate, *problem))
        else:
            usable.append(candidate)
    kept, copies, homes = _without_copies([each for each in usable if each.played is None])
    notes = [each for each in usable if each.played is not None]  # the same sample, softer, is no copy: both are wanted
    kept += notes
    homes |= {note.family: note.family for note in notes}
    rejected += copies
    clips = _clips(kept, homes, plan)
    header = Header(rate_hz=RATE_HZ, title=plan.title, recipe=plan.recipe, seed=plan.seed, clips=len(clips))
    return Manifest(header=header, clips=tuple(clips)), rejected


def _terms_problem(candidate: Candidate, allowed: Sequence[Family]) -> tuple[str, str] | None:
    if candidate.terms is None:
        return "no-licence", "neither its copyright file nor the recipe says under what licence it comes"
    if licence_family(candidate.terms.licence) not in allowed:
        return "licence", f"{candidate.terms.licence}, expected one of: {', '.join(allowed)}"
    return None


def _without_copies(candidates: list[Candidate]) -> tuple[list[Candidate], list[Rejected], dict[str, str]]:
    """(one of each sound, the others, family -> family that it belongs to)."""
    sounds = [candidate.sound for candidate in candidates]
    homes = {candidate.family: candidate.family for candidate in candidates}
    original = {index: index for index in range(len(candidates))}
    for pair in likenesses([sound.fingerprint for sound in sounds], [sound.frames for sound in sounds]):
        _tie(homes, candidates[pair.first].family, candidates[pair.second].family)
        if pair.is_copy:
            one, other = _home(original, pair.first), _home(original, pair.second)
            best, worse = sorted((one, other), key=lambda index: _preference(candidates[index]))
            original[worse] = best
    rejected, kept = [], []
    for index, candidate in enumerate(candidates):
        best = _home(original, index)
        if best == index:
            kept.append(candidate)
        else:
            of = candidates[best]
            rejected.append(_rejected(candidate, "copy", f"of {of.package}: {of.sound.path}"))
    return kept, rejected, {family: _home(homes, family) for family in homes}


def _preference(candidate: Candidate) -> tuple[int, float, str, str]:
    """Which of several copies stays: the freest, then the brightest, then the first."""
    licence = candidate.terms.licence if candidate.terms else ""
    rank = _KIND_FIRST.index(licence_family(licence))
    return rank, -candidate.sound.attributes.bandwidth_hz, candidate.package, candidate.sound.path


def _home(homes: dict[Key, Key], key: Key) -> Key:
    while homes[key] != key:
        key = homes[key]
    return key


def _tie(homes: dict[str, str], one: str, other: str) -> None:
    first, second = sorted((_home(homes, one), _home(homes, other)))
    homes[second] = first


def _clips(kept: list[Candidate], homes: dict[str, str], plan: Plan) -> list[Clip]:
    members: dict[str, list[Candidate]] = defaultdict(list)
    for candidate in kept:
        members[homes[candidate.family]].append(candidate)
    clips = []
    for family, those in members.items():
        loudest = max(each.sound.attributes.loudness_lufs for each in those)
        peak = max(each.sound.attributes.peak_dbfs for each in those)
        gain_db = round(min(LOUDEST_LUFS - loudest, PEAK_DBFS - peak), 2)
        fixed = sorted({each.split for each in those if each.split is not None})
        split = fixed[0] if fixed else split_of(family, seed=plan.seed, validation=plan.validation, test=plan.test)
        clips += [_clip(each, family, "test" if "test" in fixed else split, gain_db) for each in those]
    return sorted(clips, key=lambda clip: clip.id)


def _clip(candidate: Candidate, family: str, split: Split, gain_db: float) -> Clip:
    sound, terms = candidate.sound, candidate.terms
    assert terms is not None  # candidates without terms were left out
    played = candidate.played
    return Clip(
        id=sound.audio.removeprefix("audio/").removesuffix(".flac"),
        audio=sound.audio,
        split=split,
        origin="note" if played else "recorded",
        category=candidate.reading.category,
        materials=candidate.reading.materials,
        captions=played.captions if played else captions_for(candidate.reading),
        frames=sound.frames,
        onset_frames=sound.onset_frames,
        attributes=sound.attributes,
        family=family,
        family_gain_db=gain_db,
        licence=terms.licence,
        author=terms.author,
        package=candidate.package,
        path=sound.path,
        sha256=sound.sha256,
        changes=played.changes if played else {},
    )


def _rejected(candidate: Candidate, reason: str, detail: str) -> Rejected:
    return Rejected(package=candidate.package, path=candidate.sound.path, reason=reason, detail=detail)
