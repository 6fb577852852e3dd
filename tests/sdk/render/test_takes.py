"""A session that was recorded renders to what was heard, bit for bit."""

import random
import time

import numpy as np
import pytest
import soundfile

from hobnail import Config, Contact, EmitterSettings, RenderError, Session, parse_config
from hobnail.commands import PutEmitter, SetBusGain, SetControl, SetFeatures, TriggerEvent
from hobnail.render import render
from hobnail.render.takes import perform_take, read_take_score, take_config, wishes
from hobnail.sinks import WavConfig, WavSink
from hobnail.take import TakeRecorder, read_take

POSITION = ("position_x_m", "position_y_m", "position_z_m")


@pytest.fixture(scope="module")
def recorded(host, tmp_path_factory):
    """1.5 s with moves, fades, theft (six voices), a refusal; returns (take, what was heard)."""
    folder = tmp_path_factory.mktemp("take")
    dice = random.Random(1)
    recorder = TakeRecorder(folder / "a.hobnail")
    sink = WavSink(WavConfig(path=str(folder / "a.wav"), samples="float"))
    config = parse_config(b"[session]\nvoices = 6")
    with Session(config, host=host, sinks=[sink], recorder=recorder) as session:
        for name in "abc":
            place = EmitterSettings(position_m=(dice.uniform(-3, 3), 0.0, -2.0))
            session.submit(PutEmitter(emitter=name, settings=place))
        session.submit(TriggerEvent(emitter="a", name="roll", action="start", contact=Contact(speed_m_s=2.0)))
        session.submit(TriggerEvent(emitter="nobody", name="impact", request=999))
        for number in range(30):
            what = dice.choice(["footstep", "impact"])
            session.submit(TriggerEvent(emitter=dice.choice("abc"), name=what, request=number))
            values = np.array([[dice.uniform(-3, 3), 0.0, -2.0]], "<f4").tobytes()
            session.submit(SetFeatures(emitters=("a",), columns=POSITION, values=values))
            session.submit(SetControl(control="pitch", value=dice.random(), emitter="a"))
            if number == 20:
                session.submit(SetBusGain(bus="main", gain_db=-6.0))
                session.submit(TriggerEvent(emitter="a", name="roll", action="stop"))
            time.sleep(0.03)
    heard, _ = soundfile.read(folder / "a.wav", dtype="float32", always_2d=True)
    return folder / "a.hobnail", heard


def test_a_take_renders_to_what_was_heard_bit_for_bit(recorded, host):
    path, heard = recorded
    found = read_take_score(path)
    played = perform_take(found.take, host=host, config=take_config(found.take, Config()), stems=True)
    frames = min(len(heard), played.frames)
    assert frames > 40_000
    assert np.abs(heard).max() > 0.01
    end = found.take.end
    if end.inexact == 0:  # a machine that stalls at the wrong microsecond is told of, and then a block may differ
        assert np.array_equal(played.mix[:frames], heard[:frames])
    assert end.inexact <= 2
    assert sorted(played.stems) == ["a", "b", "c"]


def test_the_wishes_of_a_take_are_played_anew_on_demand(recorded, host, tmp_path):
    path, heard = recorded
    asked = wishes(read_take(path))
    assert not any(isinstance(command, TriggerEvent) and command.emitter == "nobody" for command in asked)
    assert [command.at_frame for command in asked] == sorted(command.at_frame for command in asked)
    done = render(path, tmp_path / "b.wav", host=host)
    assert done.seconds == pytest.approx(len(heard) / 48_000, abs=0.1)


def test_a_take_that_was_cut_off_is_read_up_to_there(recorded, tmp_path):
    path, _ = recorded
    data = path.read_bytes()
    (tmp_path / "cut.hobnail").write_bytes(data[: len(data) // 2])
    found = read_take_score(tmp_path / "cut.hobnail")
    assert "cut off" in found.score.warnings[0]
    assert found.take.frames > 0


@pytest.mark.parametrize(("data", "said"), [(b"", "line 1"), (b'{"is":"end"}\n', "line 1"), (None, "cannot be read")])
def test_a_file_that_is_no_take_is_named(tmp_path, data, said):
    if data is not None:
        (tmp_path / "x.hobnail").write_bytes(data)
    with pytest.raises(RenderError, match=said):
        read_take(tmp_path / "x.hobnail")
