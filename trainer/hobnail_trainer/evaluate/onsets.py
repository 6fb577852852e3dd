"""Do things begin when they should? Onsets heard in voices of scenes, against the events that were simulated.

Onsets are found by the corpus's detector (spectral flux). An event and an onset that lie at most so many milliseconds
apart may be matched, each once. Detector and codec are late by a constant, taken off: the median over what is matched
in the codec's own copies. F1 counts over all voices; its interval draws scenes again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import torch

from hobnail.audio import HOP_FRAMES, RATE_HZ
from hobnail_trainer.codec.model import Interval
from hobnail_trainer.corpus.attributes import onset_frames
from hobnail_trainer.corpus.sound import Samples
from hobnail_trainer.evaluate.held import window
from hobnail_trainer.evaluate.maker import Maker, Way
from hobnail_trainer.evaluate.model import Onsets
from hobnail_trainer.feed.cues import contacts_told
from hobnail_trainer.feed.model import Entry
from hobnail_trainer.feed.store import FeedStore
from hobnail_trainer.model.generate import Told

TOLERANCES_MS: Final = (25, 50, 100)
STRIKERS: Final = ("boots", "thing_", "door")
"""How emitters of scenes that strike are named; what rolls, slides, rains or drips has no moment to be matched."""
HOPS: Final = 376  #: 4 s of each scene
LEAD: Final = 12_000  #: of silence before, so that a beginning at once is heard as one
FEWEST: Final = 2  #: events in those 4 s
DRAWS: Final = 1000

Times = list[float]  #: ms, rising


@dataclass(frozen=True, slots=True)
class SceneVoice:
    """An emitter of a scene."""

    entry: Entry
    latents: np.ndarray  #: float32 [HOPS, dimensions], the true ones
    events: Times


def scene_voices(store: FeedStore, count: int) -> list[SceneVoice]:
    """Emitters that strike, in the feed's order; none where the feed has no scenes."""
    part = store.parts.get("scenes")
    found: list[SceneVoice] = []
    for entry in part.index.entries if part else ():
        events = [1000.0 * hop * HOP_FRAMES / RATE_HZ for hop in entry.onsets if hop < HOPS - 8]
        strikes = entry.id.rpartition("/")[2].startswith(STRIKERS)
        if part and strikes and entry.hops >= HOPS and len(events) >= FEWEST and len(found) < count:
            rows = np.asarray(part.latents[entry.first : entry.first + HOPS], np.float32)
            found.append(SceneVoice(entry, rows, events))
    return found


def told_of(store: FeedStore, voices: Sequence[SceneVoice], before: int, *, dealt: bool = False, lead: int = 0) -> Told:
    """Words and sights, ``before`` hops of sight before the voice; ``dealt``: each sees another voice's scene.

    ``lead``: hops that sights are before their time, as of a film shown early."""
    part, texts = store.parts["scenes"], store.texts
    assert texts is not None  # held.py has seen to it
    scene, pixels, cue = [], [], []
    for number, _ in enumerate(voices):
        entry = voices[(number + 1) % len(voices) if dealt else number].entry
        known = np.asarray(part.scene[entry.first : entry.first + HOPS], np.float32)[lead:]
        cells = np.asarray(part.pixels[entry.pixels : entry.pixels + HOPS], np.float32)[lead:]
        scene.append(np.pad(known, ((before, lead), (0, 0))))
        pixels.append(np.pad(cells, ((before, lead), (0, 0), (0, 0))))
        loud = np.asarray(part.latents[entry.first : entry.first + entry.hops, 0], np.float32)
        chance = np.random.default_rng(number)
        cue.append(contacts_told(entry.onsets, loud, lead - before, before + HOPS, float(store.silence[0]), chance))
    places = [texts.places[voice.entry.words.exact] for voice in voices]
    text = torch.from_numpy(np.asarray(texts.rows[places], np.float32))
    seen = torch.arange(text.shape[1]) < torch.from_numpy(texts.tokens[places])[:, None]
    sight = torch.zeros(len(voices), before + HOPS, dtype=torch.bool)
    sight[:, before:] = True
    game, camera, contacts = (torch.from_numpy(np.stack(each)) for each in (scene, pixels, cue))
    return Told(text, seen, game, camera, sight, contacts)


def measure_onsets(
    maker: Maker, store: FeedStore, *, voices: int, ways: Sequence[tuple[str, Way]], seed: int
) -> tuple[list[Onsets], float]:
    """Rows: the codec's copies, the network in each way, with another's scene, without sight; and the offset, ms."""
    chosen = scene_voices(store, voices)
    if not chosen:
        return [], 0.0
    names = [voice.entry.id for voice in chosen]
    before = maker.network.spec.vision_hops
    copies = [_heard(maker, voice.latents, seed) for voice in chosen]
    late = [each - event for voice, heard in zip(chosen, copies, strict=True) for event, each in _pairs(voice, heard)]
    offset = float(np.median(late)) if late else 0.0
    rows = [_row("codec", chosen, copies, offset)]
    main = ways[0][1]

    def told(way: Way, *, dealt: bool = False) -> Told:
        lead = maker.network.spec.sight_lag if way.horizon is None else 0
        return told_of(store, chosen, before, dealt=dealt, lead=lead)

    seen = told(main)
    for name, what, way in [
        *((name, told(way), way) for name, way in ways),
        ("another's scene", told(main, dealt=True), main),
        ("no sight", Told(seen.text, seen.text_seen), main),
    ]:
        made = maker.latents(what, names, HOPS, way, seed)
        rows.append(_row(name, chosen, [_heard(maker, latents, seed) for latents in made], offset))
    return rows, offset


def matched(events: Times, heard: Times, tolerance: float) -> list[tuple[float, float]]:
    """The most pairs at most so far apart, each used once; both rise, so the earliest that fit are the most."""
    pairs, place = [], 0
    for event in events:
        while place < len(heard) and heard[place] < event - tolerance:
            place += 1
        if place < len(heard) and heard[place] <= event + tolerance:
            pairs.append((event, heard[place]))
            place += 1
    return pairs


def _pairs(voice: SceneVoice, heard: Times) -> list[tuple[float, float]]:
    return matched(voice.events, heard, float(TOLERANCES_MS[-1]))


def _heard(maker: Maker, latents: np.ndarray, seed: int) -> Times:
    samples: Samples = window(maker.sound(latents, seed), HOPS * HOP_FRAMES)
    if not samples.any():
        return []
    found = onset_frames(np.concatenate([np.zeros(LEAD, np.float32), samples]))[1:]  # the first is the cut itself
    return [1000.0 * (frame - LEAD) / RATE_HZ for frame in found]


def _row(name: str, voices: Sequence[SceneVoice], heard: Sequence[Times], offset: float) -> Onsets:
    moved = [[each - offset for each in times] for times in heard]
    sizes = np.array([(len(voice.events), len(times)) for voice, times in zip(voices, moved, strict=True)])
    picks = np.random.default_rng(0).integers(0, len(voices), (DRAWS, len(voices)))
    scores = {}
    for tolerance in TOLERANCES_MS:
        hits = np.array(
            [len(matched(voice.events, times, float(tolerance))) for voice, times in zip(voices, moved, strict=True)]
        )
        drawn = 2.0 * hits[picks].sum(axis=1) / np.maximum(1, sizes[picks].sum(axis=(1, 2)))
        low, high = np.quantile(drawn, (0.025, 0.975))
        value = 2.0 * hits.sum() / max(1, sizes.sum())
        scores[str(tolerance)] = Interval(value=float(value), low=float(low), high=float(high), n=len(voices))
    events, many = (int(each) for each in sizes.sum(axis=0))
    return Onsets(name=name, voices=len(voices), events=events, heard=many, f1=scores)
