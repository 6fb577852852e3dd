"""Floods, garbage, streams and strangers: what the OSC bridge holds against, and what it tells."""

import socket
import struct
import sys
import time

import pytest
from pythonosc.tcp_client import SimpleTCPClient

from hobnail.bench.osc_flood import packets
from hobnail.commands import PutEmitter, SetControl, TriggerEvent
from hobnail.errors import BridgeError
from hobnail_bridges.osc.config import OSC_PORT, Limits, OscConfig
from hobnail_bridges.osc.server import OscBridge
from hobnail_bridges.osc.shutter import program

from .fake_port import AnsweringPort
from .osc_house import wait_until


def test_a_flood_of_events_is_slowed_down_and_told_together(make_osc):
    house = make_osc(limits=Limits(events_per_s=20, errors_per_s=5))
    peer = house.peer()
    for _ in range(100):
        peer.send("/hobnail/feet/event/click")
    told = []
    while message := peer.receive(0.4):
        told.append(message)
    assert 20 <= len(house.of(TriggerEvent)) < 60
    assert {message[2] for message in told} == {"rate_limited"}
    assert len(told) < 15
    assert sum(message[4] for message in told) == 100 - len(house.of(TriggerEvent))


def test_a_full_session_is_told(make_osc):
    house = make_osc(AnsweringPort(room=3))
    peer = house.peer()
    for number in range(4):
        peer.send("/hobnail/feet/pitch", number / 4)
    assert peer.receive()[2] == "busy"
    assert house.counters.busy >= 1


def test_emitters_are_not_made_without_end(make_osc):
    house = make_osc(limits=Limits(emitters=3))
    peer = house.peer()
    for number in range(5):
        peer.send(f"/hobnail/e{number}/create")
    assert [peer.receive()[2], peer.receive()[2]] == ["busy", "busy"]
    peer.settled()
    assert len(house.of(PutEmitter)) == 3


def test_garbage_is_told_and_counted_and_the_next_packet_is_taken(osc):
    peer = osc.peer()
    peer.settled()
    for data in (b"x", b"", b"/a\0\0,i\0\0", b"#bundle\0\0\0\0\0\0\0\0\1\xff\xff\xff\xfc"):
        peer.raw(data)
    assert [peer.receive()[2] for _ in range(4)] == ["malformed"] * 4
    peer.settled()
    assert osc.counters.malformed == 4


@pytest.mark.parametrize("count", [1, 5, 32])
def test_the_filter_names_its_sources_and_jumps_inside_itself(count):
    code = program([(f"10.0.0.{number}", 5000 + number) for number in range(count)])
    steps = list(struct.iter_unpack("=HBBI", code))
    assert len(steps) == 4 * count + 2
    for at, (_, if_true, if_false, _) in enumerate(steps):
        assert at + 1 + max(if_true, if_false) <= len(steps) - (at < len(steps) - 1)
    jumps = [at + 1 + step[1] for at, step in enumerate(steps) if step[0] == 0x15 and step[3] < 65_536]
    assert set(jumps) == {len(steps) - 1}  # to what drops


def test_strangers_are_not_remembered_for_garbage(osc):
    for _ in range(300):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
            one.sendto(b"bad!", ("127.0.0.1", osc.udp))
    osc.peer().settled()
    wait_until(lambda: osc.counters.malformed == 300)
    assert osc.counters.errors_dropped >= 150


@pytest.mark.skipif(sys.platform != "linux", reason="the filter at the socket is Linux's")
def test_a_source_of_nothing_but_garbage_is_shut_out_and_nobody_else(osc):
    decent, vandal = osc.peer(), osc.peer()
    decent.settled()
    for packet in packets() * 40:
        vandal.raw(packet)
    wait_until(lambda: osc.counters.shut_out)
    for packet in packets() * 40:
        vandal.raw(packet)
    decent.settled()
    wait_until(lambda: osc.counters.dropped > 1000)
    assert osc.counters.malformed < 400  # of 2,560
    for number in range(50):
        assert decent.ask("/hobnail/ping", number)[2] == number
    time.sleep(2.2)
    decent.settled()
    vandal.send("/hobnail/ping", "sorry")
    wait_until(lambda: vandal.receive()[:1] == ("/hobnail/pong",))


# --- TCP and addresses -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", ["1.0", "1.1"])
def test_tcp_with_either_framing(osc, mode):
    client = SimpleTCPClient("127.0.0.1", osc.tcp, mode=mode)
    try:
        client.send_message("/hobnail/feet/pitch", 0.25)
        client.send_message("/hobnail/ping", 5)
        answers = list(client.get_messages(1))
    finally:
        client.socket.close()
    assert [(message.address, message.params) for message in answers] == [("/hobnail/pong", ["0.0.0", 5])]
    assert osc.of(SetControl)[0].value == 0.25


def test_a_tcp_peer_that_speaks_neither_is_told_and_cut_off(osc):
    with socket.create_connection(("127.0.0.1", osc.tcp)) as peer:
        peer.settimeout(3)
        peer.sendall(b"GET / HTTP/1.1\r\n\r\n")
        while peer.recv(1000):
            pass
    osc.peer().settled()


def test_a_tcp_peer_that_sends_half_a_packet_holds_up_nobody(osc):
    with socket.create_connection(("127.0.0.1", osc.tcp)) as peer:
        peer.sendall(b"\0\0\0\x10/hob")
        osc.peer().settled()


def test_off_loopback_needs_a_list():
    with pytest.raises(BridgeError) as caught:
        OscBridge(OscConfig(host="0.0.0.0", port=0, query_port=0)).open(AnsweringPort())
    assert "allow" in caught.value.cure


def test_a_port_in_use_is_named(osc):
    with pytest.raises(BridgeError) as caught:
        OscBridge(OscConfig(port=osc.udp, query_port=0)).open(AnsweringPort())
    assert str(osc.udp) in caught.value.problem
    assert "[bridge.osc] port" in caught.value.cure


def test_doctor_names_a_port_that_is_taken():
    (free_or_not,) = OscBridge.examine()
    assert free_or_not.check == "OSC"
    try:
        holder = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        holder.bind(("127.0.0.1", OSC_PORT))
    except OSError:
        pass  # somebody's server holds it already: the same finding
    (finding,) = OscBridge.examine()
    holder.close()
    assert finding.state == "note"
    assert f"Port {OSC_PORT} on 127.0.0.1 is in use" in finding.found
    assert "[bridge.osc] port" in finding.cure


def test_who_watches_sees_what_came_and_why_it_was_refused(make_osc):
    house = make_osc()
    peer = house.peer()
    peer.send("/hobnail/feet/pitch", 0.25)
    peer.settled()
    house.port.watch.turn(on=True)
    peer.send("/hobnail/feet/pitch", 0.5)
    peer.send("/hobnail/feet/pich", 0.5)
    peer.raw(b"/x\0\0,c\0\0")
    peer.send("/hobnail/ping")
    while peer.receive()[0] != "/hobnail/pong":  # after what is told of the two faults
        pass
    seen = house.port.watch.take()  # a pong is on its way before its ping is shown
    moved, misspelt, garbage = (one for one in seen if "/hobnail/ping" not in one.text)
    assert {seen.door for seen in (moved, misspelt, garbage)} == {"osc"}
    assert moved.text == "/hobnail/feet/pitch 0.5"
    assert moved.fault is None
    assert moved.client == ":".join(map(str, peer.socket.getsockname()))
    assert misspelt.fault.code == "unknown_type"
    assert garbage.text.startswith("2f 78 00 00")
    assert garbage.fault is not None
