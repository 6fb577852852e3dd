"""Captions of sequences, put together from those of their parts, a place and what is behind them."""

from __future__ import annotations

import re
from typing import Final

import msgspec

from hobnail_trainer.compose.model import Draft
from hobnail_trainer.corpus.captions import CATEGORY_CAPTIONS, VAGUE, captions_for
from hobnail_trainer.corpus.model import Captions, Category
from hobnail_trainer.corpus.rules import Reading

_MANY: Final[dict[Category, str]] = {
    "footstep": "footsteps",
    "impact": "impacts",
    "weapon": "weapons",
    "explosion": "explosions",
    "door": "a door",
    "creature": "animals or creatures",
    "energy": "energy effects",
}
_TIMES: Final = {1: "", 2: " twice", 3: " three times"}


def sequence_captions(draft: Draft, place: str, behind: str) -> Captions:
    """Captions of a sequence; ``place`` is "in a large hall", ``behind`` "rain falling", both may be empty."""
    tail = (f", {place}" if place else "") + (f", over {behind}" if behind else "")
    back = f", with {behind} in the background" if behind else ""
    exact = draft.subject + tail
    basic = captions_for(Reading(draft.category, exact, draft.materials))
    ways = [f"{other}{tail}" for other in draft.others]
    if place:
        ways += [f"{place}, {draft.subject}{back}", f"{draft.subject}{back or tail}"]
    if behind:
        ways += [f"{draft.subject}{f', {place}' if place else ''}{back}", f"{behind} and {draft.subject}"]
    ways += [draft.subject, *draft.others]
    far = bool(place or behind)
    ways += [words for words in basic.paraphrases if not (far and words.endswith("close recording"))]
    unique = tuple(words for words in dict.fromkeys(ways) if words != exact)
    return msgspec.structs.replace(basic, paraphrases=unique, category=many(draft.category), vague=VAGUE)


def many(category: Category) -> str:
    """A category of which several are heard: "footsteps"."""
    return _MANY.get(category, CATEGORY_CAPTIONS[category])


def times(phrase: str, count: int) -> str:
    """A phrase that happens ``count`` times."""
    return phrase + _TIMES.get(count, " several times")


def walking(caption: str, verb: str) -> str:
    """ "a footstep on gravel" as a way of going: "walking on gravel"; "a robot's footstep": "a robot walking"."""
    if caption == "wading through water":
        return caption
    if match := re.fullmatch(r"(?P<who>an? [\w' ]*?)(?:'s)?(?: heavy)? footsteps?(?P<rest>.*)", caption):
        who = re.sub(r"'s$", "", match["who"]).strip()
        whose = "" if who in ("a", "an", "an echoing") else f"{who} "
        return f"{whose}{verb}{match['rest']}"
    return f"{verb}{caption[len('a footstep') :]}" if caption.startswith("a footstep") else caption


def ground_of(caption: str) -> str:
    """Where a footstep falls: "on gravel"; empty when its words do not say."""
    match = re.search(r"footsteps? (?P<where>(?:on|in) .*)$", caption)
    return match["where"] if match else ""
