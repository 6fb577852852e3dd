"""Voices of simulated scenes: are their events heard when a game or a camera shows them?

*Features alone*: emitters that strike, each a sustained voice that hears its words and sees its features tick by tick;
onsets by the corpus's detector, whose lateness is measured on the scenes' own stems and taken off. *Pixels alone*: the
same voices, that see the scene's pictures and nothing else, causal or with a lead. *Pixels alone, all known*: what the
film reader finds in a scene's pictures, which is when its one-shots are played.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from hobnail.audio import RATE_HZ
from hobnail.film.onsets import DEFAULT_THRESHOLD, find_onsets, live_onsets
from hobnail.scene import IMPULSE, SCENE_FEATURES
from hobnail_trainer.corpus.attributes import onset_frames
from hobnail_trainer.corpus.sound import Samples
from hobnail_trainer.evaluate.onsets import LEAD, STRIKERS, Times
from hobnail_trainer.scenes.model import PICTURE_HZ, TICK_HZ, Pictures, Scene
from hobnail_trainer.scenes.onsets import contacts, motion_in
from hobnail_trainer.suite.listening import seed_of
from hobnail_trainer.suite.model import SyncRow
from hobnail_trainer.suite.onsets import sync_row
from hobnail_trainer.suite.player import Ask, Features, Player, open_player

SECONDS: Final = 4
FEWEST: Final = 2  #: events of a scene's voice
LEAD_MS: Final = 80.0  #: of a film, as far as vision was trained to look ahead


@dataclass(frozen=True, slots=True)
class SceneVoice:
    """An emitter of a scene that strikes."""

    scene: int
    prompt: str
    features: np.ndarray  #: float32 [ticks, features]
    events: Times
    stem: Samples
    pictures: Pictures


def striking(number: int, scene: Scene) -> Iterator[SceneVoice]:
    """Emitters with two events or more in the first four seconds; what rolls, slides, rains or drips has no moment."""
    frames = SECONDS * RATE_HZ
    for place, emitter in enumerate(scene.card.emitters):
        events = [
            1000.0 * event.at / RATE_HZ
            for event in scene.card.events
            if event.emitter == emitter.id and event.action == "trigger" and event.at < frames - RATE_HZ // 10
        ]
        if emitter.id.startswith(STRIKERS) and len(events) >= FEWEST and scene.card.duration_frames >= frames:
            ticks = scene.features[place, : SECONDS * TICK_HZ]
            yield SceneVoice(number, emitter.words.exact, ticks, events, scene.stems[place, :frames], scene.pictures)


def by_features(player: Player, voices: Sequence[SceneVoice], seed: int) -> list[SyncRow]:
    """Rows of the stems themselves, of voices that are told features, another's, and none."""
    late = _lateness(voices)
    others = [*voices[1:], voices[0]]
    rows = [
        _row("the scenes' own stems", "the detector's ceiling", voices, [heard_onsets(v.stem) for v in voices], late)
    ]
    for name, seen in (
        ("frame features alone", [_ticks(voice.features) for voice in voices]),
        ("another's features", [_ticks(voice.features) for voice in others]),
        ("nothing seen", [None] * len(voices)),
    ):
        heard = [
            _heard(player, place, voice, seed, look)
            for place, (voice, look) in enumerate(zip(voices, seen, strict=True))
        ]
        rows.append(_row(name, "a running voice", voices, heard, late))
    return rows


def by_sight(bundle: Path, voices: Sequence[SceneVoice], seed: int) -> list[SyncRow]:
    """Rows of voices that see pictures: only those that were shown, 80 ms further, and those of another scene."""
    late = _lateness(voices)
    far = len(voices) // 2
    others = [*voices[far:], *voices[:far]]
    rows = []
    for name, lead_ms, shown in (
        ("pixels alone, causal", 0.0, voices),
        (f"pixels alone, {LEAD_MS:g} ms ahead", LEAD_MS, voices),
        ("another's pixels, causal", 0.0, others),
    ):
        player, heard = open_player(bundle, lead_ms=lead_ms), []
        for place, (voice, seen) in enumerate(zip(voices, shown, strict=True)):
            player.show(seen.pictures, RATE_HZ // PICTURE_HZ)
            heard.append(_heard(player, place, voice, seed))
        rows.append(_row(name, "a running voice", voices, heard, late))
    return rows


def by_reader(scenes: Sequence[Scene]) -> list[SyncRow]:
    """What the film reader finds in scenes' pictures, all of them known and as they come."""
    wanted, found, live = [], [], []
    for scene in scenes:
        wanted.append([1000.0 * at / RATE_HZ for at in sorted(contacts(scene))])
        motion = motion_in(scene)
        seen = find_onsets(motion, scene.card.duration_frames, threshold=DEFAULT_THRESHOLD)
        found.append([1000.0 * each.at / RATE_HZ for each in seen])
        live.append([1000.0 * each.at / RATE_HZ for each in live_onsets(motion)])
    return [
        sync_row("pixels alone, all known", "the film reader's events", wanted, found),
        sync_row("pixels alone, as they come", "the live reader's events", wanted, live),
    ]


def _lateness(voices: Sequence[SceneVoice]) -> float:
    """Of the detector, ms: the median over the stems' own onsets."""
    late = [
        found - event
        for voice in voices
        for found in heard_onsets(voice.stem)
        for event in voice.events
        if abs(found - event) <= 100.0
    ]
    return float(np.median(late)) if late else 0.0


def _heard(player: Player, place: int, voice: SceneVoice, seed: int, look: Features | None = None) -> Times:
    ask = Ask(voice.prompt, seed_of(f"scene {place}", seed), "ambience")
    return heard_onsets(player.sustained(ask, SECONDS * RATE_HZ, look))


def _row(name: str, of: str, voices: Sequence[SceneVoice], heard: Sequence[Times], late: float) -> SyncRow:
    events, groups = [voice.events for voice in voices], [voice.scene for voice in voices]
    return sync_row(name, of, events, [[each - late for each in times] for times in heard], groups=groups)


def heard_onsets(samples: Samples) -> Times:
    """By the corpus's detector, ms; a beginning at once is heard as one."""
    peak = float(np.abs(samples).max(initial=0.0))
    if peak < 1e-4:
        return []
    led = np.concatenate([np.zeros(LEAD, np.float32), samples / np.float32(peak)])
    return [1000.0 * (frame - LEAD) / RATE_HZ for frame in onset_frames(led)[1:]]


def _ticks(features: np.ndarray) -> Features:
    """What a voice that looks at rising frames has been told by a game: the newest tick, unknown columns left out.

    Impulses of ticks between two looks add up, as a session adds them."""
    told = [
        {name: float(value) for name, value in zip(SCENE_FEATURES, row, strict=True) if np.isfinite(value)}
        for row in features
    ]
    looked = -1

    def look(frame: int) -> Mapping[str, float]:
        nonlocal looked
        now = min(len(told) - 1, frame * TICK_HZ // RATE_HZ)
        blows = sum(tick.get(IMPULSE, 0.0) for tick in told[looked + 1 : now])
        looked, newest = now, told[now]
        return {**newest, IMPULSE: newest.get(IMPULSE, 0.0) + blows} if blows else newest

    return look
