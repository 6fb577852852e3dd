"""Prints the tables of ``hobnail_plugins.aht.levels``: ``python scripts/measure_levels.py BUNDLE``.

Every event is played on a few materials, with a few seeds, at middling force. ``LOUD_DB`` is how loud the procedural
engine's one-shots are; ``LEVEL_DB`` by how much its sustained voices are louder than the bundle's. Medians, RMS in dB.
"""

import sys

import numpy as np

from hobnail.audio import RATE_HZ
from hobnail.contracts import Engine, EventSpec, Float32, VoiceInput, VoiceStart
from hobnail.scene import Contact, Emitter
from hobnail_native import SynthRenderer
from hobnail_plugins.aht.engine import AhtEngine
from hobnail_plugins.aht.levels import level_db, loudest_db
from hobnail_plugins.aht.settings import AhtConfig
from hobnail_plugins.procedural.engine import ProceduralEngine

MATERIALS = ("wood", "stone", "metal", "gravel", "water", "cloth")
SEEDS = range(4)
EACH = [(material, seed) for material in MATERIALS for seed in SEEDS]
CONTROLS = {"pitch": 0.5, "intensity": 0.5, "texture": 0.5}


def sound(engine: Engine, event: EventSpec, material: str, seed: int) -> Float32:
    """float32 [frames]: a whole one-shot, or two seconds."""
    contact = Contact(material=material)
    step = engine.start(
        VoiceStart(
            voice=1, event=event, emitter=Emitter(id="it"), contact=contact, controls=CONTROLS, features={}, seed=seed
        )
    )
    synth, pieces, frames = SynthRenderer(seed), [], 0
    while True:
        block = step.block
        if block.samples is None:
            synth.play(block.patch, block.frames, last=block.last)
        pieces.append(synth.render(block.frames) if block.samples is None else block.samples)
        frames += block.frames
        if block.last or frames > 2 * RATE_HZ:
            return np.concatenate(pieces)
        given = VoiceInput(1, step.state, CONTROLS, {}, contact, stopping=False)
        (step,) = engine.step([given])


def steady_db(samples: Float32) -> float:
    """RMS of a sustained sound's second second, dB of full scale."""
    return float(10.0 * np.log10(np.mean(samples[RATE_HZ:] ** 2) + 1e-12))


def main() -> None:
    """Measure and print."""
    neural, rules = AhtEngine(AhtConfig(bundle=sys.argv[1], takes=0)), ProceduralEngine()
    neural.prepare()
    known = {event.name: event for event in rules.spec.events}
    print("LOUD_DB")
    for event in neural.spec.events:
        if event.name in known and event.kind == "one_shot":
            show(event.name, [loudest_db(sound(rules, known[event.name], *each)) for each in EACH])
    print("LEVEL_DB")
    for event in neural.spec.events:
        if event.name in known and event.kind == "sustained":
            away = [
                steady_db(sound(rules, known[event.name], *each)) - steady_db(sound(neural, event, *each))
                for each in EACH
            ]
            show(event.name, [each + level_db(event.name) for each in away])


def show(name: str, found: list[float]) -> None:
    """One line of a table."""
    low, middle, high = np.percentile(found, (10, 50, 90))
    print(f'    "{name}": {middle:.1f},  # 10 % .. 90 %: {low:.1f} .. {high:.1f}')


if __name__ == "__main__":
    main()
