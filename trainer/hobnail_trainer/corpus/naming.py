"""What a file's name says: its take number, its family, its words."""

from __future__ import annotations

import re
from typing import Final

_TAKE: Final = re.compile(r"^(?P<stem>.*?[^\W\d_].*?)[-_. ]*\(?\d+\)?[a-z]?$|^(?P<code>\w+?)[-_. ]+\d+$")
_CAMEL: Final = re.compile(r"(?<=[a-z])(?=[A-Z])")


def key_of(path: str) -> str:
    """The path in lower case, containers as folders, without extension and take number: what rules are matched with.

    ``a.pk3//Sound/Stone1.ogg`` -> ``a.pk3/sound/stone``. Takes of one recording share it.
    """
    folder, _, name = path.replace("//", "/").rpartition("/")
    stem = re.sub(r"\.\w{2,4}$", "", name)
    return f"{folder}/{without_take(stem)}".lower().lstrip("/")


def without_take(stem: str) -> str:
    """``arrow_wood_16`` -> ``arrow_wood``; ``default_gravel_footstep.2`` -> ``default_gravel_footstep``."""
    match = _TAKE.match(stem)
    return (match["stem"] or match["code"]) if match else stem


def words_of(path: str) -> tuple[list[str], list[str]]:
    """(words of the file's name, words of its folders), lower case, in order, numbers left out."""
    folder, _, name = path.replace("//", "/").rpartition("/")
    return _words(without_take(re.sub(r"\.\w{2,4}$", "", name))), _words(folder)


def _words(text: str) -> list[str]:
    return [word.lower() for word in re.split(r"[\W\d_]+", _CAMEL.sub(" ", text)) if len(word) > 1]
