"""What a process has loaded by the time it is ready stays to its end, so nobody need look through it again."""

from __future__ import annotations

import gc


def settle() -> None:
    """Leave all objects that there are out of later garbage collections. For processes that are ours alone.

    A full collection looks at everything that was ever imported: 40 to 50 ms with the interpreter held, whenever it
    comes, and then an event is late.
    """
    gc.collect()
    gc.freeze()
