"""A recipe whose soundfont was made here: two waves, three presets, one effect beside them."""

import pytest

from hobnail_trainer.corpus import parse_recipe

from ..corpus.conftest import deb, encoded, hit
from .sf2 import soundfont

FONT = "usr/share/sounds/tiny.sf2"
RECIPE = f"""
[recipe]
title = "Tiny notes"
seed = 5
validation = 0.2
test = 0.2
[[package]]
name = "tiny-sounds"
why = "one effect"
licence = "CC0-1.0"
[notes]
package = "tiny-font"
font = "{FONT}"
why = "the tests"
licence = "MIT"
author = "Ann Author"
evidence = "written here"
every_semitones = 12
velocities = [40, 120]
held_s = 0.3
release_s = 0.1
programs = [
    {{ number = 11, name = "vibraphone", low = 57, high = 81 }},
    {{ number = 12, name = "marimba", low = 69, high = 69 }},
    {{ number = 80, name = "oboe", low = 69, high = 69, held_s = 0.5 }},
    {{ number = 116, name = "taiko drum", low = 57, high = 57, pitched = false }},
]
"""
PRESETS = {11: 0, 12: 0, 80: 1, 116: 2}  # vibraphone and marimba are made of one sample


@pytest.fixture
def recipe():
    """The recipe above."""
    return parse_recipe(RECIPE.encode(), name="tiny-notes")


def packages_in(folder):
    """A corpus's folder in which both packages are fetched already."""
    packages = folder / "corpus" / "packages"
    packages.mkdir(parents=True)
    files = {"usr/share/tiny/metal_hit.wav": encoded(hit(1))}
    (packages / "tiny-sounds_1.0_all.deb").write_bytes(deb(files))
    font = {FONT: soundfont(PRESETS, harmonics=(1, 6, 3)), "usr/share/doc/tiny-font/copyright": b"MIT, Ann Author"}
    (packages / "tiny-font_1.0_all.deb").write_bytes(deb(font))
    return folder / "corpus"


@pytest.fixture
def corpus(tmp_path):
    return packages_in(tmp_path)
