"""``hobnail serve`` without its terminal: an engine process with a session, and a bridge process beside it."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from types import TracebackType

from hobnail.commands import ClientLeft
from hobnail.config import Config
from hobnail.contracts import SessionInfo, Sink
from hobnail.errors import BridgeError
from hobnail.host import Host
from hobnail.inbox import LocalInbox
from hobnail.link.bridge_process import BridgeProcess
from hobnail.link.engine_side import NoticePusher, SharedInbox
from hobnail.link.memory import SharedLink
from hobnail.metrics import Metrics
from hobnail.recording import SessionRecorder
from hobnail.session import Session
from hobnail_native import monotonic_ns

RESTARTS_PER_MINUTE = 5

_log = logging.getLogger(__name__)


class Server:
    """A session in this process and its bridges in another. [control]

    ::

        with Server(config, host) as server:
            print(server.addresses)
            while True:
                time.sleep(0.5)
                server.watch()
    """

    def __init__(
        self, config: Config, host: Host, sinks: Sequence[Sink] = (), *, recorder: SessionRecorder | None = None
    ) -> None:
        self._link = SharedLink.create()
        self._bridges = BridgeProcess(self._link.link, config)
        self._local = LocalInbox()
        try:
            self._bridges.launch()  # it gets ready while the engines are loaded
            self._session = Session(
                config,
                host=host,
                sinks=sinks,
                inbox=SharedInbox(self._link, self._bridges.commands_bell, self._local),
                post=NoticePusher(self._link, self._bridges.notices_bell).post,
                clock_page=self._link.clock,
                taps=self._link.taps,
                recorder=recorder,
            )
        except BaseException:
            self._bridges.stop()
            self._link.close()
            raise
        self._restarts_ns: list[int] = []
        self.addresses: Mapping[str, Mapping[str, str]] = {}

    @property
    def info(self) -> SessionInfo:
        """What clients are told."""
        return self._session.info

    @property
    def metrics(self) -> Metrics:
        """The newest snapshot."""
        return self._session.metrics

    @property
    def bridge_pid(self) -> int | None:
        """The bridge process's number, for measuring it."""
        return self._bridges.pid

    def start(self) -> None:
        """Start sounding, then open the bridges. Raises SinkError or BridgeError with the cure; nothing stays open."""
        try:
            self._session.start()
            self.addresses = self._bridges.start(self._session.info)
        except BaseException:
            self.stop()
            raise

    def watch(self) -> None:
        """Start the bridge process again if it died. Raises BridgeError when it keeps dying."""
        if self._bridges.alive:
            return
        now_ns = monotonic_ns()
        self._restarts_ns = [at for at in self._restarts_ns if now_ns - at < 60e9] + [now_ns]
        if len(self._restarts_ns) > RESTARTS_PER_MINUTE:
            raise BridgeError(
                f"The bridge process died {len(self._restarts_ns)} times within a minute.",
                cure="Its own messages say why; --disable the bridge that breaks.",
            )
        _log.warning("The bridge process died and is started again; the sound goes on, clients must greet anew.")
        lost = self._bridges.clients_so_far()
        self._local.submit(ClientLeft(client=lost.start, count=len(lost)))
        try:
            self.addresses = self._bridges.start(self._session.info)
        except BridgeError as error:  # its port may be free again at the next attempt
            _log.warning("The bridges could not be opened again yet: %s", error)

    def stop(self) -> None:
        """Close the bridges, then the session and its sinks, then the link."""
        self._bridges.stop()
        try:
            self._session.stop()
        finally:
            self._link.close()

    def __enter__(self) -> Server:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
