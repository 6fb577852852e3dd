"""A recipe: which packages a corpus is built from, what is kept, and how it is split. One TOML file, typed and strict.

::

    [recipe]
    title = "..."
    seed = 1
    [[package]]
    name = "minetest-data"
    why = "footsteps on ten grounds"
    [package.source]                 # installed folder -> folder of the source, for the copyright file
    "usr/share/games/x/" = "x/"
    [notes]                          # instruments of a soundfont: hobnail_trainer.corpus.notes.model
"""

from __future__ import annotations

import tomllib
from importlib import resources
from pathlib import Path
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from hobnail_trainer.corpus.licences import Family
from hobnail_trainer.corpus.model import Split
from hobnail_trainer.corpus.notes.model import Notes
from hobnail_trainer.errors import CorpusError

MOST_PACKAGES = 20


class Limits(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a sound must be to be kept."""

    shortest_s: float = 0.06
    longest_s: float = 180.0
    most_clipped: float = 0.01  #: fraction of samples in runs at full scale
    least_rate_hz: int = 22_050
    least_bandwidth_hz: float = 6_000.0  #: where the spectrum is still within 70 dB of its peak
    quietest_dbfs: float = -60.0  #: peak below this is silence


class Package(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A Debian package and what is known of it."""

    name: Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9+.-]+$")]
    why: str  #: what it brings
    licence: str = ""  #: of files that the copyright file does not speak of; empty: they are left out
    author: str = ""
    evidence: str = ""  #: where ``licence`` was read
    split: Split | None = None  #: the whole package goes there; None: by families
    source: dict[str, str] = {}  #: installed prefix -> prefix in the source


class Recipe(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A whole recipe."""

    name: str
    title: str
    seed: int
    validation: Annotated[float, Meta(ge=0, le=0.4)] = 0.08  #: share of families
    test: Annotated[float, Meta(ge=0, le=0.4)] = 0.08
    licences: tuple[Family, ...] = ("public-domain", "permissive", "cc-by", "cc-by-sa", "gpl")
    limits: Limits = Limits()
    packages: tuple[Package, ...] = ()
    notes: Notes | None = None


def packaged_recipe(name: str) -> Recipe:
    """A recipe that comes with the trainer. Raises CorpusError."""
    folder = resources.files("hobnail_trainer.corpus") / "recipes"
    names = sorted(entry.name.removesuffix(".toml") for entry in folder.iterdir() if entry.name.endswith(".toml"))
    if name not in names:
        raise CorpusError(f"there is no recipe {name!r}.", cure=f"Recipes: {', '.join(names)}; or give a .toml file.")
    return parse_recipe((folder / f"{name}.toml").read_bytes(), name=name)


def find_recipe(name_or_path: str) -> Recipe:
    """A packaged recipe by its name, or a file by its path. Raises CorpusError."""
    if not name_or_path.endswith(".toml"):
        return packaged_recipe(name_or_path)
    path = Path(name_or_path)
    try:
        return parse_recipe(path.read_bytes(), name=path.stem)
    except OSError as error:
        raise CorpusError(f"{path}: cannot be read: {error.strerror}.", cure="Give an existing recipe.") from error


def parse_recipe(data: bytes, *, name: str) -> Recipe:
    """A recipe from the bytes of its file. Raises CorpusError."""
    try:
        tree: dict[str, Any] = tomllib.loads(data.decode("utf-8"))
        flat = {**tree.pop("recipe", {}), "name": name, "packages": tree.pop("package", []), **tree}
        recipe = msgspec.convert(flat, Recipe)
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise CorpusError(f"recipe {name}: {error}.", cure="Correct the recipe.") from error
    names = [package.name for package in recipe.packages]
    if not (names or recipe.notes) or len(names) > MOST_PACKAGES:
        raise CorpusError(f"recipe {name}: it names {len(names)} packages.", cure=f"Name 1 to {MOST_PACKAGES}.")
    if twice := {package for package in names if names.count(package) > 1}:
        raise CorpusError(f"recipe {name}: package {min(twice)!r} is there twice.", cure="Name each once.")
    if recipe.notes and (problem := recipe.notes.problem(names)):
        raise CorpusError(f"recipe {name}: {problem}.", cure="Correct the table [notes].")
    return recipe
