"""Things that fall and bounce, blows of work in a rhythm, typing, and things that break."""

from __future__ import annotations

import math

import numpy as np

from hobnail.audio import RATE_HZ
from hobnail_trainer.compose.model import Draft, Hit
from hobnail_trainer.compose.shelf import Beside
from hobnail_trainer.compose.words import times
from hobnail_trainer.corpus.model import Clip

LEAST_BOUNCE_S = 0.045
LEAST_BOUNCE_DB = -36.0


def bounce(beside: Beside, chance: np.random.Generator, lead: Clip, seconds: float) -> Draft:
    """Drops whose bounces come in a geometric series: each interval and each speed is ``e`` times the last."""
    takes = beside.takes(lead)[:6]
    hits: list[Hit] = []
    start_s, drops = 0.2, 0
    while start_s < seconds - 1.5 or not drops:
        restitution = float(chance.uniform(0.45, 0.78))
        at_s, interval_s, gain_db = start_s, float(chance.uniform(0.25, 0.55)), float(chance.normal(0.0, 2.0))
        while interval_s > LEAST_BOUNCE_S and gain_db > LEAST_BOUNCE_DB and at_s < seconds - 0.3:
            hits.append(Hit(takes[len(hits) % len(takes)], at_s, gain_db))
            at_s += interval_s
            interval_s *= restitution
            gain_db += 20.0 * math.log10(restitution)
        start_s = at_s + float(chance.uniform(0.4, 1.6))
        drops += 1
    words = lead.captions.exact
    resting = "and coming to rest" if "bouncing" in words else "bouncing and coming to rest"
    subject = times(f"{words}, {resting}", drops)
    return _draft("bounce", lead, seconds, hits, subject, (times(f"{words}, again and again, ever softer", drops),))


def work(beside: Beside, chance: np.random.Generator, lead: Clip, seconds: float) -> Draft:
    """Blows in the rhythm of someone who works; long recordings hold their own rhythm and come one after the other."""
    takes = beside.takes(lead)[:8]
    longest_s = max(clip.frames for clip in takes) / RATE_HZ
    period_s = float(chance.uniform(0.45, 1.1)) if longest_s < 1.2 else longest_s + 0.1
    hits: list[Hit] = []
    at_s = 0.2
    while at_s < seconds - min(0.5, longest_s) or not hits:
        hits.append(Hit(takes[len(hits) % len(takes)], at_s, float(chance.normal(0.0, 1.5))))
        at_s += max(0.12, period_s * (1.0 + float(chance.normal(0.0, 0.05))))
    words = lead.captions.exact
    many = f"{words} again and again" if len(hits) > 2 else times(words, len(hits))
    return _draft("work", lead, seconds, hits, many, (f"{words}, repeatedly", f"steady work: {words}"))


def keys(beside: Beside, chance: np.random.Generator, lead: Clip, seconds: float) -> Draft:
    """Typing: runs of quick, uneven strokes with pauses between."""
    takes = beside.takes(lead)[:40]
    rate_hz = float(chance.uniform(3.5, 9.0))
    hits: list[Hit] = []
    at_s = 0.15
    while at_s < seconds - 0.3:
        hits.append(Hit(takes[int(chance.integers(len(takes)))], at_s, float(chance.normal(0.0, 2.0))))
        pause_s = float(chance.uniform(0.4, 1.2)) if chance.random() < 0.05 else 0.0
        at_s += float(np.clip(chance.lognormal(math.log(1.0 / rate_hz), 0.35), 0.06, 0.6)) + pause_s
    others = ("someone typing", "keyboard keys clicking quickly")
    return _draft("keys", lead, seconds, hits, "typing on a keyboard", others)


def breakage(beside: Beside, chance: np.random.Generator, lead: Clip, seconds: float) -> Draft:
    """Something breaks, and pieces of the same material fall after it, softer and softer."""
    takes = beside.takes(lead)[:4]
    same = set(lead.materials)
    piece = beside.partner(chance, "bounce", lead, lambda clip: bool(same & set(clip.materials)))
    piece = piece or beside.partner(chance, "bounce", lead)
    pieces = beside.takes(piece)[:6] if piece else []
    hits: list[Hit] = []
    at_s, breaks = 0.25, 0
    while at_s < seconds - 2.0 or not breaks:
        hits.append(Hit(takes[breaks % len(takes)], at_s, float(chance.normal(0.0, 1.5))))
        fall_s = at_s
        for number in range(int(chance.integers(3, 9)) if pieces else 0):
            fall_s += float(chance.exponential(0.12)) + 0.08
            gain_db = -6.0 - 1.8 * number + float(chance.normal(0.0, 2.0))
            if fall_s < seconds - 0.4:
                hits.append(Hit(pieces[number % len(pieces)], fall_s, gain_db))
        at_s = max(fall_s, at_s + takes[breaks % len(takes)].frames / RATE_HZ) + float(chance.uniform(0.6, 1.6))
        breaks += 1
    words = times(lead.captions.exact, breaks)
    subject = f"{words}, with pieces falling" if pieces else words
    return _draft("breakage", lead, seconds, hits, subject, (f"{words} and debris coming down",) if pieces else ())


def _draft(kind: str, lead: Clip, seconds: float, hits: list[Hit], subject: str, others: tuple[str, ...] = ()) -> Draft:
    return Draft(
        kind=kind,
        subject=subject,
        others=others,
        seconds=seconds,
        hits=tuple(hits),
        category=lead.category,
        materials=lead.materials,
    )
