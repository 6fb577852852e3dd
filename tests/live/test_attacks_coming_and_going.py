"""Clients and processes of the real server that come, go and die at the wrong moment."""

import os
import signal
import socket
import struct
import subprocess
import sys
import time

import numpy as np
import psutil
import pytest
import soundfile
import zmq

from hobnail.client import Client
from hobnail.errors import ClientError
from hobnail.launch import ServerProcess
from hobnail.protocol.messages import Ack, Ended, ErrorMessage, Welcome

from .attackers import DEADLINE_S, EVENT, STORM, Raw, eventually, figures, heard, pack, resident_mib, storm

DOOMED = """
import sys, time
from hobnail.client import Client
client = Client(sys.argv[1], name="doomed")
client.emitter("doomed-sky", wait=True)
client.event("doomed-sky", "rain", action="start", wait=True)
print("raining", flush=True)
time.sleep(60)
"""


def test_what_a_killed_client_left_sounding_fades_and_its_emitter_is_free_again(server, decent, vandal):
    with subprocess.Popen([sys.executable, "-c", DOOMED, server.control], stdout=subprocess.PIPE, text=True) as doomed:
        assert doomed.stdout.readline().strip() == "raining"
        with decent.telemetry("voices") as ended:
            doomed.kill()
            began = time.monotonic()
            voice = eventually(lambda: (one := ended.read(1.0)) and one.emitter == "doomed-sky" and one)
        silent_s = time.monotonic() - began
    assert voice.reason == "removed"
    vandal.greet()
    vandal.send({"type": "emitter", "id": 1, "emitter": "doomed-sky"})
    assert isinstance(vandal.receive(), Ack)
    print(f"silent after {silent_s:.2f} s")
    assert silent_s < 3.0 + 1.0 + 2.0


def test_a_client_that_dies_in_the_middle_of_a_message_is_forgotten(server, decent):
    host, port = server.control.removeprefix("tcp://").split(":")
    greeting = b"\xff" + bytes(8) + b"\x7f\x03\x01NULL" + bytes(16) + b"\x00" + bytes(31)
    ready = b"\x05READY" + b"\x0bSocket-Type" + (6).to_bytes(4, "big") + b"DEALER"
    for end in range(0, 3 * len(EVENT), 7):
        with socket.create_connection((host, int(port))) as wire:
            wire.sendall(greeting)
            wire.sendall(b"\x04" + bytes((len(ready),)) + ready)
            wire.sendall((b"\x00" + bytes((len(EVENT),)) + EVENT)[:end])
            if end % 2:
                wire.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # a reset, not an end
    with socket.create_connection((host, int(port))) as wire:
        wire.sendall(os.urandom(64))
    eventually(lambda: figures(decent, "bridge")["clients"] == 1)


def test_a_client_that_never_reads_costs_only_itself(server, decent):
    before = resident_mib(server)
    with zmq.Context() as context, context.socket(zmq.DEALER) as deaf:
        deaf.linger = 0
        deaf.rcvhwm = 1
        deaf.connect(server.control)
        deaf.send(pack({"v": 1, "type": "hello", "client": "deaf"}))
        for number in range(30_000):
            deaf.send(pack({"v": 1, "type": "ping", "id": number, "t": 0}))
        ended = heard(decent, "decent-feet")
        assert (ended.onset_ns - ended.received_ns) / 1e6 < 250.0
        after = resident_mib(server)
    print("MiB", before, after)
    assert all(a - b < 24 for a, b in zip(after, before, strict=True))


def test_two_clients_with_one_name_are_told_apart(server, decent):
    with Raw(server.control) as one, Raw(server.control) as two:
        first, second = one.greet("twin"), two.greet("twin")
        assert (first.client, second.client) == ("twin", "twin-2")
        one.send({"type": "emitter", "id": 1, "emitter": "toy"})
        assert isinstance(one.receive(), Ack)
        assert two.faults([{"type": "emitter", "emitter": "toy"}]) == [("emitter_taken", "$.emitter")]


def test_a_routing_id_used_twice_belongs_to_the_newcomer_and_the_former_things_go(server, decent):
    with Raw(server.control, b"twin") as one:
        one.greet("older")
        one.send({"type": "emitter", "id": 1, "emitter": "heirloom"})
        assert isinstance(one.receive(), Ack)
        with Raw(server.control, b"twin") as two:
            two.greet("newer")
            two.send({"type": "event", "id": 2, "emitter": "heirloom", "name": "impact"})
            assert two.until(ErrorMessage).code == "unknown_emitter"
            two.send({"type": "emitter", "id": 3, "emitter": "heirloom"})
            assert isinstance(two.until(Ack), Ack)


def test_sixty_four_clients_at_once_are_all_heard_and_one_more_is_told_so(server, decent):
    eventually(lambda: figures(decent, "bridge")["clients"] == 1)
    crowd = [Raw(server.control) for _ in range(63)]
    try:
        for number, raw in enumerate(crowd):
            raw.greet(f"crowd-{number}", want=["voices"])
        with Raw(server.control) as late:
            late.send({"type": "hello", "client": "late"})
            assert late.receive().code == "busy"
        for number, raw in enumerate(crowd):
            raw.send({"type": "emitter", "emitter": f"crowd-{number}"})
            raw.send({"type": "event", "emitter": f"crowd-{number}", "name": "footstep", "contact": {"speed_m_s": 2.0}})
        ended = [raw.until(Ended) for raw in crowd]
        assert all(answer.onset is not None for answer in ended)
        print("worst ms:", max((answer.onset_ns - answer.received_ns) / 1e6 for answer in ended))
    finally:
        for raw in crowd:
            raw.send({"type": "bye"})
            raw.socket.close(linger=1000)
            raw.__exit__()


def test_saying_bye_and_coming_back_at_once_over_and_over_works_and_gives_no_larger_budget(server, decent):
    before = figures(decent, "bridge")["events"]
    with Raw(server.control) as raw:
        began = time.monotonic()
        for _ in range(40):
            raw.greet("bouncer")
            raw.send({"type": "emitter", "emitter": "ball"})
            for _ in range(50):
                raw.send({"type": "event", "emitter": "ball", "name": "impact", "id": 1})
            raw.send({"type": "bye", "id": 2})
            while True:
                answer = raw.receive()
                if isinstance(answer, Ack) and answer.re == 2:
                    break
        elapsed = time.monotonic() - began
    events = figures(decent, "bridge")["events"] - before
    print(f"{events} of 2000 events in {elapsed:.2f} s")
    assert 200 <= events <= 200 + 200 * elapsed + 1


def test_newcomers_are_greeted_while_strangers_shout(server, decent):
    with Raw(server.control) as shouter:
        for _ in range(20_000):
            shouter.send(b"\xc1")
        with Raw(server.control) as newcomer:
            assert isinstance(newcomer.greet("newcomer"), Welcome)


posix = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGSTOP and no SIGKILL")


@posix
def test_a_server_that_was_stopped_for_two_seconds_goes_on_where_it_was():
    with ServerProcess(["--sink", "null"]) as server, Client(server.control, name="patient") as client:
        client.emitter("patient-feet", wait=True)
        heard(client, "patient-feet")
        before = figures(client)
        processes = [psutil.Process(pid) for pid in server.pids]
        try:
            for process in processes:
                process.suspend()
            time.sleep(2.5)
        finally:
            for process in processes:
                process.resume()
        ended = heard(client, "patient-feet")
        after = figures(client)
        assert client._core.greetings == 1, "it lost its client while it slept itself"
        assert before.frame < ended.onset < after.frame  # an idle mixer promises up to 10 ms ahead
        assert eventually(lambda: abs(client.now() - figures(client).frame) < 24_000)
        print("frames in the sleep:", after.frame - before.frame, "late blocks", after.late_blocks - before.late_blocks)


def test_the_bridge_may_be_killed_in_a_storm_and_nothing_of_its_clients_stays():
    with ServerProcess(["--sink", "null"]) as server, storm(server, STORM, seconds=1.0, last=True):
        time.sleep(0.3)
        psutil.Process(server.pids[1]).kill()
        with eventually(lambda: greeted(server, "after")) as client:
            client.emitter("flood", wait=True)  # the flooder's own; it is free
            heard(client, "flood")
            eventually(lambda: figures(client).emitters == 1)


def greeted(server, name):
    try:
        return Client(server.control, name=name, timeout_s=2.0)
    except ClientError:
        return None


def test_ctrl_c_in_a_storm_ends_it_cleanly_with_its_recording_whole(tmp_path):
    take = tmp_path / "take.wav"
    server = ServerProcess(["--sink", "null", "--record", str(take)])
    server.start()
    bridge = psutil.Process(server.pids[1])
    with storm(server, STORM, seconds=8.0, last=True):
        time.sleep(1.0)
        began = time.monotonic()
        assert server.stop() == 0
        print(f"stopped within {time.monotonic() - began:.2f} s")
        bridge.wait(DEADLINE_S)
    sound, rate = soundfile.read(take)
    assert rate == 48_000
    assert len(sound) > 24_000
    assert np.abs(sound).max() > 0.01


@posix
def test_a_killed_engine_process_leaves_no_orphan_and_no_shared_memory(capfd):
    before = shared_memory()
    server = ServerProcess(["--sink", "null"])
    server.start()
    try:
        engine, bridge = (psutil.Process(pid) for pid in server.pids)
        family = engine.children(recursive=True)
        assert bridge in family
        ours = shared_memory() - before
        began = time.monotonic()
        os.kill(engine.pid, signal.SIGKILL)
        _, alive = psutil.wait_procs(family, timeout=DEADLINE_S)
        print(f"the bridge ended within {time.monotonic() - began:.2f} s")
        assert not alive
        eventually(lambda: not (ours & shared_memory()))
    finally:
        server.stop()
    assert "leaked" not in capfd.readouterr().err, "the bridge process removes what the engine process cannot"


def shared_memory():
    """Names of what lies in shared memory, where that can be seen."""
    return set(os.listdir("/dev/shm")) if os.path.isdir("/dev/shm") else set()
