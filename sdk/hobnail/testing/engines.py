"""The rules of an engine."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from hobnail.audio import RATE_HZ
from hobnail.contracts import Block, Engine, EngineSpec, EventSpec, Float32, Step, VoiceInput
from hobnail.scene import Contact
from hobnail.testing.rules import Rules
from hobnail.testing.voices import KNOWN_FEATURES, Scene, Take, play, sound_of

_AUDIBLE = 1e-4  # -80 dBFS, where the session says that a voice has begun
_LONGEST_TAIL_S = 30.0
_LONGEST_STOP_S = 10.0


def check_engine(engine: Engine, *, materials: Sequence[str] | None = None) -> None:
    """Raise :class:`ConformanceError` at the first rule that ``engine`` breaks; ``prepare`` is called here.

    ``materials``: which of the engine's to try; left out, its first, middle and last.
    """
    spec = engine.spec
    rules = Rules(getattr(spec, "id", type(engine).__name__))
    _check_spec(spec, rules)
    engine.prepare()
    tried = _some(spec.materials) if materials is None else tuple(materials)
    for event in spec.events:
        for scene in _scenes(spec, event, tried):
            _check_sound(engine, scene, rules)
        usual = _usual(spec, event, tried[0] if tried else None)
        _check_inputs_untouched(engine, usual, rules)
        _check_seeds(engine, usual, rules)
        _check_replay(engine, usual, rules)
        if event.kind == "sustained":
            _check_goes_on(engine, usual, rules)


def _check_spec(spec: EngineSpec, rules: Rules) -> None:
    rules.require(isinstance(spec, EngineSpec), "spec", f"spec is {type(spec).__name__}.", cure="Return an EngineSpec.")
    rules.require(bool(spec.events), "spec", "it has no events.", cure="Name at least one EventSpec.")
    for what, words in (
        ("events", [event.name for event in spec.events]),
        ("materials", list(spec.materials)),
        ("controls", list(spec.controls)),
    ):
        twice = sorted({word for word in words if words.count(word) > 1})
        rules.require(not twice, "spec", f"{what} name {', '.join(twice)} twice.", cure="Name each once.")
        rules.require(all(words), "spec", f"{what} hold an empty name.", cure="Remove it.")
    rules.require(
        16 <= spec.step_frames <= 4096,
        "spec",
        f"step_frames is {spec.step_frames}, expected 16 to 4096.",
        cure="512 suits most engines.",
    )


def _some(materials: Sequence[str]) -> tuple[str, ...]:
    if len(materials) <= 3:
        return tuple(materials)
    return (materials[0], materials[len(materials) // 2], materials[-1])


def _usual(spec: EngineSpec, event: EventSpec, material: str | None) -> Scene:
    controls = dict.fromkeys(("pitch", "intensity", "texture", *spec.controls), 0.5)
    contact = Contact(material=material, speed_m_s=2.0, slip_m_s=1.0, mass_kg=2.0, size_m=0.4)
    return Scene(event=event, contact=contact, controls=controls, features=KNOWN_FEATURES)


def _scenes(spec: EngineSpec, event: EventSpec, materials: Sequence[str]) -> Iterator[Scene]:
    """Ordinary ones, one where nothing is known, and the ends of every scale."""
    usual = _usual(spec, event, None)
    for material in materials:
        yield replace(usual, contact=replace_contact(usual.contact, material))
    yield replace(usual, contact=Contact(), features={})
    hardest = Contact(speed_m_s=50.0, slip_m_s=50.0, impulse_n_s=1e4, mass_kg=1e4, size_m=20.0, intensity=1.0)
    yield replace(usual, contact=hardest, controls=dict.fromkeys(usual.controls, 1.0))


def replace_contact(contact: Contact, material: str | None) -> Contact:
    """The same contact on another material."""
    return Contact(
        material=material,
        speed_m_s=contact.speed_m_s,
        slip_m_s=contact.slip_m_s,
        mass_kg=contact.mass_kg,
        size_m=contact.size_m,
    )


def _check_sound(engine: Engine, scene: Scene, rules: Rules) -> None:
    """It sounds, it is well-formed, and it ends when it should."""
    name, step_s = scene.event.name, engine.spec.step_frames / RATE_HZ
    if scene.event.kind == "one_shot":
        take = play(engine, scene, steps=int(_LONGEST_TAIL_S / step_s))
        rules.require(
            take.ended,
            "one-shots end",
            f"{name} still sounds after {_LONGEST_TAIL_S:.0f} s.",
            cure="Give a Block with last=True.",
        )
    else:
        take = play(engine, scene, steps=8 + int(_LONGEST_STOP_S / step_s), stop_after=8)
        rules.require(
            take.ended,
            "stop ends",
            f"{name} still sounds {_LONGEST_STOP_S:.0f} s after its stop.",
            cure="When VoiceInput.stopping is true, fade and then give last=True.",
        )
        for block in take.blocks[1:]:
            rules.require(
                block.frames == engine.spec.step_frames or block.last,
                "promised frames",
                f"a step of {name} gave {block.frames} frames, expected spec.step_frames, {engine.spec.step_frames}.",
                cure="Each step covers spec.step_frames; only the last may be shorter.",
            )
    peak = float(np.abs(_heard(take, scene, rules)).max(initial=0.0))
    rules.require(
        peak > _AUDIBLE,
        "audible",
        f"{name} on {scene.contact.material or 'an unknown material'} peaks at {peak:.2g}, expected above {_AUDIBLE}.",
        cure="Assume something plausible for what a Contact leaves unknown (None).",
    )


def _check_goes_on(engine: Engine, scene: Scene, rules: Rules) -> None:
    take = play(engine, scene, steps=2 + RATE_HZ // engine.spec.step_frames)
    rules.require(
        not take.ended,
        "sustained voices go on",
        f"{scene.event.name} ended within a second, before any stop.",
        cure="Give last=True only after VoiceInput.stopping, or declare the event a one_shot.",
    )


def _check_inputs_untouched(engine: Engine, scene: Scene, rules: Rules) -> None:
    start = scene.start()
    state = engine.start(start).state
    given = scene.input(state)
    if scene.event.kind == "sustained":
        engine.step([given])
    rules.require(
        all(
            dict(told.controls) == dict(scene.controls) and dict(told.features) == dict(scene.features)
            for told in (start, given)
        ),
        "inputs stay",
        f"{scene.event.name} changed the controls or features that it was handed.",
        cure="Copy a mapping before you change it.",
    )


def _check_seeds(engine: Engine, scene: Scene, rules: Rules) -> None:
    """One seed, one sound; another seed, another sound."""
    first, again, other = (
        _heard(play(engine, replace(scene, seed=seed), steps=4, stop_after=3), replace(scene, seed=seed), rules)
        for seed in (7, 7, 8)
    )
    rules.require(
        np.array_equal(first, again),
        "determinism",
        f"{scene.event.name} with one seed gave two sounds.",
        cure="Draw every random number from np.random.default_rng(voice.seed); keep no generator on the engine.",
    )
    rules.require(
        not np.array_equal(first, other),
        "variation",
        f"{scene.event.name} with two seeds gave one sound.",
        cure="Let voice.seed move something: a pitch, a gain, the noise.",
    )


def _check_replay(engine: Engine, scene: Scene, rules: Rules) -> None:
    """Whole = streamed: each step again, last first and beside a stranger, gives the samples that it gave before."""
    take = play(engine, scene, steps=10, stop_after=6)
    before = _heard(take, scene, rules)
    stranger = replace(scene, seed=99)
    beside = engine.start(stranger.start(voice=2)).state
    if engine.spec.states_once:
        _check_beside(engine, scene, take, stranger.input(beside, voice=2), rules)
        return
    again: list[Step] = []
    for given in reversed(take.inputs):
        if scene.event.kind == "sustained":
            steps = engine.step([stranger.input(beside, voice=2), given])
            rules.require(
                len(steps) == 2,
                "one step each",
                f"2 voices gave {len(steps)} steps.",
                cure="Answer in the order given.",
            )
            again.append(steps[1])
        else:
            again.append(engine.step([given])[0])
    rules.require(
        np.array_equal(before, _heard(Take(take.first, steps=again[::-1]), scene, rules)),
        "explicit state",
        f"{scene.event.name} sounds otherwise when a step is repeated from the same state, or beside another voice.",
        cure="Keep nothing of a voice on the engine, and build a new state instead of changing the one you were given.",
    )


def _check_beside(engine: Engine, scene: Scene, take: Take, stranger: VoiceInput, rules: Rules) -> None:
    """States are good once: the voice from its start again, beside a stranger, gives the samples that it gave alone."""
    first = engine.start(scene.start())
    state, again = first.state, list[Step]()
    for given in take.inputs:
        steps = engine.step([stranger, replace(given, state=state)])
        rules.require(
            len(steps) == 2, "one step each", f"2 voices gave {len(steps)} steps.", cure="Answer in the order given."
        )
        stranger, state = replace(stranger, state=steps[0].state), steps[1].state
        again.append(steps[1])
    rules.require(
        np.array_equal(_heard(take, scene, rules), _heard(Take(first, steps=again), scene, rules)),
        "company",
        f"{scene.event.name} sounds otherwise beside another voice.",
        cure="What one voice does must not reach another: look for scales or sums over the whole batch.",
    )


def _heard(take: Take, scene: Scene, rules: Rules) -> Float32:
    blocks: list[Block] = take.blocks
    return sound_of(blocks, scene.seed, rules)
