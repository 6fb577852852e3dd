"""A server whose engine process writes down when it had each control: ``python -m hobnail.bench.osc_engine CONFIG``.

The same parts as in ``hobnail serve``, with an ear at the two ends of the engine thread: what it takes from the queue,
and what it says once that has taken effect. It prints its OSC port; when its standard input ends it prints
``[[value, monotonic ns], ...]``. Part of the benchmarks.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path

from hobnail.commands import AnyCommand, SetControl
from hobnail.config import load_config
from hobnail.host import Host
from hobnail.inbox import Inbox, LocalInbox
from hobnail.link.bridge_process import BridgeProcess
from hobnail.link.engine_side import NoticePusher, SharedInbox
from hobnail.link.memory import SharedLink
from hobnail.notices import Accepted, AnyNotice
from hobnail.session import Session
from hobnail.settling import settle
from hobnail_native import monotonic_ns


class Ear:
    """Stands between the link and the session. Implements :class:`hobnail.inbox.Inbox`. [engine]"""

    def __init__(self, inbox: Inbox, out: NoticePusher) -> None:
        self._inbox = inbox
        self._out = out
        self._waiting: dict[int, float] = {}  # request -> value
        self.stored: list[tuple[float, int]] = []  #: value, and when the session said that it has it

    def wait(self, timeout_s: float) -> None:
        """As the link's."""
        self._inbox.wait(timeout_s)

    def wake(self) -> None:
        """As the link's."""
        self._inbox.wake()

    def drain(self, limit: int) -> Sequence[AnyCommand]:
        """As the link's."""
        commands = self._inbox.drain(limit)
        for command in commands:
            if isinstance(command, SetControl) and command.request is not None:
                self._waiting[command.request] = command.value
        return commands

    def post(self, notices: Sequence[AnyNotice]) -> None:
        """What the session says: a control is in the store before it is accepted."""
        now_ns = monotonic_ns()
        for notice in notices:
            if isinstance(notice, Accepted) and notice.request in self._waiting:
                self.stored.append((self._waiting.pop(notice.request), now_ns))
        self._out.post(notices)


def main() -> None:
    """Serve until the standard input ends."""
    config = load_config(Path(sys.argv[1]))
    host = Host(only=config.plugins.only, disable=config.plugins.disable)
    host.discover()
    link = SharedLink.create()
    bridges = BridgeProcess(link.link, config)
    ear = Ear(SharedInbox(link, bridges.commands_bell, LocalInbox()), NoticePusher(link, bridges.notices_bell))
    try:
        with Session(config, host=host, inbox=ear, post=ear.post, clock_page=link.clock, taps=link.taps) as session:
            address = bridges.start(session.info)["osc"]["udp"]
            settle()
            print(address.rsplit(":", 1)[1], flush=True)
            sys.stdin.read()
            bridges.stop()
    finally:
        link.close()
    print(json.dumps(ear.stored))


if __name__ == "__main__":
    main()
