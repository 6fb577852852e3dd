"""Plays the engine by hand."""

from hobnail.contracts import VoiceInput, VoiceStart
from hobnail.scene import Contact, Emitter
from hobnail_plugins.aht.engine import AhtEngine
from hobnail_plugins.aht.settings import AhtConfig

NEUTRAL = {"pitch": 0.5, "intensity": 0.5, "texture": 0.5}
STONE = Contact(material="stone", speed_m_s=1.4, slip_m_s=0.5)


def engine_of(bundle, **settings):
    engine = AhtEngine(AhtConfig(bundle=str(bundle), **({"voices": 8} | settings)))
    engine.prepare()
    return engine


def begin(engine, name, *, seed=1, **more):
    event = next(event for event in engine.spec.events if event.name == name)
    given = {"controls": NEUTRAL, "features": {}, "contact": STONE} | more
    return engine.start(VoiceStart(voice=seed, event=event, emitter=Emitter(id="it"), seed=seed, **given))


def go_on(engine, steps, *, importance=None, each=None, **more):
    """``each``: what only one of them is told."""
    given = {"controls": NEUTRAL, "features": {}, "contact": STONE, "stopping": False} | more
    return engine.step(
        [
            VoiceInput(
                voice=number,
                state=step.state,
                importance=0.0 if importance is None else importance[number],
                **(given if each is None else given | each[number]),
            )
            for number, step in enumerate(steps)
        ]
    )


def heard(engine, step):
    """All blocks of a one-shot."""
    blocks = [step.block]
    while not step.block.last:
        (step,) = go_on(engine, [step])
        blocks.append(step.block)
    return blocks
