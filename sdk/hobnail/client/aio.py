"""The asyncio client. It shares everything with the blocking one but the way it waits."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from functools import partial
from types import TracebackType
from typing import TypeVar, Unpack

from hobnail.client.core import Reply
from hobnail.client.emitters import EmitterHandle
from hobnail.client.settling import settled, unreachable
from hobnail.client.verbs import ClientOptions, SettingsFields, Verbs
from hobnail.protocol import Ack

_T = TypeVar("_T")
_CLOCK_SAMPLES = 4
_CLOCK_PATIENCE_S = 0.25


class AsyncClient(Verbs):
    """A connection to a Hobnail server, for asyncio.

    ::

        async with await AsyncClient.connect("tcp://127.0.0.1:9710", name="tool") as client:
            barrel = client.emitter("barrel", prompt="an oak barrel")
            ack = await client.answer(barrel.event("impact", speed_m_s=3.0))

    Sending never waits, so it is not awaited. Use one only from the loop it was connected in.
    """

    def __init__(self, address: str, name: str, options: ClientOptions) -> None:
        self._loop = asyncio.get_running_loop()
        self._news = asyncio.Event()
        super().__init__(address, name, options, self._changed)

    @classmethod
    async def connect(
        cls, address: str = "tcp://127.0.0.1:9710", *, name: str, **options: Unpack[ClientOptions]
    ) -> AsyncClient:
        """Connect and wait for the server's welcome. Raises ClientError when none comes."""
        client = cls(address, name, options)
        if await client._until(lambda: client._core.welcome, client._timeout_s) is None:
            await client.close()
            raise unreachable(address, client._timeout_s)
        await client._until(lambda: client._core.clock.samples >= _CLOCK_SAMPLES or None, _CLOCK_PATIENCE_S)
        return client

    async def close(self) -> None:
        """Say bye and disconnect; what this client made fades and goes."""
        await asyncio.to_thread(self._link.close)

    async def __aenter__(self) -> AsyncClient:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    def emitter(self, name: str, **settings: Unpack[SettingsFields]) -> EmitterHandle:
        """Create an emitter; a refusal comes through :meth:`poll`."""
        self.create(name, **settings)
        return EmitterHandle(self, name)

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

    def _changed(self) -> None:
        """On the background thread; a loop that is closing has no more use for news."""
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._news.set)

    async def _until(self, look: Callable[[], _T], timeout_s: float) -> _T:
        deadline = self._loop.time() + timeout_s
        while True:
            self._news.clear()
            with self._link.lock:
                found = look()
            left_s = deadline - self._loop.time()
            if found is not None or left_s <= 0:
                return found
            try:
                await asyncio.wait_for(self._news.wait(), left_s)
            except TimeoutError:
                continue  # one last look
