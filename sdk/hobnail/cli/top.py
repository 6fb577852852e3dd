"""``hobnail top``: a running server's work, latency and emitters, in the terminal."""

from __future__ import annotations

import io
import time
from pathlib import Path

import click
from rich.console import Console
from rich.live import Live

from hobnail.client.keys import ClientKeys
from hobnail.errors import ClientError, SinkError
from hobnail.protocol import TELEMETRY_PORT
from hobnail.top import History, TelemetryFeed, page

_PICTURE_WIDTH = 120


@click.command("top")
@click.option(
    "--connect",
    "address",
    default=f"tcp://127.0.0.1:{TELEMETRY_PORT}",
    show_default=True,
    help="The server's telemetry address.",
)
@click.option("--once", is_flag=True, help="Print one page and end; for logs and scripts.")
@click.option("--svg", type=click.Path(dir_okay=False, path_type=Path), help="Draw one page into this file and end.")
@click.option(
    "--seconds", type=click.FloatRange(min=0.1), default=3.0, show_default=True, help="How long --once and --svg look."
)
@click.option("--server-key", type=click.Path(path_type=Path), help="The server's public key file, beyond loopback.")
@click.option("--own-key", type=click.Path(path_type=Path), help="Your own *.key_secret file, beyond loopback.")
def command(
    address: str, once: bool, svg: Path | None, seconds: float, server_key: Path | None, own_key: Path | None
) -> None:
    """Watch a running `hobnail serve`: voices, hops, latency, emitters, weights. Ctrl-C ends it; the server goes on."""
    with TelemetryFeed(address, _keys(server_key, own_key)) as feed:
        if once or svg is not None:
            _picture(feed, seconds, svg)
        else:
            _watch(feed)


def _keys(server_key: Path | None, own_key: Path | None) -> ClientKeys | None:
    if server_key is None and own_key is None:
        return None
    if server_key is None or own_key is None:
        raise click.UsageError("--server-key and --own-key go together.")
    return ClientKeys.load(server=server_key, own=own_key)


def _watch(feed: TelemetryFeed) -> None:
    history, console = History(), Console(highlight=False)
    with Live(console=console, screen=True, auto_refresh=False) as live:
        while True:
            history.take(feed.read(0.5), time.monotonic())
            room = max(3, console.height - 34)
            shown = page(history, address=feed.address, now_s=time.monotonic(), width=console.width, rows=room)
            live.update(shown, refresh=True)


def _picture(feed: TelemetryFeed, seconds: float, svg: Path | None) -> None:
    history, ends = History(), time.monotonic() + seconds
    while (left := ends - time.monotonic()) > 0:
        history.take(feed.read(left), time.monotonic())
    if history.now is None:
        cure = "Is 'hobnail serve' running? It prints its telemetry address; name it with --connect."
        raise ClientError(f"Nothing was heard from {feed.address} within {seconds:g} s.", cure=cure)
    console = Console(highlight=False)
    width = console.width if svg is None else _PICTURE_WIDTH
    if svg is not None:
        console = Console(record=True, width=width, file=io.StringIO(), force_terminal=True, highlight=False)
    console.print(page(history, address=feed.address, now_s=time.monotonic(), width=width))
    if svg is not None:
        try:
            console.save_svg(str(svg), title="hobnail top")
        except OSError as error:
            raise SinkError(f"{svg}: cannot be written: {error.strerror}.", cure="Choose another file.") from error
        click.echo(f"Wrote {svg}.")
