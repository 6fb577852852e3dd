"""When things sound: events that were scheduled, events that only frame features tell of, events that only pixels show.

*Scheduled*: an offline session with the engine, events at frames that are no multiple of anything, one emitter; the
first sample above -40 dB of the event's own top is when it sounds. *Features alone*: emitters of simulated scenes that
strike, each a sustained voice that hears its words and sees its features tick by tick; onsets by the corpus's detector,
whose lateness is measured on the scenes' own stems and taken off. *Pixels alone*: what the film reader finds in a
scene's pictures with all of it known, which is when its one-shots are played; the network's own sight is not asked yet.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from hobnail.audio import RATE_HZ
from hobnail.commands import PutEmitter, TriggerEvent
from hobnail.config import Config, SessionConfig
from hobnail.film.onsets import DEFAULT_THRESHOLD, find_onsets
from hobnail.host import Host
from hobnail.offline import OfflineSession
from hobnail.scene import SCENE_FEATURES, Contact, EmitterSettings
from hobnail_trainer.corpus.attributes import onset_frames
from hobnail_trainer.corpus.model import Split
from hobnail_trainer.corpus.sound import Samples
from hobnail_trainer.evaluate.onsets import LEAD, STRIKERS, Times
from hobnail_trainer.scenes.model import TICK_HZ, Scene
from hobnail_trainer.scenes.onsets import contacts, rows_of
from hobnail_trainer.scenes.store import read_scene, scene_folders
from hobnail_trainer.suite.listening import seed_of
from hobnail_trainer.suite.model import Sync, SyncRow
from hobnail_trainer.suite.onsets import sync_row
from hobnail_trainer.suite.player import Ask, Player

BETWEEN: Final = 5 * RATE_HZ  #: two scheduled events: longer than any one-shot rings
QUIET: Final = 1e-2  #: of an event's own top: below, it has not begun
SURFACES: Final = (("footstep", "gravel"), ("impact", "metal"), ("footstep", "wood"), ("impact", "glass"))
SECONDS: Final = 4
FEWEST: Final = 2  #: events of a scene's voice


@dataclass(frozen=True, slots=True)
class SceneVoice:
    """An emitter of a scene that strikes."""

    scene: int
    prompt: str
    features: np.ndarray  #: float32 [ticks, features]
    events: Times
    stem: Samples


def measure_sync(  # noqa: PLR0913 - who plays, what, and how much of it
    player: Player,
    bundle: Path,
    scenes: Path | None,
    split: Split,
    *,
    events: int,
    most_scenes: int,
    seed: int,
    tell: Callable[[str], None],
) -> Sync:
    """Rows of every way that could be run; ``scenes``: a folder of simulated ones. Raises SceneError, TrainerError."""
    tell("sync: scheduled events")
    times, heard = scheduled(bundle, events, seed)
    rows = [sync_row("scheduled", "events", [[each] for each in times], [[each] for each in heard])]
    not_run = {
        "recordings of OpenArena": "there is no reader of them here yet",
        "pixels alone, by the network's own sight": "not built yet; the film reader stands in",
    }
    folders = scene_folders(scenes, "validation" if split == "test" else split)[:most_scenes] if scenes else ()
    if not folders:
        not_run |= dict.fromkeys(("frame features alone", "pixels alone"), "no scenes were given (--scenes-in)")
        return Sync(rows=rows, not_run=not_run)
    loaded = [read_scene(folder) for folder in folders]
    voices = [voice for number, scene in enumerate(loaded) for voice in striking(number, scene)]
    if voices:
        tell("sync: frame features alone")
        rows += list(_by_features(player, voices, seed))
    tell("sync: pixels alone")
    rows.append(_by_pixels(loaded))
    return Sync(rows=rows, not_run=not_run)


def scheduled(bundle: Path, count: int, seed: int) -> tuple[Times, Times]:
    """When events were due and when they sounded, ms. Takes made ahead play no part offline."""
    config = Config(session=SessionConfig(engine="aht"), engine={"aht": {"bundle": str(bundle)}})
    session = OfflineSession(config, host=Host.discovered())
    chance = np.random.default_rng(seed)
    frames = [RATE_HZ + number * BETWEEN + int(chance.integers(1, 4801)) for number in range(count)]
    commands: list[PutEmitter | TriggerEvent] = [PutEmitter(emitter="it", settings=EmitterSettings(), at_frame=0)]
    for number, frame in enumerate(frames):
        name, material = SURFACES[number % len(SURFACES)]
        commands.append(
            TriggerEvent(emitter="it", name=name, contact=Contact(material=material), seed=number + 1, at_frame=frame)
        )
    mix = np.concatenate(list(session.render(commands, frames=frames[-1] + BETWEEN)))
    mono = np.abs(mix).max(axis=1)
    heard = []
    for frame in frames:
        part = mono[frame - RATE_HZ // 4 : frame + RATE_HZ // 2]
        top = float(part.max())
        before = float(mono[frame - 96 : frame - 48].max())  # what still rings of the one before
        loud = np.flatnonzero(part > max(QUIET * top, 2.0 * before))
        at = frame - RATE_HZ // 4 + int(loud[0]) if top > 1e-4 and loud.size else frame + BETWEEN
        heard.append(1000.0 * at / RATE_HZ)
    return [1000.0 * frame / RATE_HZ for frame in frames], heard


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
            yield SceneVoice(number, emitter.words.exact, ticks, events, scene.stems[place, :frames])


def _by_features(player: Player, voices: Sequence[SceneVoice], seed: int) -> Iterator[SyncRow]:
    groups = [voice.scene for voice in voices]
    events = [voice.events for voice in voices]
    true = [heard_onsets(voice.stem) for voice in voices]
    late = [
        b - a
        for voice, found in zip(voices, true, strict=True)
        for a in voice.events
        for b in found
        if abs(b - a) <= 100.0
    ]
    offset = float(np.median(late)) if late else 0.0

    def row(name: str, of: str, heard: Sequence[Times]) -> SyncRow:
        return sync_row(name, of, events, [[each - offset for each in times] for times in heard], groups=groups)

    yield row("the scenes' own stems", "the detector's ceiling", true)
    others = [*voices[1:], voices[0]]
    for name, seen in (
        ("frame features alone", [_ticks(voice.features) for voice in voices]),
        ("another's features", [_ticks(voice.features) for voice in others]),
        ("nothing seen", [None] * len(voices)),
    ):
        heard = [
            heard_onsets(
                player.sustained(
                    Ask(voice.prompt, seed_of(f"scene {place}", seed), "ambience"), SECONDS * RATE_HZ, features
                )
            )
            for place, (voice, features) in enumerate(zip(voices, seen, strict=True))
        ]
        yield row(name, "a running voice", heard)


def heard_onsets(samples: Samples) -> Times:
    """By the corpus's detector, ms; a beginning at once is heard as one."""
    peak = float(np.abs(samples).max(initial=0.0))
    if peak < 1e-4:
        return []
    led = np.concatenate([np.zeros(LEAD, np.float32), samples / np.float32(peak)])
    return [1000.0 * (frame - LEAD) / RATE_HZ for frame in onset_frames(led)[1:]]


def _ticks(features: np.ndarray) -> Callable[[int], Mapping[str, float]]:
    """What a game would have told at a frame: one mapping a tick, unknown columns left out."""
    told = [
        {name: float(value) for name, value in zip(SCENE_FEATURES, row, strict=True) if np.isfinite(value)}
        for row in features
    ]
    return lambda frame: told[min(len(told) - 1, frame * TICK_HZ // RATE_HZ)]


def _by_pixels(scenes: Sequence[Scene]) -> SyncRow:
    wanted, found = [], []
    for scene in scenes:
        wanted.append([1000.0 * at / RATE_HZ for at in sorted(contacts(scene))])
        seen = find_onsets(rows_of(scene), scene.card.duration_frames, threshold=DEFAULT_THRESHOLD)
        found.append([1000.0 * each.at / RATE_HZ for each in seen])
    return sync_row("pixels alone, all known", "the film reader's events", wanted, found)
