"""What the bridge counts, as published under the telemetry topic ``bridge``."""

from __future__ import annotations

import msgspec


class Counters(msgspec.Struct, kw_only=True):
    """Since the bridge opened. Whatever is dropped anywhere is counted here."""

    clients: int = 0  #: greeted now
    clients_timed_out: int = 0
    messages: int = 0  #: taken from the control socket
    events: int = 0  #: handed to the session
    errors: int = 0  #: messages refused, by the bridge or by the session
    rate_limited: int = 0  #: of these, over a client's limit
    busy: int = 0  #: of these, because the session's queue was full
    frames_superseded: int = 0  #: frame messages overtaken by a newer one before they were used
    frames_dropped: int = 0  #: frame messages lost because the session's queue was full
    replies_dropped: int = 0  #: to clients that do not read, or are gone
    taps_refused: int = 0  #: audio subscriptions that found no free tap
    audio_frames: int = 0  #: frames of sound published
    faults: int = 0  #: messages on which the bridge itself stumbled; the log says how
