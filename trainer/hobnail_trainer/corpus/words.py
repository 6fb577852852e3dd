"""The lexicon of the grammar: words of file names -> materials, and events with their category.

Rules written for a package come first (:mod:`hobnail_trainer.corpus.rules`); this reads names that no rule knows, as in
a user's own folder: ``default_gravel_footstep.2`` -> "a footstep on gravel".
"""

from __future__ import annotations

from typing import Final, NamedTuple

from hobnail_trainer.corpus.model import Category, Material

_MATERIALS: Final[dict[Material, str]] = {
    "bone": "bone bones skeleton",
    "brick": "brick bricks",
    "carpet": "carpet rug",
    "ceramic": "ceramic pottery porcelain china",
    "concrete": "concrete cement",
    "cloth": "cloth fabric curtain textile",
    "dirt": "dirt earth soil ground mulch",
    "flesh": "flesh body meat skin",
    "glass": "glass bottle window",
    "grass": "grass lawn hay",
    "gravel": "gravel pebble pebbles shingle",
    "ice": "ice icy frozen",
    "leather": "leather",
    "leaves": "foliage leaves leaf bush branch branches vine plant",
    "metal": "metal iron steel copper brass tin anvil chain metallic aluminium aluminum",
    "mud": "mud muddy swampy",
    "paper": "paper book page cardboard",
    "plastic": "plastic vinyl linoleum keyboard",
    "rubber": "rubber tyre tire",
    "sand": "sand sandy",
    "snow": "snow snowy",
    "stone": "stone rock marble rocks boulder cobble cobblestone",
    "tile": "tile tiles",
    "water": "water puddle wet",
    "wood": "wood wooden timber plank oak log tree parquet",
}
MATERIAL_WORDS: Final = {word: material for material, words in _MATERIALS.items() for word in words.split()}

MATERIAL_ADJECTIVES: Final[dict[Material, str]] = {"wood": "wooden"}


class Event(NamedTuple):
    """What a word says happens. ``phrase`` may have places for the material: ``{on}``, ``{of}``."""

    category: Category
    phrase: str


_EVENTS: Final[tuple[tuple[str, Category, str], ...]] = (
    ("footstep footsteps step steps walk walking", "footstep", "a footstep{on}"),
    ("run running", "footstep", "running{on}"),
    ("land landing", "footstep", "someone landing{on}"),
    ("door gate", "door", "a{of} door"),
    ("creak hinge", "door", "{of} creaking"),
    ("shatter break breaking smash", "impact", "{of} breaking"),
    ("hit impact strike bang knock thud thump clank clang bump", "impact", "a blow{on}"),
    ("drop fall dropped", "impact", "{of} falling"),
    ("bounce", "impact", "{of} bouncing"),
    ("scrape scratch drag", "impact", "something scraping{on}"),
    ("dig shovel", "impact", "digging{in}"),
    ("chop axe", "impact", "an axe chopping{on0}"),
    ("hammer", "impact", "a hammer striking{on0}"),
    ("explosion explode blast boom", "explosion", "an explosion"),
    ("gun gunshot shot rifle pistol shotgun", "weapon", "a gun firing"),
    ("sword blade", "weapon", "a sword striking"),
    ("bow arrow", "weapon", "an arrow being shot"),
    ("swish swoosh whoosh swing", "weapon", "a fast movement through the air"),
    ("splash", "water", "a splash"),
    ("drip waterdrop", "water", "water dripping"),
    ("rain", "water", "rain falling"),
    ("river stream creek brook", "water", "a river flowing"),
    ("waterfall", "water", "a waterfall"),
    ("wave waves ocean sea", "water", "waves"),
    ("fire flame flames campfire burning", "fire", "fire crackling"),
    ("wind gust breeze", "wind", "wind blowing"),
    ("thunder lightning storm", "ambience", "thunder"),
    ("birds forest jungle", "ambience", "birds in a forest"),
    ("crickets night", "ambience", "crickets at night"),
    ("crowd city street market", "ambience", "a busy street"),
    ("engine motor car truck", "vehicle", "an engine running"),
    ("train locomotive", "vehicle", "a train"),
    ("helicopter plane aircraft jet", "vehicle", "an aircraft flying"),
    ("machine machinery generator fan pump", "machine", "a machine running"),
    ("cloth rustle fabric", "cloth", "cloth rustling"),
    ("dog bark barking", "creature", "a dog barking"),
    ("wolf howl", "creature", "a wolf howling"),
    ("cat meow", "creature", "a cat meowing"),
    ("cow moo", "creature", "a cow mooing"),
    ("horse neigh", "creature", "a horse neighing"),
    ("bird chirp", "creature", "a bird calling"),
    ("growl roar snarl", "creature", "a beast growling"),
    ("laser zap plasma electric spark sparks", "energy", "an electric zap"),
)
EVENT_WORDS: Final = {word: Event(kind, phrase) for words, kind, phrase in _EVENTS for word in words.split()}

DROPPED_WORDS: Final[dict[str, str]] = {
    word: reason
    for reason, words in {
        "music": "music song theme tune melody track jingle soundtrack fanfare",
        "speech": "voice speech talk announcer taunt laugh scream narration dialogue pain hurt death",
        "ui": "ui menu click button beep alert notify notification error chat alarm",
    }.items()
    for word in words.split()
}
