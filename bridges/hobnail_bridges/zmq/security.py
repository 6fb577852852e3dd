"""Who may connect: loopback without keys; elsewhere CURVE and a list of allowed clients."""

from __future__ import annotations

import logging
import threading
from pathlib import Path

import msgspec
import zmq
import zmq.auth
from zmq.utils import z85

from hobnail.errors import BridgeError
from hobnail_bridges.loopback import is_loopback
from hobnail_bridges.zmq.config import Curve, ZmqConfig

ZAP_ENDPOINT = "inproc://zeromq.zap.01"
ZAP_DOMAIN = b"hobnail"

_log = logging.getLogger(__name__)


class Keys(msgspec.Struct, frozen=True):
    """The server's key pair and the public keys that it lets in, all as Z85 text."""

    public: bytes
    secret: bytes
    allowed: frozenset[bytes]


def admission(config: ZmqConfig) -> Keys | None:
    """The keys to use, or None for an open loopback. Raises BridgeError when strangers could come in."""
    if config.curve is not None:
        return load_keys(config.curve)
    if is_loopback(config.host):
        return None
    raise BridgeError(
        f"Listening on {config.host} without keys would let anyone in.",
        cure="Set [bridge.zmq.curve] (hobnail serve --make-keys DIR writes the files), or host 127.0.0.1.",
    )


def load_keys(curve: Curve) -> Keys:
    """Read the key files that the settings name."""
    public, secret = _load(Path(curve.server_key_file), "[bridge.zmq.curve] server_key_file")
    if secret is None:
        raise BridgeError(
            f"{curve.server_key_file} holds no secret key.", cure="Name the file that ends in .key_secret."
        )
    allowed = {_z85(key) for key in curve.client_keys}
    if curve.clients_dir:
        folder = Path(curve.clients_dir)
        if not folder.is_dir():
            raise BridgeError(f"There is no folder {folder}.", cure="Correct [bridge.zmq.curve] clients_dir.")
        allowed |= {_load(file, "[bridge.zmq.curve] clients_dir")[0] for file in sorted(folder.glob("*.key"))}
    if not allowed:
        raise BridgeError(
            "No client is allowed in.",
            cure="Put public client keys (*.key) into [bridge.zmq.curve] clients_dir, or list client_keys.",
        )
    return Keys(public, secret, frozenset(allowed))


def _load(path: Path, option: str) -> tuple[bytes, bytes | None]:
    try:
        return zmq.auth.load_certificate(path)
    except (OSError, ValueError) as error:
        cure = f"Correct {option}; hobnail serve --make-keys DIR writes such files."
        raise BridgeError(f"The key file {path} cannot be read: {error}.", cure=cure) from error


def _z85(key: str) -> bytes:
    known = set(z85.Z85CHARS.decode())
    if len(key) != 40 or not known.issuperset(key):
        cure = "[bridge.zmq.curve] client_keys take 40 characters of Z85."
        raise BridgeError(f"{key!r} is not a public key.", cure=cure)
    return key.encode("ascii")


class Gatekeeper:
    """Answers ZeroMQ's authentication requests (RFC 27) on its own thread: only allowed keys come in.

    The client's key becomes the ``User-Id`` of each of its messages. One per context; open it before binding.
    """

    def __init__(self, context: zmq.Context[zmq.Socket[bytes]], allowed: frozenset[bytes]) -> None:
        self._allowed = allowed
        self._socket = context.socket(zmq.REP)
        self._socket.linger = 0
        self._socket.bind(ZAP_ENDPOINT)
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="hobnail-zmq-gate", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """[control] End the thread."""
        self._stopping.set()
        self._thread.join()

    def _run(self) -> None:
        try:
            while not self._stopping.is_set():
                if self._socket.poll(50):
                    self._socket.send_multipart(self.answer(self._socket.recv_multipart()))
        finally:
            self._socket.close()

    def answer(self, request: list[bytes]) -> list[bytes]:
        """The reply to one request: version, request id, status, text, user id, metadata."""
        request_id = request[1] if len(request) > 1 else b""
        if len(request) == 7 and request[0] == b"1.0" and request[5] == b"CURVE" and len(request[6]) == 32:
            key = z85.encode(request[6])
            if key in self._allowed:
                return [b"1.0", request_id, b"200", b"OK", key, b""]
            _log.warning("A client with the key %s was turned away; it is not in the list.", key.decode())
        return [b"1.0", request_id, b"400", b"not in the list of allowed clients", b"", b""]
