"""``hobnail send``: one message by hand, and what became of it."""

from __future__ import annotations

import json
import time
from typing import Any

import click
import msgspec
import zmq

from hobnail.cli.connection import CONNECT, connected
from hobnail.client import Client
from hobnail.errors import ClientError, MessageError
from hobnail.protocol import Ack, ControlMessage, Ended, ErrorMessage, Hello, Welcome, decode_server, encode
from hobnail.protocol.messages import PROTOCOL
from hobnail.scene import Contact

_NAME = "send"
_ANSWER_S = 0.4
_SOUND_S = 30.0


@click.group("send")
def command() -> None:
    """Try things by hand on a running server; each tells what became of it."""


@command.command("event")
@click.argument("emitter")
@click.argument("name")
@click.option("--material", help="Of the surface: gravel, wood ...")
@click.option("--other", help="Of the thing that strikes.")
@click.option("--speed", "speed_m_s", type=float, help="Closing speed, m/s.")
@click.option("--slip", "slip_m_s", type=float, help="Tangential speed, m/s.")
@click.option("--impulse", "impulse_n_s", type=float, help="N s.")
@click.option("--mass", "mass_kg", type=float, help="kg.")
@click.option("--size", "size_m", type=float, help="m.")
@click.option("--intensity", type=float, help="0..1, instead of speed and mass.")
@click.option("--control", "controls", multiple=True, metavar="ID=VALUE", help="Normalised, for this event only.")
@click.option("--prompt", help="Words for the emitter.")
@click.option("--engine", help="Engine of the emitter.")
@click.option("--hold", "hold_s", type=click.FloatRange(0, 600), help="A sustained event: stop it after so long.")
@click.option("--times", type=click.IntRange(1, 10_000), default=1, show_default=True)
@click.option("--every", "every_s", type=click.FloatRange(0.01, 60), default=0.5, show_default=True, help="Seconds.")
@CONNECT
def event(address: str, emitter: str, name: str, controls: tuple[str, ...], **options: Any) -> None:  # noqa: ANN401
    """Make EMITTER, if nobody has, and let NAME happen to it: footstep, impact, rain ..."""
    settings = {key: options.pop(key) for key in ("prompt", "engine") if options[key] is not None}
    hold_s, times, every_s = options.pop("hold_s"), options.pop("times"), options.pop("every_s")
    for key in ("prompt", "engine"):
        options.pop(key, None)
    contact = Contact(**options)
    with connected(address, _NAME) as client:
        _made(client, emitter, settings)
        voices = set()
        for number in range(times):
            if number:
                time.sleep(every_s)
            action: Any = "trigger" if hold_s is None else "start"
            ack = client.event(emitter, name, action=action, contact=contact, controls=_numbers(controls), wait=True)
            click.echo(f"voice {ack.voice} at frame {ack.at}")
            if ack.voice is not None:
                voices.add(ack.voice)
            if hold_s is not None:
                time.sleep(hold_s)
                client.event(emitter, name, action="stop", wait=True)
        _until_over(client, voices)


@command.command("control")
@click.argument("emitter")
@click.argument("control")
@click.argument("value", type=float)
@click.option("--plain", is_flag=True, help="VALUE is in the control's unit, not 0..1.")
@CONNECT
def control(address: str, emitter: str, control: str, value: float, plain: bool) -> None:
    """Move a CONTROL of an EMITTER that is shared, or make the emitter: 0..1, or --plain in its unit."""
    message = (
        ControlMessage(v=PROTOCOL, control=control, emitter=emitter, plain=value)
        if plain
        else ControlMessage(v=PROTOCOL, control=control, emitter=emitter, value=value)
    )
    _asked(address, message)


@command.command("prompt")
@click.argument("emitter")
@click.argument("text")
@CONNECT
def prompt(address: str, emitter: str, text: str) -> None:
    """Give a shared EMITTER other words."""
    with connected(address, _NAME) as client:
        request = client.update(emitter, prompt=text)
        click.echo(f"taken at frame {client.answer(request).at}")


@command.command("frame")
@click.argument("emitter")
@click.argument("features", nargs=-1, required=True, metavar="FEATURE=NUMBER ...")
@CONNECT
def frame(address: str, emitter: str, features: tuple[str, ...]) -> None:
    """Frame features of a shared EMITTER: speed_m_s=1.5 wetness=0.3 ..."""
    _asked(address, {"type": "frame", "values": {emitter: _numbers(features)}})


@command.command("panic")
@CONNECT
def panic(address: str) -> None:
    """Silence everything."""
    with connected(address, _NAME) as client:
        click.echo(f"silent from frame {client.answer(client.panic()).at}")


@command.command("message")
@click.argument("text", metavar="JSON")
@CONNECT
def message(address: str, text: str) -> None:
    """Any message as JSON, right or wrong, as it is: '{"type": "ping", "t": 1}'. `v` and `id` are added."""
    try:
        fields = json.loads(text)
    except ValueError as error:
        raise click.BadParameter(f"no JSON: {error}", param_hint="JSON") from error
    if not isinstance(fields, dict):
        raise click.BadParameter("a message is a map: {...}", param_hint="JSON")
    _asked(address, fields)


def _made(client: Client, emitter: str, settings: dict[str, Any]) -> None:
    """Ours now; or another client's, who lets us in when it is shared."""
    try:
        client.answer(client.create(emitter, **settings))
    except ClientError as error:
        if "another client" not in str(error) and "taken" not in str(error):
            raise
        click.echo(f"{emitter} is another client's already.")


def _until_over(client: Client, voices: set[int]) -> None:
    """Leaving would end them."""
    deadline = time.monotonic() + _SOUND_S
    while voices and time.monotonic() < deadline:
        for reply in client.poll(timeout_s=0.2):
            if isinstance(reply, Ended) and reply.voice in voices:
                voices.discard(reply.voice)
                click.echo(f"voice {reply.voice} {reply.reason}")
            elif isinstance(reply, ErrorMessage):
                click.echo(f"refused: {reply.code} at {reply.path}: {reply.problem} {reply.cure}", err=True)


def _asked(address: str, fields: dict[str, Any] | ControlMessage) -> None:
    """Send as it is, on a socket of its own, and print the answers; exits with an error when it was refused."""
    with connected(address, _NAME):
        pass  # it is there, and speaks without keys
    with zmq.Context() as context, context.socket(zmq.DEALER) as socket:
        socket.setsockopt(zmq.LINGER, 200)
        socket.connect(address)
        socket.send(encode(Hello(v=PROTOCOL, client=_NAME, want=("voices",))))
        if not socket.poll(3000) or not isinstance(decode_server(socket.recv()), Welcome):
            raise ClientError("The server did not greet.", cure="`hobnail doctor --connect` looks closer.")
        if isinstance(fields, ControlMessage):
            socket.send(encode(msgspec.structs.replace(fields, id=1)))
        else:
            socket.send(msgspec.msgpack.encode({"v": PROTOCOL, "id": 1, **fields}))
        refused: ErrorMessage | None = None
        ends = time.monotonic() + _ANSWER_S
        while (left := ends - time.monotonic()) > 0 and socket.poll(int(left * 1000)):
            answer = decode_server(socket.recv())
            if isinstance(answer, ErrorMessage):
                refused = answer
            elif isinstance(answer, Ack):
                click.echo(f"taken at frame {answer.at}")
            else:
                click.echo(repr(answer))
        socket.send(msgspec.msgpack.encode({"v": PROTOCOL, "type": "bye"}))
    if refused is not None:
        raise MessageError(refused.code, refused.problem, path=refused.path, cure=refused.cure)


def _numbers(pairs: tuple[str, ...]) -> dict[str, float]:
    numbers = {}
    for pair in pairs:
        name, _, text = pair.partition("=")
        try:
            numbers[name] = float(text)
        except ValueError:
            raise click.BadParameter(f"{pair!r} is not NAME=NUMBER") from None
    return numbers
