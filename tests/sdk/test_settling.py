"""What was loaded is passed over by later collections; what comes after is not."""

import gc
import sys
import weakref

import pytest

from hobnail.settling import SWITCH_S, settle, short_turns


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


def test_short_turns_are_given_back_whatever_happens():
    before, during = sys.getswitchinterval(), []

    def broken():
        with short_turns():
            during.append(sys.getswitchinterval())
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        broken()
    assert during[0] == pytest.approx(SWITCH_S)
    assert sys.getswitchinterval() == before
