"""From recordings to sequences on paper: leads in turn, what is made around them, a bed, a room, a pitch, a level."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from hobnail.audio import RATE_HZ
from hobnail_trainer.compose.kinds import KINDS
from hobnail_trainer.compose.model import ComposeSettings, Draft, Loop, Score
from hobnail_trainer.compose.roles import SHORTEST_BED_S, has_its_own_room, is_outdoors
from hobnail_trainer.compose.rooms import Room
from hobnail_trainer.compose.shelf import Beside, Shelf
from hobnail_trainer.compose.words import sequence_captions
from hobnail_trainer.corpus.model import Clip, Split

LOUDEST_LUFS = -15.0
SOFTEST_LUFS = -30.0
BED_BELOW_DB = (5.0, 20.0)
TAIL_S = 0.4  # left after the last event for the room


def plan(
    split: Split, shelf: Shelf, rooms: Sequence[Room], settings: ComposeSettings, *, seconds: float
) -> Iterator[Score]:
    """Sequences of one split, at least ``seconds`` of them together; the same arguments give the same sequences."""
    order = ("train", "validation", "test").index(split)
    chance = np.random.default_rng([settings.seed, order])
    frames, number = 0, 0
    while frames < seconds * RATE_HZ:
        score = _score(f"composed/{split}-{number:05d}", split, shelf, rooms, settings, chance)
        number += 1
        frames += score.frames
        yield score


def _score(
    id: str, split: Split, shelf: Shelf, rooms: Sequence[Room], settings: ComposeSettings, chance: np.random.Generator
) -> Score:
    lead = shelf.lead(chance)
    seconds = float(chance.uniform(settings.shortest_s, settings.longest_s))
    beside = shelf.beside(lead, chance)
    draft = KINDS[shelf.role(lead)](beside, chance, lead, seconds)
    clips = [*(hit.clip for hit in draft.hits), *((draft.loop,) if draft.loop else ())]
    bed = _bed(beside, chance, lead, draft) if chance.random() < settings.bed else None
    outdoors = any(is_outdoors(clip) for clip in (lead, *([bed] if bed else [])))
    room = _room(rooms, chance, clips, settings.dry, outdoors=outdoors)
    length_s = float(np.clip(draft.seconds + (TAIL_S if room else 0.0), settings.shortest_s, settings.longest_s))
    frames = round(length_s * RATE_HZ)
    pitch = float(chance.uniform(-settings.most_semitones, settings.most_semitones))
    shelf.take([*clips, *([bed] if bed else [])])
    return Score(
        id=id,
        kind=draft.kind,
        split=split,
        frames=frames,
        category=draft.category,
        materials=draft.materials,
        captions=sequence_captions(draft, room.words if room else "", bed.captions.exact if bed else ""),
        hits=tuple(hit for hit in draft.hits if hit.onset_s < length_s - 0.1),
        front=Loop(draft.loop, _start(chance, draft.loop, frames), 0.0) if draft.loop else None,
        bed=Loop(bed, _start(chance, bed, frames), -float(chance.uniform(*BED_BELOW_DB))) if bed else None,
        pitch_semitones=round(pitch, 3) if chance.random() < settings.pitched else 0.0,
        room=room,
        loudness_lufs=float(chance.uniform(SOFTEST_LUFS, LOUDEST_LUFS)),
    )


def _bed(beside: Beside, chance: np.random.Generator, lead: Clip, draft: Draft) -> Clip | None:
    """A texture of another kind behind it. What is heard under a roof has no sky behind it."""
    under_roof = lead.category == "door" or "floor" in lead.captions.exact or "keyboard" in lead.captions.exact

    def fits(clip: Clip) -> bool:
        long = clip.frames >= SHORTEST_BED_S * RATE_HZ
        return long and clip.category != draft.category and not (under_roof and is_outdoors(clip))

    return beside.partner(chance, "texture", lead, fits)


def _room(
    rooms: Sequence[Room], chance: np.random.Generator, clips: Sequence[Clip], dry: float, *, outdoors: bool
) -> Room | None:
    """A room that fits, or none: for a share of the sequences, and where the recordings bring their own."""
    those = [room for room in rooms if room.outdoors or not outdoors]
    chosen = those[int(chance.integers(len(those)))] if those else None
    stays_dry = chance.random() < dry
    return None if stays_dry or any(has_its_own_room(clip) for clip in clips) else chosen


def _start(chance: np.random.Generator, clip: Clip, frames: int) -> int:
    """Where a texture begins: anywhere it need not be looped, else anywhere at all."""
    spare = clip.frames - frames - RATE_HZ
    return int(chance.integers(0, spare if spare > 0 else max(1, clip.frames // 2)))
