"""Rules: what the files of a known package are. They come with the trainer, one file per package.

A line is ``pattern | category | caption | materials | family`` or ``pattern | drop | reason``. The pattern is compared
with the end of :func:`hobnail_trainer.corpus.naming.key_of`; ``*`` and ``?`` match anything, ``{a,b}`` are
alternatives. The first rule that matches holds. Names that no rule knows are read by the grammar.
"""

from __future__ import annotations

import fnmatch
import re
from importlib import resources
from typing import NamedTuple, cast, get_args

from hobnail_trainer.corpus.model import Category, Material
from hobnail_trainer.errors import CorpusError


class Reading(NamedTuple):
    """What a file's name says it is."""

    category: Category
    caption: str
    materials: tuple[Material, ...] = ()
    family: str = ""  #: empty: from the name


class Dropped(NamedTuple):
    """Why a file is left out by its name."""

    reason: str


class Rule(NamedTuple):
    """A pattern and what it means."""

    pattern: re.Pattern[str]
    meaning: Reading | Dropped


def package_rules(package: str) -> tuple[Rule, ...]:
    """Rules of a package, then the common ones. A package without rules of its own has only those."""
    folder = resources.files("hobnail_trainer.corpus") / "rules"
    own = folder / f"{package}.rules"
    common = folder / "common.rules"
    texts = ((own, f"{package}.rules"), (common, "common.rules"))
    return tuple(
        rule for file, name in texts if file.is_file() for rule in parse_rules(file.read_text("utf-8"), source=name)
    )


def read_by_rules(key: str, rules: tuple[Rule, ...]) -> Reading | Dropped | None:
    """What the first matching rule says; None when none matches."""
    return next((rule.meaning for rule in rules if rule.pattern.fullmatch(key)), None)


def parse_rules(text: str, *, source: str) -> tuple[Rule, ...]:
    """Rules from the text of their file. Raises CorpusError naming ``source``, the line and the fault."""
    rules = []
    for number, line in enumerate(text.splitlines(), start=1):
        if line.strip() and not line.startswith("#"):
            pattern, *rest = (part.strip() for part in line.split("|"))
            meaning = _meaning(rest)
            if isinstance(meaning, str):
                raise CorpusError(f"{source}, line {number}: {meaning}.", cure="Correct that line.")
            rules.append(Rule(compiled(pattern), meaning))
    return tuple(rules)


def compiled(pattern: str) -> re.Pattern[str]:
    """A pattern that matches the end of a key, from the start of a folder or name on."""
    each = (fnmatch.translate(one).removesuffix(r"\Z").removesuffix(r"\z") for one in _alternatives(pattern.lower()))
    return re.compile(r"(?:.*/)?(?:" + "|".join(each) + ")")


def _alternatives(pattern: str) -> list[str]:
    match = re.search(r"\{([^{}]*)\}", pattern)
    if match is None:
        return [pattern]
    before, after = pattern[: match.start()], pattern[match.end() :]
    return [whole for choice in match[1].split(",") for whole in _alternatives(before + choice + after)]


def _meaning(parts: list[str]) -> Reading | Dropped | str:
    """What stands after the pattern, or what is wrong with it."""
    if len(parts) == 2 and parts[0] == "drop":
        return Dropped(parts[1])
    if not 2 <= len(parts) <= 4 or not parts[1]:
        return f"{len(parts) + 1} parts, expected pattern | category | caption | materials | family"
    category, caption, materials, family = (*parts, "", "")[:4]
    if category not in get_args(Category):
        return f"category {category!r}, expected one of {', '.join(get_args(Category))}"
    found = [material.strip() for material in materials.split(",") if material.strip()]
    if unknown := [material for material in found if material not in get_args(Material)]:
        return f"material {unknown[0]!r}, expected some of {', '.join(get_args(Material))}"
    return Reading(cast(Category, category), caption, cast("tuple[Material, ...]", tuple(found)), family)
