"""OSCQuery: what a controller finds out, and what it may not do."""

import base64
import json
import os
import socket
import struct
import threading
import urllib.error
import urllib.request

import pytest
from pythonosc.osc_message import OscMessage
from pythonosc.osc_message_builder import build_msg

from hobnail.errors import MessageError
from hobnail_bridges.osc.config import OscConfig
from hobnail_bridges.osc.query.websocket import BINARY, CLOSE, PING, PONG, TEXT, Message, Reader, accept_key, frame
from hobnail_bridges.osc.server import OscBridge

from .fake_port import AnsweringPort
from .osc_house import wait_until


def get(house, path, **headers):
    """(status, JSON) of a request."""
    request = urllib.request.Request(f"http://127.0.0.1:{house.query}{path}", headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=3) as answer:
            data = answer.read()
            if data:
                assert answer.headers["Content-Type"] == "application/json"
            return answer.status, json.loads(data) if data else None
    except urllib.error.HTTPError as error:
        error.close()
        return error.code, None


def masked(opcode: int, data: bytes, *, final: bool = True) -> bytes:
    """A frame as clients send them."""
    mask = os.urandom(4)
    size = struct.pack(">B", 0x80 | len(data)) if len(data) < 126 else struct.pack(">BH", 0xFE, len(data))
    payload = bytes(byte ^ mask[index % 4] for index, byte in enumerate(data))
    return bytes([(0x80 if final else 0) | opcode]) + size + mask + payload


class WebPeer:
    """A WebSocket client by hand."""

    def __init__(self, port: int, **headers: str) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=3)
        key = base64.b64encode(os.urandom(16)).decode()
        asked = {"Host": "localhost", "Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Version": "13"}
        lines = [f"{name}: {value}" for name, value in (asked | {"Sec-WebSocket-Key": key} | headers).items()]
        self.socket.sendall(("\r\n".join(["GET / HTTP/1.1", *lines]) + "\r\n\r\n").encode())
        head = b""
        while b"\r\n\r\n" not in head:
            head += self.socket.recv(1)
        self.status = int(head.split()[1])
        self.accepted = f"Sec-WebSocket-Accept: {accept_key(key)}".encode() in head

    def send(self, opcode: int, data: bytes) -> None:
        self.socket.sendall(masked(opcode, data))

    def receive(self) -> Message:
        head = self._exactly(2)
        size = head[1] if head[1] < 126 else struct.unpack(">H", self._exactly(2))[0]
        return Message(head[0] & 15, self._exactly(size))

    def _exactly(self, size: int) -> bytes:
        data = b""
        while len(data) < size:
            piece = self.socket.recv(size - len(data))
            assert piece, "the connection ended"
            data += piece
        return data


@pytest.fixture
def web(osc):
    peer = WebPeer(osc.query)
    yield peer
    peer.socket.close()


def test_the_tree_tells_range_unit_clipmode_and_value(osc):
    peer = osc.peer()
    peer.send("/hobnail/feet/pitch", 0.75)
    wait_until(lambda: peer.ask("/hobnail/feet/pitch")[1:] == (0.75,))
    status, root = get(osc, "/")
    assert status == 200
    pitch = root["CONTENTS"]["hobnail"]["CONTENTS"]["feet"]["CONTENTS"]["pitch"]
    assert (pitch["FULL_PATH"], pitch["TYPE"], pitch["ACCESS"]) == ("/hobnail/feet/pitch", "f", 3)
    assert (pitch["RANGE"], pitch["CLIPMODE"], pitch["VALUE"]) == ([{"MIN": 0, "MAX": 1}], ["both"], [0.75])
    raw = pitch["CONTENTS"]["raw"]
    assert (raw["RANGE"], raw["UNIT"], raw["VALUE"]) == ([{"MIN": -12, "MAX": 12}], ["semitones"], [6.0])
    assert get(osc, "/hobnail/feet/gain")[1]["UNIT"] == ["gain.db"]
    assert get(osc, "/hobnail/feet/event/click")[1]["ACCESS"] == 2


def test_every_address_of_the_tree_can_be_asked_for_and_says_what_it_is(osc):
    peer = osc.peer()
    peer.send("/hobnail/feet/create")
    peer.settled()

    def walk(node):
        assert {"FULL_PATH", "ACCESS"} <= node.keys()
        assert node["ACCESS"] == 0 or "TYPE" in node
        for child in node.get("CONTENTS", {}).values():
            yield child["FULL_PATH"]
            yield from walk(child)

    paths = list(walk(get(osc, "/")[1]))
    assert len(paths) > 50
    for path in paths[::7]:
        assert get(osc, path)[1]["FULL_PATH"] == path


def test_single_attributes(osc):
    osc.peer().send("/hobnail/feet/pitch", 0.5)
    wait_until(lambda: get(osc, "/hobnail/feet/pitch?VALUE") == (200, {"VALUE": [0.5]}))
    assert get(osc, "/hobnail/feet/pitch?RANGE") == (200, {"RANGE": [{"MIN": 0, "MAX": 1}]})
    assert get(osc, "/hobnail/feet/event/click?VALUE") == (204, None)
    assert get(osc, "/hobnail/feet/pitch?NONSENSE") == (400, None)
    assert get(osc, "/hobnail/nobody/pitch") == (404, None)


def test_host_info_tells_where_osc_is(osc):
    info = get(osc, "/?HOST_INFO")[1]
    assert (info["OSC_PORT"], info["OSC_TRANSPORT"], info["WS_PORT"]) == (osc.udp, "UDP", osc.query)
    assert info["EXTENSIONS"]["LISTEN"] is True


def test_a_web_socket_listens_and_moves(osc, web):
    assert (web.status, web.accepted) == (101, True)
    web.send(BINARY, build_msg("/hobnail/feet/pitch", [0.25]).dgram)
    assert json.loads(web.receive().data) == {"COMMAND": "PATH_ADDED", "DATA": "/hobnail/feet"}
    peer = osc.peer()
    wait_until(lambda: peer.ask("/hobnail/feet/pitch")[1:] == (0.25,))
    web.send(TEXT, json.dumps({"COMMAND": "LISTEN", "DATA": "/hobnail/feet/pitch"}).encode())
    told = OscMessage(web.receive().data)
    assert (told.address, told.params) == ("/hobnail/feet/pitch", [0.25])
    osc.peer().send("/hobnail/feet/pitch", 0.5)
    assert OscMessage(web.receive().data).params == [0.5]
    web.send(TEXT, json.dumps({"COMMAND": "IGNORE", "DATA": "/hobnail/feet/pitch"}).encode())
    osc.peer().send("/hobnail/feet/pitch", 0.75)
    osc.peer().send("/hobnail/feet/remove")
    assert json.loads(web.receive().data) == {"COMMAND": "PATH_REMOVED", "DATA": "/hobnail/feet"}


def test_a_web_socket_is_answered_told_of_errors_and_closed(osc, web):
    web.send(PING, b"hello")
    assert web.receive() == Message(PONG, b"hello")
    web.send(BINARY, build_msg("/hobnail/nothing", []).dgram)
    assert OscMessage(web.receive().data).address == "/hobnail/error"
    web.send(TEXT, b"no JSON")
    web.send(CLOSE, struct.pack(">H", 1000))
    assert web.receive() == Message(CLOSE, struct.pack(">H", 1000))
    osc.peer().settled()


@pytest.mark.parametrize(
    "data", [b"\x81\x01x", b"\xff\x80", b"\x89\xfe\x00\x7e", b"\x80\x80\0\0\0\0", b"\x82\xff" + b"\x7f" * 8]
)
def test_broken_frames_end_the_connection_and_nothing_else(osc, web, data):
    web.socket.sendall(data)
    assert web.receive().opcode == CLOSE
    assert web.socket.recv(10) == b""
    osc.peer().settled()


def test_pages_of_other_sites_may_do_nothing(osc):
    peer = WebPeer(osc.query, Origin="https://example.com")
    assert peer.status == 403
    peer.socket.close()
    assert get(osc, "/", Host="rebound.example.com")[0] == 403
    peer = WebPeer(osc.query, Origin="http://localhost:8000")
    assert peer.status == 101
    peer.socket.close()


@pytest.mark.parametrize(
    "request_line", [b"POST / HTTP/1.1", b"GET /", b"\xff\xfe", b"GET " + b"a" * 9000 + b" HTTP/1.1"]
)
def test_what_is_no_request_is_refused(osc, request_line):
    with socket.create_connection(("127.0.0.1", osc.query), timeout=3) as peer:
        peer.sendall(request_line + b"\r\n\r\n")
        assert peer.recv(100).split()[1] in (b"400", b"405")
    osc.peer().settled()


def test_frames_in_pieces_are_put_together():
    reader = Reader()
    stream = masked(BINARY, b"ab", final=False) + masked(PING, b"") + masked(0, b"cd")
    told = [message for byte in stream for message in reader.feed(bytes([byte]))]
    assert told == [Message(PING, b""), Message(BINARY, b"abcd")]
    with pytest.raises(MessageError):
        reader.feed(masked(0, b"x"))


def test_frames_of_all_lengths():
    for size in (0, 125, 126, 65_535, 65_536):
        data = frame(BINARY, bytes(size))
        assert len(data) == size + (2 if size < 126 else 4 if size < 65_536 else 10)


def test_it_is_announced_when_that_is_asked_for():
    zeroconf = pytest.importorskip("zeroconf", reason="needs the extra hobnail[osc]")
    bridge = OscBridge(OscConfig(port=0, query_port=0, announce=True))
    addresses = bridge.open(AnsweringPort())
    thread = threading.Thread(target=bridge.run)
    thread.start()
    try:
        with zeroconf.Zeroconf(interfaces=["127.0.0.1"]) as finder:
            info = finder.get_service_info("_oscjson._tcp.local.", "Hobnail._oscjson._tcp.local.", timeout=60_000)
            assert info is not None, "it was not found"
            assert addresses["query"] == f"http://127.0.0.1:{info.port}"
    finally:
        bridge.stop()
        thread.join(5)


def test_osc_is_answered_while_the_announcement_is_under_way(make_osc, monkeypatch):
    zeroconf = pytest.importorskip("zeroconf", reason="needs the extra hobnail[osc]")
    asked, free = threading.Event(), threading.Event()

    def register_service(network, info, **options):  # as in a network where names take their time
        asked.set()
        free.wait(10)

    monkeypatch.setattr(zeroconf.Zeroconf, "register_service", register_service)
    house = make_osc(announce=True)
    assert asked.wait(10)
    try:
        assert house.peer().ask("/hobnail/ping", "first")[0] == "/hobnail/pong"
        assert not free.is_set()
    finally:
        free.set()


def test_a_network_that_cannot_be_told_is_no_reason_not_to_serve(make_osc, monkeypatch, caplog):
    zeroconf = pytest.importorskip("zeroconf", reason="needs the extra hobnail[osc]")

    def register_service(network, info, **options):
        raise zeroconf.EventLoopBlocked

    monkeypatch.setattr(zeroconf.Zeroconf, "register_service", register_service)
    house = make_osc(announce=True)
    wait_until(lambda: "could not be announced in the network: EventLoopBlocked" in caplog.text)
    assert house.peer().ask("/hobnail/ping", "first")[0] == "/hobnail/pong"
