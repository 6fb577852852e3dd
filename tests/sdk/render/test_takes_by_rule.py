"""What an engine played by rule because time was short is in the take as it sounded: nobody is asked for it again."""

import time
from types import SimpleNamespace

import numpy as np
import soundfile

from hobnail import Config, Contact, Session, builtins, hookimpl
from hobnail.commands import PutEmitter, TriggerEvent
from hobnail.config import SessionConfig
from hobnail.host import Host
from hobnail.render.takes import perform_take
from hobnail.sinks import WavConfig, WavSink
from hobnail.take import TakeRecorder, read_take
from hobnail_plugins.procedural.engine import ProceduralEngine

CONFIG = Config(session=SessionConfig(engine="procedural", voices=4, sink="null"))


class Hurried(ProceduralEngine):
    """A live engine without any time: patches are all it gives. Asked again it would give something else."""

    asked = 0

    def prepare(self):
        super().prepare()
        type(self).asked = 0  # it tries its own rules first

    def start(self, voice):
        type(self).asked += 1
        return super().start(voice)

    def idle(self, budget_s):
        return False

    def excess(self):
        return 0


def hurried():
    @hookimpl
    def hobnail_register_engines(register):
        register("procedural", Hurried)

    host = Host()
    host.add(builtins, "builtins")
    host.add(SimpleNamespace(hobnail_register_engines=hobnail_register_engines), "hurried")
    return host


def test_patches_of_a_live_engine_are_kept_as_sound(tmp_path):
    host = hurried()
    sink = WavSink(WavConfig(path=str(tmp_path / "a.wav"), samples="float"))
    with Session(CONFIG, host=host, sinks=[sink], recorder=TakeRecorder(tmp_path / "a.hobnail")) as session:
        for name in "ab":
            session.submit(PutEmitter(emitter=name))
        roll = TriggerEvent(emitter="a", name="roll", action="start", contact=Contact(speed_m_s=2.0))
        session.submit(roll)
        for number in range(12):  # more than there is room for: some are stolen
            session.submit(TriggerEvent(emitter="ab"[number % 2], name="impact", contact=Contact(material="metal")))
            time.sleep(0.05)
    heard, _ = soundfile.read(tmp_path / "a.wav", dtype="float32", always_2d=True)
    take = read_take(tmp_path / "a.hobnail")
    assert Hurried.asked == 13
    played = perform_take(take, host=host, config=CONFIG)
    assert Hurried.asked == 0
    frames = min(len(heard), played.frames)
    assert np.abs(heard[:frames]).max() > 0.01
    if take.end.inexact == 0:
        assert np.array_equal(played.mix[:frames], heard[:frames])
