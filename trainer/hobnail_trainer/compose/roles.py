"""What a recording is good for in a sequence, by its words, its length and how steadily it sounds."""

from __future__ import annotations

import re
from typing import Final, Literal

import numpy as np

from hobnail.audio import RATE_HZ
from hobnail_trainer.corpus.model import Clip
from hobnail_trainer.corpus.sound import Samples

Role = Literal["step", "keys", "work", "bounce", "break", "swing", "hit", "door", "texture", "event"]

TEXTURES: Final = frozenset({"ambience", "water", "fire", "wind", "machine", "vehicle"})
SHORTEST_TEXTURE_S: Final = 1.2
SHORTEST_BED_S: Final = 3.0  # shorter ones would be heard to repeat
STEADY_WITHIN_DB: Final = 10.0
STEADY_SHARE: Final = 0.85
LONGEST_STEP_S: Final = 0.8  # longer ones hold several steps

_OUTDOOR_BEDS: Final = frozenset({"ambience", "wind", "vehicle"})
_OUTDOOR_WATER: Final = re.compile(r"\b(river|creek|stream|waves|sea|beach|waterfall|rain|fountain|boat|birds)\b")
_INDOOR_AMBIENCE: Final = re.compile(r"\b(restaurant|tavern|drone|industrial)\b")
_GROUND: Final = frozenset({"dirt", "grass", "gravel", "leaves", "mud", "sand", "snow", "ice", "water"})
_HAS_PLACE: Final = re.compile(r"\b(hall|cave|echoing|distant|space|under water|underwater)\b")

_HAPPENS_ONCE: Final = re.compile(
    r"\b(strike|thunderclap|thunder|rowed|accelerating|taking off|past|horn|whistle|starting|stopping|leaving|dying"
    r"|skidding|squealing|sinking|splash|bell|burst|blast|breaking|earthquake)\b"
)

_BY_WORDS: Final[tuple[tuple[str, Role], ...]] = (
    (r"keyboard key", "keys"),
    (r"\b(swung|swishing|swish|fast movement|whirling|whoosh|lashing)\b", "swing"),
    (r"\b(breaking|collapsing|shattering|crashing down|cracking and|smashing|breaking apart|falling apart)\b", "break"),
    (r"\b(hammer|pickaxe|pick|axe chopping|chisel|chiselling|hoe|digging|nailing|shovel|saw|butchered)\b", "work"),
    (
        r"\b(cartridge case|grenade bouncing|small stone hitting|coin|piece of wood|ball bouncing|bucket|box hitting"
        r"|hitting the ground|knocking together|nails? hitting|pellets|dropping|small object|hitting a hard surface)\b",
        "bounce",
    ),
    (r"\b(swords? (striking|clashing|hitting)|striking|clanking|slicing|stabbing|slashing|wooden sticks)\b", "hit"),
    (r"\b(blow on|punch|slap|bat hitting|staff hitting|weapon hitting|tearing)\b", "hit"),
)


def role_of(clip: Clip, *, steady: bool) -> Role:
    """The one thing a recording is used for as a lead."""
    words = clip.captions.exact
    if clip.category in TEXTURES:
        goes_on = steady and clip.frames >= SHORTEST_TEXTURE_S * RATE_HZ and not _HAPPENS_ONCE.search(words)
        return "texture" if goes_on else "event"
    if clip.category == "footstep":
        single = clip.frames <= LONGEST_STEP_S * RATE_HZ
        return "step" if single and re.search(r"\bfootsteps?\b|\bwading\b", words) else "event"
    if clip.category == "door":
        return "door"
    if clip.category in ("impact", "weapon", "cloth"):
        return next((role for pattern, role in _BY_WORDS if re.search(rf"(?:{pattern})", words)), "event")
    return "event"


def is_steady(samples: Samples) -> bool:
    """Whether most tenths of a second are about as loud as the median one."""
    block = RATE_HZ // 10
    whole = samples[: samples.size // block * block].reshape(-1, block)
    if whole.shape[0] < 4:
        return False
    level = 10.0 * np.log10(np.square(whole, dtype=np.float64).mean(axis=1) + 1e-12)
    return bool((np.abs(level - np.median(level)) <= STEADY_WITHIN_DB).mean() >= STEADY_SHARE)


def is_outdoors(clip: Clip) -> bool:
    """Whether a recording belongs under the sky; only rooms without a roof fit it."""
    words = clip.captions.exact
    if clip.category == "footstep":
        return bool(_GROUND & set(clip.materials)) and "hall" not in words
    if clip.category == "water":
        return bool(_OUTDOOR_WATER.search(words))
    if clip.category in _OUTDOOR_BEDS:
        return not _INDOOR_AMBIENCE.search(words)
    return clip.category == "explosion"


def has_its_own_room(clip: Clip) -> bool:
    """Whether a recording already sounds of a place, so that another room would be one too many."""
    return clip.category in ("ambience", "wind") or bool(_HAS_PLACE.search(clip.captions.exact))
