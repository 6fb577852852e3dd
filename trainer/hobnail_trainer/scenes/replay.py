"""A scene as a trace, so that any engine can play it and be compared with the recordings."""

from __future__ import annotations

import numpy as np
from msgspec import UNSET

from hobnail.audio import RATE_HZ
from hobnail.scene import SCENE_FEATURES, EmitterSettings
from hobnail.trace import FORMAT, VERSION, Trace, TraceEmitter, TraceEvent, TraceFrame, TraceHeader, TraceItem
from hobnail_trainer.scenes.model import TICK_FRAMES, TICK_HZ, Scene, SceneEmitter


def scene_trace(scene: Scene) -> Trace:
    """Emitters, features and events of a scene; its pictures and sound stay behind."""
    card = scene.card
    header = TraceHeader(
        format=FORMAT,
        version=VERSION,
        rate_hz=RATE_HZ,
        tick_hz=float(TICK_HZ),
        duration_frames=card.duration_frames,
        title=card.words.exact,
        licence="Apache-2.0",
        made_with=f"hobnail scenes, {card.situation}, {card.split}, seed {card.seed}",
        columns=SCENE_FEATURES,
    )
    frames = [_frame(scene, tick) for tick in range(scene.features.shape[1])]
    order = (TraceFrame, TraceEvent)
    items: list[TraceItem] = sorted([*frames, *card.events], key=lambda item: (item.at, order.index(type(item))))
    return Trace(header=header, emitters=tuple(_emitter(emitter) for emitter in card.emitters), items=tuple(items))


def _emitter(emitter: SceneEmitter) -> TraceEmitter:
    settings = EmitterSettings(
        prompt=emitter.words.exact,
        material=emitter.material,
        mass_kg=UNSET if emitter.mass_kg is None else emitter.mass_kg,
        size_m=UNSET if emitter.size_m is None else emitter.size_m,
    )
    return TraceEmitter(id=emitter.id, settings=settings)


def _frame(scene: Scene, tick: int) -> TraceFrame:
    rows = {
        emitter.id: tuple(None if np.isnan(value) else float(value) for value in scene.features[number, tick])
        for number, emitter in enumerate(scene.card.emitters)
    }
    return TraceFrame(at=tick * TICK_FRAMES, rows=rows)
