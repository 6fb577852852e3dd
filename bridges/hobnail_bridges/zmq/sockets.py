"""The bridge's sockets: made, secured and bound in one place."""

from __future__ import annotations

import zmq

from hobnail.errors import BridgeError
from hobnail.protocol import MAX_MESSAGE_BYTES
from hobnail_bridges.loopback import is_loopback
from hobnail_bridges.zmq.config import ZmqConfig
from hobnail_bridges.zmq.security import ZAP_DOMAIN, Gatekeeper, Keys, admission

Socket = zmq.Socket[bytes]
Context = zmq.Context[Socket]

_HARD_LIMIT_BYTES = 2 * MAX_MESSAGE_BYTES
"""A longer message costs the connection; between the protocol's limit and this one it gets a ``too_large``."""

_QUEUES = {"control": (1000, 200), "audio": (64, 100), "telemetry": (64, 100), "bounce": (64, 64)}
"""Messages that may wait (to send, to receive) per peer; more is dropped and counted, never waited for."""


class Sockets:
    """A context of its own, the gate, and the bound sockets."""

    def __init__(self, config: ZmqConfig) -> None:
        self.context: Context = zmq.Context()
        self.addresses: dict[str, str] = {}
        self.ports: dict[str, int] = {}
        self._gate: Gatekeeper | None = None
        self._open: list[Socket] = []
        try:
            keys = admission(config)
            if keys is not None:
                self._gate = Gatekeeper(self.context, keys.allowed)
            self.control = self._bind(zmq.ROUTER, "control", config.control_port, config, keys)
            self.audio = self._bind(zmq.XPUB, "audio", config.audio_port, config, keys)
            self.telemetry = self._bind(zmq.XPUB, "telemetry", config.telemetry_port, config, keys)
            self.bounce: Socket | None = None  #: only for programs of this machine
            if config.bounce and keys is None and is_loopback(config.host):
                self.bounce = self._bind(zmq.ROUTER, "bounce", config.bounce_port, config, None)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Close everything; safe to call twice. The sockets' threads must have ended."""
        for socket in self._open:
            socket.close(linger=0)
        self._open.clear()
        if self._gate is not None:
            self._gate.stop()
            self._gate = None
        self.context.destroy(linger=0)

    def _bind(self, kind: int, name: str, port: int, config: ZmqConfig, keys: Keys | None) -> Socket:
        socket = self.context.socket(kind)
        self._open.append(socket)
        _set_options(socket, kind, name, keys)
        host = f"[{config.host}]" if ":" in config.host else config.host
        socket.setsockopt(zmq.IPV6, int(":" in config.host))
        try:
            socket.bind(f"tcp://{host}:{port or '*'}")
        except zmq.ZMQError as error:
            raise _bind_error(error, name, config.host, port) from error
        bound = socket.getsockopt(zmq.LAST_ENDPOINT)
        address = bound.decode() if isinstance(bound, bytes) else str(bound)
        self.addresses[name] = address
        self.ports[name] = int(address.rsplit(":", 1)[1])
        return socket


def _set_options(socket: Socket, kind: int, name: str, keys: Keys | None) -> None:
    send_queue, receive_queue = _QUEUES[name]
    socket.setsockopt(zmq.LINGER, 0)
    socket.setsockopt(zmq.SNDHWM, send_queue)
    socket.setsockopt(zmq.RCVHWM, receive_queue)
    socket.setsockopt(zmq.MAXMSGSIZE, _HARD_LIMIT_BYTES if kind == zmq.ROUTER else 1024)
    if kind == zmq.ROUTER:  # silence is the intake's to judge; ZeroMQ hears no pong behind a full queue, and hangs up
        socket.setsockopt(zmq.TCP_KEEPALIVE, 1)
        socket.setsockopt(zmq.TCP_KEEPALIVE_IDLE, 5)
        socket.setsockopt(zmq.TCP_KEEPALIVE_INTVL, 2)
        socket.setsockopt(zmq.TCP_KEEPALIVE_CNT, 3)
    else:
        socket.setsockopt(zmq.HEARTBEAT_IVL, 1000)
        socket.setsockopt(zmq.HEARTBEAT_TIMEOUT, 3000)
    socket.setsockopt(zmq.HANDSHAKE_IVL, 3000)
    if kind == zmq.ROUTER:
        socket.setsockopt(zmq.ROUTER_MANDATORY, 1)
        socket.setsockopt(zmq.ROUTER_HANDOVER, 1)
    if keys is not None:
        socket.setsockopt(zmq.ZAP_DOMAIN, ZAP_DOMAIN)
        socket.setsockopt(zmq.CURVE_SERVER, 1)
        socket.setsockopt(zmq.CURVE_PUBLICKEY, keys.public)
        socket.setsockopt(zmq.CURVE_SECRETKEY, keys.secret)


def _bind_error(error: zmq.ZMQError, name: str, host: str, port: int) -> BridgeError:
    if error.errno == zmq.EADDRINUSE:
        return BridgeError(
            f"Port {port} ({name}) on {host} is in use by another program.",
            cure=f"Stop that program, or choose another port with --{name}-port (0 picks a free one).",
        )
    return BridgeError(
        f"The {name} socket cannot listen on {host} port {port}: {error}.",
        cure="Set [bridge.zmq] host to an address of this machine, such as 127.0.0.1.",
    )
