"""The bridge's end of the link while the engine is held up and takes nothing."""

import multiprocessing

import pytest

from hobnail.commands import SetFeatures, TriggerEvent
from hobnail.contracts import BridgeClients
from hobnail.link.memory import SharedLink
from hobnail.link.port import CommandPusher, SharedPort
from hobnail.testing import FakePort


@pytest.fixture
def port():
    link = SharedLink.create()
    near, far = multiprocessing.Pipe(duplex=False)
    yield SharedPort(link, CommandPusher(link, far), FakePort().info, BridgeClients(1, 100), {})
    link.close()
    near.close()
    far.close()


def test_frames_leave_room_for_events_when_the_engine_is_held_up(port):
    frames = SetFeatures(client=1, emitters=("crate",), columns=("speed_m_s",), values=bytes(1_000))
    taken = 0
    while port.submit(frames):
        taken += 1
    assert taken > 1_000
    assert all(port.submit(TriggerEvent(client=1, emitter="crate", name="impact")) for _ in range(10_000))
    assert not port.submit(frames)
