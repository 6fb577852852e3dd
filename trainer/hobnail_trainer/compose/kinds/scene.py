"""Small scenes: a fight, a door and whoever goes through it, calls and shots, and textures that go on."""

from __future__ import annotations

import re

import numpy as np

from hobnail.audio import RATE_HZ
from hobnail_trainer.compose.kinds.walk import steps
from hobnail_trainer.compose.model import Draft, Hit
from hobnail_trainer.compose.shelf import Beside
from hobnail_trainer.compose.words import ground_of, times, walking
from hobnail_trainer.corpus.model import Clip

LONGEST_S = 12.0  # a door that was opened may take that long to be closed
LEAST_S = 3.0  # events go on for as long as this, however few were wanted: silence teaches nothing
QUICK = re.compile(r"\b(gun|rifle|firing|shot|shotgun|pistol|zap|sparks|blow)\b")
GRUNTS = re.compile(r"\b(grunting|attacking|growling|pain|roaring|shrieking|groaning|snarling)\b")


def fight(beside: Beside, chance: np.random.Generator, lead: Clip, seconds: float) -> Draft:
    """Swings that end in blows, with someone who takes part in it."""
    leads = beside.role(lead) == "swing"
    swing = lead if leads else beside.partner(chance, "swing", lead)
    hit = beside.partner(chance, "hit", lead) if leads else lead
    beast = beside.partner(chance, "event", lead, lambda clip: bool(GRUNTS.search(clip.captions.exact)))
    with_beast = beast is not None and chance.random() < 0.6
    swings, blows = (beside.takes(clip)[:6] if clip else [] for clip in (swing, hit))
    calls = beside.takes(beast)[:4] if beast and with_beast else []
    hits: list[Hit] = []
    at_s, turn = 0.3, 0
    while at_s < seconds - 0.8:
        gain_db = float(chance.normal(0.0, 1.5))
        if swings:
            hits.append(Hit(swings[turn % len(swings)], at_s - 0.05, gain_db - 4.0))
        if blows and chance.random() < (0.8 if swings else 1.0):
            hits.append(Hit(blows[turn % len(blows)], at_s + float(chance.uniform(0.08, 0.22)), gain_db))
        if calls and chance.random() < 0.35:
            hits.append(Hit(calls[turn % len(calls)], at_s + float(chance.uniform(0.1, 0.5)), gain_db - 3.0))
        at_s += float(chance.uniform(0.45, 1.4))
        turn += 1
    used = {one.clip.captions.exact for one in hits}
    parts = [clip.captions.exact for clip in (hit, swing) if clip and clip.captions.exact in used]
    beastly = f", with {beast.captions.exact}" if beast and beast.captions.exact in used else ""
    said = " and ".join(parts)
    return _draft("fight", lead, seconds, hits, f"a fight: {said}{beastly}", (f"{said} again and again{beastly}",))


def doorway(beside: Beside, chance: np.random.Generator, lead: Clip, seconds: float) -> Draft:
    """Someone comes to a door, or a door opens and someone goes on; where it can, the door closes behind them."""
    step = beside.partner(chance, "step", lead, lambda clip: bool(ground_of(clip.captions.exact)))
    words = lead.captions.exact
    closing = words.replace("opening", "closing")
    behind = beside.partner(chance, "door", lead, lambda clip: clip.captions.exact == closing and closing != words)
    length_s = lead.frames / RATE_HZ
    before = bool(chance.random() < 0.4)
    pace_s = 1.0 / float(chance.uniform(1.6, 2.1))
    room_s = seconds - length_s - (behind.frames / RATE_HZ if behind else 0.0) - 1.0
    count = max(0, min(int(chance.integers(4, 9)), int(room_s / pace_s)))
    walked = np.arange(count) * pace_s
    hits = steps(beside, chance, step, walked + (0.25 if before else 0.5 + min(length_s, 2.0))) if step else []
    last_s = max((hit.onset_s for hit in hits), default=0.2)
    hits.append(Hit(lead, last_s + 0.5 if before and count else 0.2, 0.0))
    gone = f"{walking(step.captions.exact, 'walking')}" if step and count else ""
    parts = [gone, words] if before else [words, gone]
    shut_s = max(hits[-1].onset_s + length_s, last_s) + 0.4
    if behind and shut_s + 1.0 < LONGEST_S:
        hits.append(Hit(behind, shut_s, 0.0))
        parts.append(behind.captions.exact)
    said = ", then ".join(part for part in parts if part)
    return _draft("doorway", lead, LONGEST_S, hits, said, (" and ".join(part for part in parts if part),))


def events(beside: Beside, chance: np.random.Generator, lead: Clip, seconds: float) -> Draft:
    """The same thing a few times, in other takes where there are some: calls, shots, blasts, rustling."""
    takes = beside.takes(lead)[:6]
    going = lead.category == "footstep" and "landing" not in lead.captions.exact
    quick = bool(QUICK.search(lead.captions.exact))
    most = int(chance.integers(3, 14)) if quick else int(chance.integers(2, 7))
    hits: list[Hit] = []
    at_s = 0.2
    while not hits or (
        (len(hits) < most or at_s < LEAST_S) and at_s + takes[len(hits) % len(takes)].frames / RATE_HZ < seconds
    ):
        take = takes[len(hits) % len(takes)]
        hits.append(Hit(take, at_s, float(chance.normal(0.0, 1.5))))
        length_s = take.frames / RATE_HZ
        if going:  # several steps in one recording: whoever goes does not stop between
            at_s += length_s
        else:
            at_s += float(chance.uniform(0.15, 0.7)) if quick else length_s * 0.8 + float(chance.uniform(0.2, 1.4))
    words = walking(lead.captions.exact, "walking") if going else lead.captions.exact
    goes_on = going or len(hits) == 1
    others = () if goes_on else (f"{words} again and again",)
    return _draft("events", lead, seconds, hits, words if goes_on else times(words, len(hits)), others)


def texture(beside: Beside, chance: np.random.Generator, lead: Clip, seconds: float) -> Draft:
    """A texture that goes on for as long as it is wanted."""
    words = lead.captions.exact
    return Draft(
        kind="texture",
        subject=words,
        others=(f"{words} steadily", f"continuous sound of {words}"),
        seconds=seconds,
        loop=lead,
        category=lead.category,
        materials=lead.materials,
    )


def _draft(kind: str, lead: Clip, seconds: float, hits: list[Hit], said: str, others: tuple[str, ...]) -> Draft:
    end_s = max(hit.onset_s + min(hit.clip.frames / RATE_HZ, 4.0) for hit in hits)
    materials = tuple(dict.fromkeys(material for hit in (Hit(lead, 0.0), *hits) for material in hit.clip.materials))
    return Draft(
        kind=kind,
        subject=said,
        others=others,
        seconds=max(min(seconds, end_s + 0.6), 0.0),
        hits=tuple(sorted(hits, key=lambda hit: hit.onset_s)),
        category=lead.category,
        materials=materials,
    )
