"""What the tests of attacks use: a client by hand, a decent client that must notice nothing, and a storm."""

import json
import subprocess
import sys
import time
from collections import Counter
from contextlib import contextmanager
from pathlib import Path

import msgspec
import psutil
import zmq

from hobnail.client import Client
from hobnail.protocol.messages import Ended, ErrorMessage, LatencyMessage, ServerMessage, Welcome
from hobnail.scene import Contact

DEADLINE_S = 20.0
CALM_S = 60.0  # for what a machine with two busy cores may take its time to do
GRAVEL = Contact(material="gravel", speed_m_s=1.5, mass_kg=75.0)
FLOODER = Path(__file__).with_name("flooder.py")
MIB = 1 << 20

pack = msgspec.msgpack.encode
_answer = msgspec.msgpack.Decoder(ServerMessage)
EVENT = pack({"v": 1, "type": "event", "id": 7, "emitter": "a", "name": "impact", "contact": {"speed_m_s": 2.0}})
STORM = pack({"v": 1, "type": "event", "emitter": "flood", "name": "impact", "contact": {"speed_m_s": 1.0}})


class Raw:
    """A DEALER by hand: it sends whatever it is given."""

    def __init__(self, address, routing_id=None):
        self._context = zmq.Context()
        self.socket = self._context.socket(zmq.DEALER)
        self.socket.linger = 0
        if routing_id is not None:
            self.socket.setsockopt(zmq.ROUTING_ID, routing_id)
        self.socket.connect(address)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._context.destroy(linger=0)

    def send(self, message):
        """A map, or raw bytes."""
        self.socket.send(message if isinstance(message, bytes) else pack({"v": 1, **message}))

    def receive(self, timeout_s=DEADLINE_S):
        """The next answer; what is told of the latency, unasked, is none."""
        deadline = time.monotonic() + timeout_s
        while True:
            left_s = max(0.0, deadline - time.monotonic())
            assert self.socket.poll(left_s * 1000), f"no answer within {timeout_s} s"
            answer = _answer.decode(self.socket.recv())
            if not isinstance(answer, LatencyMessage):
                return answer

    def until(self, kind, timeout_s=DEADLINE_S):
        """The next answer of a kind."""
        deadline = time.monotonic() + timeout_s
        while True:
            answer = self.receive(max(0.001, deadline - time.monotonic()))
            if isinstance(answer, kind):
                return answer

    def greet(self, name="raw", **more):
        """Say hello."""
        self.send({"type": "hello", "client": name, **more})
        return self.until(Welcome)

    def refusals(self, count):
        """Codes of the next ``count`` refusals, however they were put together."""
        codes = Counter()
        while codes.total() < count:
            error = self.until(ErrorMessage)
            codes[error.code] += error.count
        assert codes.total() == count
        return codes

    def faults(self, messages):
        """Sends messages one after the other; the code and path of each refusal."""
        found = []
        for number, message in enumerate(messages, 1):
            self.send({**message, "id": number})
            error = self.until(ErrorMessage)
            assert error.re == number
            assert error.problem
            assert error.cure
            found.append((error.code, error.path))
        return found


class Decent(Client):
    """A client that was there before, keeps to the rules, and must never notice anything."""

    def __init__(self, address):
        super().__init__(address, name="decent")
        self.ended = {}
        self.steps = []
        self.emitter("decent-feet", wait=True)

    def poll(self, timeout_s=0.0):
        answers = super().poll(timeout_s)
        self.ended |= {answer.voice: answer for answer in answers if isinstance(answer, Ended)}
        return answers


def heard(client, emitter):
    """Triggers a footstep and waits until it has sounded; its ``ended``."""
    ack = client.event(emitter, "footstep", contact=GRAVEL, wait=True)
    deadline = time.monotonic() + DEADLINE_S
    while time.monotonic() < deadline:
        for answer in client.poll(0.2):
            if isinstance(answer, Ended) and answer.voice == ack.voice:
                assert answer.onset is not None
                return answer
    raise AssertionError(f"the footstep did not sound within {DEADLINE_S} s")


def eventually(look, timeout_s=DEADLINE_S):
    """What ``look`` finds as soon as it is true."""
    deadline = time.monotonic() + timeout_s
    while time.monotonic() < deadline:
        if found := look():
            return found
        time.sleep(0.02)
    raise AssertionError(f"not within {timeout_s} s")


def figures(client, topic="metrics"):
    """The next telemetry of a topic that was made from now on."""
    with client.telemetry(topic) as stream:
        stream.read(DEADLINE_S)
        newest = stream.read(DEADLINE_S)
        assert newest is not None
        return newest


def resident_mib(server):
    return [psutil.Process(pid).memory_info().rss / MIB for pid in server.pids]


@contextmanager
def storm(server, message, seconds, last=False):
    """Another process sends a message as fast as it can; its report is filled in at the end, unless it is the last."""
    command = [sys.executable, str(FLOODER), server.control, str(seconds)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as flooder:
        try:
            flooder.stdin.write(message)
            flooder.stdin.close()
            assert flooder.stdout.readline().strip() == b"ready"
            report = {}
            yield report
            if not last:
                report |= json.loads(flooder.stdout.readline())
                flooder.wait(DEADLINE_S)
        finally:
            flooder.kill()
