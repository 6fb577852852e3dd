"""Plays a trace into a running server as a game would: every item is sent at its moment, by the client's own clock."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final, cast

import msgspec

from hobnail.audio import RATE_HZ
from hobnail.client import Client
from hobnail.client.verbs import EventFields, SettingsFields
from hobnail.errors import ClientError, HobnailError
from hobnail.metrics import Metrics
from hobnail.replay.ledger import Ledger
from hobnail.replay.pacer import wait_until
from hobnail.replay.pcm import PcmRecorder
from hobnail.replay.record import PcmRecording, ReplayedEvent, ReplayRecord
from hobnail.trace import Trace, TraceControl, TraceEvent, TraceFrame, TraceItem, TraceListener

LEAD_IN_S: Final = 0.3
"""Between greeting and the first item: the emitters are created, the clock is known, the recording runs."""

FAREWELL_S: Final = 4.0
"""How long the last voices may ring before the replay no longer waits for their reports."""

METRICS_S: Final = 1.5
"""Snapshots come a few times a second."""

Progress = Callable[[float], None]


@dataclass(frozen=True, slots=True)
class ReplayOptions:
    """How to play."""

    schedule_ahead_ms: float | None = None  #: send this much early, with ``at``; None: when it happens, without
    record_to: Path | None = None  #: WAV file for the mix as it comes back over the wire
    name: str = "hobnail-replay"


def replay(
    trace: Trace, address: str, options: ReplayOptions | None = None, *, progress: Progress | None = None
) -> ReplayRecord:
    """Play a whole trace and return what happened. Raises ClientError when the server cannot be reached at all.

    A server that is lost on the way, or Ctrl-C, ends the replay early: the record then says so in ``lost``.
    ``progress`` is told the scene's seconds, about ten times a second.
    """
    options = options or ReplayOptions()
    with Client(address, name=options.name, want=("voices",)) as client:
        return _Performance(trace, address, client, options, progress or (lambda seconds: None)).play()


class _Performance:
    """One run through a trace. [one thread]"""

    def __init__(self, trace: Trace, address: str, client: Client, options: ReplayOptions, progress: Progress) -> None:
        self._trace = trace
        self._address = address
        self._client = client
        self._options = options
        self._progress = progress
        self._ledger = Ledger()
        self._ahead_ns = round((options.schedule_ahead_ms or 0.0) * 1e6)
        self._tick_ns = 1e9 / trace.header.tick_hz
        self._start_ns = 0
        self._start_frame = 0
        self._frames_sent = 0
        self._frames_late = 0
        self._lost = ""
        self._metrics: Metrics | None = None

    def play(self) -> ReplayRecord:
        recorder = PcmRecorder(self._client, self._options.record_to) if self._options.record_to else None
        recording: PcmRecording | None = None
        try:
            if recorder:
                recorder.start()
            self._create_emitters()
            self._start_ns = time.monotonic_ns() + round(LEAD_IN_S * 1e9) + self._ahead_ns
            self._start_frame = self._client.frame_at(self._start_ns)
            self._send_items()
            self._wait_for_reports()
            self._metrics = self._read_metrics()
        except HobnailError as error:
            self._lost = f"the replay ended early: {error}"
        except KeyboardInterrupt:
            self._lost = "interrupted by the user"
        finally:
            if recorder:
                recording = recorder.finish()
        problems = (recorder.problem,) if recorder and recorder.problem else ()
        return self._record(recording, problems)

    def _create_emitters(self) -> None:
        for emitter in self._trace.emitters:
            given = {
                name: value
                for name in emitter.settings.__struct_fields__
                if (value := getattr(emitter.settings, name)) is not msgspec.UNSET
            }
            self._client.emitter(emitter.id, **cast(SettingsFields, given))

    def _send_items(self) -> None:
        told_ns = 0
        for item in self._trace.items:
            due_ns = self._start_ns + _frames_to_ns(item.at) - self._ahead_ns
            wait_until(due_ns, listen=self._listen)
            self._send(item, due_ns)
            if due_ns - told_ns > 100_000_000:
                told_ns = due_ns
                self._progress(item.at / RATE_HZ)
        wait_until(self._start_ns + _frames_to_ns(self._trace.header.duration_frames), listen=self._listen)

    def _send(self, item: TraceItem, due_ns: int) -> None:
        at = self._client.frame_at(self._start_ns + _frames_to_ns(item.at)) if self._ahead_ns else None
        match item:
            case TraceEvent():
                self._send_event(item, at)
            case TraceFrame():
                emitters, matrix = item.matrix()
                self._client.frame(emitters, matrix, columns=self._trace.header.columns, at=at)
                self._frames_sent += 1
                self._frames_late += time.monotonic_ns() - due_ns > self._tick_ns
            case TraceControl():
                self._client.control(item.control, item.value, emitter=item.emitter, at=at)
            case TraceListener():
                pose = item.pose
                self._client.listener(pose.position_m, pose.forward, pose.up, at=at)

    def _send_event(self, event: TraceEvent, at: int | None) -> None:
        more: EventFields = {"contact": event.contact, "controls": event.controls, "gain_db": event.gain_db}
        if event.seed is not None:
            more["seed"] = event.seed
        sent_ns = time.monotonic_ns()
        request = self._client.event(event.emitter, event.name, action=event.action, at=at, **more)
        told = ReplayedEvent(
            at=event.at, emitter=event.emitter, name=event.name, action=event.action, sent_ns=sent_ns, scheduled=at
        )
        self._ledger.sent(request, told)

    def _wait_for_reports(self) -> None:
        give_up_ns = time.monotonic_ns() + round(FAREWELL_S * 1e9)
        while self._ledger.outstanding() and time.monotonic_ns() < give_up_ns:
            self._listen(0.05)

    def _read_metrics(self) -> Metrics | None:
        """The server's own counters, from its telemetry; None when it publishes none."""
        with self._client.telemetry("metrics") as stream:
            figures = stream.read(METRICS_S)
            return figures if isinstance(figures, Metrics) else None

    def _listen(self, timeout_s: float) -> None:
        """Take answers for a while; poll returns early when one comes, so the pacer calls again."""
        self._ledger.take(self._client.poll(timeout_s))
        if not self._client.connected:
            raise ClientError(
                f"the server at {self._address} no longer answers.", cure="See its terminal, then replay again."
            )

    def _record(self, recording: PcmRecording | None, problems: tuple[str, ...]) -> ReplayRecord:
        welcome = self._client.welcome
        return ReplayRecord(
            title=self._trace.header.title,
            address=self._address,
            client=welcome.client,
            server_version=welcome.version,
            latency_mode=welcome.latency_mode,
            latency=welcome.latency,
            duration_frames=self._trace.header.duration_frames,
            start_frame=self._start_frame,
            start_ns=self._start_ns,
            schedule_ahead_ms=self._options.schedule_ahead_ms,
            events=self._ledger.events(),
            frames_sent=self._frames_sent,
            frames_late=self._frames_late,
            errors=(*self._ledger.errors(), *problems),
            lost=self._lost,
            metrics=self._metrics,
            recording=recording,
        )


def _frames_to_ns(frames: int) -> int:
    return frames * 1_000_000_000 // RATE_HZ
