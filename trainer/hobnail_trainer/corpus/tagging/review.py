"""Agreement in words: rows for tables, and ``tag-review.md``, what a person should listen to first."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from hobnail_trainer.corpus.files import write_whole
from hobnail_trainer.corpus.tagging.agreement import FLOOR, SURE, TOP_K, Agreed, Agreement
from hobnail_trainer.corpus.tagging.model import Heard

REVIEW: Final = "tag-review.md"
HEADS: Final = ("clips", "likeliest class agrees", f"one of {TOP_K} agrees", "contradicted")


def rows_of(found: Agreement) -> list[tuple[str, int, str, str, int]]:
    """Rows under :data:`HEADS`, with the name first: everything, then each category, then each material."""
    rows = [_row("all", found.whole)]
    rows += [_row(name, count) for name, count in found.by_category.items()]
    return rows + [_row(f"of {name}", count) for name, count in found.by_material.items()]


def sentence(found: Agreement) -> str:
    """The whole in one sentence."""
    whole = found.whole
    return (
        f"{found.tagger} agrees with {_share(whole.top, whole.clips)} of {whole.clips} captions "
        f"(one of its {TOP_K} likeliest classes, probability {FLOOR} or more); with captions dealt out at random it "
        f"would agree with {round(100 * found.by_chance)} %. It contradicts {whole.contradicted} (sure, {SURE} or "
        "more, of something else)."
    )


def write_review(found: Agreement, corpus: Path) -> Path:
    """Write ``tag-review.md`` into the corpus. Raises CorpusError."""
    parts = ["# Captions that the tagger contradicts", "", sentence(found), "", "| | " + " | ".join(HEADS) + " |"]
    parts += ["|---|---:|---:|---:|---:|"]
    parts += ["| " + " | ".join(str(cell) for cell in row) + " |" for row in rows_of(found)]
    parts += ["", "The surest first.", "", "| caption | category | heard | package | file |", "|---|---|---|---|---|"]
    for clip, heard in found.contradictions:
        cells = (clip.captions.exact, clip.category, words_for(heard), clip.package, clip.path.rpartition("/")[2])
        parts.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    path = corpus / REVIEW
    write_whole(path, ("\n".join(parts) + "\n").encode())
    return path


def words_for(heard: tuple[Heard, ...], count: int = TOP_K) -> str:
    """ "Glass 0.92, Shatter 0.80"."""
    return ", ".join(f"{each.name} {each.probability:.2f}" for each in heard[:count])


def _row(name: str, count: Agreed) -> tuple[str, int, str, str, int]:
    return name, count.clips, _share(count.first, count.clips), _share(count.top, count.clips), count.contradicted


def _share(part: int, whole: int) -> str:
    return f"{round(100 * part / max(1, whole))} %"
