"""A client's keys, for servers that listen beyond their own machine."""

from __future__ import annotations

from pathlib import Path

import msgspec
import zmq
import zmq.auth

from hobnail.errors import ClientError


class ClientKeys(msgspec.Struct, frozen=True):
    """The server's public key and this client's own pair, as Z85 text."""

    server_public: bytes
    public: bytes
    secret: bytes

    @classmethod
    def load(cls, *, server: str | Path, own: str | Path) -> ClientKeys:
        """Read ``server.key`` and this client's ``*.key_secret``, as ``hobnail serve --make-keys`` wrote them."""
        server_public, _ = _load(server)
        public, secret = _load(own)
        if secret is None:
            raise ClientError(f"{own} holds no secret key.", cure="Name the file that ends in .key_secret.")
        return cls(server_public, public, secret)

    def apply(self, socket: zmq.Socket[bytes]) -> None:
        """Make a socket use them; before it connects."""
        socket.setsockopt(zmq.CURVE_SERVERKEY, self.server_public)
        socket.setsockopt(zmq.CURVE_PUBLICKEY, self.public)
        socket.setsockopt(zmq.CURVE_SECRETKEY, self.secret)


def _load(path: str | Path) -> tuple[bytes, bytes | None]:
    try:
        return zmq.auth.load_certificate(path)
    except (OSError, ValueError) as error:
        cure = "Ask the server's owner for a file that --make-keys wrote."
        raise ClientError(f"The key file {path} cannot be read: {error}.", cure=cure) from error
