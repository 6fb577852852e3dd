"""Contracts between a session and its bridges."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol, runtime_checkable

import msgspec

from hobnail.audio import Latency
from hobnail.commands import AnyCommand
from hobnail.config import Config
from hobnail.contracts.sound import ControlSpec, EngineSpec, Float32
from hobnail.notices import AnyNotice
from hobnail.watching import Watch


class SessionInfo(msgspec.Struct, frozen=True, kw_only=True):
    """What a client is told in ``welcome`` about the session behind a bridge."""

    rate_hz: int
    hop_frames: int
    block_frames: int
    latency_mode: Literal["asap", "fixed"]
    latency: Latency
    engine: str  #: id of the default engine
    engines: tuple[EngineSpec, ...]
    controls: tuple[ControlSpec, ...]
    buses: tuple[str, ...]
    taps: int  #: how many audio topics can be open at once
    version: str


@dataclass(frozen=True, slots=True)
class BridgeClients:
    """The range of client numbers a bridge may hand out, so that notices find their way back."""

    first: int
    count: int = 1 << 20


class SessionPort(Protocol):
    """The session as a bridge sees it, in the same process or across shared memory."""

    @property
    def info(self) -> SessionInfo:
        """[io] What the session is."""

    @property
    def config(self) -> Config:
        """[io] How the session was configured, for a bridge that opens another one like it."""

    @property
    def clients(self) -> BridgeClients:
        """[io] The client numbers that this bridge may hand out; notices for them come back to it."""

    @property
    def addresses_before(self) -> Mapping[str, str]:
        """[io] What ``open`` returned before the bridge's process was lost; empty the first time.

        A bridge opens at the same addresses again, so that its clients find it.
        """

    @property
    def watch(self) -> Watch:
        """[any] Where to put what arrives and what is refused, for ``hobnail monitor``; off unless somebody watches."""

    def now(self) -> tuple[int, int]:
        """[io] The session clock: (frame, monotonic ns at which that frame was due)."""

    def submit(self, command: AnyCommand) -> bool:
        """[io] Hand over a command; False when the queue is full and the command was not taken."""

    def submit_frames(self, frames: Sequence[bytes]) -> int:
        """[io] Hand over several :class:`~hobnail.commands.SetFeatures`, each :func:`~hobnail.commands.packed`.

        Returns how many were taken: fewer when the queue is full, for features already when it is half full.
        """

    def wait_notices(self, timeout_s: float) -> Sequence[AnyNotice]:
        """[io] Notices for this bridge's clients, waiting for the first; empty on timeout. One thread only."""

    def read_tap(self, tap: int) -> tuple[int, Float32]:
        """[io] What is new on an audio tap: (session frame of the first sample, float32 [frames, channels]).

        The mix has 2 channels, an emitter 1. Zero frames when nothing is new.
        """


@runtime_checkable
class Bridge(Protocol):
    """A door: translates a protocol into commands and notices back into it."""

    def open(self, port: SessionPort) -> Mapping[str, str]:
        """[control] Bind; returns what to tell people (name -> address). Raises BridgeError naming the option."""

    def run(self) -> None:
        """[io] Serve until ``stop``; owns its sockets and its threads."""

    def stop(self) -> None:
        """[any] Make ``run`` return soon."""
