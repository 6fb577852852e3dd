"""The baseline: what the procedural engine makes of a clip's category, material and words."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from typing import Final

import numpy as np

from hobnail.contracts import VoiceInput, VoiceStart
from hobnail.scene import Contact, Emitter
from hobnail_native import SynthRenderer
from hobnail_plugins.procedural.engine import ProceduralEngine
from hobnail_plugins.procedural.materials import MATERIALS
from hobnail_plugins.procedural.spec import EVENTS
from hobnail_trainer.corpus.model import Clip
from hobnail_trainer.corpus.sound import Samples

_BY_NAME: Final = {event.name: event for event in EVENTS}
_BY_WORDS: Final[dict[str, Sequence[tuple[str, str]]]] = {
    "footstep": (("", "footstep"),),
    "impact": ((r"\broll", "roll"), (r"\bscrap|\bdrag", "scrape"), ("", "impact")),
    "door": ((r"creak|hinge", "creak"), (r"clos|slam|shut|lock", "door_close"), ("", "door_open")),
    "water": ((r"rain|drip|drop", "rain"), (r"splash|jump|plung|wad", "splash"), ("", "pour")),
    "cloth": (("", "cloth"),),
    "wind": (("", "wind"),),
}
"""Category -> words in the caption and the event that they mean, the first that fits."""
STEPS: Final = 4000


def event_for(clip: Clip) -> str | None:
    """The event that means this clip; None: the engine has none."""
    for words, event in _BY_WORDS.get(clip.category, ()):
        if re.search(words, clip.captions.exact):
            return event
    return None


def rendered(clip: Clip, event: str, frames: int) -> Samples:
    """What the engine makes of it, as long as the clip, at most ``frames``."""
    seed = int.from_bytes(hashlib.sha256(clip.id.encode()).digest()[:8], "little")
    known = [material for material in clip.materials if material in MATERIALS]
    contact = Contact(material=known[0] if known else None)
    engine, renderer = ProceduralEngine(), SynthRenderer(seed)
    step = engine.start(
        VoiceStart(
            voice=1,
            event=_BY_NAME[event],
            emitter=Emitter(id="clip", prompt=clip.captions.exact),
            contact=contact,
            controls={},
            features={},
            seed=seed,
        )
    )
    parts, made = [], 0
    for _ in range(STEPS):
        block = step.block
        assert block.patch is not None  # this engine tells its sound in patches
        renderer.play(block.patch, block.frames, last=block.last)
        parts.append(np.asarray(renderer.render(block.frames), np.float32))
        made += block.frames
        if block.last or made >= frames:
            break
        told = VoiceInput(
            voice=1,
            state=step.state,
            controls={},
            features={},
            contact=contact,
            stopping=made >= min(clip.frames, frames),
        )
        (step,) = engine.step([told])
    return np.concatenate(parts)[:frames]
