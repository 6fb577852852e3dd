"""How batches are drawn: sizes, mixture, beginnings, what is left out and how what is seen is made worse."""

from __future__ import annotations

import math

import msgspec

from hobnail_trainer.corpus.model import Category, Material
from hobnail_trainer.errors import FeedError
from hobnail_trainer.feed.model import Part

BLOCKS = (2, 4, 8, 16, 32, 64)


class FeedSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Shares and odds are probabilities, 0..1, unless they say otherwise."""

    # sizes
    tokens: int = 2048  #: hops of a batch, about
    most: int = 128  #: blocks of a batch, at most
    odds: dict[int, float] = msgspec.field(
        default_factory=lambda: {2: 0.12, 4: 0.08, 8: 0.05, 16: 0.15, 32: 0.1, 64: 0.5}
    )  #: of each size of block, relative
    history: int = 128  #: hops
    seen: int = 24  #: hops of vision before the block
    sight_lag: int = 0  #: hops by which sound follows what is seen: a tick tells of a contact after it happened

    # which sounds
    parts: dict[Part, float] = msgspec.field(
        default_factory=lambda: {"recorded": 1.0, "composed": 0.7, "scenes": 0.6, "notes": 0.25, "pairs": 0.0}
    )  #: relative
    pairs_only: bool = (
        False  #: nothing but pairs, for adapters: the changed clip is the target, its change the controls
    )
    categories: dict[Category, float] = {}  #: factor on a category; 1 where it is not named, 0 leaves it out
    materials: dict[Material, float] = {}  #: factor on sounds of a material; the largest of a sound's materials holds
    flatten: float = 0.5  #: inside a part a category comes by its seconds to this power
    by_length: float = 0.5  #: inside a category a sound comes by its seconds to this power

    # where a block begins
    one_shot_s: float = 2.0  #: sounds up to this long are one-shots
    at_beginning: float = 0.5  #: of blocks of 64 of one-shots: at the sound's first hop, without history
    small_at_beginning: float = 0.15  #: the same of smaller blocks
    long_at_beginning: float = 0.1  #: of blocks of longer sounds
    at_start: float = 0.2  #: of blocks of longer sounds: where something begins after quiet, as a new voice
    at_event: float = 0.5  #: of blocks of scenes: at the hop of an event; as a new voice where it is quiet before
    before_event: int = 0  #: hops by which those begin before it, at most; drawn from 0 up to it
    young: float = 0.15  #: of other blocks of longer sounds: the voice began 4 to ``history`` hops ago
    after: int = 24  #: hops after the end that count in full; blocks begin up to there

    # words
    exact: float = 0.5
    paraphrase: float = 0.35
    category: float = 0.1
    vague: float = 0.05

    # what is left out or made worse
    text_null: float = 0.12
    vision_null: float = 0.15
    cued: float = 0.0  #: of all blocks: its contacts are told beside what is seen, as those of a game or a film
    waiting: float = 0.0  #: of those that begin a voice: it waits in silence for its first contact, as an emitter does
    waits: int = 32  #: hops that it waits, at most
    lasting: float = 0.0  #: of sounds whose end is known: how long they last is told
    rows_alone: float = 0.15  #: of blocks with vision: no pictures, as of a game that sends none
    pixels_alone: float = 0.2  #: of blocks with vision: no scene rows, as of a camera
    history_null: float = 0.1  #: not at a beginning
    late_weight: float = 0.25  #: of hops later than ``after`` after the end
    context_noise: float = 0.25  #: of blocks whose history is noisy
    context_noise_most: float = 0.3  #: standard deviation of that noise, of the latents' spread; drawn from 0 up to it
    live: float = 0.5  #: of blocks with vision: nothing of the block's own time is known
    film: float = 0.35  #: all of it is; the others know a part
    degraded: float = 0.5  #: of blocks with vision: what is seen is made worse by a level drawn from 0..1
    by_noise: float = 0.5  #: of those: white noise takes over that share of the power
    by_frames: float = 0.25  #: of those: that share of hops shows something else; the others are covered in part


def check_settings(settings: FeedSettings) -> None:
    """Raises FeedError naming what is out of range."""
    shares = {
        name: value
        for name in settings.__struct_fields__
        if isinstance(value := getattr(settings, name), float) and name != "one_shot_s"
    }
    for name, value in shares.items():
        if not 0.0 <= value <= 1.0:
            raise _fault(name, value, "0..1")
    for name in ("tokens", "most", "history", "seen", "after", "waits"):
        if not 0 < (value := getattr(settings, name)) <= 65_536:
            raise _fault(name, value, "1..65536")
    if not 0 <= settings.before_event <= BLOCKS[-1]:
        raise _fault("before_event", settings.before_event, f"0..{BLOCKS[-1]}")
    if not 0 <= settings.sight_lag <= settings.seen:
        raise _fault("sight_lag", settings.sight_lag, "0 to seen")
    if not settings.odds or not set(settings.odds) <= set(BLOCKS) or not _shares(settings.odds.values()):
        raise _fault("odds", settings.odds, f"not negative, some above 0, sizes out of {', '.join(map(str, BLOCKS))}")
    if not _shares(settings.parts.values()):
        raise _fault("parts", settings.parts, "not negative and some above 0")
    for name in ("categories", "materials"):
        factors = getattr(settings, name).values()
        if not all(0.0 <= factor < math.inf for factor in factors):
            raise _fault(name, getattr(settings, name), "not negative")
    for names in (
        ("exact", "paraphrase", "category", "vague"),
        ("live", "film"),
        ("by_noise", "by_frames"),
        ("rows_alone", "pixels_alone"),
    ):
        if (total := sum(getattr(settings, name) for name in names)) > 1.0 + 1e-9:
            raise _fault(" + ".join(names), round(total, 6), "at most 1")


def blocks_of(settings: FeedSettings, hops: int) -> int:
    """Blocks of so many hops in a batch."""
    return max(1, min(settings.most, settings.tokens // hops))


def _shares(values: object) -> bool:
    numbers = list(values)  # type: ignore[call-overload]
    return all(0.0 <= each < math.inf for each in numbers) and sum(numbers) > 0.0


def _fault(name: str, found: object, expected: str) -> FeedError:
    return FeedError(f"feed settings: {name} is {found}, expected {expected}.", cure="Correct it in the preset.")
