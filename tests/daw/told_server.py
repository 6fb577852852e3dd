"""A server that says welcome and keeps what it is told; it can be another one from one moment to the next."""

import threading
import time

import zmq

from hobnail.audio import Latency
from hobnail.contracts import ControlSpec
from hobnail.protocol import Ack, ErrorMessage, Hello, Ping, Pong, Welcome, decode_client, encode

CONTROLS = tuple(
    ControlSpec(id=name, unit="", minimum=0, maximum=1, default=0.5) for name in ("pitch", "intensity", "texture")
)
NOT_GREETED = {"code": "not_greeted", "path": "$", "problem": "Nobody knows you.", "cure": "Say hello."}


class ToldServer:
    """``told``: (life, message) of all that came; ``begin_anew`` is what a quick restart is for its clients."""

    def __init__(self, frame=0, slow_to_refuse=()):
        self.told, self.life = [], 1
        self._frame, self._since_ns = frame, time.monotonic_ns()
        self._slow = slow_to_refuse  #: palettes that are refused only in the next life
        self._late, self._known, self._over = [], set(), threading.Event()
        self._back_ns = 0
        self._socket = zmq.Context.instance().socket(zmq.ROUTER)
        self._socket.linger = 0
        self.address = f"tcp://127.0.0.1:{self._socket.bind_to_random_port('tcp://127.0.0.1')}"
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._over.set()
        self._thread.join()
        self._socket.close()

    def begin_anew(self, frame=0, away_s=0.0):
        """Nobody is known any more, and the clock is another one; so long nobody is greeted."""
        with self._lock:
            self.life += 1
            self._back_ns = time.monotonic_ns() + round(1e9 * away_s)
            self._known.clear()
            self._frame, self._since_ns = frame, time.monotonic_ns()

    def of(self, kind, life):
        """What was told of a kind in a life."""
        return [message for lived, message in list(self.told) if lived == life and isinstance(message, kind)]

    def _run(self):
        while not self._over.is_set():
            if self._socket.poll(10):
                route, data = self._socket.recv_multipart()
                with self._lock:
                    for reply in self._answers(route, decode_client(data)):
                        self._socket.send_multipart([route, encode(reply)])

    def _answers(self, route, message):
        if isinstance(message, Hello) and time.monotonic_ns() < self._back_ns:
            return
        if isinstance(message, Hello):
            self._known.add(route)
            yield self._welcome()
            for re in self._late:  # of the one that is gone
                yield ErrorMessage(v=1, re=re, code="unknown_palette", path="$", problem="late", cure="None.")
            self._late.clear()
        elif route not in self._known:
            yield ErrorMessage(v=1, re=message.id, **NOT_GREETED)
        elif isinstance(message, Ping):
            yield Pong(v=1, t=message.t, frame=self._now(), ns=time.monotonic_ns())
        else:
            self.told.append((self.life, message))
            if getattr(message, "palette", None) in self._slow and self.life == 1:
                self._late.append(message.id)
            elif message.id is not None:
                yield Ack(v=1, re=message.id, at=self._now())

    def _now(self):
        return self._frame + (time.monotonic_ns() - self._since_ns) * 48 // 1_000_000

    def _welcome(self):
        latency = Latency(buffer_frames=64, model_frames=0, transport_frames=0, device_frames=0)
        return Welcome(
            v=1, client="daw", frame=self._now(), rate=48_000, hop=512, latency_mode="asap", latency=latency,
            engine="procedural", engines=(), controls=CONTROLS, buses=("main",), audio_port=0, telemetry_port=0,
            heartbeat_s=0.5, timeout_s=3.0, version="0",
        )  # fmt: skip
