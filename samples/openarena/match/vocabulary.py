"""What the game's events mean in our words: thing, event, contact.

A rule holds for an event of the game when one of the sounds that the game then starts has the right name. So an event
that the game itself leaves silent, or that is too far away to be heard, has no rule and gives nothing. Voices
(pain, taunts), signals (pick-up chimes become the thing that is taken) and magic (teleports, respawns) are not Foley.
Explosions become what they throw about. Grounds: the game tells plain, metal and water apart; plain is taken as stone.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from hobnail.scene import Contact

Thing = Literal["feet", "gear", "weapon", "body", "missile", "grenade", "bullet", "water", "lift"]


@dataclass(frozen=True, slots=True)
class Rule:
    """If this sound begins, this is what happened."""

    sound: re.Pattern[str]
    thing: Thing
    event: str
    contact: Contact
    new_only: bool = False  #: one that was already ringing is another event's: the game never cuts these short


@dataclass(frozen=True, slots=True)
class Kind:
    """What a thing is made of; ``places``: how many of them one can hear at once, 0 if each player has his own."""

    prompt: str
    material: str
    gain_db: float
    places: int = 0


KINDS: Final[Mapping[Thing, Kind]] = {
    "feet": Kind("heavy leather boots", "leather", 3.0),
    "gear": Kind("belts, straps and pouches", "cloth", 1.0),
    "weapon": Kind("a heavy metal gun", "metal", -3.0),
    "body": Kind("a body in leather", "flesh", 0.0),
    "missile": Kind("debris thrown up by a blast", "gravel", 3.0, places=4),
    "grenade": Kind("a metal hand grenade", "metal", 1.0, places=4),
    "bullet": Kind("a bullet", "metal", 0.0, places=4),
    "water": Kind("a pool", "water", 2.0),
    "lift": Kind("a heavy steel door", "metal", 2.0),
}


def _rule(sound: str, thing: Thing, event: str, *, new_only: bool = False, **contact: Any) -> Rule:
    return Rule(re.compile(sound), thing, event, Contact(**contact), new_only)


def _ground(material: str) -> tuple[Rule, ...]:
    return (
        _rule(r"player/footsteps/flesh", "feet", "footstep", material=material, other="flesh", speed_m_s=2.2),
        _rule(r"player/footsteps/mech", "feet", "footstep", material=material, other="metal", speed_m_s=2.2),
        _rule(r"player/footsteps/", "feet", "footstep", material=material, other="leather", speed_m_s=2.2),
    )


def _landing(speed_m_s: float) -> tuple[Rule, ...]:
    heard = r"player/(land1|\w+/(fall|pain))"
    return (_rule(heard, "feet", "footstep", material="stone", other="leather", speed_m_s=speed_m_s),)


_SPLASH: Final = (_rule(r"player/watr_", "water", "splash", mass_kg=20.0, speed_m_s=2.5, size_m=0.5),)
_FIRE: Final = (
    # Lock, bolt and recoil of each weapon; the powder's bang is no contact.
    _rule(r"weapons/rocket/rocklf", "weapon", "impact", material="metal", mass_kg=6.0, speed_m_s=4.0, size_m=0.9),
    _rule(r"weapons/grenade/grenlf", "weapon", "impact", material="metal", mass_kg=2.5, speed_m_s=3.0, size_m=0.4),
    _rule(r"weapons/shotgun/", "weapon", "impact", material="metal", other="wood", mass_kg=3.0, speed_m_s=5.0),
    _rule(r"weapons/railgun/railgf", "weapon", "impact", material="glass", mass_kg=2.0, speed_m_s=2.9, size_m=0.8),
    _rule(r"weapons/machinegun/machgf", "weapon", "impact", material="metal", mass_kg=0.8, speed_m_s=4.0, size_m=0.2),
    _rule(r"weapons/(melee|gauntlet)", "weapon", "impact", material="flesh", other="metal", mass_kg=2.0, speed_m_s=4.0),
    _rule(r"weapons/lightning/lg_fire", "weapon", "impact", new_only=True, material="ceramic", other="metal",
          mass_kg=0.8, speed_m_s=2.0),
    _rule(r"weapons/(plasma/hyprb|bfg)", "weapon", "impact", material="ceramic", other="metal", mass_kg=0.4,
          speed_m_s=2.0),
    _rule(r"weapons/(nailgun|vulcan|proxmine)", "weapon", "impact", material="metal", mass_kg=1.0, speed_m_s=3.0),
)  # fmt: skip
_BLAST: Final = (
    _rule(r"weapons/rocket/rocklx", "missile", "impact", new_only=True, material="gravel", mass_kg=30.0, speed_m_s=9.0,
          size_m=0.8),
    _rule(r"weapons/(plasma/plasmx|lightning/lg_hit)", "missile", "impact", new_only=True, material="gravel",
          mass_kg=2.0, speed_m_s=4.0),
    _rule(r"weapons/(nailgun/wnalimp|vulcan/wvulimp)", "missile", "impact", new_only=True, material="stone",
          other="metal", mass_kg=0.02, speed_m_s=20.0),
)  # fmt: skip
_PICKUP: Final = (
    _rule(r"misc/w_pkup", "gear", "impact", material="metal", other="leather", mass_kg=4.0, speed_m_s=1.4, size_m=0.7),
    _rule(r"misc/am_pkup", "gear", "impact", material="metal", other="metal", mass_kg=0.8, speed_m_s=1.2, size_m=0.15),
    _rule(r"misc/ar\d_pkup", "gear", "impact", material="plastic", other="metal", mass_kg=3.0, speed_m_s=1.2),
    _rule(r"items/\w*(health|shield|armou?r)|misc/\w*health", "gear", "impact", material="glass", other="plastic",
          mass_kg=0.3, speed_m_s=0.8, size_m=0.12),
    _rule(r"items/|misc/", "gear", "cloth", material="cloth", speed_m_s=1.2),
)  # fmt: skip
_HIT: Final = (
    _rule(r"player/\w+/pain", "body", "impact", material="flesh", other="leather", mass_kg=6.0, speed_m_s=5.0),
)
_FALL: Final = (
    _rule(
        r"player/\w+/death", "body", "impact", material="stone", other="flesh", mass_kg=75.0, speed_m_s=3.0, size_m=1.6
    ),
)
_BURST: Final = (_rule(r"player/gibspl", "body", "splash", mass_kg=15.0, speed_m_s=4.0, size_m=0.4),)

RULES: Final[Mapping[str, tuple[Rule, ...]]] = {
    "EV_FOOTSTEP": _ground("stone"),
    "EV_FOOTSTEP_METAL": _ground("metal"),
    "EV_FOOTSPLASH": (_rule(r"player/footsteps/", "feet", "footstep", material="water", other="leather"),),
    "EV_FOOTWADE": (_rule(r"player/footsteps/", "water", "splash", mass_kg=4.0, speed_m_s=1.2, size_m=0.3),),
    "EV_SWIM": (_rule(r"player/footsteps/", "water", "splash", mass_kg=6.0, speed_m_s=1.2, size_m=0.4),),
    "EV_FALL_SHORT": _landing(4.0),
    "EV_FALL_MEDIUM": _landing(6.0),
    "EV_FALL_FAR": _landing(9.0),
    "EV_JUMP": (_rule(r"player/\w+/jump", "gear", "cloth", material="cloth", speed_m_s=2.0),),
    "EV_JUMP_PAD": (_rule(r"world/|player/\w+/jump", "gear", "cloth", material="cloth", speed_m_s=3.0),),
    "EV_WATER_TOUCH": _SPLASH,
    "EV_WATER_LEAVE": _SPLASH,
    "EV_WATER_UNDER": _SPLASH,
    "EV_WATER_CLEAR": _SPLASH,
    "EV_ITEM_PICKUP": _PICKUP,
    "EV_GLOBAL_ITEM_PICKUP": _PICKUP,
    "EV_CHANGE_WEAPON": (
        _rule(r"weapons/change", "weapon", "impact", material="leather", other="metal", mass_kg=3.0, speed_m_s=1.0),
    ),
    "EV_NOAMMO": (_rule(r"weapons/noammo", "weapon", "impact", material="metal", mass_kg=0.05, speed_m_s=1.0),),
    "EV_FIRE_WEAPON": _FIRE,
    "EV_GRENADE_BOUNCE": (
        _rule(r"weapons/grenade/hgrenb", "grenade", "impact", material="stone", other="metal", mass_kg=0.6,
              speed_m_s=4.0, size_m=0.1),
    ),
    "EV_BULLET_HIT_WALL": (
        _rule(r"weapons/machinegun/ric", "bullet", "impact", new_only=True, material="stone", other="metal",
              mass_kg=0.01, speed_m_s=40.0, size_m=0.02),
    ),
    "EV_MISSILE_HIT": _BLAST,
    "EV_MISSILE_MISS": _BLAST,
    "EV_MISSILE_MISS_METAL": _BLAST,
    "EV_GENERAL_SOUND": (
        _rule(r"movers/\S*(strt|start)", "lift", "door_open", material="metal", mass_kg=200.0),
        _rule(r"movers/\S*end", "lift", "door_close", material="metal", mass_kg=200.0, speed_m_s=1.0),
    ),
    "EV_PAIN": _HIT,
    "EV_DEATHx": _FALL,
    "EV_GIB_PLAYER": _BURST,
}  # fmt: skip
"""For each event of the game the rules to try, the first that fits wins."""
