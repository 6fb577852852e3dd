"""The small real parts that plug-in authors test against do what they say."""

import threading

import numpy as np
import pytest

from hobnail import HobnailError
from hobnail.commands import Panic
from hobnail.notices import Accepted
from hobnail.testing import FakeBridge, FakeClock, FakePort, FakeSink


def test_a_port_records_commands_until_it_is_full():
    port = FakePort(room=1)
    assert port.submit(Panic())
    assert not port.submit(Panic())
    assert port.wait_commands(1) == (Panic(),)
    with pytest.raises(TimeoutError, match="1 of 2"):
        port.wait_commands(2, timeout_s=0.01)


def test_a_port_delivers_notices_once_and_sound_in_order():
    port = FakePort()
    notice = Accepted(client=1, request=1, at_frame=0)
    port.deliver(notice)
    assert port.wait_notices(0.0) == (notice,)
    assert port.wait_notices(0.0) == ()
    port.deliver_sound(0, np.ones((3, 2), np.float32))
    port.deliver_sound(0, np.zeros((2, 2), np.float32))
    frame, sound = port.read_tap(0)
    assert (frame, len(sound)) == (0, 5)
    port.deliver_sound(0, np.ones((1, 2), np.float32))
    assert port.read_tap(0)[0] == 5


def test_a_clock_moves_only_by_hand_and_only_forwards():
    clock = FakeClock()
    before = clock.now()
    assert clock.now() == before
    clock.advance(48_000)
    assert clock.now() == (before[0] + 48_000, before[1] + 1_000_000_000)
    with pytest.raises(ValueError, match="backwards"):
        clock.advance(-1)


def test_a_fake_sink_collects_and_fails_when_told_to():
    sink = FakeSink(fail_after=1)
    sink.open(48_000, 2)
    sink.write(np.ones((4, 2), np.float32))
    assert sink.sound.shape == (4, 2)
    with pytest.raises(HobnailError, match="told to fail"):
        sink.write(np.ones((4, 2), np.float32))


def test_a_fake_bridge_submits_and_collects():
    port, bridge = FakePort(), FakeBridge()
    with pytest.raises(RuntimeError, match="not open"):
        bridge.send(Panic())
    bridge.open(port)
    assert bridge.send(Panic())
    assert port.commands == (Panic(),)
    serving = threading.Thread(target=bridge.run)
    serving.start()
    notice = Accepted(client=1, request=1, at_frame=0)
    port.deliver(notice)
    assert bridge.wait_notices(1) == (notice,)
    bridge.stop()
    serving.join(5.0)
    assert not serving.is_alive()
