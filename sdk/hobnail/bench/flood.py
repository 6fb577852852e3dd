"""A client that floods: ``python -m hobnail.bench.flood ADDRESS --rate 5000 --seconds 30``. Part of the benchmarks."""

from __future__ import annotations

import argparse
import json
import time
from collections import Counter
from collections.abc import Iterator
from itertools import count, islice

import msgspec
import numpy as np
import zmq

from hobnail.protocol.messages import (
    PROTOCOL,
    ControlMessage,
    EmitterMessage,
    ErrorMessage,
    EventMessage,
    FrameMessage,
    Hello,
    ServerMessage,
)
from hobnail.scene import SCENE_FEATURES, Contact, EmitterSettings

EMITTERS = tuple(f"flood-{number}" for number in range(8))
BURST_S = 0.002  # messages leave in bursts this far apart: finer than a game's tick, coarser than a busy loop
_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(ServerMessage).decode


def flood(address: str, rate: float, seconds: float) -> Counter[str]:
    """Send ``rate`` messages a second: 6 of 10 frames, 3 controls, 1 event. Returns what was sent and refused."""
    counts: Counter[str] = Counter()
    with zmq.Context() as context, context.socket(zmq.DEALER) as socket:
        socket.setsockopt(zmq.LINGER, 0)
        socket.connect(address)
        socket.send(_encode(Hello(v=PROTOCOL, client="flood", want=())))
        for emitter in EMITTERS:
            settings = EmitterSettings(material="stone", priority=10, gain_db=-20.0)
            socket.send(_encode(EmitterMessage(v=PROTOCOL, emitter=emitter, settings=settings)))
        messages = _messages()
        began = time.monotonic()
        sent = 0
        while (elapsed := time.monotonic() - began) < seconds:
            for kind, message in islice(messages, int(elapsed * rate) - sent):
                socket.send(message)
                counts[kind] += 1
                sent += 1
            _count_answers(socket, counts)
            time.sleep(BURST_S)
        _count_answers(socket, counts)
    return counts


def _messages() -> Iterator[tuple[str, bytes]]:
    rows = np.full((len(EMITTERS), len(SCENE_FEATURES)), 0.5, np.float32).tobytes()
    for number in count():
        emitter = EMITTERS[number % len(EMITTERS)]
        match number % 10:
            case 0:
                contact = Contact(material="stone", speed_m_s=1.0)
                yield "event", _encode(EventMessage(v=PROTOCOL, emitter=emitter, name="impact", contact=contact))
            case 1 | 4 | 7:
                value = number % 100 / 100
                yield "control", _encode(ControlMessage(v=PROTOCOL, emitter=emitter, control="pitch", value=value))
            case _:
                yield "frame", _encode(FrameMessage(v=PROTOCOL, emitters=EMITTERS, data=rows))


def _count_answers(socket: zmq.Socket[bytes], counts: Counter[str]) -> None:
    while socket.poll(0):
        answer = _decode(socket.recv())
        if isinstance(answer, ErrorMessage):
            counts[f"refused:{answer.code}"] += answer.count


def main() -> None:
    """Flood, then print the counts as one line of JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("address")
    parser.add_argument("--rate", type=float, default=5000.0)
    parser.add_argument("--seconds", type=float, default=30.0)
    arguments = parser.parse_args()
    print(json.dumps(flood(arguments.address, arguments.rate, arguments.seconds)))


if __name__ == "__main__":
    main()
