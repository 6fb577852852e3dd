"""When things sound: events that were scheduled, and those of simulated scenes (:mod:`scene_sync`).

*Scheduled*: an offline session with the engine, events at frames that are no multiple of anything, one emitter; the
first sample above -40 dB of the event's own top is when it sounds. *In a running voice*: the same while the emitter's
ambience sounds; what it alone would have been is subtracted, as a voice is the same in any company.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final

import numpy as np

from hobnail.audio import RATE_HZ
from hobnail.commands import PutEmitter, TriggerEvent
from hobnail.config import Config, SessionConfig
from hobnail.host import Host
from hobnail.offline import OfflineSession
from hobnail.scene import Contact, EmitterSettings
from hobnail_trainer.corpus.model import Split
from hobnail_trainer.evaluate.onsets import Times
from hobnail_trainer.scenes.store import read_scene, scene_folders
from hobnail_trainer.suite.model import Sync
from hobnail_trainer.suite.onsets import sync_row
from hobnail_trainer.suite.player import Player
from hobnail_trainer.suite.scene_sync import by_features, by_reader, by_sight, striking

BETWEEN: Final = 5 * RATE_HZ  #: two scheduled events: longer than any one-shot rings
QUIET: Final = 1e-2  #: of an event's own top: below, it has not begun
SURFACES: Final = (("footstep", "gravel"), ("impact", "metal"), ("footstep", "wood"), ("impact", "glass"))


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
    tell("sync: events in a running voice")
    times, heard = scheduled(bundle, events, seed, running=True)
    rows.append(sync_row("in a running voice", "events", [[each] for each in times], [[each] for each in heard]))
    not_run = {"recordings of OpenArena": "there is no reader of them here yet"}
    folders = scene_folders(scenes, "validation" if split == "test" else split)[:most_scenes] if scenes else ()
    if not folders:
        not_run |= dict.fromkeys(("frame features alone", "pixels alone"), "no scenes were given (--scenes-in)")
        return Sync(rows=rows, not_run=not_run)
    loaded = [read_scene(folder) for folder in folders]
    voices = [voice for number, scene in enumerate(loaded) for voice in striking(number, scene)]
    if voices:
        tell("sync: frame features alone")
        rows += by_features(player, voices, seed)
        tell("sync: pixels alone")
        rows += by_sight(bundle, voices, seed)
    rows += by_reader(loaded)
    return Sync(rows=rows, not_run=not_run)


def scheduled(bundle: Path, count: int, seed: int, *, running: bool = False) -> tuple[Times, Times]:
    """When events were due and when they sounded, ms. Takes made ahead play no part offline.

    ``running``: the emitter's ambience sounds meanwhile."""
    config = Config(session=SessionConfig(engine="aht"), engine={"aht": {"bundle": str(bundle)}})
    chance = np.random.default_rng(seed)
    frames = [RATE_HZ + number * BETWEEN + int(chance.integers(1, 4801)) for number in range(count)]
    commands: list[PutEmitter | TriggerEvent] = [PutEmitter(emitter="it", settings=EmitterSettings(), at_frame=0)]
    if running:
        commands.append(TriggerEvent(emitter="it", name="ambience", action="start", seed=seed, at_frame=0))
    alone = list(commands)
    for number, frame in enumerate(frames):
        name, material = SURFACES[number % len(SURFACES)]
        commands.append(
            TriggerEvent(emitter="it", name=name, contact=Contact(material=material), seed=number + 1, at_frame=frame)
        )

    def rendered(what: list[PutEmitter | TriggerEvent]) -> np.ndarray:
        session = OfflineSession(config, host=Host.discovered())
        return np.concatenate(list(session.render(what, frames=frames[-1] + BETWEEN)))

    mix = rendered(commands) - rendered(alone) if running else rendered(commands)
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
