"""A full house: 64 clients, 60 frame messages a second each, 16 emitters in each, and events among them.

``python -m hobnail.bench.crowd ADDRESS --seconds 60`` plays the clients against a running server and prints what became
of every event as one line of JSON; :func:`crowd` is the benchmark, with a server of its own whose bridge is metered.
"""

from __future__ import annotations

import argparse
import heapq
import json
import subprocess
import time
from collections import Counter

import msgspec
import numpy as np
import zmq

from hobnail.bench.figures import Figure
from hobnail.children import python
from hobnail.errors import ClientError
from hobnail.launch import ServerProcess
from hobnail.protocol.messages import (
    PROTOCOL,
    Ack,
    EmitterMessage,
    Ended,
    ErrorMessage,
    EventMessage,
    FrameMessage,
    Hello,
    Ping,
    ServerMessage,
    Welcome,
)
from hobnail.report import UsageMeter
from hobnail.scene import SCENE_FEATURES, Contact, EmitterSettings

CLIENTS = 64
EMITTERS = 16
FRAMES_HZ = 60.0
EVENTS_HZ = 0.5  # of each client: 32 a second in all
SECONDS = 60.0
BRIDGE_PERCENT = 25.0
_SETTLE_S = 30.0  # a machine that is too slow is late, but must lose nothing
_WELCOME_S = 10
_VARIANTS = 4
_READ_EVERY_S = 0.01

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(ServerMessage).decode


class _Guest:
    """One client: its socket, its messages, and what became of its events."""

    def __init__(self, context: zmq.Context[zmq.Socket[bytes]], address: str, number: int) -> None:
        self.socket = context.socket(zmq.DEALER)
        self.socket.setsockopt(zmq.LINGER, 0)
        self.socket.connect(address)
        self.emitters = tuple(f"guest-{number}/{index}" for index in range(EMITTERS))
        dice = np.random.default_rng(number)
        shape = (EMITTERS, len(SCENE_FEATURES))
        self._frames = [
            _encode(FrameMessage(v=PROTOCOL, emitters=self.emitters, data=dice.random(shape, np.float32).tobytes()))
            for _ in range(_VARIANTS)
        ]
        self._sent_frames = 0
        self._next = 1000
        self.asked: set[int] = set()
        self.counts: Counter[str] = Counter()

    def arrive(self, name: str) -> None:
        """Say hello, wait for the welcome, set the stage."""
        self.socket.send(_encode(Hello(v=PROTOCOL, client=name, want=("voices",))))
        answer = _decode(self.socket.recv()) if self.socket.poll(1000 * _WELCOME_S) else None
        if not isinstance(answer, Welcome):
            raise ClientError(f"{name} was not let in: {answer}.", cure="The server must be empty, with room for 64.")
        settings = EmitterSettings(gain_db=-20.0)
        for emitter in self.emitters:
            self.socket.send(_encode(EmitterMessage(v=PROTOCOL, emitter=emitter, settings=settings)))

    def ping(self) -> None:
        """Still here, though the others are still coming."""
        self.socket.send(_encode(Ping(v=PROTOCOL, t=0)))

    @property
    def settled(self) -> bool:
        """Whether something became of every event."""
        refused = sum(count for what, count in self.counts.items() if what.startswith("refused"))
        return self.counts["sounded"] + self.counts["silent"] + refused >= self.counts["events"]

    def frame(self) -> None:
        """One tick of its game."""
        self.socket.send(self._frames[self._sent_frames % _VARIANTS])
        self._sent_frames += 1
        self.counts["frames"] += 1

    def event(self) -> None:
        """Something happens."""
        self._next += 1
        emitter = self.emitters[self._next % EMITTERS]
        contact = Contact(material="stone", speed_m_s=1.0)
        self.socket.send(
            _encode(EventMessage(v=PROTOCOL, id=self._next, emitter=emitter, name="footstep", contact=contact))
        )
        self.asked.add(self._next)
        self.counts["events"] += 1

    def read(self) -> None:
        """What the server says."""
        while True:
            try:
                answer = _decode(self.socket.recv(zmq.NOBLOCK))
            except zmq.Again:
                return
            if isinstance(answer, Ack) and answer.re in self.asked:
                self.asked.discard(answer.re)
                self.counts["taken"] += 1
            elif isinstance(answer, Ended):
                self.counts["sounded" if answer.onset is not None else "silent"] += 1
            elif isinstance(answer, ErrorMessage):
                self.counts[f"refused:{answer.code}"] += answer.count


def play(address: str, seconds: float) -> Counter[str]:
    """All clients on one thread, their ticks spread evenly; what was sent and what became of it."""
    with zmq.Context() as context:
        guests = [_Guest(context, address, number) for number in range(CLIENTS)]
        try:
            for number, guest in enumerate(guests):
                guest.arrive(f"guest-{number}")
                for waiting in guests[:number]:
                    waiting.ping()
                time.sleep(0.02)  # newcomers are greeted a hundred a second at most
            return _played(guests, seconds)
        finally:
            for guest in guests:
                guest.socket.close()


def _played(guests: list[_Guest], seconds: float) -> Counter[str]:
    began = time.monotonic()
    due: list[tuple[float, int, bool]] = []  # (when, who, whether it is an event)
    for number in range(len(guests)):
        due.append((began + number / len(guests) / FRAMES_HZ, number, False))
        due.append((began + 1.0 + number / len(guests) / EVENTS_HZ, number, True))
    heapq.heapify(due)
    read_at = began
    latest_s = 0.0
    while due[0][0] < began + seconds:
        when, number, is_event = heapq.heappop(due)
        wait_s = when - time.monotonic()
        if wait_s > 0:
            time.sleep(wait_s)
        latest_s = max(latest_s, -wait_s)
        guests[number].event() if is_event else guests[number].frame()
        heapq.heappush(due, (when + 1 / (EVENTS_HZ if is_event else FRAMES_HZ), number, is_event))
        if time.monotonic() >= read_at:
            read_at = time.monotonic() + _READ_EVERY_S
            for guest in guests:
                guest.read()
    ends = time.monotonic() + _SETTLE_S
    while time.monotonic() < ends and not all(guest.settled for guest in guests):
        for guest in guests:
            guest.ping()
            guest.read()
        time.sleep(0.1)
    total: Counter[str] = Counter()
    for guest in guests:
        total += guest.counts
    total["sender late ms"] = round(1000 * latest_s)
    return total


def crowd(seconds: float = SECONDS) -> list[Figure]:
    """The bridge's share of a core while the house is full, and whether every event came through."""
    with ServerProcess(["--sink", "null"]) as server:
        command = python("hobnail.bench.crowd", server.control, "--seconds", str(seconds))
        with UsageMeter(server.pids[1:]) as meter:
            done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
        usage = meter.usage()
    counts: Counter[str] = Counter(json.loads(done.stdout))
    lost = counts["events"] - counts["sounded"]
    refused = {what: count for what, count in counts.items() if what.startswith("refused")}
    frames_hz = counts["frames"] / seconds
    detail = (
        f"{counts['events']} events, {counts['taken']} answered, {counts['sounded']} sounded, refused: {refused or 0}"
    )
    house = f"{CLIENTS} clients, {frames_hz:.0f} frame messages/s of {EMITTERS} emitters, {seconds:.0f} s"
    cpu = usage.cpu_percent if usage.cpu_percent is not None else float("nan")
    late = f"sender at most {counts['sender late ms']} ms late"
    return [
        Figure(name="full house: lost events", value=lost, unit="", wanted=0, detail=detail),
        Figure(
            name="full house: bridge", value=round(cpu, 1), unit="% of a core", wanted=BRIDGE_PERCENT,
            detail=f"{house}; {late}",
        ),
        Figure(
            name="full house: frame messages", value=round(frames_hz), unit="/s", wanted=0.98 * CLIENTS * FRAMES_HZ,
            at_least=True, detail="what the sender managed; below, the other figures say little",
        ),
    ]  # fmt: skip


def main() -> None:
    """Play the clients, then print the counts as one line of JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("address")
    parser.add_argument("--seconds", type=float, default=SECONDS)
    arguments = parser.parse_args()
    print(json.dumps(play(arguments.address, arguments.seconds)))


if __name__ == "__main__":
    main()
