"""``hobnail serve``: sound for clients, until Ctrl-C."""

from __future__ import annotations

import json
import logging
import os
import signal
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import FrameType
from typing import Any, Literal

import click

from hobnail.cli.options import configuration, replaced, session_options, with_table
from hobnail.config import Config
from hobnail.contracts import Sink
from hobnail.errors import MissingExtraError, SinkError
from hobnail.host import Host
from hobnail.recording import SessionRecorder
from hobnail.server import Server
from hobnail.settling import settle
from hobnail.take import BeginningsRecorder, TakeRecorder

WATCH_S = 0.5
TAKE_ENDING = ".hobnail"
BEGINNINGS_ENDING = ".npz"


@click.command("serve")
@session_options
@click.option("--host", "address", metavar="ADDRESS", help="Where to listen; anything but loopback needs keys.")
@click.option("--control-port", type=click.IntRange(0, 65535), help="Default 9710; 0 picks a free one.")
@click.option("--audio-port", type=click.IntRange(0, 65535), help="Default 9711; 0 picks a free one.")
@click.option("--telemetry-port", type=click.IntRange(0, 65535), help="Default 9712; 0 picks a free one.")
@click.option("--latency", type=click.Choice(["asap", "fixed"]), help="As soon as possible, or all equally late.")
@click.option("--fixed-latency-ms", type=click.FloatRange(1, 500), help="The delay of --latency fixed.")
@click.option("--sink", "sink_id", help="Where the mix goes: auto (default), device, null, or another plug-in's.")
@click.option(
    "--record",
    "records",
    type=click.Path(path_type=Path),
    multiple=True,
    help="Also write the mix (.wav, .flac), the session to render again (.hobnail), or the first 0.3 s of every voice "
    "(.npz); may be given several times.",
)
@click.option("--make-keys", type=click.Path(path_type=Path), help="Write CURVE keys into this folder and end.")
@click.option("--json", "as_json", is_flag=True, help="Print one line of JSON when ready, for scripts.")
@click.option("-v", "--verbose", is_flag=True, help="Say more in the log.")
def command(**options: Any) -> None:  # noqa: ANN401 - fifteen options of five types, read by name below
    """Sound for clients, until Ctrl-C: prints its ports, its latency and how to connect."""
    logging.basicConfig(
        level=logging.INFO if options["verbose"] else logging.WARNING, format="%(levelname)s %(name)s: %(message)s"
    )
    if options["make_keys"] is not None:
        _make_keys(options["make_keys"])
        return
    config, host = configuration(options["config_path"], options["engine"], options["only"], options["disable"])
    config = _laid_over(config, options)
    sinks, heard = _sinks(host, config, options["sink_id"], options["records"])
    recorder = _recorder(options["records"])
    stopping = _stop_on_signals()
    announce = _announce_to_script if options["as_json"] else _announcer()
    with Server(config, host, sinks, recorder=recorder) as server:
        settle()
        announce(server, heard)
        while not stopping.wait(WATCH_S):
            server.watch()
        _say("Stopping.", options)
    _say("Stopped.", options)


def _say(what: str, options: Mapping[str, Any]) -> None:
    if not options["as_json"]:
        click.echo(what)


def _laid_over(config: Config, options: Mapping[str, Any]) -> Config:
    changes: dict[str, Any] = {}
    latency: Literal["asap", "fixed"] | None = options["latency"]
    if latency is not None:
        changes["latency_mode"] = latency
    if options["fixed_latency_ms"] is not None:
        changes |= {"fixed_latency_ms": options["fixed_latency_ms"], "latency_mode": latency or "fixed"}
    if changes:
        config = replaced(config, session=replaced(config.session, **changes))
    return with_table(
        config,
        "bridge",
        "zmq",
        host=options["address"],
        control_port=options["control_port"],
        audio_port=options["audio_port"],
        telemetry_port=options["telemetry_port"],
    )


def _sinks(host: Host, config: Config, chosen: str | None, records: Sequence[Path]) -> tuple[Sequence[Sink], str]:
    """The sinks, and in words where the mix will be heard."""
    sinks: list[Sink] = []
    for record in records:
        if record.suffix.lower() not in (TAKE_ENDING, BEGINNINGS_ENDING):
            sinks.append(host.build("sinks", "wav", {**config.settings("sinks", "wav"), "path": str(record)}))
    id = chosen or (config.session.sink if config.session.sink != "null" else "auto")
    if id not in ("auto", "null"):
        sinks.append(host.build("sinks", id, config.settings("sinks", id)))
        return sinks, id
    if id == "null":
        return sinks, "only by clients that subscribe to audio"
    try:
        device = host.build("sinks", "device", config.settings("sinks", "device"))
        device.open(48_000, 2)  # whether there is one; the session finds it open
    except (SinkError, MissingExtraError) as error:
        return sinks, f"only by clients that subscribe to audio ({error})"
    return [*sinks, device], "sound device"


def _recorder(records: Sequence[Path]) -> SessionRecorder | None:
    found = [record for record in records if record.suffix.lower() in (TAKE_ENDING, BEGINNINGS_ENDING)]
    if len(found) > 1:
        raise SinkError(
            "A session is recorded into one take, or into one file of beginnings.",
            cure=f"Give --record NAME{TAKE_ENDING} or --record NAME{BEGINNINGS_ENDING}, once.",
        )
    if not found:
        return None
    return TakeRecorder(found[0]) if found[0].suffix.lower() == TAKE_ENDING else BeginningsRecorder(found[0])


def _announcer() -> Callable[[Server, str], None]:
    from hobnail.cli.greeting import announce  # brings rich, which is only for those who read

    return announce


def _announce_to_script(server: Server, heard: str) -> None:
    ready = {
        "ready": True,
        "addresses": server.addresses,
        "engine": server.info.engine,
        "heard": heard,
        "pids": [os.getpid(), server.bridge_pid],
    }
    print(json.dumps(ready), flush=True)


def _stop_on_signals() -> threading.Event:
    stopping = threading.Event()

    def stop(_signal: int, _frame: FrameType | None) -> None:
        stopping.set()

    for name in ("SIGINT", "SIGTERM", "SIGBREAK"):  # the last only on Windows
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), stop)
    return stopping


def _make_keys(folder: Path) -> None:
    from hobnail.client.keymaking import make_keys

    make_keys(folder)
    click.echo(f"Wrote keys into {folder}. docs/protocol.md says where they go.")
