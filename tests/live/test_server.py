"""The real server as a process, real sockets, real clients. One server for the whole file where that is possible."""

import os
import signal
import socket
import subprocess
import sys
import time

import msgspec
import numpy as np
import pytest
import soundfile
import zmq

from hobnail.client import Client
from hobnail.errors import ClientError, SessionError
from hobnail.launch import ServerProcess
from hobnail.protocol.messages import Ack, Ended
from hobnail.scene import Contact

DEADLINE_S = 15.0
GRAVEL = Contact(material="gravel", speed_m_s=1.5, mass_kg=75.0)


@pytest.fixture(scope="module")
def server():
    with ServerProcess(["--sink", "null"]) as server:
        yield server


def answers_until(client, kind, count=1):
    """Answers of a kind, polled until there are enough."""
    found = []
    deadline = time.monotonic() + DEADLINE_S
    while len(found) < count and time.monotonic() < deadline:
        found += [answer for answer in client.poll(0.2) if isinstance(answer, kind)]
    assert len(found) >= count, f"{len(found)} of {count} {kind.__name__} within {DEADLINE_S} s"
    return found


def test_a_footstep_is_acknowledged_and_heard(server):
    with Client(server.control, name="walker") as client:
        boots = client.emitter("walker-boots", prompt="leather boots")
        ack = client.event("walker-boots", "footstep", contact=GRAVEL, wait=True)
        assert isinstance(ack, Ack)
        (ended,) = answers_until(client, Ended)
        assert ended.voice == ack.voice
        assert ended.onset is not None
        boots.remove()


def test_the_mix_comes_back_over_the_wire_where_the_session_says_it_sounded(server):
    with Client(server.control, name="listener") as client:
        client.emitter("ball", material="wood")
        with client.audio("mix") as audio:
            chunks = [audio.read(DEADLINE_S)]
            client.event("ball", "impact", contact=Contact(material="stone", speed_m_s=4.0, mass_kg=2.0))
            (ended,) = answers_until(client, Ended)
            while chunks[-1].at + len(chunks[-1].samples) <= ended.onset + 4800:
                chunks.append(audio.read(DEADLINE_S))
        sound = np.concatenate([chunk.samples for chunk in chunks])
        first = chunks[0].at + int(np.flatnonzero(np.abs(sound).max(axis=1) > 1e-4)[0])
        assert [later.at for later in chunks[1:]] == [c.at + len(c.samples) for c in chunks[:-1]]
        assert abs(first - ended.onset) <= 2


def test_one_emitter_can_be_heard_alone(server):
    with Client(server.control, name="stems") as client:
        client.emitter("loud", material="metal")
        client.emitter("tapped", material="glass")
        with client.audio("tapped") as audio:
            audio.read(DEADLINE_S)
            client.event("loud", "impact", contact=Contact(material="stone", speed_m_s=4.0))
            answers_until(client, Ended)
            client.event("tapped", "impact", contact=Contact(material="stone", speed_m_s=4.0))
            (ended,) = answers_until(client, Ended)
            deadline = time.monotonic() + DEADLINE_S
            while time.monotonic() < deadline:
                chunk = audio.read(DEADLINE_S)
                assert chunk.samples.shape[1] == 1
                if np.abs(chunk.samples).max() > 1e-4:
                    break
            assert abs(chunk.at - ended.onset) < 4800


def test_what_is_refused_says_why_and_how_to_cure_it(server):
    with Client(server.control, name="clumsy") as client:
        client.emitter("clumsy-feet")
        with pytest.raises(ClientError, match="Did you mean 'footstep'"):
            client.event("clumsy-feet", "footstp", wait=True)
        with pytest.raises(ClientError, match="no emitter"):
            client.event("nobody", "footstep", wait=True)


def test_an_emitter_belongs_to_the_client_that_made_it(server):
    with Client(server.control, name="first") as first, Client(server.control, name="first") as second:
        assert first.welcome.client != second.welcome.client
        first.emitter("mine")
        first.event("mine", "footstep", wait=True)
        with pytest.raises(ClientError, match="belongs to another client"):
            second.event("mine", "footstep", wait=True)


def test_garbage_on_the_wire_hurts_nobody(server):
    with Client(server.control, name="decent") as client, zmq.Context() as context:
        client.emitter("decent-feet")
        with context.socket(zmq.DEALER) as vandal:
            vandal.linger = 0
            vandal.connect(server.control)
            for junk in (b"", b"\xc1", b"\xdf\xff\xff\xff\xff", os.urandom(4096), b"\x91" * 5000, b"\x80"):
                vandal.send(junk)
            assert vandal.poll(5000)
            assert msgspec.msgpack.decode(vandal.recv())["type"] == "error"
        host, port = server.control.removeprefix("tcp://").split(":")
        with socket.create_connection((host, int(port))) as half:
            half.sendall(b"\xff\x00\x00\x00\x00\x00\x00\x00\x01\x7f\x03")  # a ZMTP greeting that never goes on
        assert isinstance(client.event("decent-feet", "footstep", contact=GRAVEL, wait=True), Ack)


def test_a_client_that_never_reads_does_not_slow_another(server):
    with Client(server.control, name="reader") as client, zmq.Context() as context:
        client.emitter("reader-feet")
        with context.socket(zmq.DEALER) as deaf:
            deaf.linger = 0
            deaf.rcvhwm = 1
            deaf.connect(server.control)
            deaf.send(msgspec.msgpack.encode({"v": 1, "type": "hello", "client": "deaf"}))
            for number in range(3000):
                deaf.send(msgspec.msgpack.encode({"v": 1, "type": "ping", "id": number, "t": 0}))
            began = time.monotonic()
            client.event("reader-feet", "footstep", contact=GRAVEL, wait=True)
            assert time.monotonic() - began < 2.0


def test_the_bridge_process_may_die_and_the_sound_goes_on():
    with ServerProcess(["--sink", "null"]) as server:
        _, bridge_pid = server.pids
        os.kill(bridge_pid, signal.SIGTERM)
        deadline = time.monotonic() + DEADLINE_S
        while time.monotonic() < deadline:
            try:
                with Client(server.control, name="again", timeout_s=1.0) as client:
                    client.emitter("again-feet")
                    assert isinstance(client.event("again-feet", "footstep", contact=GRAVEL, wait=True), Ack)
                    return
            except ClientError:
                continue
        raise AssertionError("the bridge did not come back")


def test_a_busy_port_fails_once_and_names_the_option(server):
    port = server.control.rsplit(":", 1)[1]
    command = [sys.executable, "-m", "hobnail", "serve", "--sink", "null", "--control-port", port]
    command += ["--audio-port", "0", "--telemetry-port", "0"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 1
    assert done.stderr.count("--control-port") == 1
    assert port in done.stderr
    assert "Traceback" not in done.stderr


def test_without_a_loopback_address_and_keys_it_refuses_to_start():
    command = [sys.executable, "-m", "hobnail", "serve", "--host", "0.0.0.0", "--sink", "null"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 1
    assert "--make-keys" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.skipif(sys.platform != "linux", reason="prlimit, which limits a running process's files, is Linux's")
def test_a_full_disk_ends_the_recording_and_not_the_sound(tmp_path, capfd):
    import resource

    take = tmp_path / "take.wav"
    with ServerProcess(["--sink", "null", "--record", str(take)]) as server:
        limit = 300_000  # bytes: 1.04 s of 24-bit stereo
        resource.prlimit(server.pids[0], resource.RLIMIT_FSIZE, (limit, limit))
        with Client(server.control, name="hoarder") as client:
            client.emitter("hoarder-feet")
            deadline = time.monotonic() + DEADLINE_S
            while not (said := capfd.readouterr().err).count("take") and time.monotonic() < deadline:
                time.sleep(0.1)
            assert isinstance(client.event("hoarder-feet", "footstep", contact=GRAVEL, wait=True), Ack)
    (part,) = tmp_path.glob("take.*.part.wav")
    assert part.name in said
    assert not take.exists()
    assert soundfile.info(part).frames > 0


def test_a_server_that_cannot_start_is_a_clear_error():
    with pytest.raises(SessionError, match="did not start"), ServerProcess(["--engine", "nonsense"]):
        pass


def test_ctrl_c_ends_it_cleanly():
    server = ServerProcess(["--sink", "null"])
    server.start()
    assert server.stop() == 0
