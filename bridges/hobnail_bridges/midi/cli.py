"""``hobnail midi``: inputs, learning, and the map. Found by its entry point in the group ``hobnail.commands``."""

from __future__ import annotations

import queue
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import msgspec
from rich.console import Console
from rich.table import Table

from hobnail.errors import BridgeError, ConfigError, MessageError
from hobnail.midimap import DEFAULT_BINDINGS, Binding, Source, merged
from hobnail_bridges.midi.codec import ChannelPressure, ControlChange, KeyPressure, MidiMessage, PitchBend, decode
from hobnail_bridges.midi.controllers import Controllers
from hobnail_bridges.midi.learn import Learned, Learner, NotThatOne
from hobnail_bridges.midi.map_file import DEFAULT_FILE, map_at, write_map
from hobnail_bridges.midi.ports import OpenInput, PortName, SystemInputs, choose, working_drivers
from hobnail_bridges.midi.spec_text import binding_of, shown

_FILE = click.option(
    "--file", "path", type=click.Path(path_type=Path), default=DEFAULT_FILE, show_default=True, help="The map."
)
_PORT = click.option("--port", "wanted", default="", help="A part of the input's name; default: the first one.")
_BACKEND = click.option("--backend", default="", help="LINUX_ALSA, UNIX_JACK, MACOSX_CORE or WINDOWS_MM.")
_VIRTUAL = click.option("--virtual", default="", metavar="NAME", help="Open a port of this name for others instead.")


@click.group("midi")
def command() -> None:
    """MIDI inputs, learning, and the map of controllers; see docs/midi.md."""


@command.command("list")
def list_inputs() -> None:
    """Show every way to MIDI on this machine, and the inputs there are."""
    table = Table(box=None, pad_edge=False)
    for heading in ("backend", "input"):
        table.add_column(heading, overflow="fold")
    drivers = SystemInputs().drivers()
    for driver in drivers:
        for name in driver.inputs or (driver.problem or "works; nothing is plugged in",):
            table.add_row(driver.backend, name)
    Console(highlight=False, markup=False).print(table)
    working_drivers(drivers, "")  # none: says so, with the cure


@command.command("watch")
@_PORT
@_BACKEND
@_VIRTUAL
@click.option("--seconds", type=float, help="End after so long; default: at Ctrl-C.")
def watch(wanted: str, backend: str, virtual: str, seconds: float | None) -> None:
    """Print what an instrument sends."""
    with _Listening(wanted, backend, virtual) as heard:
        click.echo(f"Listening to {heard.name}. Ctrl-C ends it.")
        for message in heard.messages(seconds):
            click.echo(repr(message))


@command.command("learn")
@click.argument("control")
@click.option("--emitter", help="Whose control; default: of all emitters of the MIDI bridge.")
@click.option("--low", type=click.FloatRange(0, 1), default=0.0, help="The control's value, 0..1, at the lowest.")
@click.option("--high", type=click.FloatRange(0, 1), default=1.0, help="And at the highest; below --low: reversed.")
@click.option("--pickup", is_flag=True, help="Soft takeover: nothing moves until the knob has passed the value.")
@click.option("--mpe", is_flag=True, help="The instrument plays MPE: CC 74 is then not to be learned.")
@click.option("--seconds", type=click.FloatRange(1, 600), default=30.0, show_default=True, help="How long to wait.")
@_PORT
@_BACKEND
@_VIRTUAL
@_FILE
def learn(control: str, path: Path, seconds: float, wanted: str, backend: str, **more: Any) -> None:  # noqa: ANN401 - options
    """Bind CONTROL (pitch, intensity, texture ...) to the knob that you move now, and write it into the map."""
    with _Listening(wanted, backend, more["virtual"]) as heard:
        click.echo(f"Listening to {heard.name}. Move the knob, wheel or pad for {control!r} ...")
        source = _learned(heard, Learner(mpe=more["mpe"]), seconds)
    binding = Binding(
        control=control,
        source=source.kind,
        number=source.number,
        channel=source.channel,
        emitter=more["emitter"],
        low=more["low"],
        high=more["high"],
        takeover="pickup" if more["pickup"] else "jump",
    )
    write_map(map_at(path).with_binding(binding), path)
    click.echo(f"Learned: {shown(binding)}. Written to {path}; a running bridge follows within a second.")


@command.group("map", invoke_without_command=True)
@_FILE
@click.pass_context
def edit(context: click.Context, path: Path) -> None:
    """Show the map; its sub-commands edit it."""
    context.obj = path
    if context.invoked_subcommand is not None:
        return
    midi_map = map_at(path)
    own = midi_map.control
    bindings = merged(own, DEFAULT_BINDINGS) if midi_map.defaults else own
    for number, binding in enumerate(bindings, 1):
        click.echo(f"{number if number <= len(own) else '-':>3}  {shown(binding)}")
    if len(bindings) > len(own):
        click.echo("Lines with - are defaults; a binding of your own on the same source takes their place.")


@edit.command("set")
@click.argument("spec")
@click.pass_obj
def set_binding(path: Path, spec: str) -> None:
    """Add a binding by hand, such as "cc 7 channel 1 -> intensity of feet 0.2..0.9 pickup"."""
    binding = binding_of(spec)
    write_map(map_at(path).with_binding(binding), path)
    click.echo(f"Set: {shown(binding)}.")


@edit.command("edit")
@click.argument("number", type=int)
@click.argument("spec")
@click.pass_obj
def edit_binding(path: Path, number: int, spec: str) -> None:
    """Replace the binding of this NUMBER."""
    binding = binding_of(spec)
    midi_map = map_at(path)
    own = list(midi_map.control)
    own[_index(number, len(own), path)] = binding
    write_map(msgspec.structs.replace(midi_map, control=tuple(own)), path)
    click.echo(f"{number}  {shown(binding)}")


@edit.command("delete")
@click.argument("number", type=int)
@click.pass_obj
def delete_binding(path: Path, number: int) -> None:
    """Remove the binding of this NUMBER."""
    midi_map = map_at(path)
    gone = midi_map.control[_index(number, len(midi_map.control), path)]
    write_map(midi_map.without(number - 1), path)
    click.echo(f"Deleted: {shown(gone)}.")


def _index(number: int, count: int, path: Path) -> int:
    if not 1 <= number <= count:
        raise ConfigError(f"{path} has no binding {number}, it has {count}.", cure="`hobnail midi map` shows them.")
    return number - 1


def _learned(heard: _Listening, learner: Learner, seconds: float) -> Source:
    controllers = Controllers()
    for message in heard.messages(seconds):
        if not isinstance(message, ControlChange | PitchBend | ChannelPressure | KeyPressure):
            continue
        match learner.feed(controllers.take(message)[0]):
            case Learned(source):
                return source
            case NotThatOne(source, why):
                click.echo(f"Not {source}: {why}. Move another.")
    raise BridgeError(
        f"Nothing was moved for {seconds:g} s on {heard.name}.",
        cure="`hobnail midi watch` shows what arrives; is it the right --port?",
    )


class _Listening:
    """An open input whose messages can be waited for."""

    def __init__(self, wanted: str, backend: str, virtual: str) -> None:
        inputs = SystemInputs()
        drivers = inputs.drivers()
        port: PortName | None
        if virtual:
            port = PortName(working_drivers(drivers, backend)[0].backend, virtual)
        else:
            port = choose(drivers, wanted, backend)
        if port is None:
            problem = f"There is no MIDI input {wanted!r}." if wanted else "No MIDI input is plugged in."
            raise BridgeError(problem, cure="`hobnail midi list` shows those there are; --virtual NAME opens one.")
        self.name = port.name
        self._heard: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        self._input: OpenInput = inputs.open(port, self._heard.put, virtual=bool(virtual))

    def messages(self, seconds: float | None) -> Iterator[MidiMessage]:
        """Each message that arrives, for so long."""
        ends = None if seconds is None else time.monotonic() + seconds
        while ends is None or time.monotonic() < ends:
            try:
                message: MidiMessage | None = decode(self._heard.get(timeout=0.1))
            except (queue.Empty, MessageError):
                continue
            if message is not None:
                yield message

    def __enter__(self) -> _Listening:
        return self

    def __exit__(self, *_: object) -> None:
        self._input.close()
