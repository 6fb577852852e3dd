"""What the bridge counts."""

from __future__ import annotations

import msgspec


class Counters(msgspec.Struct, kw_only=True):
    """Since the bridge opened. Whatever is dropped anywhere is counted here."""

    packets: int = 0  #: datagrams, frames of streams and of WebSockets
    messages: int = 0  #: in these
    commands: int = 0  #: handed to the session
    events: int = 0  #: of these
    malformed: int = 0  #: packets that were no OSC
    refused: int = 0  #: messages refused, by the bridge or by the session
    rate_limited: int = 0  #: of these, over a peer's limit
    busy: int = 0  #: of these, because the session's queue was full
    ignored: int = 0  #: messages of a DAW that mean nothing here
    strangers: int = 0  #: packets from addresses that are not allowed
    shut_out: int = 0  #: times that a source of nothing but garbage was shut out for a while
    dropped: int = 0  #: datagrams that the system dropped: of who is shut out, and for want of room
    late: int = 0  #: bundles whose time was over when they came
    errors_dropped: int = 0  #: errors that nobody was told, because too many were
    sent: int = 0  #: packets sent
    unsent: int = 0  #: packets that could not be sent
    faults: int = 0  #: packets on which the bridge itself stumbled; the log says how
