"""Prints what ``LEVEL_DB`` of the neural engine should hold: ``python scripts/measure_levels.py BUNDLE``.

Every event is played by both engines on a few materials, with a few seeds, at middling force. Compared is the loudest
50 ms of a one-shot and the mean of a sustained voice's second second, as RMS in dB; the median difference is printed.
"""

import sys

import numpy as np

from hobnail.audio import RATE_HZ
from hobnail.contracts import Engine, EventSpec, Float32, VoiceInput, VoiceStart
from hobnail.scene import Contact, Emitter
from hobnail_native import SynthRenderer
from hobnail_plugins.aht.engine import AhtEngine
from hobnail_plugins.aht.levels import level_db
from hobnail_plugins.aht.settings import AhtConfig
from hobnail_plugins.procedural.engine import ProceduralEngine

MATERIALS = ("wood", "stone", "metal", "gravel", "water", "cloth")
SEEDS = range(4)
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


def loudness_db(samples: Float32, kind: str) -> float:
    """Of its loudest 50 ms, or of its second second."""
    window = RATE_HZ // 20
    if kind == "sustained":
        return float(10.0 * np.log10(np.mean(samples[RATE_HZ:] ** 2) + 1e-12))
    power = np.convolve(samples**2, np.ones(window) / window, mode="same")
    return float(10.0 * np.log10(power.max() + 1e-12))


def main() -> None:
    """Measure and print."""
    neural, rules = AhtEngine(AhtConfig(bundle=sys.argv[1], takes=0)), ProceduralEngine()
    neural.prepare()
    known = {event.name: event for event in rules.spec.events}
    for event in neural.spec.events:
        if event.name not in known:
            continue
        found = [
            loudness_db(sound(rules, known[event.name], material, seed), event.kind)
            - loudness_db(sound(neural, event, material, seed), event.kind)
            for material in MATERIALS
            for seed in SEEDS
        ]
        low, middle, high = np.percentile(found, (10, 50, 90)) + level_db(event.name)
        print(f'    "{event.name}": {middle:.1f},  # 10 % .. 90 %: {low:.1f} .. {high:.1f}')


if __name__ == "__main__":
    main()
