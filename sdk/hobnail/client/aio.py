"""The asyncio client. It shares everything with the blocking one but the way it waits."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
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


class AsyncClient(Verbs):
    """A connection to a Hobnail server, for asyncio.

    ::

        async with AsyncClient("tcp://127.0.0.1:9710", name="tool") as client:
            barrel = await client.emitter("barrel", prompt="an oak barrel")
            ack = await barrel.event("impact", wait=True, speed_m_s=3.0)

    Sending never waits; what can wait for an answer is awaited. Use it only in the loop in which it was opened.
    """

    def __init__(self, address: str = "tcp://127.0.0.1:9710", *, name: str, **options: Unpack[ClientOptions]) -> None:
        super().__init__(address, name, options, self._on_news)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._news = asyncio.Event()

    async def open(self) -> None:
        """Connect and wait for the server's welcome. Raises ClientError when none comes."""
        self._loop = asyncio.get_running_loop()
        self._connect()
        if await self._until(lambda: self._core.welcome, self._timeout_s) is None:
            await self.close()
            raise unreachable(self.address, self._timeout_s)
        await self._until(lambda: self._core.clock.samples >= _CLOCK_SAMPLES or None, _CLOCK_PATIENCE_S)

    async def close(self) -> None:
        """Say bye and disconnect; what this client made fades and goes."""
        await asyncio.to_thread(self._link.close)

    async def __aenter__(self) -> AsyncClient:
        await self.open()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def emitter(self, name: str, *, wait: bool = False, **settings: Unpack[SettingsFields]) -> AsyncEmitter:
        """Create an emitter. With ``wait`` a refusal raises here; else it comes through :meth:`poll`."""
        request = self.create(name, **settings)
        if wait:
            await self.answer(request)
        return AsyncEmitter(self, name)

    @overload
    async def event(
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
    async def event(
        self,
        emitter: str,
        name: str,
        *,
        action: EventAction = ...,
        at: int | None = ...,
        wait: Literal[True],
        **more: Unpack[EventFields],
    ) -> Ack: ...
    async def event(
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
        return await self.answer(request) if wait else request

    async def answer(self, request: int, timeout_s: float | None = None) -> Ack:
        """The answer to a request. Raises ClientError when it is refused, or does not come."""
        patience_s = self._timeout_s if timeout_s is None else timeout_s
        return settled(await self._until(partial(self._core.answer_to, request), patience_s), request, patience_s)

    async def poll(self, timeout_s: float = 0.0) -> list[Reply]:
        """Answers, ended voices and errors since the last call, waiting up to ``timeout_s`` for the first."""
        return await self._until(lambda: self._core.take_inbox() or None, timeout_s) or []

    async def replies(self) -> AsyncIterator[Reply]:
        """Answers, ended voices and errors as they come, for as long as the client lives."""
        while True:
            for reply in await self.poll(timeout_s=1.0):
                yield reply

    def _on_news(self) -> None:
        """On the background thread; a loop that is closed has no more use for news."""
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._news.set)

    async def _until(self, look: Callable[[], _T], timeout_s: float) -> _T:
        """What ``look`` finds, as soon as it is not None, or when the time is up."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + timeout_s
        while True:
            self._news.clear()
            with self._link.lock:
                found = look()
            left_s = deadline - loop.time()
            if found is not None or left_s <= 0:
                return found
            try:
                await asyncio.wait_for(self._news.wait(), left_s)
            except TimeoutError:
                continue  # one last look


class AsyncEmitter(EmitterVerbs):
    """What an asyncio client can do to one emitter; only ``wait=True`` waits."""

    def __init__(self, client: AsyncClient, name: str) -> None:
        super().__init__(client, name)
        self._client = client

    @overload
    async def event(
        self,
        name: str,
        *,
        action: EventAction = ...,
        at: int | None = ...,
        wait: Literal[False] = ...,
        **contact: Unpack[ContactFields],
    ) -> int: ...
    @overload
    async def event(
        self,
        name: str,
        *,
        action: EventAction = ...,
        at: int | None = ...,
        wait: Literal[True],
        **contact: Unpack[ContactFields],
    ) -> Ack: ...
    async def event(
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
        return await self._client.answer(request) if wait else request
