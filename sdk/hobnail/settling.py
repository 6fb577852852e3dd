"""What a process of ours is told when it is ready: what is loaded stays, and threads take short turns."""

from __future__ import annotations

import gc
import sys
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
