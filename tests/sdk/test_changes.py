"""Palettes that change while sound runs: off the engine thread, one after the other, answered when they are done."""

import threading
import time
from typing import ClassVar

import msgspec
import pytest

from hobnail import hookimpl
from hobnail.commands import ChangePalette, PutEmitter, TriggerEvent
from hobnail.config import Config, SessionConfig
from hobnail.errors import PaletteError
from hobnail.host import Host
from hobnail.notices import Accepted, Refused
from hobnail.offline import OfflineSession
from hobnail.session import Session
from hobnail.testing import FakeEngine


class Changing(FakeEngine):
    """Takes its time to change."""

    made: ClassVar[list] = []

    def __init__(self):
        super().__init__()
        self.changed, self.go = [], threading.Event()
        Changing.made.append(self)

    @property
    def spec(self):
        return msgspec.structs.replace(super().spec, palettes=True)

    def change(self, op, name):
        if name == "slow":
            self.go.wait(10.0)
        if name == "torn":
            raise PaletteError("the file ends too early.", cure="Copy it again.")
        if name == "bug":
            raise ZeroDivisionError("on purpose")
        self.changed.append((op, name, threading.current_thread().name))


def host_of(engine):
    class Engines:
        @hookimpl
        def hobnail_register_engines(self, register):
            register("fake", engine)

    host = Host(only=[])
    host.discover()
    host.add(Engines(), "engines")
    return host


CONFIG = Config(session=SessionConfig(engine="fake"))


def answers(session, count):
    found, end = [], time.monotonic() + 10.0
    while len(found) < count and time.monotonic() < end:
        found += [notice for notice in session.notices(0.1) if isinstance(notice, Accepted | Refused)]
    return found


def test_a_palette_that_takes_long_to_load_holds_up_no_sound():
    with Session(CONFIG, host=host_of(Changing)) as session:
        engine = Changing.made[-1]
        session.submit(PutEmitter(emitter="box", request=1))
        session.submit(ChangePalette(op="load", palette="slow", request=2))
        session.submit(TriggerEvent(emitter="box", name="tone", action="start", request=3))
        assert [answer.request for answer in answers(session, 2)] == [1, 3]
        frame = session.metrics.frame
        end = time.monotonic() + 10.0
        while session.metrics.frame < frame + 24_000 and time.monotonic() < end:
            time.sleep(0.02)
        assert engine.changed == []
        engine.go.set()
        (answer,) = answers(session, 1)
        assert (type(answer), answer.request) == (Accepted, 2)
        assert engine.changed[0][:2] == ("load", "slow")
        assert engine.changed[0][2].startswith("hobnail-changing")


@pytest.mark.parametrize(
    ("name", "code", "words"),
    [("torn", "out_of_range", "ends too early"), ("bug", "engine_failed", "ZeroDivisionError: on purpose")],
)
def test_a_palette_that_is_refused_is_answered_with_the_cure(name, code, words):
    with Session(CONFIG, host=host_of(Changing)) as session:
        session.submit(ChangePalette(op="load", palette=name))
        (answer,) = answers(session, 1)
        assert (type(answer), answer.code, bool(answer.cure)) == (Refused, code, True)
        assert words in answer.problem


def test_an_engine_without_palettes_says_so():
    with Session(CONFIG, host=host_of(FakeEngine)) as session:
        session.submit(ChangePalette(op="load", palette="wet"))
        (answer,) = answers(session, 1)
        assert (answer.code, answer.path) == ("unsupported", "$.type")


def test_too_many_changes_are_busy():
    with Session(CONFIG, host=host_of(Changing)) as session:
        for number in range(20):
            session.submit(ChangePalette(op="load", palette="slow", request=number))
        refused = answers(session, 4)
        assert {answer.code for answer in refused} == {"busy"}
        Changing.made[-1].go.set()
        assert len(answers(session, 16)) == 16


def test_offline_a_change_is_done_before_the_next_turn():
    offline = OfflineSession(CONFIG, host=host_of(Changing))
    list(offline.render([ChangePalette(op="load", palette="wet", at_frame=0)], frames=4_800))
    assert Changing.made[-1].changed == [("load", "wet", threading.current_thread().name)]
