"""``hobnail-train takes``: do takes of an engine differ as takes of one recorded sound do."""

from __future__ import annotations

from pathlib import Path

import click
import msgspec
from rich.console import Console

from hobnail_trainer.cli.cache import cache_folder, weights_folder
from hobnail_trainer.cli.codec import commit_of

_FOLDER = click.Path(path_type=Path, file_okay=False)


@click.command("takes")
@click.argument("corpus", type=_FOLDER)
@click.option("--to", "folder", type=_FOLDER, required=True, help="takes.md, takes.json.")
@click.option("--engine", "engines", multiple=True, default=("procedural", "aht"), show_default=True, metavar="ID")
@click.option("--takes", "count", type=click.IntRange(2, 200), default=20, show_default=True, help="Of each sound.")
@click.option("--families", type=click.IntRange(5, 200), default=8, show_default=True, help="Of recordings, at most.")
@click.option("--seed", type=click.IntRange(0), default=1, show_default=True, help="Which families.")
@click.option("--weights", type=_FOLDER, default=weights_folder, help="Of the judges; default: the user's cache.")
def command(
    corpus: Path, folder: Path, engines: tuple[str, ...], count: int, families: int, seed: int, weights: Path
) -> None:
    """Measure the spread of takes by judges' embeddings, beside that of the families of CORPUS."""
    from hobnail.config import Config
    from hobnail.host import Host
    from hobnail_trainer.judges import Aisfx, Yamnet, embed_set
    from hobnail_trainer.takes import choose_families, compare, page, takes_of

    console = Console(highlight=False)
    host, config = Host.discovered(), Config()
    specs = [host.build("engines", engine).spec for engine in engines]
    chosen = choose_families(corpus, specs, families=families, seed=seed)
    with console.status("starting") as status:
        made = {}
        for engine in engines:
            status.update(f"takes of {engine}")
            made[engine] = [takes_of(host, config, engine, family, count) for family in chosen]
        found = []
        for judge in (Yamnet.load(weights), Aisfx.load(weights)):
            status.update(f"{judge.name} listens")
            store = cache_folder() / "embeddings"
            real = [embed_set(judge, family.sounds, store=store) for family in chosen]
            heard = {engine: [embed_set(judge, each, store=store) for each in sets] for engine, sets in made.items()}
            found.append(compare(judge.name, chosen, real, heard))
    folder.mkdir(parents=True, exist_ok=True)
    text = page(found, takes=count, seed=seed, commit=commit_of())
    (folder / "takes.md").write_text(text + "\n", encoding="utf-8")
    (folder / "takes.json").write_bytes(msgspec.json.format(msgspec.json.encode(found), indent=1) + b"\n")
    console.print(text, markup=False)
