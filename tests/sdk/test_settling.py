"""What was loaded is passed over by later collections; what comes after is not."""

import gc
import weakref

from hobnail.settling import settle


class Ring:
    """Refers to itself, so that only a collection frees it."""

    def __init__(self):
        self.itself = self


def test_what_is_there_is_passed_over_and_what_comes_later_is_freed():
    before = Ring()
    settle()
    try:
        assert gc.get_freeze_count() > 1000
        kept, freed = weakref.ref(before), weakref.ref(Ring())
        del before
        gc.collect()
        assert kept() is not None
        assert freed() is None
    finally:
        gc.unfreeze()
