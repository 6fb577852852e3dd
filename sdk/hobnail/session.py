"""A running session: mixer, engine thread and sinks behind one small door, embedded in the caller's process."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import TracebackType

import msgspec

from hobnail.assembly import new_mixer, prepared_engines, session_info
from hobnail.audio import RATE_HZ
from hobnail.clock import SessionClock
from hobnail.commands import AnyCommand, ClientLeft, SetTap
from hobnail.config import Config
from hobnail.contracts import CallingEngine, SessionInfo, Sink
from hobnail.errors import SessionError, SinkError
from hobnail.exporting import Exporting
from hobnail.host import Host
from hobnail.inbox import Inbox, LocalInbox, NoticeBoard
from hobnail.latency import device_frames_of, latency_now, worth_telling
from hobnail.metrics import Metrics
from hobnail.notices import AnyNotice, LatencyNotice, MetricsNotice
from hobnail.outlets import Outlet, PacedOutlet, pacing_of
from hobnail.pipeline import Pipeline
from hobnail.recording import SessionRecorder
from hobnail.stage import MIX
from hobnail_native import ClockPage, FrameRing, Mixer, ask_for_short_turns, monotonic_ns

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class TapRings:
    """The two rings of one audio tap: the mix goes into one, an emitter into the other."""

    stereo: FrameRing
    mono: FrameRing


COMMANDS_PER_WAKE = 64  # then those that are due take effect; the rest waits a turn in the inbox
STUMBLE_S = 0.01
SOUNDING_WAIT_S = 0.004  # how often voices are fed while something sounds: a fifth of the default lead
LEAST_WAIT_S = 0.001  # a voice that is in need sooner waits so long, at most
EXPECTING_WAIT_S = 0.001  # and while an engine is at a block that is waited for, if it does not call when it is there


class Session:
    """Sound from commands, in real time.

    ::

        with Session(host=Host.discovered()) as session:
            session.submit(PutEmitter(emitter="feet"))
            session.submit(TriggerEvent(emitter="feet", name="footstep", contact=Contact(material="gravel")))
    """

    def __init__(  # noqa: PLR0913  # what a server gives it, each by its name
        self,
        config: Config | None = None,
        *,
        host: Host,
        sinks: Sequence[Sink] = (),
        inbox: Inbox | None = None,
        post: Callable[[Sequence[AnyNotice]], None] | None = None,
        clock_page: ClockPage | None = None,
        taps: Sequence[TapRings] = (),
        recorder: SessionRecorder | None = None,
    ) -> None:
        config = config or Config()
        self._config = config.session
        self._local_inbox = LocalInbox()
        self._inbox: Inbox = inbox or self._local_inbox
        self._board = NoticeBoard()
        self._post = post or self._board.post
        self._taps = taps
        self._tapped: dict[int, tuple[str, int]] = {}  # tap -> the emitter it was asked for, and the strip it is on
        self._engines = prepared_engines(host, config)
        self._controls = host.controls()
        page = clock_page or ClockPage()
        self._whole_config, self._recorder = config, recorder
        if recorder is not None:
            self._engines = recorder.noted(self._engines)
        self._mixer = new_mixer(self._config, page, Mixer if recorder is None else recorder.new_mixer)
        self.clock = SessionClock(page)
        self._pipeline = Pipeline(self._mixer, self.clock, self._config, self._engines, self._controls, live=True)
        for engine in self._engines.values():
            if isinstance(engine, CallingEngine):
                engine.call_on_arrival(self._inbox.wake)
        exporters = [host.build("telemetry", id, config.settings("telemetry", id)) for id in config.session.telemetry]
        self._exporting = Exporting(exporters, lambda: self._metrics, config.session.metrics_hz)
        self._pacing = pacing_of(sinks)
        self._outlets = self._connected(sinks)
        self._metrics = self._with_latency(Metrics(engine=self._config.engine))
        self._told = self._metrics.latency
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="hobnail-engine", daemon=True)
        self._state = "new"

    @property
    def info(self) -> SessionInfo:
        """What clients are told of this session."""
        return session_info(
            self._config, self._engines, self._controls, taps=len(self._taps), latency=self._metrics.latency
        )

    @property
    def metrics(self) -> Metrics:
        """The newest snapshot, at most ``1 / metrics_hz`` old while the session runs."""
        return self._metrics

    def start(self) -> None:
        """[control] Open the sinks, start mixer and engine thread. Raises SinkError; then nothing stays open."""
        if self._state != "new":
            raise SessionError(f"The session is {self._state}; it starts once.", cure="Make a new Session.")
        try:
            for outlet in self._outlets:
                outlet.open()
            if self._recorder is not None:
                self._recorder.open(self._whole_config)
        except BaseException:
            self.stop()
            raise
        if self._pacing is None:
            self._mixer.start(pace="clock")
        else:
            self._mixer.start(pace="ring", ring_target=self._pacing.lead_frames)
        self._thread.start()
        self._exporting.start()
        self._state = "running"

    def stop(self) -> None:
        """[control] Stop the threads, then close the sinks. Raises the first SinkError that a sink had."""
        if self._state == "stopped":
            return
        began, self._state = self._state == "running", "stopped"
        self._stopping.set()
        if began:
            self._thread.join()
            self._pipeline.close()
            self._mixer.stop()
            self._exporting.stop()
        errors: list[Exception] = []
        for outlet in self._outlets:
            try:
                outlet.close()
            except Exception as error:  # every sink gets its chance to finish its file
                errors.append(error)
        if began and self._recorder is not None:
            try:
                self._recorder.close()
            except SinkError as error:
                errors.append(error)
        self._mixer.close()
        if errors:
            raise errors[0]

    def submit(self, command: AnyCommand) -> bool:
        """[any] Hand over a command; False when the queue is full. Its answer comes as a notice."""
        if self._state != "running":
            raise SessionError(f"The session is {self._state}.", cure="Start it, or use 'with Session(...)'.")
        return self._local_inbox.submit(command)

    def notices(self, timeout_s: float = 0.0) -> list[AnyNotice]:
        """[any] What was said since the last call, waiting up to ``timeout_s`` for the first."""
        return self._board.take(timeout_s)

    def __enter__(self) -> Session:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _connected(self, sinks: Sequence[Sink]) -> list[Outlet | PacedOutlet]:
        outlets: list[Outlet | PacedOutlet] = []
        if self._pacing is not None:
            outlets.append(PacedOutlet(self._mixer, self._pacing))
        others = (sink for sink in sinks if sink is not self._pacing)
        outlets.extend(Outlet(self._mixer, index, sink) for index, sink in enumerate(others, PacedOutlet.INDEX + 1))
        return outlets

    def _run(self) -> None:
        ask_for_short_turns()
        while not self._stopping.is_set():
            try:
                self._work()
            except Exception:  # our own bug: a show must not end because of it
                _log.exception("The engine thread stumbled and goes on.")
                self._stopping.wait(STUMBLE_S)

    def _work(self) -> None:
        """Turns until the session stops."""
        metrics_period_ns = round(1e9 / self._config.metrics_hz)
        next_metrics_ns = 0
        working_ahead = False
        while not self._stopping.is_set():
            self._inbox.wait(0.0 if working_ahead else self._patience_s(next_metrics_ns))
            for command in self._inbox.drain(COMMANDS_PER_WAKE):
                if isinstance(command, SetTap):
                    self._set_tap(command.tap, command.topic)
                    continue
                if isinstance(command, ClientLeft) and command.count > 1:  # a bridge was lost, and nobody listens
                    for tap in range(len(self._taps)):
                        self._set_tap(tap, None)
                if self._recorder is not None:
                    self._recorder.took(command)
                self._pipeline.take(command)
            notices = self._pipeline.turn()
            self._follow_strips()
            if monotonic_ns() >= next_metrics_ns:
                next_metrics_ns = monotonic_ns() + metrics_period_ns
                notices.extend(self._observe())
            if notices:
                if self._recorder is not None:
                    self._recorder.answered(notices)
                self._post(notices)
            working_ahead = self._pipeline.idle()

    def _observe(self) -> list[AnyNotice]:
        """A fresh snapshot; and when the latency is no longer what clients were told, the new one."""
        self._metrics = self._with_latency(self._pipeline.metrics().metrics)
        notices: list[AnyNotice] = [MetricsNotice(metrics=self._metrics)]
        if worth_telling(self._told, self._metrics.latency):
            self._told = self._metrics.latency
            notices.append(LatencyNotice(latency=self._told))
        return notices

    def _with_latency(self, metrics: Metrics) -> Metrics:
        spec = self._engines[self._config.engine].spec
        latency = latency_now(self._config, spec, metrics, device_frames_of(self._pacing))
        return msgspec.structs.replace(metrics, latency=latency, latency_mode=self._config.latency_mode)

    def _patience_s(self, next_metrics_ns: int) -> float:
        if self._pipeline.behind:
            return 0.0
        if self._pipeline.expecting:
            return EXPECTING_WAIT_S
        if self._pipeline.sounding:
            spare_s = self._pipeline.spare_s()
            return SOUNDING_WAIT_S if spare_s is None else min(SOUNDING_WAIT_S, max(LEAST_WAIT_S, spare_s))
        patience = (next_metrics_ns - monotonic_ns()) / 1e9
        due = self._pipeline.next_due()
        if due is not None:
            patience = min(patience, (due - self._mixer.frame - self._config.lead_frames) / RATE_HZ)
        return max(0.0, patience)

    def _set_tap(self, tap: int, topic: str | None) -> None:
        if not 0 <= tap < len(self._taps):
            _log.warning("There is no audio tap %d, there are %d.", tap, len(self._taps))
            return
        rings = self._taps[tap]
        self._tapped.pop(tap, None)
        if topic == MIX:
            self._mixer.set_tap(tap, rings.stereo)
            return
        strip = None if topic is None else self._pipeline.strip_of(topic)
        if topic is None or strip is None:
            self._mixer.set_tap(tap, None)
        else:
            self._mixer.set_tap(tap, rings.mono, strip)
            self._tapped[tap] = topic, strip

    def _follow_strips(self) -> None:
        """A tap stays with its emitter; when that is over, or came back elsewhere, no other is heard on it."""
        for tap, (topic, strip) in list(self._tapped.items()):
            current = self._pipeline.strip_of(topic)
            if self._pipeline.user_of(strip) != topic or current not in (None, strip):
                self._set_tap(tap, topic)
