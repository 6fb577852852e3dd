"""A user's own recordings: a folder and a CSV that says what they are. They go through the same door as packages.

Columns: ``file`` and ``licence`` are needed; ``caption``, ``category``, ``materials`` (separated by ``;``), ``author``,
``family`` and ``split`` may be there. Without caption and category, the grammar reads the file's name.
"""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Final, NamedTuple, cast, get_args

from hobnail_trainer.corpus.captions import CATEGORY_CAPTIONS, read_by_grammar
from hobnail_trainer.corpus.containers import SOUND_NAME, Sound
from hobnail_trainer.corpus.journal import Entry
from hobnail_trainer.corpus.licences import Terms
from hobnail_trainer.corpus.model import Category, Material, Rejected, Split
from hobnail_trainer.corpus.rules import Dropped, Reading
from hobnail_trainer.errors import CorpusError

CSV_NAME: Final = "clips.csv"
COLUMNS: Final = ("file", "licence", "caption", "category", "materials", "author", "family", "split")


class Row(NamedTuple):
    """What the CSV says of a file, checked."""

    file: str
    reading: Reading
    terms: Terms
    split: Split | None


class Folder:
    """A folder with its CSV. Rows that make no sense are in ``rejected``; the others are ``rows``."""

    def __init__(self, folder: Path, csv_path: Path | None = None) -> None:
        self.folder = folder
        self.name = folder.resolve().name
        self.rows: dict[str, Row] = {}
        self.rejected: list[Rejected] = []
        path = csv_path or folder / CSV_NAME
        for number, cells in enumerate(_read_csv(path), start=2):
            row = self._row(cells)
            if isinstance(row, Row):
                self.rows[row.file] = row
            else:
                self._reject(cells.get("file") or f"line {number}", row[0], f"{path.name}, line {number}: {row[1]}")
        named = {*self.rows, *(each.path for each in self.rejected)}
        for file in sorted(folder.rglob("*")):
            relative = file.relative_to(folder).as_posix()
            if SOUND_NAME.search(file.name) and relative not in named:
                self._reject(relative, "not-listed", f"{path.name} does not name it")

    def new_sounds(self, known: dict[str, Entry]) -> Iterator[Sound]:
        """Files that the journal does not know, or knew with other bytes."""
        for relative in self.rows:
            try:
                data = (self.folder / relative).read_bytes()
            except OSError as error:
                self._reject(relative, "unreadable", str(error.strerror))
                continue
            entry = known.get(relative)
            if entry is None or entry.sha256 != hashlib.sha256(data).hexdigest():
                yield Sound(relative, data)

    def _row(self, cells: dict[str, str]) -> Row | tuple[str, str]:
        """The row, or (code, detail) of what is wrong with it."""
        file, category, split = cells.get("file", ""), cells.get("category", ""), cells.get("split", "")
        materials = [material.strip() for material in cells.get("materials", "").split(";") if material.strip()]
        path = PurePosixPath(file)
        unknown = next((material for material in materials if material not in get_args(Material)), "")
        checks = (
            (not file or path.is_absolute() or ".." in path.parts, "bad-row", f"file {file!r} is not in the folder"),
            (file in self.rows, "twice", f"{file!r} stands in two rows"),
            (not cells.get("licence"), "no-licence", "the licence is empty; CC0-1.0 gives your own work away"),
            (
                bool(category) and category not in get_args(Category),
                "bad-row",
                _unknown("category", category, Category),
            ),
            (bool(unknown), "bad-row", _unknown("material", unknown, Material)),
            (bool(split) and split not in get_args(Split), "bad-row", _unknown("split", split, Split)),
        )
        if problem := next(((code, detail) for wrong, code, detail in checks if wrong), None):
            return problem
        reading = _reading(file, cells, category, materials)
        if isinstance(reading, Dropped):
            return reading.reason, "by its name; give a caption and a category if it is a sound effect"
        terms = Terms(cells["licence"], cells.get("author", ""))
        return Row(file, reading, terms, cast(Split, split) if split else None)

    def _reject(self, path: str, reason: str, detail: str) -> None:
        self.rejected.append(Rejected(package=self.name, path=path, reason=reason, detail=detail))


def _unknown(what: str, found: str, known: object) -> str:
    return f"{what} {found!r}, expected one of {', '.join(get_args(known))}"


def _reading(file: str, cells: dict[str, str], category: str, materials: list[str]) -> Reading | Dropped:
    """What the row says, completed by the grammar where it says nothing."""
    caption, family = cells.get("caption", ""), cells.get("family", "")
    guess = None if caption and category else read_by_grammar(file)
    if isinstance(guess, Dropped) and not (caption or category):
        return guess
    found = guess if isinstance(guess, Reading) else None
    kind = cast(Category, category) if category else (found.category if found else None)
    if kind is None:
        return Dropped("unlabelled")
    words = caption or (found.caption if found and found.category == kind else CATEGORY_CAPTIONS[kind])
    of = cast("tuple[Material, ...]", tuple(materials)) or (found.materials if found else ())
    return Reading(kind, words, of, family)


def _read_csv(path: Path) -> list[dict[str, str]]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            columns = reader.fieldnames or ()
            if unknown := [column for column in columns if column not in COLUMNS]:
                raise CorpusError(f"{path}: column {unknown[0]!r}.", cure=f"Columns are: {', '.join(COLUMNS)}.")
            if missing := [column for column in COLUMNS[:2] if column not in columns]:
                raise CorpusError(f"{path}: there is no column {missing[0]!r}.", cure="Add it to the first line.")
            return [{name: (cell or "").strip() for name, cell in row.items() if name} for row in reader]
    except OSError as error:
        raise CorpusError(
            f"{path}: cannot be read: {error.strerror}.", cure=f"Put a {CSV_NAME} into the folder, or name one: --csv."
        ) from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise CorpusError(f"{path}: not a CSV in UTF-8: {error}.", cure="Save it as CSV, UTF-8.") from error
