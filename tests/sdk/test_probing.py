"""Connection troubles are told apart: nothing, a stranger, the wrong socket, keys; and units by what is sent."""

import socket
import struct
import threading

import msgspec
import pytest
import zmq

from hobnail.connecting import examine_connection
from hobnail.errors import ClientError
from hobnail.judging import judge
from hobnail.probing import Endpoint, Listening, endpoint_of, explained, probe
from hobnail.watching import Fault, Seen

HERE = "127.0.0.1"


@pytest.fixture
def serve():
    """``serve(answer)``: a plain TCP server that says some bytes; its port."""
    sockets = []

    def start(answer):
        listener = socket.create_server((HERE, 0))
        sockets.append(listener)

        def run():
            try:
                peer, _ = listener.accept()
            except OSError:
                return
            with peer:
                if answer is not None:
                    peer.sendall(answer)
                peer.settimeout(5)
                try:
                    while peer.recv(100):
                        pass
                except OSError:
                    pass

        threading.Thread(target=run, daemon=True).start()
        return listener.getsockname()[1]

    yield start
    for listener in sockets:
        listener.close()


@pytest.fixture
def zeromq():
    """``zeromq(kind, **options)``: a bound socket of ZeroMQ; its port."""
    with zmq.Context() as context:
        sockets = []

        def bind(kind, **options):
            bound = context.socket(kind)
            sockets.append(bound)
            bound.linger = 0
            for name, value in options.items():
                setattr(bound, name, value)
            return bound.bind_to_random_port(f"tcp://{HERE}")

        yield bind
        for bound in sockets:
            bound.close()


def look(port, timeout_s=2.0):
    return probe(Endpoint(HERE, port), timeout_s)


@pytest.mark.parametrize("kind", ["ROUTER", "XPUB", "PUB", "REP"])
def test_a_zeromq_socket_is_known_by_its_greeting(zeromq, kind):
    found = look(zeromq(getattr(zmq, kind)))
    assert (found.found, found.mechanism, found.socket_type) == ("zeromq", "NULL", kind)


def test_a_server_with_keys_is_known(zeromq):
    public, secret = zmq.curve_keypair()
    found = look(zeromq(zmq.ROUTER, curve_server=True, curve_publickey=public, curve_secretkey=secret))
    assert found.mechanism == "CURVE"
    assert "keys" in explained(found)[0]


def test_nothing_a_stranger_and_a_silent_one_are_told_apart(serve):
    with socket.create_server((HERE, 0)) as listener:
        free = listener.getsockname()[1]
    assert look(free).found == "nothing"
    assert look(serve(b"HTTP/1.1 400 Bad Request\r\n" + b"x" * 64)).found == "stranger"
    assert look(serve(b"hi")).found in ("stranger", "silent")
    assert look(serve(None), timeout_s=0.2).found == "silent"


@pytest.mark.parametrize(
    ("found", "problem", "cure"),
    [
        (Listening(endpoint=Endpoint(HERE, 9710), found="nothing"), "Nothing listens on 127.0.0.1", "hobnail serve"),
        (Listening(endpoint=Endpoint("10.0.0.9", 9710), found="nothing"), "Nothing listens", "its own machine only"),
        (Listening(endpoint=Endpoint("10.0.0.9", 9710), found="no_answer"), "firewall", "9712"),
        (Listening(endpoint=Endpoint("nowhere", 9710), found="unreachable", said="no host"), "no host", "name"),
        (Listening(endpoint=Endpoint(HERE, 80), found="stranger"), "does not speak ZeroMQ", "9710"),
        (Listening(endpoint=Endpoint(HERE, 9711), found="zeromq", mechanism="NULL", socket_type="XPUB"),
         "not the control socket", "9710"),
        (Listening(endpoint=Endpoint(HERE, 5555), found="zeromq", mechanism="NULL", socket_type="REP"),
         "REP socket of another", "5555"),
    ],
)  # fmt: skip
def test_what_was_found_is_explained_with_its_cure(found, problem, cure):
    said = explained(found)
    assert problem in said[0]
    assert cure in said[1] or found.found == "no_answer"


def test_the_right_socket_needs_no_explanation():
    right = Listening(endpoint=Endpoint(HERE, 9710), found="zeromq", mechanism="NULL", socket_type="ROUTER")
    assert explained(right) == ("", "")


@pytest.mark.parametrize("address", ["9710", "localhost:9710", "tcp://:1", "tcp://a:0", "tcp://a:99999", "udp://a:1"])
def test_an_address_that_is_none_is_refused_with_an_example(address):
    with pytest.raises(ClientError, match="tcp://127"):
        endpoint_of(address)
    (finding,) = examine_connection(address, 0.0)
    assert finding.state == "fault"


def test_an_address_may_be_of_version_6():
    assert endpoint_of("tcp://[::1]:9710") == Endpoint("::1", 9710)
    assert Endpoint("::1", 1).here
    assert not Endpoint("10.1.1.1", 1).here


# --- what messages tell -----------------------------------------------------------------------------------------------


def message(units=1.0, fault=None, **fields):
    data = msgspec.msgpack.encode({"v": 1, **fields})
    return Seen(door="zmq", client="game", ns=0, size=len(data), data=data, units_per_metre=units, fault=fault)


def frame(units, *positions):
    names = [f"e{number}" for number in range(len(positions))]
    columns = ["position_x_m", "position_y_m", "position_z_m"]
    rows = b"".join(struct.pack("<3f", *position) for position in positions)
    return message(units, type="frame", emitters=names, columns=columns, data=rows)


def notes(*seen):
    return [finding for finding in judge(seen) if finding.check.startswith("units")]


def test_centimetres_that_are_called_metres_are_noticed():
    (note,) = notes(frame(1.0, (120.0, 35_000.0, 90.0)))
    assert "units_per_metre = 100" in note.cure
    assert "3.5e+04 m" in note.found
    assert notes(frame(100.0, (120.0, 35_000.0, 90.0))) == []


def test_metres_that_are_called_centimetres_are_noticed():
    (note,) = notes(*[frame(100.0, (3.0, 1.0, -20.0))] * 4)
    assert "units_per_metre = 1" in note.cure
    assert notes(*[frame(1.0, (3.0, 1.0, -20.0))] * 4) == []


@pytest.mark.parametrize(
    "fields",
    [
        {"type": "event", "contact": {"speed_m_s": 450.0}},
        {"type": "emitter", "settings": {"size_m": 180.0}},
        {"type": "emitter", "settings": {"position_m": [0, 0, 90_000]}},
        {"type": "listener", "position": [0, 5000, 0]},
        {"type": "frame", "values": {"a": {"slip_m_s": 900.0}}},
    ],
)
def test_every_length_counts(fields):
    assert len(notes(message(**fields))) == 1


def test_refusals_are_faults_with_their_number_and_cure():
    fault = Fault(code="unknown_event", path="$.name", problem="No such event.", cure="Send impact.")
    found = judge([message(type="event", fault=fault), message(type="event", fault=fault), message(type="ping")])
    (refused,) = [finding for finding in found if finding.state == "fault"]
    assert refused.found.startswith("2 refused as unknown_event: No such event.")
    assert refused.cure == "Send impact."
    assert found[0].found == "2 event, 1 ping"


def test_silence_is_a_finding():
    (finding,) = judge([])
    assert finding.state == "note"


def test_numbers_that_are_none_break_nothing():
    assert notes(message(type="frame", values={"a": {"speed_m_s": float("nan"), "size_m": "big"}})) == []
