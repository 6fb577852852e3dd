"""Palettes and bundles change from the wire while sound runs: no hop is missed, and what is wrong is refused."""

import shutil
import time

import msgspec
import numpy as np
import pytest
import zmq

from hobnail.launch import ServerProcess
from hobnail.metrics import Metrics
from hobnail_plugins.aht.spec import adapted_places
from hobnail_plugins.moe_lora.files import write_palette
from hobnail_plugins.moe_lora.palette import Expert, Pair, Palette

from ..bridges.osc_house import OscPeer
from ..plugins.aht.bundles import BASE, SPEC, unpacked, write_manifest


def palette_in(folder):
    chance = np.random.default_rng(1)
    pairs = {}
    for place in ("self_q", "mlp_up"):
        size = adapted_places(SPEC)[place]
        for layer in range(SPEC.layers):
            down, up = chance.standard_normal((2, size.inputs)), chance.standard_normal((size.outputs, 2))
            pairs[place, layer] = Pair((down / size.inputs**0.5).astype(np.float32), up.astype(np.float32))
    write_palette(folder, Palette("boots", BASE, (Expert("pitch", 2, 2.0, pairs),)))


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    folder = tmp_path_factory.mktemp("models")
    (folder / "named").mkdir()
    bundle = unpacked(folder / "tiny")
    shutil.copytree(bundle, folder / "named/other")
    write_manifest(folder / "named/other", name="other", passes=1)
    palette_in(folder / "named/boots")
    shutil.copytree(bundle, folder / "named/cut")
    whole = (folder / "named/cut/step.onnx").read_bytes()
    (folder / "named/cut/step.onnx").write_bytes(whole[: len(whole) // 2])
    (folder / "named/torn").mkdir()
    (folder / "named/torn/palette.json").write_text('{"format": "hobnail-pal')
    config = folder / "config.toml"
    config.write_text(
        '[serve]\nbridges = ["zmq", "osc"]\n[bridge.osc]\nport = 0\nquery_port = 0\n'
        f'[session]\nengine = "aht"\nmetrics_hz = 20.0\nlead_frames = 2048\n'
        f'[engine.aht]\nbundle = "{bundle}"\npalettes = "{folder / "named"}"\ntakes = 0\nvoices = 8\n'
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(folder / "cache"))
        with ServerProcess(["--config", str(config), "--sink", "null"]) as server:
            yield server


class Peer:
    """A client that speaks the protocol by hand, and listens to the telemetry."""

    def __init__(self, server):
        self.context = zmq.Context()
        self.socket, self.told = self.context.socket(zmq.DEALER), self.context.socket(zmq.SUB)
        self.told.setsockopt(zmq.SUBSCRIBE, b"metrics")
        self.socket.connect(server.control)
        self.told.connect(server.addresses["zmq"]["telemetry"])
        self.said = 0
        self.welcome = self.ask(type="hello", client="peer")

    def say(self, **message):
        self.said += 1
        self.socket.send(msgspec.msgpack.encode({"v": 1, "id": self.said, **message}))
        return self.said

    def ask(self, **message):
        """The answer to a message; the clock is kept alive meanwhile."""
        number, end = self.say(**message), time.monotonic() + 20.0
        while time.monotonic() < end:
            if self.socket.poll(500):
                answer = msgspec.msgpack.decode(self.socket.recv())
                if answer.get("re", answer.get("id")) == number:
                    return answer
            else:
                self.socket.send(msgspec.msgpack.encode({"v": 1, "type": "ping", "t": 0}))
        raise AssertionError(f"no answer to {message}")

    def metrics(self, true=lambda metrics: True):
        """The newest snapshot for which something is true."""
        end = time.monotonic() + 20.0
        while time.monotonic() < end:
            newest = None
            while self.told.poll(0):
                newest = self.told.recv_multipart()[1]
            if newest is not None and true(found := msgspec.msgpack.decode(newest, type=Metrics)):
                return found
            self.told.poll(100)
        raise AssertionError("it took too long")

    def close(self):
        self.socket.close(0)
        self.told.close(0)
        self.context.term()


@pytest.fixture
def peer(served):
    made = Peer(served)
    yield made
    made.close()


def osc_port(server):
    return int(server.addresses["osc"]["udp"].rsplit(":", 1)[1])


@pytest.fixture
def osc(served):
    made = OscPeer(osc_port(served))
    yield made
    made.socket.close()


def test_a_palette_and_a_bundle_come_from_the_wire_and_no_hop_is_missed(peer):
    (spec,) = [spec for spec in peer.welcome["engines"] if spec["id"] == "aht"]
    assert spec["palettes"] is True
    peer.ask(type="emitter", emitter="crate")
    peer.ask(type="event", emitter="crate", name="scrape", action="start")
    peer.metrics(lambda metrics: metrics.voices == 1)
    missed = []
    for _ in range(3):  # what the machine itself stalls is not what is tested: one clean change of three will do
        before = peer.metrics()
        for message in (("load", "boots"), ("load", "other"), ("load", "boots"), ("unload", "boots")):
            answer = peer.ask(type="palette", op=message[0], palette=message[1])
            assert answer["type"] == "ack", answer
            frame = peer.metrics().frame
            peer.metrics(lambda metrics, frame=frame: metrics.frame > frame + 9_600)
        after = peer.metrics()
        assert (after.voices, after.voices_failed) == (1, 0)
        missed.append(after.underruns - before.underruns)
        if missed[-1] == 0:
            break
    assert min(missed) == 0, missed
    peer.ask(type="event", emitter="crate", name="roll", action="start")  # new voices are the new bundle's
    assert peer.metrics(lambda metrics: metrics.voices == 2).engines["aht"]["swaps"] >= 1
    figures = peer.metrics(lambda metrics: metrics.sounding and metrics.sounding[0].figures).sounding[0].figures
    assert {"daf_weights_text", "gate", "gca_sink_history"} <= figures.keys()


@pytest.mark.parametrize(
    ("op", "name", "words"),
    [
        ("load", "nobody", "there is no palette or bundle"),
        ("load", "torn", "palette.json"),
        ("load", "cut", "step.onnx"),
        ("unload", "wet", "not loaded"),
    ],
)
def test_what_cannot_be_loaded_is_refused_with_the_cure(peer, op, name, words):
    answer = peer.ask(type="palette", op=op, palette=name)
    assert (answer["type"], answer["code"], answer["path"]) == ("error", "out_of_range", "$.palette")
    assert words in answer["problem"]
    assert answer["cure"]


def test_what_one_door_loads_the_other_unloads(peer, osc):
    osc.send("/hobnail/listen", "/hobnail/sled/palette//", 0)
    assert osc.ask("/hobnail/sled/palette", "boots", timeout_s=20.0) == ("/hobnail/sled/palette", "boots")
    assert peer.ask(type="palette", op="unload", palette="boots")["type"] == "ack"
    assert osc.ask("/hobnail/sled/palette/unload", "boots", timeout_s=20.0)[2] == "out_of_range"  # it is gone
    assert peer.ask(type="palette", op="load", palette="boots")["type"] == "ack"
    told = osc.ask("/hobnail/sled/palette/unload", "boots", timeout_s=20.0)
    assert told == ("/hobnail/sled/palette/unload", "boots")
    assert peer.ask(type="palette", op="unload", palette="boots")["type"] == "error"


@pytest.mark.parametrize(
    ("address", "name", "words"),
    [
        ("palette", "nobody", "no palette or bundle"),
        ("palette", "torn", "palette.json"),
        ("palette/unload", "wet", "not loaded"),
    ],
)
def test_over_osc_it_is_refused_as_well(osc, address, name, words):
    told, where, code, problem, count = osc.ask(f"/hobnail/sled/{address}", name, timeout_s=20.0)
    assert (told, where, code, count) == ("/hobnail/error", f"/hobnail/sled/{address}", "out_of_range", 1)
    assert words in problem


def test_an_engine_without_palettes_says_so_over_osc(tmp_path):
    config = tmp_path / "config.toml"
    config.write_text('[serve]\nbridges = ["osc"]\n[bridge.osc]\nport = 0\nquery_port = 0\n')
    with ServerProcess(["--config", str(config), "--sink", "null"]) as server:
        osc = OscPeer(osc_port(server))
        told = osc.ask("/hobnail/sled/palette", "boots", timeout_s=20.0)
        osc.socket.close()
    assert told[:3] == ("/hobnail/error", "/hobnail/sled/palette", "unsupported")
