"""The sound card is lost while the session plays, and comes back: a real audio server is killed and started again."""

import shutil
import subprocess
import sys
import time

import pytest

from hobnail.client import Client
from hobnail.errors import SinkError
from hobnail.latency import worth_telling
from hobnail.launch import ServerProcess
from hobnail.sinks import DeviceConfig, GuardedDeviceSink

from .attackers import CALM_S, eventually, figures, heard
from .playing import ENGINES

NAME = "hobnail-test"

jack = pytest.mark.skipif(
    sys.platform != "linux" or shutil.which("jackd") is None, reason="jackd, whose dummy card can be killed, is missing"
)


class DummyCard:
    """jackd with its dummy driver: a card of 256 frames that asks for sound in real time, without hardware."""

    def __init__(self):
        self._process = None

    def plug_in(self):
        command = ["jackd", "-n", NAME, "--no-realtime", "-d", "dummy", "-r", "48000", "-p", "256"]
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def pull_out(self):
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None


@pytest.fixture
def card(monkeypatch):
    pytest.importorskip("sounddevice", reason="hobnail[device] or PortAudio is not installed", exc_type=OSError)
    monkeypatch.setenv("JACK_DEFAULT_SERVER", NAME)
    monkeypatch.setenv("JACK_NO_START_SERVER", "1")
    card = DummyCard()
    card.plug_in()
    yield card
    card.pull_out()


def served(engine):
    """A server on the card; the card may take a moment to be there."""
    ends = time.monotonic() + CALM_S
    while True:
        server = ServerProcess(["--sink", "device", "--engine", engine])
        try:
            server.start()
        except Exception:
            if time.monotonic() > ends:
                raise
            time.sleep(0.5)
        else:
            return server


@jack
@pytest.mark.timeout(300)
@pytest.mark.parametrize("engine", ENGINES)
def test_the_session_goes_on_without_its_card_tells_its_clients_and_finds_it_again(card, engine, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    server = served(engine)
    try:
        with Client(server.control, name="listener") as client:
            client.emitter("feet", wait=True)
            assert client.latency.device_frames > 512
            heard(client, "feet")
            card.pull_out()
            eventually(lambda: client.latency.device_frames == 512, CALM_S)
            before, began = figures(client), time.monotonic()
            ended = heard(client, "feet")
            after, took_s = figures(client), time.monotonic() - began
            assert before.frame <= ended.onset < after.frame  # the first: frames made, so the next one's number
            assert (after.frame - before.frame) / 48_000 == pytest.approx(took_s, rel=0.3, abs=0.3)
            card.plug_in()
            eventually(lambda: client.latency.device_frames > 512, CALM_S)
            heard(client, "feet")
            assert client._core.greetings == 1
            assert not worth_telling(client.welcome.latency, figures(client).latency)
    finally:
        assert server.stop() == 0


@jack
@pytest.mark.timeout(300)
def test_a_card_that_is_not_there_at_the_start_is_a_clear_error(monkeypatch):
    pytest.importorskip("sounddevice", reason="hobnail[device] or PortAudio is not installed", exc_type=OSError)
    monkeypatch.setenv("JACK_DEFAULT_SERVER", "hobnail-nobody")
    monkeypatch.setenv("JACK_NO_START_SERVER", "1")
    sink = GuardedDeviceSink(DeviceConfig(device="a card that nobody has"))
    with pytest.raises(SinkError, match='sink = "null"'):
        sink.open(48_000, 2)
    sink.close()
