"""How loud a bundle's events are: played on a few materials with a few seeds, at middling force, and measured.

One-shots are turned towards what the procedural engine makes of the same event; sustained events are turned up by what
they lack of it, and held at it, so that both engines stand beside each other.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import numpy as np

from hobnail.audio import RATE_HZ
from hobnail.contracts import Block, Engine, EventSpec, Float32, Step, VoiceInput, VoiceStart
from hobnail.scene import Contact, Emitter
from hobnail_native import SynthRenderer
from hobnail_plugins.aht.engine import AhtEngine
from hobnail_plugins.aht.levels import loudest_db
from hobnail_plugins.aht.manifest import Levels
from hobnail_plugins.aht.settings import AhtConfig
from hobnail_plugins.procedural.engine import ProceduralEngine

MATERIALS: Final = ("wood", "stone", "metal", "gravel")
SEEDS: Final = 3
CONTROLS: Final = {"pitch": 0.5, "intensity": 0.5, "texture": 0.5}
SECONDS: Final = 2
"""Of a sustained event; the second one is measured."""

MOST_OVER_DB: Final = 12.0
"""By so much a take of ten may lie above the middle one once it is turned: a loud one hurts more than a faint one."""

MOST_DB: Final = 24.0


def levels_of(folder: Path) -> Levels:
    """Of a bundle whose manifest has no levels yet. Raises BundleError, PluginError.

    An event without a rule (``sound``, ``ambience``) has none.
    """
    neural, rules = AhtEngine(AhtConfig(bundle=str(folder), device="cpu", takes=0)), ProceduralEngine()
    neural.prepare()
    rules.prepare()
    known = {event.name: event for event in rules.spec.events}
    one_shot_db, sustained_db, steady_db = dict[str, float](), dict[str, float](), dict[str, float]()
    for event in neural.spec.events:
        rule = known.get(event.name)
        if rule is None:
            continue
        wanted = [_level_db(event, sound) for sound in sounds(rules, rule)]
        if event.kind == "one_shot":
            one_shot_db[event.name] = round(float(np.median(wanted)), 1)
            continue
        made = [_level_db(event, sound) for sound in sounds(neural, event)]
        up_db = lacking_db(wanted, made)
        sustained_db[event.name] = round(up_db, 1)
        steady_db[event.name] = round(float(np.median(wanted)) - up_db, 1)
    return Levels(one_shot_db=one_shot_db, sustained_db=sustained_db, steady_db=steady_db)


def lacking_db(wanted: Sequence[float], made: Sequence[float]) -> float:
    """What an event is to be turned up by: the middle of what its takes lack, less where their levels lie far apart."""
    lacks = np.array(wanted) - np.array(made)
    low, middle = np.percentile(lacks, (10, 50))
    return float(np.clip(min(middle, low + MOST_OVER_DB), -MOST_DB, MOST_DB))


def sounds(engine: Engine, event: EventSpec) -> list[Float32]:
    """Whole one-shots, or SECONDS of a sustained event: of every material and seed, float32 [frames] each."""
    each = [(material, seed) for material in MATERIALS for seed in range(SEEDS)]
    voices = [_Sounding(engine, event, Contact(material=material), seed) for material, seed in each]
    while going := [voice for voice in voices if not voice.over]:
        steps = engine.step([voice.asking() for voice in going])
        for voice, step in zip(going, steps, strict=True):
            voice.take(step)
    return [np.concatenate(voice.pieces) for voice in voices]


class _Sounding:
    """A voice that is played by hand."""

    def __init__(self, engine: Engine, event: EventSpec, contact: Contact, seed: int) -> None:
        self.contact, self.seed = contact, seed
        self.pieces: list[Float32] = []
        self.over = False
        self._frames = 0
        self._synth = SynthRenderer(seed)
        self._most = SECONDS * RATE_HZ
        features: Mapping[str, float] = {}
        self.take(
            engine.start(
                VoiceStart(
                    voice=seed,
                    event=event,
                    emitter=Emitter(id="it"),
                    contact=contact,
                    controls=CONTROLS,
                    features=features,
                    seed=seed,
                )
            )
        )

    def asking(self) -> VoiceInput:
        return VoiceInput(self.seed, self._state, CONTROLS, {}, self.contact, stopping=False)

    def take(self, step: Step) -> None:
        self._state = step.state
        self.pieces.append(self._heard(step.block))
        self._frames += step.block.frames
        self.over = step.block.last or self._frames >= self._most

    def _heard(self, block: Block) -> Float32:
        if block.samples is not None:
            return block.samples
        assert block.patch is not None
        self._synth.play(block.patch, block.frames, last=block.last)
        return self._synth.render(block.frames)


def _level_db(event: EventSpec, sound: Float32) -> float:
    """RMS of a one-shot's loudest 50 ms, or of a sustained sound's second second, dB of full scale."""
    if event.kind == "one_shot":
        return loudest_db(sound)
    return float(10.0 * np.log10(np.mean(np.square(sound[RATE_HZ:], dtype=np.float64)) + 1e-12))
