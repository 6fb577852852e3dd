"""A server that is another one from one moment to the next: nothing meant for the one that died is said or believed."""

import threading
import time

import pytest

from hobnail.protocol.messages import ControlMessage, EmitterMessage, EventMessage, PaletteMessage

from . import building
from .told_server import ToldServer

LIVE = 2
LONG_AGO = 10_000_000  # the first server's clock is beyond, the second one's is not
SECONDS = 5


@pytest.fixture
def restarted(run_probe):
    """Runs the plug-in on a server that begins anew in the middle; the server, and what the probe said."""

    def run(kind="asan", after_s=2.0, away_s=0.0, slow=(), **wish):
        said = {}
        building.probe(kind)  # which takes its time, once
        with ToldServer(frame=2 * LONG_AGO, slow_to_refuse=slow) as server:

            def host():
                said.update(run_probe(kind, way="live", address=server.address, seconds=SECONDS, **wish))

            thread = threading.Thread(target=host)
            thread.start()
            deadline = time.monotonic() + 20
            while not server.of(EmitterMessage, 1):
                assert time.monotonic() < deadline
                time.sleep(0.01)
            time.sleep(after_s)
            server.begin_anew(away_s=away_s)
            thread.join(60)
        return server, said

    return run


def stale(server):
    """What the second server was told with a time of the first one's clock."""
    kinds = (EmitterMessage, PaletteMessage, ControlMessage, EventMessage)
    return [message for message in server.of(kinds, 2) if (message.at or 0) > LONG_AGO]


@pytest.mark.parametrize("kind", ["asan", "tsan"])
def test_words_under_automation_do_not_carry_the_dead_servers_time(restarted, kind):
    server, said = restarted(kind, wiggle=1)  # texture and the prompt's slot, 200 times a second
    assert said["status"] == LIVE
    assert len(server.of(EmitterMessage, 1)) > 100
    assert len(server.of(EmitterMessage, 2)) > 20  # it goes on
    assert stale(server) == []


def test_the_palette_is_loaded_anew_and_not_taken_from_a_server_that_never_had_it(restarted):
    server, said = restarted(text=["palettes:boots, mud"], set=["palette:1"])
    assert said["status"] == LIVE
    assert [(one.op, one.palette) for one in server.of(PaletteMessage, 1)] == [("load", "boots")]
    assert [(one.op, one.palette) for one in server.of(PaletteMessage, 2)] == [("load", "boots")]


def test_an_answer_of_the_dead_server_is_not_believed(restarted):
    server, said = restarted(text=["palettes:boots"], set=["palette:1"], slow=("boots",))
    assert server.of(PaletteMessage, 2)
    assert said["status"] == LIVE  # the first one's refusal came after the second one's welcome


def test_a_server_that_comes_back_is_told_what_moved_meanwhile(restarted):
    moved = {"set": ["prompt:2@96000", "texture:1@96000"], "type": ["prompt2:clogs@110000"]}  # 2 s: nobody is there
    server, said = restarted(after_s=0.8, away_s=2.0, text=["prompt2:heels"], **moved)
    assert said["status"] == LIVE
    assert all(message.settings.controls.get("texture") != 1.0 for message in server.of(EmitterMessage, 1))
    assert server.of(ControlMessage, 1) == []
    settings = server.of(EmitterMessage, 2)[-1].settings
    assert (settings.prompt, settings.controls["texture"]) == ("clogs", 1.0)


def test_another_address_is_another_server(run_probe):
    with ToldServer() as first, ToldServer() as second:
        later = [f"address:{second.address}@48000", "prompt1:clogs@96000"]
        said = run_probe("asan", way="live", address=first.address, seconds=SECONDS, type=later)
        assert said["status"] == LIVE
        created, update = second.of(EmitterMessage, 1)[0], second.of(EmitterMessage, 1)[-1]
        assert (created.op, update.op, update.settings.prompt) == ("create", "update", "clogs")
