"""Settings of the ZeroMQ bridge: the table ``[bridge.zmq]``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

import msgspec
from msgspec import Meta

from hobnail.protocol import AUDIO_PORT, CONTROL_PORT, MAX_MESSAGE_BYTES, TELEMETRY_PORT

Port = Annotated[int, Meta(ge=0, le=65535)]
Count = Annotated[int, Meta(ge=1, le=1_000_000)]
Bytes = Annotated[int, Meta(ge=MAX_MESSAGE_BYTES, le=1 << 40)]
Seconds = Annotated[float, Meta(ge=0.1, le=3600.0)]


class Limits(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What one client may do before it is told to slow down. Nothing is dropped without an error or a counter."""

    clients: Count = 64  #: greeted clients at once; a further ``hello`` is refused as ``busy``
    events_per_s: Count = 200  #: events of one client; more are refused as ``rate_limited``
    events_burst: Count = 200  #: events of one client at once, after a rest
    frames_per_s: Count = 250  #: frame messages of one client that reach the session; of more, the newest ones do
    messages_per_s: Count = 20_000  #: messages of one client; more are not even read, and refused as ``rate_limited``
    bytes_per_s: Bytes = 8_388_608  #: bytes of one client's messages; more are not read either
    errors_per_s: Count = 50  #: error replies to one client; more are put together, one per code and 100 ms
    replies_waiting: Count = 1_000  #: replies kept for a client that does not read; further ones are dropped
    messages_per_round: Count = 64  #: messages taken from the socket before the bridge does anything else


class Curve(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Encryption and admission (CURVE). Both fields are needed; ``hobnail serve --make-keys DIR`` writes the files."""

    server_key_file: str  #: the server's secret key file, ``server.key_secret``
    clients_dir: str = ""  #: a folder whose ``*.key`` files are the public keys of the clients that may come in
    client_keys: tuple[str, ...] = ()  #: further public keys, each 40 characters of Z85


class ZmqConfig(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where the bridge listens, and whom it lets in."""

    host: str = "127.0.0.1"  #: address to listen on; anything but this machine itself needs ``curve``
    control_port: Port = CONTROL_PORT  #: messages; 0 picks a free port
    audio_port: Port = AUDIO_PORT  #: sound back to the clients; 0 picks a free port
    telemetry_port: Port = TELEMETRY_PORT  #: metrics and ended voices; 0 picks a free port
    bounce: bool = True  #: render offline for clients that ask, in processes of their own; on loopback only
    bounce_port: Port = 0  #: where they ask; ``welcome`` says which it is
    bounce_scores: str = ""  #: a folder that keeps what each bounce was told, as timelines
    heartbeat_s: Seconds = 1.0  #: clients are asked to send something at least this often
    timeout_s: Seconds = 3.0  #: a client that was silent for so long has left
    audio_period_frames: Annotated[int, Meta(ge=64, le=4096)] = 256  #: audio is published about this often
    shared_audio: bool = True  #: sound in shared memory too, for clients that ask; on loopback only
    limits: Limits = Limits()  #: per client
    curve: Curve | None = None  #: off: only programs of this machine can connect

    def reopened(self, addresses: Mapping[str, str]) -> ZmqConfig:
        """The same with the ports of these addresses (control, audio, telemetry), for a bridge that was lost."""
        ports = {f"{name}_port": int(address.rsplit(":", 1)[1]) for name, address in addresses.items()}
        return msgspec.structs.replace(self, **ports)

    def __post_init__(self) -> None:
        if self.timeout_s < 2 * self.heartbeat_s:
            raise ValueError("Expected `timeout_s` to be at least twice `heartbeat_s`")
