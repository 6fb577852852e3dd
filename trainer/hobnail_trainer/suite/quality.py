"""How far each set is from the recordings: KAD by families, FD with its sizes, by judge and by category.

KAD is unbiased, has the reference's bandwidth and a jackknife interval (:mod:`hobnail_trainer.judges.kad`). FD grows as
samples get fewer, so it stands beside that of one half of the recordings against the other, whose size is half. A
difference of two KADs has the jackknife of the difference: both sets leave out the same family at a time.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from hobnail_trainer.codec.judging import FEWEST_GROUPS, half_against_half, judged, part_of
from hobnail_trainer.codec.model import Interval
from hobnail_trainer.judges import frechet
from hobnail_trainer.judges.kad import NORMAL_95, kad
from hobnail_trainer.judges.model import Embedding
from hobnail_trainer.suite.hearing import Hearing
from hobnail_trainer.suite.model import Fad, Quality, QualityRow
from hobnail_trainer.suite.sets import CODEC, DEALT, MODEL, NAMES, NEAREST, RECORDING, RULES, SoundSet

WHOLE = (RECORDING, CODEC, MODEL, DEALT, NEAREST)
ABOUT = {
    "yamnet": "AudioSet, 521 classes; took no part in training",
    "aisfx": "sound-effect libraries; took no part in training",
    "ours": "OURS: a discriminant of band levels and modulation, learned from train recordings in this run",
}


def measure_quality(hearing: Hearing, *, seed: int, tell: Callable[[str], None]) -> Quality:
    """Rows of all clips, rows of what the rules can play, and what other sets are farther away by."""
    rows = []
    for name in WHOLE:
        tell(f"quality: {name}")
        rows.append(_row(hearing, hearing.sets[name], seed))
    playable = []
    places = hearing.sets[RULES].places
    if len(set(hearing.families(places))) >= 2 * FEWEST_GROUPS:
        for name in NAMES:
            tell(f"quality: {name}, what rules can play")
            playable.append(_row(hearing, hearing.sets[name].only(places), seed))
    less = {name: _farther(hearing, name, hearing.sets[name].places) for name in (DEALT, NEAREST, CODEC)}
    if playable:
        less[RULES] = _farther(hearing, RULES, places)
    return Quality(
        rows=rows, playable=playable, less=less, judges={name: ABOUT.get(name, name) for name in hearing.names}
    )


def _row(hearing: Hearing, sounds: SoundSet, seed: int) -> QualityRow:
    places = sounds.places
    families = hearing.families(places)
    found, real = _part(hearing, sounds), hearing.real(places)
    itself = sounds.name == RECORDING
    kads = {
        name: half_against_half(real[name], families, seed=seed).grouped
        if itself
        else judged(real[name], rows, families).grouped
        for name, rows in found.items()
    }
    fads = {
        name: _halves(real[name], families, seed) if itself else _fad(real[name], rows) for name, rows in found.items()
    }
    return QualityRow(
        name=sounds.name,
        clips=len(places),
        families=len(set(families)),
        silent=sum(not samples.any() for samples in sounds.windows),
        kad=kads,
        fad=fads,
        by_category={} if itself else _by_category(hearing, places, real, found),
    )


def _part(hearing: Hearing, sounds: SoundSet) -> dict[str, Embedding]:
    """A set's embeddings, of its clips only."""
    whole = hearing.sets[sounds.name].places
    at = {place: number for number, place in enumerate(whole)}
    return {name: rows[[at[place] for place in sounds.places]] for name, rows in hearing.of(sounds.name).items()}


def _by_category(
    hearing: Hearing, places: Sequence[int], real: dict[str, Embedding], found: dict[str, Embedding]
) -> dict[str, dict[str, Interval]]:
    clips = [hearing.listening.clips[place].clip for place in places]
    out: dict[str, dict[str, Interval]] = {}
    for category in sorted({clip.category for clip in clips}):
        which = [number for number, clip in enumerate(clips) if clip.category == category]
        families = [clips[number].family for number in which]
        parts = {name: part_of(real[name][which], rows[which], families) for name, rows in found.items()}
        if any(each.value is not None for each in parts.values()):
            out[category] = parts
    return out


def _farther(hearing: Hearing, name: str, places: Sequence[int]) -> dict[str, Interval]:
    """Another set's KAD less the model's, of the same clips."""
    families = hearing.families(places)
    real = hearing.real(places)
    ours, other = (_part(hearing, hearing.sets[each].only(places)) for each in (MODEL, name))
    return {judge: less_of(real[judge], other[judge], ours[judge], families) for judge in real}


def less_of(real: Embedding, other: Embedding, ours: Embedding, families: Sequence[str]) -> Interval:
    """KAD of ``other`` less KAD of ``ours``, jackknife over families left out of all three sets."""

    def difference(kept: np.ndarray) -> float:
        names = [family for family, here in zip(families, kept, strict=True) if here]
        values = [
            kad(real[kept], rows[kept], reference_groups=names, judged_groups=names).value for rows in (other, ours)
        ]
        return values[0] - values[1]

    names = sorted(set(families))
    if len(names) < FEWEST_GROUPS + 1:
        return Interval.unknown()
    of = np.array(families)
    value = difference(np.ones(len(of), bool))
    without = np.array([difference(of != name) for name in names])
    reach = NORMAL_95 * float(np.sqrt(np.square(without - value).sum()))
    return Interval(value=value, low=value - reach, high=value + reach, n=len(of))


def _fad(real: Embedding, found: Embedding) -> Fad:
    value, references, count, dimensions = frechet(real, found)
    return Fad(value=value, references=references, judged=count, dimensions=dimensions)


def _halves(real: Embedding, families: Sequence[str], seed: int) -> Fad:
    """One half of the families against the other: what FD says of nothing but chance, at half the size."""
    names = np.random.default_rng(seed).permutation(sorted(set(families)))
    first = set(names[: len(names) // 2].tolist())
    inside = np.array([family in first for family in families])
    if min(inside.sum(), (~inside).sum()) < 2:
        return Fad(value=0.0, references=int(inside.sum()), judged=int((~inside).sum()), dimensions=real.shape[1])
    return _fad(real[inside], real[~inside])
