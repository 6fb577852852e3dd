"""Puts a cue sheet on the timeline of a running server: ``python -m hobnail_bridges.osc.cues SHEET``.

A sheet is a text with one cue a line, its fields apart by tabs: seconds, address, arguments. Lines that begin with
``#`` are notes. The sheet takes the place of all cues that were there.
"""

from __future__ import annotations

import argparse
import socket
import sys
from pathlib import Path

import msgspec

from hobnail.errors import ConfigError, HobnailError, SessionError
from hobnail_bridges.osc.config import OSC_PORT
from hobnail_bridges.osc.decode import decode
from hobnail_bridges.osc.encode import SendArgument, encode_message
from hobnail_bridges.osc.framing import LengthPrefix
from hobnail_bridges.osc.packets import OscMessage
from hobnail_bridges.osc.presets.settings import host_and_port

_TIMEOUT_S = 10.0
_COUNT = "/hobnail/transport/cues"


class Cue(msgspec.Struct, frozen=True):
    """A message at a place on the timeline."""

    seconds: float
    address: str
    args: tuple[SendArgument, ...] = ()


def read_sheet(text: str, *, source: str = "cue sheet") -> list[Cue]:
    """The cues of a sheet. Raises ConfigError naming the line."""
    cues = []
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        fields = line.split("\t")
        try:
            cues.append(Cue(float(fields[0]), fields[1], tuple(map(_argument, fields[2:]))))
        except (ValueError, IndexError) as error:
            raise ConfigError(
                f"{source}: line {number} is no cue: {line[:80]!r}.",
                cure="Write seconds, address and arguments, apart by tabs.",
            ) from error
    return cues


def send(cues: list[Cue], host: str, port: int) -> list[str]:
    """Put the cues on the server's timeline; what it refused. Raises SessionError when it does not answer."""
    packets = [encode_message("/hobnail/transport/cues/clear")]
    packets += [encode_message("/hobnail/transport/cue", cue.seconds, cue.address, *cue.args) for cue in cues]
    packets.append(encode_message(_COUNT))
    framing = LengthPrefix()
    refused: list[str] = []
    try:
        with socket.create_connection((host, port), timeout=_TIMEOUT_S) as connection:
            connection.sendall(b"".join(map(framing.wrap, packets)))
            while data := connection.recv(65_536):
                for packet in framing.feed(data):
                    message = decode(packet)
                    if not isinstance(message, OscMessage):
                        continue
                    if message.address == _COUNT:
                        return refused
                    refused.append(" ".join(map(str, message.args)))
    except OSError as error:
        raise SessionError(
            f"Nobody answers at {host}:{port}: {error}.",
            cure='Start "hobnail serve" with bridges = ["osc"] in its configuration (docs/osc.md).',
        ) from error
    raise SessionError(f"The server at {host}:{port} hung up.", cure="Its log says why.")


def _argument(text: str) -> SendArgument:
    try:
        return float(text)
    except ValueError:
        return text


def main() -> int:
    """Send a sheet; the exit code is 1 when something was refused."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sheet", type=Path)
    parser.add_argument("--to", default=f"127.0.0.1:{OSC_PORT}", metavar="HOST:PORT", help="default %(default)s")
    arguments = parser.parse_args()
    try:
        cues = read_sheet(arguments.sheet.read_text(encoding="utf-8"), source=str(arguments.sheet))
        refused = send(cues, *host_and_port(arguments.to))
    except (HobnailError, OSError, ValueError) as error:
        print(error, file=sys.stderr)
        return 1
    for line in refused:
        print(line, file=sys.stderr)
    print(f"{len(cues)} cues sent, {len(refused)} refused")
    return 1 if refused else 0


if __name__ == "__main__":
    sys.exit(main())
