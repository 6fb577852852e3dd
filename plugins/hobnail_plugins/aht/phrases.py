"""What happens, in words: an event, its materials and the emitter's own prompt become the prompt of the model.

The words are those of the captions that the model learned from ("a footstep on gravel").
"""

from __future__ import annotations

from typing import Final

from hobnail.contracts import EventSpec
from hobnail.scene import Contact, Emitter

EVENTS: Final = (
    EventSpec(name="footstep", kind="one_shot", help="A sole (other) comes down on the ground (material)."),
    EventSpec(name="impact", kind="one_shot", help="A thing (other, or the emitter) strikes a surface (material)."),
    EventSpec(name="door_open", kind="one_shot", help="A door opens; material of the leaf."),
    EventSpec(name="door_close", kind="one_shot", help="A door falls shut; material of the leaf."),
    EventSpec(name="splash", kind="one_shot", help="Something falls into water."),
    EventSpec(name="cloth", kind="one_shot", help="One rustle of cloth, leather or plastic."),
    EventSpec(name="sound", kind="one_shot", help="Whatever the emitter's prompt says, once."),
    EventSpec(name="scrape", kind="sustained", help="A thing (other) drags over a surface; follows slip_m_s."),
    EventSpec(name="roll", kind="sustained", help="A round thing rolls over a surface; follows speed_m_s."),
    EventSpec(name="rain", kind="sustained", help="Drops on a surface (material)."),
    EventSpec(name="pour", kind="sustained", help="Water poured into water or on a surface."),
    EventSpec(name="cloth_move", kind="sustained", help="Clothing in motion."),
    EventSpec(name="creak", kind="sustained", help="A hinge or plank creaks."),
    EventSpec(name="wind", kind="sustained", help="Moving air."),
    EventSpec(name="ambience", kind="sustained", help="Whatever the emitter's prompt says, as long as it runs."),
)

BY_PROMPT: Final = frozenset({"sound", "ambience"})
"""Events that are nothing but the emitter's prompt."""

_ON: Final = {
    "footstep": "a footstep on {surface}",
    "impact": "{thing} hitting {surface}",
    "splash": "a splash of water",
    "scrape": "{thing} scraping on {surface}",
    "roll": "{thing} rolling on {surface}",
    "rain": "rain falling on {surface}",
    "pour": "pouring water",
    "cloth": "{thing} rustling",
    "cloth_move": "{thing} rustling",
    "creak": "{leaf} creaking",
    "wind": "wind blowing",
    "door_open": "a {leaf} door opening",
    "door_close": "a {leaf} door closing",
}
_DEFAULT_SURFACE: Final = {"footstep": "a hard floor", "impact": "something", "rain": "the ground"}
_DEFAULT_THING: Final = {"cloth": "cloth", "cloth_move": "clothes and gear", "roll": "something"}


def phrase(event: str, emitter: Emitter, contact: Contact) -> str:
    """The prompt of a voice: what happens, then the emitter's own words where they say more."""
    if event in BY_PROMPT and emitter.prompt:
        return emitter.prompt
    surface = contact.material or _DEFAULT_SURFACE.get(event, "a surface")
    thing = emitter.prompt or contact.other or emitter.material or _DEFAULT_THING.get(event, "something")
    leaf = contact.material or emitter.material or "wooden"
    happening = _ON.get(event, "sound").format(surface=surface, thing=thing, leaf="wooden" if leaf == "wood" else leaf)
    said = f"{happening}, {emitter.prompt}" if emitter.prompt and emitter.prompt not in happening else happening
    return f"{said}, {contact.other}" if contact.other and contact.other not in said else said
