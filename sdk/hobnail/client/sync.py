"""The blocking client."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from types import TracebackType
from typing import Literal, TypeVar, Unpack, overload

from hobnail.client.core import Reply
from hobnail.client.emitters import EmitterVerbs
from hobnail.client.settling import settled, unreachable
from hobnail.client.verbs import ClientOptions, ContactFields, EventFields, SettingsFields, Verbs
from hobnail.protocol import Ack
from hobnail.scene import EventAction

_T = TypeVar("_T")
_CLOCK_SAMPLES = 4
_CLOCK_PATIENCE_S = 0.25


class Client(Verbs):
    """A connection to a Hobnail server, for programs that do not use asyncio.

    ::

        with Client("tcp://127.0.0.1:9710", name="my-game") as client:
            barrel = client.emitter("barrel", prompt="an oak barrel", material="wood")
            barrel.event("impact", material="stone", speed_m_s=3.0)

    Sending never waits, from whatever thread; a background thread reads answers and keeps the connection alive, so
    the program may pause in a debugger. Only the constructor, ``wait=True``, ``answer`` and ``poll`` wait.
    """

    def __init__(self, address: str = "tcp://127.0.0.1:9710", *, name: str, **options: Unpack[ClientOptions]) -> None:
        super().__init__(address, name, options)
        self._connect()
        if self._until(lambda: self._core.welcome, self._timeout_s) is None:
            self.close()
            raise unreachable(address, self._timeout_s)
        self._until(lambda: self._core.clock.samples >= _CLOCK_SAMPLES or None, _CLOCK_PATIENCE_S)

    def close(self) -> None:
        """Say bye and disconnect; what this client made fades and goes."""
        self._link.close()

    def __enter__(self) -> Client:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def emitter(self, name: str, *, wait: bool = False, **settings: Unpack[SettingsFields]) -> Emitter:
        """Create an emitter. With ``wait`` a refusal raises here; else it comes through :meth:`poll`."""
        request = self.create(name, **settings)
        if wait:
            self.answer(request)
        return Emitter(self, name)

    @overload
    def event(
        self,
        emitter: str,
        name: str,
        *,
        action: EventAction = ...,
        at: int | None = ...,
        wait: Literal[False] = ...,
        **more: Unpack[EventFields],
    ) -> int: ...
    @overload
    def event(
        self,
        emitter: str,
        name: str,
        *,
        action: EventAction = ...,
        at: int | None = ...,
        wait: Literal[True],
        **more: Unpack[EventFields],
    ) -> Ack: ...
    def event(
        self,
        emitter: str,
        name: str,
        *,
        action: EventAction = "trigger",
        at: int | None = None,
        wait: bool = False,
        **more: Unpack[EventFields],
    ) -> int | Ack:
        """Something happens, at once or at session frame ``at``; the request's number, or with ``wait`` the answer.

        With ``wait`` a refusal raises ClientError with the server's words.
        """
        request = self.send_event(emitter, name, action=action, at=at, **more)
        return self.answer(request) if wait else request

    def answer(self, request: int, timeout_s: float | None = None) -> Ack:
        """Wait for the answer to a request. Raises ClientError when it is refused, or does not come."""
        patience_s = self._timeout_s if timeout_s is None else timeout_s
        return settled(self._until(partial(self._core.answer_to, request), patience_s), request, patience_s)

    def poll(self, timeout_s: float = 0.0) -> list[Reply]:
        """Answers, ended voices and errors since the last call, waiting up to ``timeout_s`` for the first."""
        return self._until(lambda: self._core.take_inbox() or None, timeout_s) or []

    def _until(self, look: Callable[[], _T], timeout_s: float) -> _T:
        """What ``look`` finds, as soon as it is not None, or when the time is up."""
        deadline = time.monotonic() + timeout_s
        with self._link.lock:
            while True:
                found = look()
                left_s = deadline - time.monotonic()
                if found is not None or left_s <= 0:
                    return found
                self._link.lock.wait(left_s)


class Emitter(EmitterVerbs):
    """What a blocking client can do to one emitter; only ``wait=True`` waits."""

    def __init__(self, client: Client, name: str) -> None:
        super().__init__(client, name)
        self._client = client

    @overload
    def event(
        self,
        name: str,
        *,
        action: EventAction = ...,
        at: int | None = ...,
        wait: Literal[False] = ...,
        **contact: Unpack[ContactFields],
    ) -> int: ...
    @overload
    def event(
        self,
        name: str,
        *,
        action: EventAction = ...,
        at: int | None = ...,
        wait: Literal[True],
        **contact: Unpack[ContactFields],
    ) -> Ack: ...
    def event(
        self,
        name: str,
        *,
        action: EventAction = "trigger",
        at: int | None = None,
        wait: bool = False,
        **contact: Unpack[ContactFields],
    ) -> int | Ack:
        """Something happens to it; the contact is given by its parts: ``material="wood", speed_m_s=2.0``."""
        request = self.send_event(name, action=action, at=at, **contact)
        return self._client.answer(request) if wait else request
