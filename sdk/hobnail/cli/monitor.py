"""``hobnail monitor``: every message that comes to a running server, decoded, with its fault when it was refused."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator

import click
import msgspec
from rich.console import Console
from rich.markup import escape

from hobnail.cli.connection import CONNECT, connected
from hobnail.errors import ClientError
from hobnail.monitoring import fault_of, kind_of, line_of, message_of
from hobnail.watching import Seen

_SILENCE_S = 10.0


@click.command("monitor")
@CONNECT
@click.option("--type", "kinds", multiple=True, metavar="TYPE", help="Only such messages: event, frame, control ...")
@click.option("--client", "clients", multiple=True, metavar="NAME", help="Only this client's.")
@click.option("--errors", is_flag=True, help="Only what was refused.")
@click.option("--seconds", type=float, help="End after so long; default: at Ctrl-C.")
@click.option("--count", type=int, help="End after so many.")
@click.option("--json", "as_json", is_flag=True, help="One line of JSON for each.")
def command(
    address: str,
    kinds: tuple[str, ...],
    clients: tuple[str, ...],
    errors: bool,
    seconds: float | None,
    count: int | None,
    as_json: bool,
) -> None:
    """Show every message that comes, and why it was refused if it was. Only on the server's own machine.

    Nothing is slowed: beyond some 500 messages a second the rest is counted, not shown.
    """
    console = Console(highlight=False, soft_wrap=True)
    totals: Counter[str] = Counter()
    printed = 0
    try:
        for seen in _seen(address, seconds, quiet=as_json):
            totals["not shown"] += seen.missed
            if not _wanted(seen, kinds, clients, errors):
                continue
            totals["refused" if seen.fault else "taken"] += 1
            if as_json:
                click.echo(_json(seen))
            else:
                console.print(_line(seen))
            printed += 1
            if count is not None and printed >= count:
                break
    finally:
        if not as_json:
            console.print(", ".join(f"{number} {what}" for what, number in totals.items() if number) or "Nothing came.")


def _seen(address: str, seconds: float | None, *, quiet: bool) -> Iterator[Seen]:
    with connected(address, "monitor") as client, client.telemetry("monitor") as stream:
        if not quiet:
            click.echo(f"Watching {address}. Ctrl-C ends it.")
        ends = None if seconds is None else time.monotonic() + seconds
        lost_since: float | None = None
        while ends is None or time.monotonic() < ends:
            seen = stream.read(timeout_s=0.2)
            if isinstance(seen, Seen):
                if seen.client != client.welcome.client:  # its own pings are of no interest
                    yield seen
            elif client.connected:
                lost_since = None
            else:
                lost_since = lost_since or time.monotonic()
                if time.monotonic() - lost_since > _SILENCE_S:
                    raise ClientError(f"The server at {address} is gone.", cure="`hobnail doctor --connect` says more.")


def _wanted(seen: Seen, kinds: tuple[str, ...], clients: tuple[str, ...], errors: bool) -> bool:
    return (
        (not kinds or kind_of(seen) in kinds)
        and (not clients or seen.client in clients)
        and (not errors or seen.fault is not None)
    )


def _line(seen: Seen) -> str:
    stamp = f"{seen.ns // 1_000_000 % 100_000_000 / 1000:10.3f}"
    who = escape(seen.client or "(not greeted)")
    fault = fault_of(seen)
    tail = f"\n{'':10}   [bold red]refused[/] {escape(fault)}" if fault else ""
    missed = f"[dim]{'':10}   ... {seen.missed} not shown[/]\n" if seen.missed else ""
    return f"{missed}[dim]{stamp}[/] {who:<16} [bold]{escape(kind_of(seen)):<9}[/] {escape(line_of(seen))}{tail}"


def _json(seen: Seen) -> str:
    record = msgspec.to_builtins(seen, builtin_types=(bytes,))
    record["message"] = message_of(seen)
    record["data"] = seen.data.hex()

    def readable(value: object) -> object:
        return {"hex": value.hex()} if isinstance(value, bytes) else str(value)

    return msgspec.json.encode(_plain(record), enc_hook=readable).decode()


def _plain(value: object) -> object:
    """Bytes as {"hex": ...}, keys as text."""
    if isinstance(value, bytes):
        return {"hex": value.hex()}
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, list) else value
