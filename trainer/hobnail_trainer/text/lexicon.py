"""Words of sounds that the model's vocabulary lacks; each gets a row of its own instead of falling into pieces."""

from __future__ import annotations

from collections.abc import Container, Iterable
from typing import Final

from hobnail_plugins.text.pieces import words_of

_DOING: Final = (
    "bang bash bleat blip bong boom bounce bubble bump buzz caw chatter chime chirp chop chug clack clang clank "
    "clap clash clatter click clink clip clomp clop cluck clunk crack crackle crash creak crinkle croak crumble "
    "crumple crunch crush dribble drip drone drop fizz fizzle flap flick flop flutter gasp glitch gnaw grate "
    "grind groan growl grunt gulp gurgle gush hammer hiss honk hoot howl hum jangle jingle kick klaxon knock lap "
    "limp lurch mash meow moan moo neigh patter ping pitter plink plod plonk plop pluck plunk pop pound pour purr "
    "quack rap rasp rattle rev ricochet ring rip roar roll rub rumble rustle scamper scrape scratch scream "
    "screech scrunch scuff scurry scuttle shatter shear shimmer shriek shuffle sizzle skid skitter slam slap "
    "slash slide slither slosh slurp smack smash snap snarl sneeze sniff snore snort splash splat splatter "
    "splinter splutter sputter squash squawk squeak squeal squelch squish stamp stomp strum swirl swish swoosh "
    "tap tear thrash thud thump thunder thwack tick tinkle toll tread trickle trudge tumble twang tweet wail "
    "warble whack wheeze whine whinny whip whir whirl whirr whisper whistle whoosh whump yelp zap zing zip zoom"
)
"""Verbs, of which all forms are taken."""

_THINGS: Final = (
    "anvil asphalt axle barrel bellows bolt bonfire boots boulder bracken bramble bucket cardboard ceramic "
    "chainmail cobble cobbles cobblestone cobblestones corrugated crate creaky crunchy denim doorknob drawbridge "
    "driftwood dusty earthenware fabric felt flagstone flagstones floorboard floorboards footfall footfalls "
    "footstep footsteps footwear forklift gearbox grassy grating gravelly gritty growly hailstones heels hinges "
    "hobnail hobnails hollow icy jackboots keyring latex leafy lino linoleum loafers lumber marbles metallic "
    "mossy mud muddy muffled parquet pebbles pebbly plank planks plaster plastic plywood porcelain portcullis "
    "puddle puddles raindrops rattly rubber rubbery rusty sandals sandpaper sandy sawdust scabbard scaffolding "
    "sheath shingle shutters slate slippers slippery slush slushy sneakers snowy soggy splashy squeaky squelchy "
    "squishy stilettos stony tarmac tarpaulin throaty tiles tinny trainers tripwire twig twigs undergrowth velcro "
    "wellies whooshy windowpane wineglass wooden woody zipper"
)
"""What sounds, and how."""

_VOWELS: Final = "aeiou"


def lexicon(texts: Iterable[str], vocabulary: Container[str]) -> list[str]:
    """Words of texts, and of sounds at large in their forms, that the vocabulary has only in pieces; sorted."""
    words = {word for verb in _DOING.split() for word in forms(verb)} | set(_THINGS.split())
    words |= {word for text in texts for word in words_of(text)}
    return sorted(word for word in words if word.isascii() and word.isalpha() and word not in vocabulary)


def forms(verb: str) -> set[str]:
    """bang, bangs, banged, banging: a regular verb by the common rules of English spelling."""
    if verb.endswith("y") and verb[-2] not in _VOWELS:
        return {verb, f"{verb[:-1]}ies", f"{verb[:-1]}ied", f"{verb}ing"}
    many = f"{verb}es" if verb.endswith(("s", "sh", "ch", "x", "z")) else f"{verb}s"
    stem = verb[:-1] if verb.endswith("e") else verb + verb[-1] if _doubles(verb) else verb
    return {verb, many, f"{stem}ed", f"{stem}ing"}


def _doubles(verb: str) -> bool:
    """Whether its last letter is written twice before -ed: one syllable that ends in one vowel and one consonant."""
    if len(verb) < 3 or verb[-1] in f"{_VOWELS}wxy" or verb[-2] not in _VOWELS or verb[-3] in _VOWELS:
        return False
    return sum(letter in _VOWELS for letter in verb) == 1
