"""Palettes and models that change while sound runs: loaded on a thread of their own, one after the other."""

from __future__ import annotations

import logging
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Final

from hobnail.commands import ChangePalette
from hobnail.contracts import ChangingEngine, Engine
from hobnail.errors import HobnailError, MessageError
from hobnail.notices import Accepted, AnyNotice, Refused

WAITING: Final = 16
"""Changes that may wait: each may take seconds."""

_log = logging.getLogger(__name__)


class Changes:
    """Asks engines to change, and says what became of it. [engine]"""

    def __init__(self, *, live: bool) -> None:
        """``live``: beside the engine thread; offline a change is done before the next turn, so every run is alike."""
        self._thread = ThreadPoolExecutor(1, "hobnail-changing") if live else None
        self._asked: deque[tuple[ChangePalette, Future[None]]] = deque()

    def ask(self, command: ChangePalette, engine: Engine) -> None:
        """Begin a change. Raises MessageError when the engine has no palettes, or too many changes wait."""
        if not isinstance(engine, ChangingEngine):
            problem = f"The engine {engine.spec.id!r} has no palettes."
            cure = "Shape the sound with prompt, material and controls."
            raise MessageError("unsupported", problem, path="$.type", cure=cure)
        if len(self._asked) >= WAITING:
            raise MessageError("busy", f"{WAITING} changes wait already.", cure="Wait for their answers.")
        changing: ChangingEngine = engine
        if self._thread is not None:
            self._asked.append((command, self._thread.submit(changing.change, command.op, command.palette)))
            return
        done: Future[None] = Future()
        try:
            changing.change(command.op, command.palette)
        except Exception as error:  # told by `done`, as from the thread
            done.set_exception(error)
        else:
            done.set_result(None)
        self._asked.append((command, done))

    def done(self, frame: int) -> list[AnyNotice]:
        """Answers to those that are over by now, in the order in which they were asked."""
        notices: list[AnyNotice] = []
        while self._asked and self._asked[0][1].done():
            command, change = self._asked.popleft()
            notice = _answer(command, change.exception(), frame)
            if isinstance(notice, Refused) or command.request is not None:
                notices.append(notice)
        return notices

    def close(self) -> None:
        """[control] Nothing more will be asked; what has begun is not waited for."""
        if self._thread is not None:
            self._thread.shutdown(wait=False, cancel_futures=True)


def _answer(command: ChangePalette, error: BaseException | None, frame: int) -> AnyNotice:
    if error is None:
        return Accepted(client=command.client, request=command.request, at_frame=frame)
    if isinstance(error, HobnailError):
        refused = MessageError("out_of_range", error.problem, path="$.palette", cure=error.cure)
    else:
        _log.error("A palette could not be changed: %r", command, exc_info=error)
        problem = f"The engine failed at it: {type(error).__name__}: {error}."
        refused = MessageError("engine_failed", problem, cure="Report it to the engine's author.")
    return Refused.of(command.client, command.request, refused)
