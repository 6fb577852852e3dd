"""Words for sounds: a grammar that reads names, and paraphrases of what was read.

Reading a name: (1) words that mean music, speech or interface drop the file; (2) the first word of the name, from its
end, that is an event gives category and phrase, else the nearest such word of a folder; (3) material words of the name
fill the phrase's place. A name without an event is not guessed at.

Paraphrases: without the article, with "the sound of", by synonym, and by category and material ("an impact on wood").
"""

from __future__ import annotations

import re
from typing import Final

from hobnail_trainer.corpus.model import Captions, Category, Material
from hobnail_trainer.corpus.naming import words_of
from hobnail_trainer.corpus.rules import Dropped, Reading
from hobnail_trainer.corpus.words import DROPPED_WORDS, EVENT_WORDS, MATERIAL_ADJECTIVES, MATERIAL_WORDS

VAGUE: Final = "sound"

CATEGORY_CAPTIONS: Final[dict[Category, str]] = {
    "footstep": "a footstep",
    "impact": "an impact",
    "weapon": "a weapon",
    "explosion": "an explosion",
    "door": "a door",
    "creature": "an animal or creature",
    "vehicle": "a vehicle",
    "water": "water",
    "fire": "fire",
    "wind": "wind",
    "ambience": "background ambience",
    "machine": "a machine",
    "cloth": "something soft rustling",
    "energy": "an energy effect",
    "note": "a musical note",
}

_BY_MATERIAL: Final[dict[Category, str]] = {
    "footstep": "{material} footsteps",
    "impact": "an impact, {material}",
    "door": "a door or hinge, {material}",
    "weapon": "a weapon, {material}",
    "cloth": "{material} rustling",
    "machine": "a machine, {material}",
}

_SYNONYMS: Final = (
    (r"\bfootstep\b", "step"),
    (r"\bwalking\b", "someone walking"),
    (r"\brunning on\b", "someone running on"),
    (r"\bhitting\b", "striking"),
    (r"\bstriking\b", "hitting"),
    (r"\ba blow on\b", "something hitting"),
    (r"\bexplosion\b", "blast"),
    (r"\bexploding\b", "blowing up"),
    (r"\bbreaking\b", "shattering"),
    (r"\bfiring\b", "being fired"),
    (r"\bbeing shot\b", "being loosed"),
    (r"\bcrackling\b", "burning"),
    (r"\bburning\b", "in flames"),
    (r"\bgrowling\b", "snarling"),
    (r"\bgroaning\b", "moaning"),
    (r"\broaring\b", "growling loudly"),
    (r"\bchopping\b", "cutting into"),
    (r"\bclosing\b", "being shut"),
    (r"\bopening\b", "being opened"),
    (r"\bhowling\b", "wailing"),
    (r"\bhumming\b", "buzzing steadily"),
    (r"\bfalling\b", "coming down"),
    (r"\bflowing\b", "running"),
    (r"\bswung\b", "swished"),
    (r"\bcreaking\b", "groaning"),
    (r"\ba small\b", "a little"),
    (r"\ba large\b", "a big"),
    (r"\bhuge\b", "very big"),
    (r"\bhard floor\b", "solid floor"),
    (r"\bwooden\b", "wood"),
    (r"\bblowing\b", "gusting"),
    (r"\bsinging\b", "chirping"),
    (r"\bbeing launched\b", "taking off"),
    (r"\bclicking\b", "being pressed"),
    (r"\bmetal\b", "iron"),
)


def read_by_grammar(path: str) -> Reading | Dropped | None:
    """What a name says by its words; None when it says nothing."""
    name, folders = words_of(path)
    if dropped := next((DROPPED_WORDS[word] for word in name if word in DROPPED_WORDS), None):
        return Dropped(dropped)
    events = [word for word in (*name[::-1], *folders[:-3:-1]) if word in EVENT_WORDS]
    if not events:
        return None
    event = EVENT_WORDS[events[0]]
    materials = tuple(dict.fromkeys(MATERIAL_WORDS[word] for word in name if word in MATERIAL_WORDS))
    return Reading(event.category, filled(event.phrase, materials[:1]), materials)


def filled(phrase: str, materials: tuple[Material, ...]) -> str:
    """A phrase with its places for the material filled, or taken away."""
    material = materials[0] if materials else None
    adjective = MATERIAL_ADJECTIVES.get(material, material) if material else None
    places = {
        "{on}": f" on {material}" if material else "",
        "{on0}": f" {material}" if material else "",
        "{in}": f" in {material}" if material else "",
    }
    for place, words in places.items():
        phrase = phrase.replace(place, words)
    if phrase.startswith("a{of}"):
        phrase = phrase.replace("a{of}", f"a {adjective}" if adjective else "a")
    return phrase.replace("{of}", material or "something")


def captions_for(reading: Reading) -> Captions:
    """Every way of saying what was read, from exact to vague."""
    exact = reading.caption
    bare = re.sub(r"^(?:an?|the)\s+", "", exact)
    candidates = [bare, f"the sound of {exact}", *_by_synonym(exact)]
    pattern = _BY_MATERIAL.get(reading.category)
    if pattern and reading.materials:
        candidates.append(pattern.format(material=" and ".join(reading.materials)))
    candidates.append(f"{bare}, close recording")
    unique = [words for words in dict.fromkeys(candidates) if words != exact]
    return Captions(exact=exact, paraphrases=tuple(unique), category=CATEGORY_CAPTIONS[reading.category], vague=VAGUE)


def _by_synonym(exact: str) -> list[str]:
    return [re.sub(pattern, other, exact, count=1) for pattern, other in _SYNONYMS if re.search(pattern, exact)][:3]
