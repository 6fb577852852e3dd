"""A client that sends one message as fast as it can: ``python flooder.py ADDRESS SECONDS < message``.

Says ``ready`` when it begins; at the end it prints, as JSON, what it sent and what became of it.
"""

import json
import sys
import time
from collections import Counter

import msgspec
import zmq

PATIENCE_S = 30.0
PING = msgspec.msgpack.encode({"v": 1, "type": "ping", "t": 0})

BYE = msgspec.msgpack.encode({"v": 1, "type": "bye"})


class Flooder:
    """Sends, and counts the answers."""

    def __init__(self, socket):
        self.socket = socket
        self.sent = 0
        self.voices = 0
        self.refused = Counter()

    def accounted(self):
        """Whether something became of every message."""
        return self.voices + self.refused.total() >= self.sent

    def flood(self, message, seconds):
        """Send for a while."""
        ends = time.monotonic() + seconds
        while time.monotonic() < ends:
            for _ in range(64):
                try:
                    self.socket.send(message, zmq.NOBLOCK)
                except zmq.Again:
                    self.socket.poll(1)  # for an answer; sending goes on in a moment
                    break
                self.sent += 1
            self.read()

    def read(self):
        """Count what has come."""
        while True:
            try:
                answer = msgspec.msgpack.decode(self.socket.recv(zmq.NOBLOCK))
            except zmq.Again:
                return
            if answer["type"] == "error":
                self.refused[answer["code"]] += answer.get("count", 1)
            elif answer["type"] == "ended":
                self.voices += 1


def main():
    """Flood, then wait until every message is accounted for."""
    address, seconds = sys.argv[1], float(sys.argv[2])
    message = sys.stdin.buffer.read()
    with zmq.Context() as context, context.socket(zmq.DEALER) as socket:
        socket.linger = 2000
        socket.connect(address)
        socket.send(msgspec.msgpack.encode({"v": 1, "type": "hello", "client": "flooder", "want": ["voices"]}))
        socket.send(msgspec.msgpack.encode({"v": 1, "type": "emitter", "id": 1, "emitter": "flood"}))
        while msgspec.msgpack.decode(socket.recv())["type"] != "ack":
            pass
        print("ready", flush=True)
        flooder = Flooder(socket)
        flooder.flood(message, seconds)
        ends = time.monotonic() + PATIENCE_S
        while not flooder.accounted() and time.monotonic() < ends:
            if not socket.poll(500):
                socket.send(PING)  # not while anything is on its way: a ping may be refused too
            flooder.read()
        socket.send(BYE)
        print(json.dumps({"sent": flooder.sent, "voices": flooder.voices, "refused": dict(flooder.refused)}))


if __name__ == "__main__":
    main()
