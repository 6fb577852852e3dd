"""The thread beside the engine's: the most urgent first, pieces give way, and what went wrong comes back."""

import threading

import pytest

from hobnail_plugins.aht.beside import FIRST, Beside, finished, whole


class Gate:
    """Work that holds the thread until it is let go."""

    def __init__(self, beside, *, urgency=FIRST, cost_s=0.0):
        self.begun, self.free = threading.Event(), threading.Event()
        beside.ask("gate", whole(self._wait), urgency=urgency, cost_s=cost_s)
        assert self.begun.wait(10)

    def _wait(self):
        self.begun.set()
        assert self.free.wait(10)


@pytest.fixture
def beside():
    return Beside("test")


def noting(order, name, pieces=1):
    for piece in range(pieces):
        if piece:
            yield
        order.append(name)
    return name


def all_of(beside, count):
    """What arrived, once so much is there."""
    found = []
    while len(found) < count:
        beside.run(lambda: None)  # behind all that waits
        found += beside.arrived()
    return found


def test_the_most_urgent_comes_first_and_equals_in_order(beside):
    order, gate = [], Gate(beside)
    for name, urgency in (("take", 9.0), ("tail", 2.0), ("first", FIRST), ("second", FIRST), ("sooner", 1.0)):
        beside.ask(name, noting(order, name), urgency=urgency)
    gate.free.set()
    assert [done.asker for done in all_of(beside, 6)][1:] == order == ["first", "second", "sooner", "tail", "take"]


def test_between_its_pieces_work_gives_way_to_what_is_more_urgent(beside):
    order = []

    def slow():
        order.append("take 1")
        beside.ask("new", noting(order, "new"), urgency=FIRST)
        yield
        order.append("take 2")
        return "take"

    beside.ask("take", slow(), urgency=9.0)
    made = {done.asker: done.made for done in all_of(beside, 2)}
    assert order == ["take 1", "new", "take 2"]
    assert made == {"take": "take", "new": "new"}


def test_whole_work_gives_way_to_nothing(beside):
    assert finished(whole(lambda: 5)) == 5
    assert list(whole(lambda: 5)) == []


def test_an_error_costs_its_work_only(beside):
    def broken():
        raise ValueError("it broke")

    beside.ask("bad", whole(broken), urgency=FIRST)
    beside.ask("good", whole(lambda: 7), urgency=FIRST)
    bad, good = all_of(beside, 2)
    assert (bad.asker, bad.made, str(bad.error)) == ("bad", None, "it broke")
    assert (good.made, good.error) == (7, None)
    with pytest.raises(ValueError, match="it broke"):
        beside.run(broken)


def test_before_anything_was_asked_for_all_is_done_where_it_is_wanted(beside):
    here = threading.get_ident()
    assert not beside.began
    assert beside.run(threading.get_ident) == here
    beside.ask("it", whole(threading.get_ident), urgency=FIRST)
    (done,) = all_of(beside, 1)
    assert done.made != here
    assert beside.run(threading.get_ident) == done.made, "from then on one thread does it all"


def test_how_long_new_work_waits_is_known(beside):
    assert beside.wait_s(FIRST) == 0.0
    gate = Gate(beside, cost_s=1000.0)
    beside.ask("tail", whole(lambda: None), urgency=2.0, cost_s=30.0)
    beside.ask("first", whole(lambda: None), urgency=FIRST, cost_s=7.0)
    assert 900.0 < beside.wait_s(FIRST) <= 1007.0
    assert beside.wait_s(2.0) == pytest.approx(beside.wait_s(FIRST) + 30.0, abs=5.0)
    gate.free.set()
    all_of(beside, 3)
    assert beside.wait_s(9.0) == 0.0


def test_whoever_waits_is_called_when_something_is_there(beside):
    called = threading.Event()
    beside.on_done = called.set
    beside.ask("one", whole(lambda: 1), urgency=FIRST)
    assert called.wait(10)
    assert [done.made for done in beside.arrived()] == [1]
    called.clear()
    assert beside.run(lambda: 2) == 2
    assert not called.is_set(), "who waited for it has it"
