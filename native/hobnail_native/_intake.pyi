"""Native parts of the bridges: what is done with messages before the session has them. Microseconds each."""

import numpy as np
from numpy.typing import NDArray

def split_frame(message: bytes) -> tuple[int | None, bytes, bytes] | None:
    """(seq, head, rows) of a frame message; what repeats tick after tick is the head. None if it looks otherwise."""

def first_out_of_range(rows: bytes) -> int | None:
    """Index of the first float32 that is infinite or beyond 1e9, either sign; NaN is in range."""

class TokenBucket:
    """Allows ``per_s`` things a second on average, ``burst`` at once after a rest. [one thread]"""

    def __init__(self, per_s: float, burst: float, now_ns: int) -> None: ...
    def take(self, now_ns: int, amount: float = 1.0) -> bool:
        """Whether one more, or ``amount`` more, is allowed now."""

class Turnstile:
    """What one client may say, a second's worth at once after a rest, and when it was last heard. [one thread]"""

    heard_ns: int
    def __init__(self, messages_per_s: float, bytes_per_s: float, now_ns: int) -> None: ...
    def take_message(self, now_ns: int) -> bool:
        """Whether one more message is allowed now."""
    def take_bytes(self, now_ns: int, bytes: int) -> bool:
        """Whether so many more bytes are allowed now."""

class FrameDesk:
    """The newest frame messages of each client, until its turn has come; filled into commands where they repeat.

    [one thread] A client's frames leave at most once in ``period_ns``.
    """

    def __init__(self, period_ns: int) -> None: ...
    def admit(self, client: int, route: bytes, turnstile: Turnstile) -> None:
        """A client came, and speaks from there. Raises ValueError when its number or the route is taken."""
    def dismiss(self, client: int) -> None:
        """A client left; what it had here is dropped."""
    def learn(
        self,
        client: int,
        message: bytes,
        key: bytes,
        command: bytes,
        time_at: int,
        rows_bytes: int,
        factors: NDArray[np.float32] | None,
    ) -> bool:
        """Messages that differ from this one in ``seq`` and rows alone become this command from now on.

        8 bytes at ``time_at`` are then the ns of their coming, big-endian; the last ``rows_bytes`` are their rows, each
        times ``factors``, float32 [columns]. False: there is nothing to know such a message by.
        """
    def keep(self, client: int, key: bytes, command: bytes) -> None:
        """A command made elsewhere; it replaces an older one of its key."""
    def take(self, route: bytes, message: bytes, now_ns: int) -> bool:
        """A message as it came. False, and nothing has happened: it is new, faulty, or more than its client may say."""
    def due(self, now_ns: int) -> list[bytes]:
        """The commands of the clients whose turn has come, a client's oldest first; they are kept no longer."""
    def release(self, client: int, now_ns: int) -> list[bytes]:
        """The same of one client, whether its turn has come or not."""
    @property
    def holds_any(self) -> bool: ...
    @property
    def taken(self) -> int:
        """Messages that ``take`` took."""
    @property
    def superseded(self) -> int:
        """Commands that newer ones replaced."""
