"""What a process of ours is told when it is ready: what is loaded stays, and threads take short turns."""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

SWITCH_S: Final = 0.0005
"""After so long a thread that computes in Python lets another go on that has waited: by default it is 5 ms."""


def settle() -> None:
    """Leave all objects that there are out of later garbage collections. For processes that are ours alone.

    A full collection looks at everything that was ever imported: 40 to 50 ms with the interpreter held, whenever it
    comes, and then an event is late. Threads that make blocks do not hold up the one that answers events.
    """
    gc.collect()
    gc.freeze()
    sys.setswitchinterval(SWITCH_S)


@contextmanager
def short_turns() -> Iterator[None]:
    """The same turns while threads of ours compute beside each other in a process that may be someone else's.

    One that comes back from native code waits for the interpreter, up to a whole turn of another's.
    """
    before = sys.getswitchinterval()
    sys.setswitchinterval(min(before, SWITCH_S))
    try:
        yield
    finally:
        sys.setswitchinterval(before)
