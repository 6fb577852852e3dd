"""One package: every sound in it, what its name says, and what was done with it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path

from hobnail_trainer.corpus.captions import read_by_grammar
from hobnail_trainer.corpus.containers import BrokenContainerError, Sound, sounds_in
from hobnail_trainer.corpus.deb import members
from hobnail_trainer.corpus.journal import Finished, Journal, opening_of
from hobnail_trainer.corpus.licences import Stanza, Terms, parse_copyright, terms_in_note, terms_of
from hobnail_trainer.corpus.naming import key_of
from hobnail_trainer.corpus.pool import Workers
from hobnail_trainer.corpus.process import Measured
from hobnail_trainer.corpus.recipe import Limits, Package
from hobnail_trainer.corpus.rules import Dropped, Reading, Rule, package_rules, read_by_rules

COPYRIGHTS = "copyrights"

Tick = Callable[[str, int], None]
"""(package, files done so far)."""


def read_name(path: str, rules: tuple[Rule, ...]) -> Reading | Dropped:
    """What a file is by its name: by rule, else by grammar, else nothing can be said."""
    reading = read_by_rules(key_of(path), rules) or read_by_grammar(path)
    return Dropped("unlabelled") if reading is None else reading


def digest_of_rules(rules: tuple[Rule, ...]) -> str:
    """Changes when any rule does."""
    text = "\n".join(f"{rule.pattern.pattern}|{rule.meaning}" for rule in rules)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def build_package(package: Package, archive: Path, corpus: Path, limits: Limits, workers: Workers, tick: Tick) -> None:
    """Bring the package's journal, audio and copyright file up to date. What is already done is not done again."""
    rules = package_rules(package.name)
    digest = digest_of_rules(rules)
    journal = Journal(corpus / "journal" / f"{package.name}.jsonl", opening_of(archive, limits))
    try:
        if journal.finished is not None and journal.finished.rules == digest:
            return
        walk = _Walk(package.name, archive, corpus, rules, journal)
        for done, result in enumerate(workers.run(package.name, walk.new_sounds()), start=1):
            journal.add(result)
            tick(package.name, done)
        journal.add(Finished(rules=digest, dropped=walk.dropped, broken=walk.broken))
    finally:
        journal.close()


class _Walk:
    """Goes through a package once; sets aside what names rule out and what the journal knows."""

    def __init__(self, package: str, archive: Path, corpus: Path, rules: tuple[Rule, ...], journal: Journal) -> None:
        self._package, self._archive, self._corpus, self._rules, self._journal = (
            package,
            archive,
            corpus,
            rules,
            journal,
        )
        self.dropped: dict[str, str] = {}
        self.broken: dict[str, str] = {}

    def new_sounds(self) -> Iterator[Sound]:
        scratch = self._corpus / "journal" / "container.part"
        for member in members(self._archive):
            if member.path == f"usr/share/doc/{self._package}/copyright":
                target = self._corpus / COPYRIGHTS / self._package
                target.parent.mkdir(exist_ok=True)
                target.write_bytes(member.stream.read())
                continue
            try:
                yield from sounds_in(member, scratch, self._wanted)
            except BrokenContainerError as error:
                self.broken[member.path] = str(error)
        scratch.unlink(missing_ok=True)

    def _wanted(self, path: str) -> bool:
        reading = read_name(path, self._rules)
        if isinstance(reading, Dropped):
            self.dropped[path] = reading.reason
            return False
        return path not in self._journal.entries


class Licences:
    """Terms of a package's files. [one thread]"""

    def __init__(self, package: Package, corpus: Path) -> None:
        self._package = package
        path = corpus / COPYRIGHTS / package.name
        text = path.read_text("utf-8", errors="replace") if path.is_file() else ""
        self._stanzas: tuple[Stanza, ...] = parse_copyright(text)

    def terms(self, sound: Measured) -> Terms | None:
        """The container's own words, else the stanza of the source file, else the recipe's; None when nobody says."""
        if sound.note and (own := terms_in_note(sound.note)) is not None:
            return own
        for installed, source in self._package.source.items():
            if sound.path.startswith(installed):
                found = terms_of(source + sound.path.removeprefix(installed), self._stanzas)
                if found is not None and found.licence:
                    return found
        return Terms(self._package.licence, self._package.author) if self._package.licence else None
