"""Starts the bridge process, watches it, and starts it again when it dies: the sound goes on meanwhile."""

from __future__ import annotations

import logging
import multiprocessing
from collections.abc import Mapping
from contextlib import suppress
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess

from hobnail.config import Config
from hobnail.contracts import SessionInfo
from hobnail.errors import BridgeError
from hobnail.link.bridge_main import CLIENTS_PER_BRIDGE, BridgeOrders, NotOpened, Opened, Wires, bridge_main
from hobnail.link.memory import Link

OPEN_TIMEOUT_S = 20.0
STOP_TIMEOUT_S = 3.0


class BridgeProcess:
    """The process in which the bridges live. [control]

    ``commands_bell`` (read) and ``notices_bell`` (written) are the engine process's ends of the doorbells; they stay
    the same when the process is started again.
    """

    def __init__(self, link: Link, config: Config) -> None:
        self._context = multiprocessing.get_context("spawn")
        self._link = link
        self._config = config
        self._next_client = 1
        self._addresses: Mapping[str, Mapping[str, str]] = {}
        self._process: BaseProcess | None = None
        self._stop: Connection | None = None
        self.commands_bell, self._commands_bell_far = self._context.Pipe(duplex=False)
        self._notices_bell_far, self.notices_bell = self._context.Pipe(duplex=False)

    @property
    def alive(self) -> bool:
        """Whether the process runs."""
        return self._process is not None and self._process.is_alive()

    @property
    def pid(self) -> int | None:
        """The process's number, for measuring it."""
        return None if self._process is None else self._process.pid

    def start(self, info: SessionInfo) -> Mapping[str, Mapping[str, str]]:
        """Start it and wait until the bridges are open; returns their addresses. Raises BridgeError with the cure."""
        reply, reply_far = self._context.Pipe(duplex=False)
        stop_far, self._stop = self._context.Pipe(duplex=False)
        orders = BridgeOrders(
            link=self._link,
            info=info,
            config=self._config,
            first_client=self._next_client,
            addresses_before=self._addresses,
            log_level=logging.getLogger().getEffectiveLevel(),
        )
        wires = Wires(
            commands_bell=self._commands_bell_far, notices_bell=self._notices_bell_far, reply=reply_far, stop=stop_far
        )
        self._process = self._context.Process(
            target=bridge_main, args=(orders, wires), name="hobnail-bridges", daemon=True
        )
        self._process.start()
        reply_far.close()
        stop_far.close()
        self._next_client += CLIENTS_PER_BRIDGE * len(self._config.serve.bridges)
        answer = self._answer(reply)
        if isinstance(answer, NotOpened):
            self._process.join(STOP_TIMEOUT_S)
            raise BridgeError(answer.problem, cure=answer.cure)
        self._addresses = answer.addresses
        return self._addresses

    def clients_so_far(self) -> range:
        """Every client number handed out until now."""
        return range(1, self._next_client)

    def stop(self) -> None:
        """Tell it to stop and wait; a process that does not is ended."""
        if self._process is None or self._stop is None:
            return
        with suppress(OSError):  # it may be gone already
            self._stop.send_bytes(b"stop")
        self._process.join(STOP_TIMEOUT_S)
        if self._process.is_alive():
            self._process.kill()
            self._process.join()

    def _answer(self, reply: Connection) -> Opened | NotOpened:
        try:
            if reply.poll(OPEN_TIMEOUT_S):
                answer: Opened | NotOpened = reply.recv()
                return answer
        except EOFError:
            pass
        finally:
            reply.close()
        self.stop()
        raise BridgeError("The bridge process ended before its bridges were open.", cure="Its own messages say why.")
