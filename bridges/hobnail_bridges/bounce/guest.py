"""One client's bounce: messages of protocol 1 in, sound out as far as it is asked for. No sockets, no threads."""

from __future__ import annotations

import msgspec
import numpy as np

from hobnail.commands import LOCAL_CLIENT, AnyCommand
from hobnail.config import Config
from hobnail.contracts import SessionInfo
from hobnail.errors import MessageError
from hobnail.host import Host
from hobnail.notices import Refused
from hobnail.offline import OfflineSession
from hobnail.protocol import Bye, Hello, Ping, ServerMessage, Welcome, decode_client
from hobnail_bridges.zmq import codec
from hobnail_bridges.zmq.units import Units

LONGEST_FRAMES = 48_000 * 60
"""How far one request may ask to render."""


class Guest:
    """A session at frame 0 and what it was told. [one thread]

    What sounds is what ``hobnail render`` makes of the same commands, to the bit: a session looks ``lead_frames``
    ahead, so only that is rendered before which everything is known.
    """

    def __init__(self, hello: Hello, config: Config, host: Host, info: SessionInfo) -> None:
        self.commands: list[AnyCommand] = []  #: everything so far, each with its frame
        self._session = OfflineSession(config, host=host)
        self._lead = config.session.lead_frames
        self._sender = codec.Sender(LOCAL_CLIENT, Units.of(hello), info, 0)
        self._hello = hello
        self._waiting: list[AnyCommand] = []

    @property
    def frame(self) -> int:
        """How far it has rendered."""
        return self._session.frame

    def welcome(self) -> Welcome:
        """What the client is told first; nothing is heard by audio or telemetry sockets."""
        name, info = self._hello.client, self._sender.info
        return codec.welcome(info, self._hello, client=name, frame=0, ports=(0, 0, 0), times_s=(1.0, 3.0))

    def take(self, data: bytes) -> ServerMessage | None:
        """A message; what is wrong with it."""
        try:
            message = decode_client(data)
            if isinstance(message, Hello | Ping | Bye):
                return None
            command = codec.to_command(message, self._sender)
        except MessageError as error:
            return codec.fault(error, None)
        at = self.frame if command.at_frame is None else command.at_frame
        command = msgspec.structs.replace(command, at_frame=at, received_ns=None)
        self.commands.append(command)
        self._waiting.append(command)
        return None

    def advance(self, known_until: int) -> tuple[int, bytes]:
        """All that happens before ``known_until`` was told: (first frame, float32 little-endian [frames, 2])."""
        first = self.frame
        known_until = min(known_until, first + LONGEST_FRAMES)
        blocks = []
        while self.frame + self._lead < known_until:
            blocks.append(self._session.advance(self._waiting))
            self._waiting = []
        sound = np.concatenate(blocks) if blocks else np.zeros((0, 2), np.float32)
        return first, sound.astype("<f4").tobytes()

    def refusals(self) -> list[ServerMessage]:
        """What the session did not do, since the last call."""
        said = [codec.to_error(notice) for notice in self._session.notices if isinstance(notice, Refused)]
        self._session.notices.clear()
        return list(said)
