"""Builds a corpus: fetch, process, finish. Can be stopped at any moment and run again; what is done stays done.

::

    DIR/packages/*.deb     what was fetched             DIR/manifest.jsonl   every kept sound
    DIR/journal/*.jsonl    what was done, per package   DIR/rejected.jsonl   every other file, and why
    DIR/copyrights/*       the packages' own words      DIR/NOTICE           attribution
    DIR/audio/*/*.flac     mono, 48 kHz                 DIR/build.json       counts, versions, seconds
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from hobnail.audio import RATE_HZ
from hobnail_trainer.corpus.fetch import fetch
from hobnail_trainer.corpus.files import write_whole
from hobnail_trainer.corpus.finish import Candidate, Plan, finish
from hobnail_trainer.corpus.folder import Folder
from hobnail_trainer.corpus.journal import Finished, Journal, Opening, opening_of
from hobnail_trainer.corpus.manifest import write_manifest
from hobnail_trainer.corpus.model import Manifest, Rejected
from hobnail_trainer.corpus.notes.build import NOTE_LIMITS, build_notes
from hobnail_trainer.corpus.notes.candidates import candidates_of
from hobnail_trainer.corpus.notes.model import Notes
from hobnail_trainer.corpus.notes.render import NO_FLUIDSYNTH, RenderError, fluidsynth_program
from hobnail_trainer.corpus.notes.tuning import Tuning, tuning
from hobnail_trainer.corpus.notice import notice
from hobnail_trainer.corpus.packages import Licences, build_package, read_name
from hobnail_trainer.corpus.pool import Workers
from hobnail_trainer.corpus.process import PROCESS_VERSION, Measured, Refused
from hobnail_trainer.corpus.recipe import Limits, Package, Recipe
from hobnail_trainer.corpus.rules import Reading, package_rules
from hobnail_trainer.errors import CorpusError

Tell = Callable[[str], None]


class Built(msgspec.Struct, frozen=True, kw_only=True):
    """What came of a build. ``build.json`` holds the same."""

    clips: int
    minutes: float
    rejected: dict[str, int]  #: reason -> files
    archives: dict[str, str]  #: package -> file that was read
    missing: dict[str, str]  #: package -> why it could not be had
    tuning: dict[str, Tuning] = {}  #: instrument -> how well the measured pitch of its notes agrees with the true one
    seconds: float  #: of this run


def build_recipe(recipe: Recipe, corpus: Path, *, jobs: int, tell: Tell) -> Built:
    """Build the corpus of a recipe in the folder ``corpus``. Raises CorpusError; single files never do."""
    started = time.monotonic()
    _make(corpus)
    names = [package.name for package in recipe.packages]
    playable = recipe.notes is not None and fluidsynth_program() is not None
    if recipe.notes and playable:
        names.append(recipe.notes.package)
    archives, missing = fetch(names, corpus / "packages", progress=tell)
    if recipe.notes and not playable:
        missing[recipe.notes.package] = NO_FLUIDSYNTH
    found = _Found(archives={package: path.name for package, path in archives.items()}, missing=missing)
    with Workers(corpus, recipe.limits, jobs) as workers:
        for package in recipe.packages:
            if package.name in archives:
                tell(f"reading {package.name}")
                archive = archives[package.name]
                build_package(package, archive, corpus, recipe.limits, workers, _ticker(tell))
                _gather(package, archive, corpus, recipe.limits, found)
    if recipe.notes and recipe.notes.package in archives:
        tell(f"playing {recipe.notes.package}")
        _play(recipe.notes, archives[recipe.notes.package], corpus, jobs, tell, found)
    plan = Plan(
        title=recipe.title,
        recipe=recipe.name,
        seed=recipe.seed,
        validation=recipe.validation,
        test=recipe.test,
        licences=recipe.licences,
    )
    return _finish(corpus, found, plan, started)


def build_folder(folder: Folder, corpus: Path, plan: Plan, *, limits: Limits, jobs: int, tell: Tell) -> Built:
    """Build a corpus of a user's own folder. Raises CorpusError; single files never do."""
    started = time.monotonic()
    _make(corpus)
    text = msgspec.json.encode(limits).decode()
    opening = Opening(archive=f"folder {folder.name}", process=PROCESS_VERSION, limits=text)
    journal = Journal(corpus / "journal" / "folder.jsonl", opening)
    try:
        with Workers(corpus, limits, jobs) as workers:
            tick = _ticker(tell)
            for done, result in enumerate(workers.run(folder.name, folder.new_sounds(journal.entries)), start=1):
                journal.add(result)
                tick(folder.name, done)
    finally:
        journal.close()
    found = _Found(rejected=list(folder.rejected))
    for path, row in folder.rows.items():
        entry = journal.entries.get(path)
        if isinstance(entry, Refused):
            found.rejected.append(Rejected(package=folder.name, path=path, reason=entry.reason, detail=entry.detail))
        elif entry is not None:
            found.candidates.append(
                Candidate(sound=entry, reading=row.reading, terms=row.terms, package=folder.name, split=row.split)
            )
    return _finish(corpus, found, plan, started)


@dataclass(slots=True)
class _Found:
    """What a build has come upon so far."""

    candidates: list[Candidate] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)
    archives: dict[str, str] = field(default_factory=dict)
    missing: dict[str, str] = field(default_factory=dict)
    tuning: dict[str, Tuning] = field(default_factory=dict)


def _gather(package: Package, archive: Path, corpus: Path, limits: Limits, found: _Found) -> None:
    """Add what the package's journal says."""
    journal = Journal(corpus / "journal" / f"{package.name}.jsonl", opening_of(archive, limits))
    journal.close()
    rules, licences = package_rules(package.name), Licences(package, corpus)
    finished = journal.finished or Finished(rules="", dropped={})
    for path, reason in (
        *finished.dropped.items(),
        *((path, f"container: {why}") for path, why in finished.broken.items()),
    ):
        found.rejected.append(Rejected(package=package.name, path=path, reason=reason))
    for path, entry in journal.entries.items():
        reading = read_name(path, rules)
        if not isinstance(reading, Reading):
            continue  # a rule that is newer than the sound; it stands among the dropped
        if isinstance(entry, Refused):
            found.rejected.append(Rejected(package=package.name, path=path, reason=entry.reason, detail=entry.detail))
        else:
            terms = licences.terms(entry)
            found.candidates.append(
                Candidate(sound=entry, reading=reading, terms=terms, package=package.name, split=package.split)
            )


def _play(notes: Notes, archive: Path, corpus: Path, jobs: int, tell: Tell, found: _Found) -> None:
    """Add the notes, or why there are none: the rest of the corpus does not hang on them."""
    try:
        with Workers(corpus, NOTE_LIMITS, jobs) as workers:
            results = build_notes(notes, archive, corpus, NOTE_LIMITS, workers, _ticker(tell))
    except RenderError as error:
        found.missing[notes.package] = str(error)
        return
    found.tuning = tuning((note, each.attributes.f0_hz) for note, each in results if isinstance(each, Measured))
    kept, refused = candidates_of(notes, results)
    found.candidates += kept
    found.rejected += refused


def _finish(corpus: Path, found: _Found, plan: Plan, started: float) -> Built:
    manifest, others = finish(found.candidates, plan)
    if not manifest.clips:
        reasons = Counter(each.reason for each in (*found.rejected, *others)).most_common(4)
        raise CorpusError(
            f"{corpus}: no sound was kept; reasons: {', '.join(f'{why} ({count})' for why, count in reasons)}.",
            cure="Read rejected.jsonl, or give other sounds.",
        )
    rejected = sorted((*found.rejected, *others), key=lambda each: (each.package, each.path))
    write_whole(corpus / "rejected.jsonl", b"".join(msgspec.json.encode(each) + b"\n" for each in rejected))
    write_whole(corpus / "NOTICE", notice(manifest.clips, title=plan.title).encode())
    write_manifest(manifest, corpus)
    built = Built(
        clips=len(manifest.clips),
        minutes=round(minutes(manifest), 2),
        rejected=dict(Counter(each.reason for each in rejected).most_common()),
        archives=found.archives,
        missing=found.missing,
        tuning=found.tuning,
        seconds=round(time.monotonic() - started, 1),
    )
    write_whole(corpus / "build.json", msgspec.json.format(msgspec.json.encode(built), indent=2) + b"\n")
    return built


def minutes(manifest: Manifest) -> float:
    """Sound in a manifest, in minutes."""
    return sum(clip.frames for clip in manifest.clips) / RATE_HZ / 60.0


def _make(corpus: Path) -> None:
    try:
        (corpus / "journal").mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise CorpusError(
            f"{corpus}: cannot be created: {error.strerror}.", cure="Choose another: --to DIR."
        ) from error


def _ticker(tell: Tell) -> Callable[[str, int], None]:
    return lambda package, done: tell(f"reading {package}: {done} files") if done % 10 == 0 else None
