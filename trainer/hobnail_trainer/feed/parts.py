"""Which sounds a part is made of, under which licences, and what names them all."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Final, NamedTuple

import msgspec

from hobnail_trainer.codec.clips import corpus_digest
from hobnail_trainer.corpus.licences import Family, licence_family
from hobnail_trainer.corpus.manifest import MANIFEST
from hobnail_trainer.corpus.model import Clip, Origin, Split
from hobnail_trainer.corpus.pack import Pack, open_pack
from hobnail_trainer.corpus.recorded import pack_folder, recordings
from hobnail_trainer.feed.model import VERSION, Part

ORIGIN: Final[dict[Part, Origin]] = {
    "recorded": "recorded",
    "notes": "note",
    "composed": "composed",
    "pairs": "augmented",
    "scenes": "composed",
}
_PACK: Final[dict[Part, str]] = {"recorded": "recorded", "notes": "recorded", "composed": "composed", "pairs": "pairs"}


TRUE_LEVEL: Final = "true level"
"""Pairs were once encoded as loud as they are stored: a part that was made so is made again."""


class Chosen(NamedTuple):
    """Clips of a part that may be used."""

    clips: list[Clip]
    left_out: int


class Corpus:
    """A corpus with its packs, as a feed reads them. Packs are opened when they are asked for. [one thread]"""

    def __init__(self, folder: Path, codec: str, licences: Sequence[Family], tell: Callable[[str], None]) -> None:
        """``codec``: what names the codec that hears it. Raises CorpusError."""
        self.folder = folder
        self.codec = codec
        self.licences = tuple(sorted(licences))
        self.recorded: Pack = recordings(folder, tell=tell)
        self.digest = corpus_digest(folder)
        self._allowed = {clip.id for clip in self.recorded.manifest.clips if self._may(clip)}
        self._packs = {"recorded": self.recorded}

    def has(self, part: Part) -> bool:
        """Whether the corpus has the pack of a part."""
        return (pack_folder(self.folder, _PACK[part]) / MANIFEST).exists()

    def pack(self, part: Part) -> Pack:
        """Raises CorpusError."""
        name = _PACK[part]
        if name not in self._packs:
            self._packs[name] = open_pack(pack_folder(self.folder, name), known=self.recorded.manifest)
        return self._packs[name]

    def chosen(self, part: Part, split: Split) -> Chosen:
        """Clips whose own licence is allowed, and that of every recording in them, by category and id."""
        clips = [clip for clip in self.pack(part).manifest.clips if clip.split == split and clip.origin == ORIGIN[part]]
        kept = [clip for clip in clips if self._may(clip) and self.may_use(source.clip for source in clip.sources)]
        return Chosen(sorted(kept, key=lambda clip: (clip.category, clip.id)), len(clips) - len(kept))

    def may_use(self, clips: Iterable[str]) -> bool:
        """Whether all of these recordings may be used, by their ids; one that is unknown may not."""
        return all(clip in self._allowed for clip in clips)

    def made_of(self, part: Part, split: Split, scenes: str = "") -> str:
        """What names a part: the corpus, the pack, the codec, the licences and the version of the format."""
        pack = scenes if part == "scenes" else _file_digest(pack_folder(self.folder, _PACK[part]) / MANIFEST)
        what: tuple[object, ...] = (VERSION, part, split, self.codec, self.licences, self.digest, pack)
        if part == "pairs":
            what = (*what, TRUE_LEVEL)
        return hashlib.sha256(msgspec.json.encode(what)).hexdigest()

    def _may(self, clip: Clip) -> bool:
        return licence_family(clip.licence) in self.licences


def _file_digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
