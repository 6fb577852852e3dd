"""Reads an emitter's prompt for what the contact did not say: materials, weight, wetness, hollowness."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from hobnail_plugins.procedural.materials import MATERIALS

_WORDS: Final = {
    "wooden": "wood", "oak": "wood", "pine": "wood", "plank": "wood", "planks": "wood", "timber": "wood",
    "parquet": "wood", "floorboards": "wood", "log": "wood", "crate": "wood", "barrel": "wood", "bamboo": "wood",
    "iron": "metal", "steel": "metal", "tin": "metal", "copper": "metal", "brass": "metal", "aluminium": "metal",
    "aluminum": "metal", "metallic": "metal", "chain": "metal", "hobnail": "metal", "hobnailed": "metal",
    "grate": "metal", "grating": "metal", "sword": "metal", "can": "metal", "armour": "metal", "armor": "metal",
    "pebbles": "gravel", "pebble": "gravel", "shingle": "gravel", "scree": "gravel", "stones": "gravel",
    "rock": "stone", "marble": "stone", "granite": "stone", "cobblestone": "stone", "cobbles": "stone",
    "cobblestones": "stone", "slate": "stone", "asphalt": "concrete", "tarmac": "concrete", "pavement": "concrete",
    "cement": "concrete", "bricks": "brick", "tiles": "tile", "tiled": "tile", "earth": "dirt", "soil": "dirt",
    "forest": "dirt", "muddy": "mud", "swamp": "mud", "clay": "mud", "beach": "sand", "sandy": "sand",
    "dune": "sand", "snowy": "snow", "icy": "ice", "frozen": "ice", "lawn": "grass", "meadow": "grass",
    "hay": "grass", "straw": "grass", "leaf": "leaves", "foliage": "leaves", "autumn": "leaves",
    "bottle": "glass", "window": "glass", "pottery": "ceramic", "porcelain": "ceramic", "china": "ceramic",
    "cup": "ceramic", "plate": "ceramic", "vase": "ceramic", "clay pot": "ceramic", "pvc": "plastic",
    "bucket": "plastic", "tyre": "rubber", "tire": "rubber", "sneaker": "rubber", "sneakers": "rubber",
    "trainers": "rubber", "boot": "leather", "boots": "leather", "shoe": "leather", "shoes": "leather",
    "fabric": "cloth", "cotton": "cloth", "wool": "cloth", "silk": "cloth", "jacket": "cloth", "coat": "cloth",
    "cloak": "cloth", "linen": "cloth", "socks": "cloth", "rug": "carpet", "cardboard": "paper",
    "barefoot": "flesh", "bare": "flesh", "body": "flesh", "skin": "flesh", "puddle": "water", "river": "water",
    "lake": "water", "sea": "water", "pool": "water",
}  # fmt: skip
_ABOUT_MASS: Final = {"heavy": 2.5, "massive": 5.0, "huge": 5.0, "light": 0.4, "small": 0.5, "tiny": 0.25, "big": 2.0}
_ABOUT_SIZE: Final = {"large": 1.6, "big": 1.5, "huge": 2.5, "massive": 2.2, "small": 0.5, "tiny": 0.25, "long": 1.4}
_ABOUT_FORCE_DB: Final = {
    "soft": -5.0, "softly": -5.0, "gentle": -6.0, "gently": -6.0, "quiet": -6.0, "sneaking": -8.0, "careful": -5.0,
    "hard": 3.0, "loud": 4.0, "violent": 6.0, "slam": 5.0, "stomp": 5.0, "stomping": 5.0, "running": 3.0,
}  # fmt: skip
_WET: Final = frozenset({"wet", "soaked", "muddy", "rainy", "damp", "puddle"})
_HOLLOW: Final = frozenset({"hollow", "empty", "barrel", "crate", "box", "can", "drum", "bucket", "chest"})
_ONTO: Final = frozenset({"on", "onto", "over", "across", "against", "in", "into", "through"})
_WORD: Final = re.compile(r"[a-z]+")


@dataclass(frozen=True, slots=True)
class Hints:
    """What a prompt says. Empty and neutral where it says nothing."""

    thing: str = ""  #: material before "on": of the thing that moves
    surface: str = ""  #: material after "on"
    mass_factor: float = 1.0
    size_factor: float = 1.0
    force_db: float = 0.0
    wet: bool = False
    hollow: bool = False


@lru_cache(maxsize=512)
def read_prompt(prompt: str) -> Hints:
    """Hints in a prompt of English words; unknown words are ignored, the last match of a kind wins."""
    thing = surface = ""
    mass = size = 1.0
    force_db = 0.0
    after = False
    words = _WORD.findall(prompt.lower())
    for word in words:
        if word in _ONTO:
            after = True
            continue
        found = word if word in MATERIALS else _WORDS.get(word, "")
        if found and after:
            surface = found
        elif found and (not thing or word in MATERIALS):
            thing = found  # "leather boots": a material's own name beats a thing usually made of it
        mass *= _ABOUT_MASS.get(word, 1.0)
        size *= _ABOUT_SIZE.get(word, 1.0)
        force_db += _ABOUT_FORCE_DB.get(word, 0.0)
    return Hints(
        thing=thing,
        surface=surface,
        mass_factor=min(10.0, max(0.1, mass)),
        size_factor=min(4.0, max(0.2, size)),
        force_db=min(9.0, max(-12.0, force_db)),
        wet=not _WET.isdisjoint(words),
        hollow=not _HOLLOW.isdisjoint(words),
    )
