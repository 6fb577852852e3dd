"""What ``hobnail serve`` says when it is ready."""

from __future__ import annotations

import sys

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from hobnail.audio import frames_to_ms
from hobnail.contracts import EngineSpec, SessionInfo
from hobnail.server import Server


def announce(server: Server, heard: str) -> None:
    """The engine, the latency, where it is heard, its addresses by bridge, and how to connect."""
    console = Console(highlight=False)
    info, addresses = server.info, server.addresses
    latency = info.latency
    table = Table(show_header=False, box=None, padding=(0, 2))
    table.add_row("engine", f"{info.engine} ({', '.join(event.name for event in _default_engine(info).events)})")
    table.add_row(
        "latency",
        f"{frames_to_ms(latency.buffer_frames):.1f} ms buffer + {frames_to_ms(latency.model_frames):.1f} ms model"
        f" + {frames_to_ms(latency.device_frames):.1f} ms device + your transport ({info.latency_mode})",
    )
    table.add_row("heard", escape(heard))
    for bridge, places in addresses.items():
        for what, address in places.items():
            table.add_row(f"{bridge} {what}", address)
    console.print(f"[bold]Hobnail {info.version} is ready.[/] Ctrl-C ends it.")
    console.print(table)
    control = addresses.get("zmq", {}).get("control")
    if control:
        console.print("\nConnect from Python:", style="bold")
        console.print("  from hobnail.client import Client")
        console.print(f'  client = Client("{control}", name="my-game")', markup=False)
        console.print("Other programs: docs/protocol.md.")
    sys.stdout.flush()


def _default_engine(info: SessionInfo) -> EngineSpec:
    return next(engine for engine in info.engines if engine.id == info.engine)
