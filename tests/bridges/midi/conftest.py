"""An instrument without wires, and a bridge that listens to it."""

import threading
import time

import pytest

from hobnail.contracts import ControlSpec, EngineSpec, EventSpec
from hobnail.testing import FakePort
from hobnail_bridges.midi.codec import encode
from hobnail_bridges.midi.config import MidiConfig
from hobnail_bridges.midi.ports import Driver
from hobnail_bridges.midi.server import MidiBridge
from hobnail_native import monotonic_ns

ENGINE = EngineSpec(
    id="fake",
    help="",
    events=(EventSpec(name="footstep", kind="one_shot"), EventSpec(name="scrape", kind="sustained")),
    materials=(),
    controls=("pitch",),
)
CONTROLS = (
    ControlSpec(id="pitch", unit="semitones", minimum=-12, maximum=12, default=0),
    ControlSpec(id="texture", unit="", minimum=-1, maximum=1, default=0),
)


class LivePort(FakePort):
    """The shipped fake on a real clock."""

    def __init__(self, **options):
        super().__init__(engines=(ENGINE,), controls=CONTROLS, **options)
        self._begin_ns = monotonic_ns()

    def now(self):
        return 0, self._begin_ns


class Wireless:
    """Inputs that a test plugs in and plays. Implements Inputs."""

    def __init__(self, *names, problem=""):
        self.names = list(names)
        self.problem = problem
        self.heard = None
        self.closed = 0

    def drivers(self):
        return [Driver("AIR", tuple(self.names), self.problem)]

    def open(self, wanted, heard, *, virtual=False):
        assert virtual or wanted.name in self.names
        self.heard = heard
        return _Open(self, wanted)

    def play(self, *messages):
        for message in messages:
            self.heard(message if isinstance(message, bytes) else encode(message))


class _Open:
    def __init__(self, inputs, name):
        self._inputs = inputs
        self.name = name

    def close(self):
        self._inputs.closed += 1


@pytest.fixture
def make_bridge(tmp_path):
    """``make_bridge(inputs, port, **settings)``: a bridge that runs on a thread; all are stopped at the end."""
    running = []

    def make(inputs, port=None, **settings):
        port = port or LivePort()
        settings.setdefault("map_file", str(tmp_path / "map.toml"))
        bridge = MidiBridge(MidiConfig(**settings), inputs)
        bridge.addresses = bridge.open(port)
        thread = threading.Thread(target=bridge.run, daemon=True)
        thread.start()
        running.append((bridge, thread))
        return bridge, port

    yield make
    for bridge, thread in running:
        bridge.stop()
        thread.join(5)
        assert not thread.is_alive()


@pytest.fixture
def eventually():
    """Waits until something holds."""

    def wait(holds, timeout_s=10.0):
        deadline = time.monotonic() + timeout_s
        while not (found := holds()):
            assert time.monotonic() < deadline, "it did not happen in time"
            time.sleep(0.005)
        return found

    return wait
