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
from hobnail.link.bridge_main import (
    CLIENTS_PER_BRIDGE,
    BridgeOrders,
    BridgeSetup,
    NotOpened,
    Opened,
    Wires,
    bridge_main,
)
from hobnail.link.memory import Link

OPEN_TIMEOUT_S = 60.0  # a second of work, on a machine where sixteen others want the processor
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
        self._waiting: tuple[Connection, Connection] | None = None  # of a process that waits: orders to it, its reply
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

    def launch(self) -> None:
        """Start it: it gets ready, and waits for :meth:`start`."""
        reply, reply_far = self._context.Pipe(duplex=False)
        stop_far, self._stop = self._context.Pipe(duplex=False)
        orders_far, orders = self._context.Pipe(duplex=False)
        level = logging.getLogger().getEffectiveLevel()
        setup = BridgeSetup(link=self._link, config=self._config, log_level=level)
        wires = Wires(
            commands_bell=self._commands_bell_far,
            notices_bell=self._notices_bell_far,
            orders=orders_far,
            reply=reply_far,
            stop=stop_far,
        )
        self._process = self._context.Process(
            target=bridge_main, args=(setup, wires), name="hobnail-bridges", daemon=True
        )
        self._process.start()
        for far in (reply_far, stop_far, orders_far):
            far.close()
        self._waiting = orders, reply

    def start(self, info: SessionInfo) -> Mapping[str, Mapping[str, str]]:
        """Let the bridges open and wait until they are; returns their addresses. Raises BridgeError with the cure."""
        if self._waiting is None:
            self.launch()
        assert self._waiting is not None
        (orders, reply), self._waiting = self._waiting, None
        first, before = self._next_client, self._addresses
        with suppress(OSError):  # it is gone already; its answer says why
            orders.send(BridgeOrders(info=info, first_client=first, addresses_before=before))
        orders.close()
        self._next_client += CLIENTS_PER_BRIDGE * len(self._config.serve.bridges)
        answer = self._answer(reply)
        if isinstance(answer, NotOpened):
            assert self._process is not None
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
        if self._waiting is not None:
            for wire in self._waiting:
                wire.close()
            self._waiting = None
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
            problem = f"The bridge process had not opened its bridges after {OPEN_TIMEOUT_S:g} s."
            cure = "The machine may be too busy with other work; try again."
        except EOFError:
            problem, cure = "The bridge process ended before its bridges were open.", "Its own messages say why."
        finally:
            reply.close()
        self.stop()
        raise BridgeError(problem, cure=cure)
