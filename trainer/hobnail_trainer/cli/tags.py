"""``hobnail-train corpus tag``: a tagger's second opinion on every caption."""

from __future__ import annotations

from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from hobnail_trainer.cli.cache import weights_folder
from hobnail_trainer.corpus.manifest import read_manifest
from hobnail_trainer.corpus.tagging import agreement, tag_corpus, write_review
from hobnail_trainer.corpus.tagging.review import HEADS, rows_of, sentence, words_for
from hobnail_trainer.judges.yamnet import Yamnet

SHOWN = 12


@click.command("tag")
@click.argument("corpus", type=click.Path(path_type=Path, file_okay=False))
@click.option(
    "--weights",
    type=click.Path(path_type=Path, file_okay=False),
    default=weights_folder,
    help="Where hobnail-train judges fetch left them; default: the user's cache.",
)
def tag(corpus: Path, weights: Path) -> None:
    """Let YAMNet hear every clip: leaves tags.jsonl and tag-review.md in CORPUS. Stopped, it goes on where it was."""
    console = Console(highlight=False)
    clips = read_manifest(corpus).clips
    tagger = Yamnet.load(weights)
    with console.status("starting") as status:
        tags = tag_corpus(corpus, tagger, tell=status.update)
    found = agreement(clips, tags)
    table = Table("", *HEADS)
    for row in rows_of(found):
        table.add_row(*(str(cell) for cell in row))
    console.print(table)
    console.print(sentence(found))
    for clip, heard in found.contradictions[:SHOWN]:
        console.print(f"  {clip.captions.exact} ({clip.category}): heard {words_for(heard)}", markup=False)
    console.print(f"All {len(found.contradictions)} of them: {write_review(found, corpus)}")
