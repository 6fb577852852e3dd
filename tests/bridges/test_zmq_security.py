"""Off the machine only with keys; with keys only those on the list."""

import stat
import sys

import pytest
import zmq

from hobnail.client import Client, ClientKeys
from hobnail.client.keymaking import make_keys
from hobnail.errors import BridgeError, ClientError, ConfigError
from hobnail_bridges.loopback import is_loopback
from hobnail_bridges.zmq.config import Curve, ZmqConfig
from hobnail_bridges.zmq.server import ZmqBridge

from .fake_port import AnsweringPort


@pytest.fixture
def keys(tmp_path):
    """A server's key pair and two clients'; only ``unity`` is on the list."""
    make_keys(tmp_path, clients=("unity", "stranger"))
    (tmp_path / "clients" / "stranger.key").unlink()
    return tmp_path


def curve_of(folder):
    return Curve(server_key_file=str(folder / "server.key_secret"), clients_dir=str(folder / "clients"))


def client_keys(folder, name):
    return ClientKeys.load(server=folder / "server.key", own=folder / f"{name}.key_secret")


def test_a_client_on_the_list_comes_in_and_hears_sound(make_house, keys, eventually):
    house = make_house(curve=curve_of(keys))
    with Client(house.control, name="unity", keys=client_keys(keys, "unity")) as client:
        client.emitter("a", wait=True)
        with client.audio("mix"):
            eventually(lambda: house.port.taps == {0: "mix"})


def test_a_client_with_another_key_stays_outside(make_house, keys):
    house = make_house(curve=curve_of(keys))
    with pytest.raises(ClientError, match="No Hobnail server answered"):
        Client(house.control, name="stranger", keys=client_keys(keys, "stranger"), timeout_s=0.5)
    assert house.port.commands == ()


def test_a_client_without_keys_stays_outside(make_house, keys):
    house = make_house(curve=curve_of(keys))
    with pytest.raises(ClientError, match="No Hobnail server answered"):
        Client(house.control, name="plain", timeout_s=0.5)
    assert house.port.commands == ()


def test_audio_needs_the_key_too(make_house, keys):
    house = make_house(curve=curve_of(keys))
    house.subscribe("audio", b"pcm/mix")
    with Client(house.control, name="unity", keys=client_keys(keys, "unity")):
        assert house.port.taps == {}


def test_another_key_cannot_take_over_a_routing_id(make_house, keys, tmp_path_factory):
    second = make_keys(tmp_path_factory.mktemp("other"), clients=("thief",))
    own_key = second["thief.key"].read_text()
    (keys / "clients" / "thief.key").write_text(own_key)
    house = make_house(curve=curve_of(keys))
    thief_keys = ClientKeys.load(server=keys / "server.key", own=second["thief.key_secret"])
    victim = house.peer(b"same", client_keys(keys, "unity"))
    assert victim.greet("victim").client == "victim"
    thief = house.peer(b"same", thief_keys)
    thief.send({"type": "ping", "t": 1})
    assert thief.receive().code == "not_greeted"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda keys: Curve(server_key_file=str(keys / "nowhere")), "cannot be read"),
        (lambda keys: Curve(server_key_file=str(keys / "server.key")), "holds no secret key"),
        (lambda keys: Curve(server_key_file=str(keys / "server.key_secret")), "No client is allowed in"),
        (lambda keys: Curve(server_key_file=str(keys / "server.key_secret"), clients_dir="nowhere"), "no folder"),
        (lambda keys: Curve(server_key_file=str(keys / "server.key_secret"), client_keys=("abc",)), "not a public key"),
    ],
)
def test_incomplete_keys_are_refused_with_a_cure(keys, change, words):
    with pytest.raises(BridgeError, match=words):
        ZmqBridge(ZmqConfig(control_port=0, curve=change(keys))).open(AnsweringPort())


def test_with_keys_and_a_list_it_may_listen_everywhere(keys):
    bridge = ZmqBridge(ZmqConfig(host="0.0.0.0", control_port=0, audio_port=0, telemetry_port=0, curve=curve_of(keys)))
    assert bridge.open(AnsweringPort())["control"].startswith("tcp://0.0.0.0:")
    bridge.stop()


def test_keys_are_never_overwritten(tmp_path):
    make_keys(tmp_path)
    with pytest.raises(ConfigError, match="exists already"):
        make_keys(tmp_path)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has access lists instead of mode bits")
def test_secret_keys_are_for_their_owner_only(tmp_path):
    written = make_keys(tmp_path)
    assert stat.S_IMODE(written["server.key_secret"].stat().st_mode) == 0o600
    assert zmq.auth.load_certificate(written["client.key"])[1] is None


@pytest.mark.parametrize(
    ("host", "loopback"),
    [
        ("127.0.0.1", True),
        ("127.1.2.3", True),
        ("::1", True),
        ("localhost", True),
        ("0.0.0.0", False),
        ("192.168.1.5", False),
        ("*", False),
        ("localhost.evil.example", False),
        ("::", False),
    ],
)
def test_loopback_is_recognised(host, loopback):
    assert is_loopback(host) is loopback
