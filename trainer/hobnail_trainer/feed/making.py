"""What every part is made with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from hobnail_trainer.corpus.model import Split
from hobnail_trainer.feed.encode import MakeCodec
from hobnail_trainer.feed.model import Entry, Part, PartIndex, Stored, Sums
from hobnail_trainer.feed.parts import Corpus
from hobnail_trainer.feed.write import write_index


@dataclass(frozen=True, slots=True)
class Making:
    """One part of one split, being made."""

    corpus: Corpus
    make: MakeCodec  #: a prepared codec
    part: Part
    split: Split
    folder: Path
    jobs: int
    tell: Callable[[str], None]

    def told(self, what: str) -> None:
        """Say how far it is."""
        self.tell(f"{self.split}/{self.part}: {what}")

    def finish(
        self,
        made_of: str,
        entries: list[Entry],
        files: tuple[Stored, ...],
        latents: Sums,
        left_out: int,
        seen: tuple[Sums, Sums] | None = None,
    ) -> None:
        """Write the index; ``seen``: of scene rows and of pixel cells. Raises CorpusError."""
        index = PartIndex(
            part=self.part,
            split=self.split,
            made_of=made_of,
            corpus=self.corpus.digest,
            codec_print=self.corpus.codec,
            licences=self.corpus.licences,
            dimensions=self.make().spec.dimensions,
            hops=sum(entry.hops for entry in entries),
            files=files,
            latents=latents,
            scene=seen[0] if seen else None,
            pixels=seen[1] if seen else None,
            left_out=left_out,
            entries=tuple(entries),
        )
        write_index(self.folder, index)
