"""What listens at an address: nothing, something else, or ZeroMQ, and then which socket. Without a ZeroMQ library.

A ZeroMQ peer greets with 64 bytes (ZMTP 3: signature, version, mechanism) and then, without keys, with a READY command
that names its socket: ROUTER is the control socket, XPUB the audio and the telemetry socket.
"""

from __future__ import annotations

import ipaddress
import re
import socket
import sys
from typing import Final, Literal

import msgspec

from hobnail.errors import ClientError
from hobnail.protocol import AUDIO_PORT, CONTROL_PORT, TELEMETRY_PORT

Found = Literal["nothing", "no_answer", "unreachable", "silent", "stranger", "zeromq"]

_ADDRESS: Final = re.compile(r"^tcp://(?P<host>\[[^\]]+\]|[^:/\s]+):(?P<port>\d{1,5})$")
_GREETING_BYTES: Final = 64
_VERSION_BYTES: Final = 12
_GREETING: Final = b"\xff" + bytes(8) + b"\x7f\x03\x00" + b"NULL".ljust(20, b"\0") + b"\0" + bytes(31)
_SOCKET_TYPE: Final = b"\x0bSocket-Type"


class Endpoint(msgspec.Struct, frozen=True):
    """A TCP address."""

    host: str
    port: int

    def __str__(self) -> str:
        """As in an address."""
        return f"{self.host}:{self.port}"

    @property
    def here(self) -> bool:
        """Whether it is this machine, by its loopback address."""
        try:
            return self.host == "localhost" or ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return False


class Listening(msgspec.Struct, frozen=True, kw_only=True):
    """What was found at an endpoint."""

    endpoint: Endpoint
    found: Found
    mechanism: str = ""  #: of ZeroMQ: NULL, or CURVE when keys are needed
    socket_type: str = ""  #: of ZeroMQ without keys: ROUTER, XPUB
    said: str = ""  #: the system's own words


def endpoint_of(address: str) -> Endpoint:
    """Host and port of ``tcp://host:port``. Raises ClientError."""
    found = _ADDRESS.match(address)
    if found is None or not 0 < int(found["port"]) < 65536:
        cure = f"Write it like tcp://127.0.0.1:{CONTROL_PORT}."
        raise ClientError(f"{address!r} is not an address to connect to.", cure=cure)
    return Endpoint(found["host"].strip("[]"), int(found["port"]))


def probe(endpoint: Endpoint, timeout_s: float = 2.0) -> Listening:
    """Knock and look; sends nothing but ZeroMQ's own greeting."""
    try:
        with socket.create_connection((endpoint.host, endpoint.port), timeout=timeout_s) as knocking:
            return _greeted(endpoint, knocking)
    except ConnectionRefusedError as error:
        return Listening(endpoint=endpoint, found="nothing", said=str(error))
    except TimeoutError as error:
        return Listening(endpoint=endpoint, found="no_answer", said=str(error))
    except OSError as error:  # no such host, no route, no network
        return Listening(endpoint=endpoint, found="unreachable", said=str(error))


def _greeted(endpoint: Endpoint, knocking: socket.socket) -> Listening:
    try:
        knocking.sendall(_GREETING[:_VERSION_BYTES])  # no more: at a mechanism that is not its own a peer hangs up
        greeting = _exactly(knocking, _GREETING_BYTES)
    except TimeoutError:
        return Listening(endpoint=endpoint, found="silent")
    except OSError as error:
        return Listening(endpoint=endpoint, found="stranger", said=str(error))
    if len(greeting) < _GREETING_BYTES or greeting[0] != 0xFF or greeting[9] & 1 == 0:
        return Listening(endpoint=endpoint, found="stranger", said=repr(greeting[:16]))
    mechanism = greeting[12:32].rstrip(b"\0").decode("ascii", "replace")
    if mechanism != "NULL":
        return Listening(endpoint=endpoint, found="zeromq", mechanism=mechanism)
    try:
        knocking.sendall(_GREETING[_VERSION_BYTES:])
        ready = _exactly(knocking, 2)
        body = _exactly(knocking, ready[1] if len(ready) == 2 else 0)
    except OSError:
        body = b""
    return Listening(endpoint=endpoint, found="zeromq", mechanism=mechanism, socket_type=_socket_type(body))


def _exactly(knocking: socket.socket, size: int) -> bytes:
    data = b""
    while len(data) < size and (more := knocking.recv(size - len(data))):
        data += more
    return data


def _socket_type(body: bytes) -> str:
    """The property Socket-Type of a READY command; "" when there is none."""
    _, found, rest = body.partition(_SOCKET_TYPE)
    if not found or len(rest) < 4:
        return ""
    return rest[4 : 4 + int.from_bytes(rest[:4], "big")].decode("ascii", "replace")


def explained(listening: Listening, wanted: str = "ROUTER") -> tuple[str, str]:
    """(problem, cure) of what was found where the socket ``wanted`` should be; ("", "") when it is there."""
    endpoint = listening.endpoint
    if listening.found == "zeromq":
        return _of_zeromq(listening, wanted)
    port = f"Hobnail's control port is {CONTROL_PORT}, unless `hobnail serve` printed another. {_who(endpoint)}"
    stranger = (f"Another program listens on {endpoint}; it does not speak ZeroMQ.", port)
    silence = f"{endpoint} does not answer: something swallows the packets, most often a firewall."
    return {
        "nothing": (f"Nothing listens on {endpoint}.", _start(endpoint)),
        "no_answer": (silence, _firewall()),
        "unreachable": (f"{endpoint} cannot be reached: {listening.said}.", "Check the name, the network, the route."),
        "silent": stranger,
        "stranger": stranger,
    }[listening.found]


def _of_zeromq(listening: Listening, wanted: str) -> tuple[str, str]:
    if listening.mechanism == "CURVE":
        cure = "Give your client its keys (docs/protocol.md, Security); this command speaks only without."
        return f"The server on {listening.endpoint} wants keys.", cure
    if listening.socket_type and listening.socket_type != wanted:
        return _wrong_socket(listening, wanted)
    return "", ""


def _wrong_socket(listening: Listening, wanted: str) -> tuple[str, str]:
    kind = listening.socket_type
    if kind in ("XPUB", "PUB") and wanted == "ROUTER":
        cure = (
            f"Clients connect to the control port ({CONTROL_PORT} by default); {AUDIO_PORT} is sound and "
            f"{TELEMETRY_PORT} figures, and welcome tells both."
        )
        return f"{listening.endpoint} is an audio or telemetry socket, not the control socket.", cure
    return f"{listening.endpoint} is a ZeroMQ {kind} socket of another program.", _who(listening.endpoint)


def _start(endpoint: Endpoint) -> str:
    if endpoint.here:
        return "Start `hobnail serve`, and compare the port that it prints."
    return (
        "Start `hobnail serve` there. By default it listens to its own machine only: set [bridge.zmq] host and curve "
        "(docs/protocol.md, Security)."
    )


def _firewall() -> str:
    ports = f"{CONTROL_PORT}-{TELEMETRY_PORT}"
    if sys.platform == "win32":
        return f"Windows Security > Firewall > Allow an app: python.exe, on private networks; TCP {ports}."
    if sys.platform == "darwin":
        return "System Settings > Network > Firewall > Options: allow incoming connections of python."
    return f"On the server: sudo ufw allow {CONTROL_PORT}:{TELEMETRY_PORT}/tcp, or firewall-cmd --add-port={ports}/tcp."


def _who(endpoint: Endpoint) -> str:
    if sys.platform == "win32":
        return f"netstat -ano | findstr :{endpoint.port} tells whose it is."
    command = f"lsof -i :{endpoint.port}" if sys.platform == "darwin" else f"ss -ltnp 'sport = :{endpoint.port}'"
    return f"{command} tells whose it is."
