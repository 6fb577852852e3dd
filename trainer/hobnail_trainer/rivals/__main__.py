"""``python -m hobnail_trainer.rivals BUNDLE``: a line of JSON for each way and each number of voices."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click

from hobnail.errors import MissingExtraError
from hobnail.host import Host
from hobnail.program import run
from hobnail_plugins.aht.bundle import graph_file, read_bundle
from hobnail_plugins.aht.settings import AhtConfig, bundle_folder

HOPS = 2  # a step of sustained voices


@click.command(name="python -m hobnail_trainer.rivals")
@click.argument("bundle", type=click.Path(path_type=Path), required=False)
@click.option("--voices", default="1,8,32", show_default=True)
@click.option("--seconds", type=click.FloatRange(min=0.05), default=5.0, show_default=True, help="Each way.")
def command(bundle: Path | None, voices: str, seconds: float) -> None:
    """Time one pass of a BUNDLE's network, neither adapters nor steering, by every means that is installed.

    Without a BUNDLE it is the one that comes with Hobnail.
    """
    for line in _lines(bundle or bundle_folder(AhtConfig()), [int(number) for number in voices.split(",")], seconds):
        print(line, flush=True)


def _lines(folder: Path, voices: list[int], seconds: float) -> Iterator[str]:
    try:
        from hobnail_trainer.export.measure import full_step
        from hobnail_trainer.rivals import graphs, modules, native
    except ImportError as error:
        raise MissingExtraError("Comparing with torch", extra="train") from error
    bundle = read_bundle(folder)
    spec, host = bundle.manifest.network, Host.discovered()
    for count in voices:
        given = full_step(spec, count, HOPS)
        yield from native.lines(bundle, count, given, seconds)
        yield from graphs.lines(folder / graph_file("plain"), count, given, seconds)
        yield from modules.lines(spec, host, count, given, seconds)


if __name__ == "__main__":
    run(command)
