"""From words to events: which sound a prompt asks for, and the times that stand before it."""

from __future__ import annotations

import re
from typing import Final

from hobnail.contracts import EngineSpec
from hobnail.errors import RenderError
from hobnail.render.timeline import PromptRange
from hobnail.render.times import seconds_of

DEFAULT_EVENT: Final = "impact"
_EVENTS: Final = (
    (
        "footstep",
        r"\bsteps?\b|foot|\bwalk|\brun(?:s|ning|ner)?\b(?! water)|\bboots?\b|shoe|\bheel|\bjog|\bstair|sneaker",
    ),
    ("door_close", r"\bdoors?\b|\bgates?\b|\bhatch\b"),
    ("splash", r"splash|puddle|dive|plunge"),
    ("rain", r"\brain|drizzle|downpour"),
    ("wind", r"\bwind|\bgust|breeze|storm"),
    ("pour", r"\bpour|stream of water|running water|\btap\b|\bfill"),
    ("scrape", r"\bscrap|\bdrag(?:s|ged|ging)?\b|\bslid|scratch"),
    ("roll", r"\broll|wheel|trolley|cart\b"),
    ("creak", r"creak|squeak|hinge"),
    ("cloth_move", r"cloth|fabric|jacket|rustl"),
)
_RANGE = re.compile(r"\s*(?P<begin>[\d:.]+)?\s*-\s*(?P<end>[\d:.]+)?\s*=\s*(?P<words>.+)", re.S)

_MATERIAL: Final = r"\b(?:hard|soft|ply)?{}(?:s|d|y|dy|ed|en|lic)?\b"
"""Wooden, muddy, metallic, tiled, hardwood; no ice in a slice, no sand in sandals."""


def prompt_range(text: str) -> PromptRange:
    """ "leather boots", or with times "2.5-4=leather boots", "1:05-=rain". Raises RenderError."""
    found = _RANGE.fullmatch(text)
    words = (found["words"] if found else text).strip()
    if not words:
        raise RenderError(f"prompt: found {text!r}, expected words.", cure='Write --prompt "0-4=leather boots".')
    begin = seconds_of(found["begin"]) if found and found["begin"] else 0.0
    end = seconds_of(found["end"]) if found and found["end"] else None
    if end is not None and end <= begin:
        raise RenderError(
            f"prompt: {text!r} ends at {end:g} s, not after its beginning at {begin:g} s.",
            cure='Write the earlier time first: --prompt "0-4=leather boots".',
        )
    return PromptRange(prompt=words, from_s=begin, to_s=end)


def event_for(words: str, engine: EngineSpec) -> tuple[str, bool]:
    """(event of the engine, whether it is sustained) that a prompt is about."""
    kinds = {event.name: event.kind for event in engine.events}
    for name, pattern in _EVENTS:
        if name in kinds and re.search(pattern, words, re.IGNORECASE):
            return name, kinds[name] == "sustained"
    first = next((event.name for event in engine.events if event.kind == "one_shot"), engine.events[0].name)
    name = DEFAULT_EVENT if DEFAULT_EVENT in kinds else first
    return name, kinds[name] == "sustained"


def material_for(words: str, engine: EngineSpec) -> str | None:
    """The last material that a prompt names: "leather boots on gravel" is about gravel."""
    named = {
        word: found[-1].start()
        for word in engine.materials
        if (found := list(re.finditer(_MATERIAL.format(re.escape(word)), words.lower())))
    }
    return max(named, key=lambda word: (named[word], len(word))) if named else None
