"""What runs in the bridge process: the bridges, each on its thread, and the routing of notices to them."""

from __future__ import annotations

import logging
import signal
import threading
from collections.abc import Mapping
from multiprocessing import parent_process
from multiprocessing.connection import Connection

import msgspec

from hobnail.config import Config
from hobnail.contracts import Bridge, BridgeClients, SessionInfo
from hobnail.errors import HobnailError
from hobnail.host import Host
from hobnail.link.memory import Link, SharedLink
from hobnail.link.port import CommandPusher, NoticeRouter, SharedPort
from hobnail.settling import settle
from hobnail.watching import Watch
from hobnail_native import ask_for_short_turns

ROUTE_PATIENCE_S = 0.5
CLIENTS_PER_BRIDGE = 1 << 20

_log = logging.getLogger(__name__)


class BridgeSetup(msgspec.Struct, frozen=True, kw_only=True):
    """All that the bridge process is told when it starts."""

    link: Link
    config: Config
    log_level: int = logging.WARNING


class BridgeOrders(msgspec.Struct, frozen=True, kw_only=True):
    """And when the session is there: the bridges are to open."""

    info: SessionInfo
    first_client: int
    addresses_before: Mapping[str, Mapping[str, str]]  #: bridge -> what -> address, if they were open before


class Opened(msgspec.Struct, frozen=True, kw_only=True, tag="opened"):
    """The bridges serve, at these addresses: bridge -> what -> address."""

    addresses: Mapping[str, Mapping[str, str]]


class NotOpened(msgspec.Struct, frozen=True, kw_only=True, tag="not_opened"):
    """A bridge could not open; none serves."""

    problem: str
    cure: str


class Wires(msgspec.Struct, frozen=True, kw_only=True):
    """The bridge process's ends of the pipes."""

    commands_bell: Connection  #: written
    notices_bell: Connection  #: read
    orders: Connection  #: read once: BridgeOrders; its end means stop
    reply: Connection  #: written once: Opened or NotOpened
    stop: Connection  #: read; anything on it, or its end, means stop


def bridge_main(setup: BridgeSetup, wires: Wires) -> None:
    """Build the bridges, open them when told, say so, serve until told to stop or the engine process is gone.

    What takes time, importing them, is done while the engine process loads its engines.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the engine process tells us
    ask_for_short_turns()  # all threads of this process, since all begin after it
    logging.basicConfig(level=setup.log_level, format="%(levelname)s %(name)s: %(message)s")
    link = SharedLink.attach(setup.link)
    try:
        try:
            bridges = _built(setup.config)
        except HobnailError as error:
            wires.reply.send(NotOpened(problem=error.problem, cure=error.cure))
            return
        orders = _ordered(wires.orders)
        if orders is None:
            return
        commands = CommandPusher(link, wires.commands_bell)
        watch = Watch()
        ports = [
            SharedPort(
                link,
                commands,
                orders.info,
                BridgeClients(orders.first_client + index * CLIENTS_PER_BRIDGE, CLIENTS_PER_BRIDGE),
                orders.addresses_before.get(id, {}),
                watch,
                setup.config,
            )
            for index, id in enumerate(setup.config.serve.bridges)
        ]
        try:
            addresses = {id: bridge.open(port) for (id, bridge), port in zip(bridges.items(), ports, strict=True)}
        except HobnailError as error:
            wires.reply.send(NotOpened(problem=error.problem, cure=error.cure))
            return
        settle()
        wires.reply.send(Opened(addresses=addresses))
        if not _serve(bridges, NoticeRouter(link, wires.notices_bell, ports), wires.stop):
            link.inherit()
    finally:
        link.close()


def _built(config: Config) -> dict[str, Bridge]:
    host = Host(only=config.plugins.only, disable=config.plugins.disable)
    host.discover()
    return {id: host.build("bridges", id, config.settings("bridges", id)) for id in config.serve.bridges}


def _ordered(wire: Connection) -> BridgeOrders | None:
    """What is ordered; None: the engine process is gone, or needs no bridges after all."""
    try:
        orders: BridgeOrders = wire.recv()
    except (EOFError, OSError):
        return None
    return orders


def _serve(bridges: Mapping[str, Bridge], router: NoticeRouter, stop: Connection) -> bool:
    """Until the end; whether the engine process still lives."""
    threads = [
        threading.Thread(target=bridge.run, name=f"hobnail-bridge-{id}", daemon=True) for id, bridge in bridges.items()
    ]
    for thread in threads:
        thread.start()
    engine_process = parent_process()
    while not _told_to_stop(stop) and (engine_process is None or engine_process.is_alive()):
        try:
            router.route(ROUTE_PATIENCE_S)
        except (EOFError, OSError):  # the far end of the doorbell is gone, and so is who rang it
            _log.error("The engine process is gone; the bridge process ends.")
            break
        if not all(thread.is_alive() for thread in threads):
            _log.error("A bridge ended by itself; the bridge process ends, to be started again.")
            break
    for bridge in bridges.values():
        bridge.stop()
    for thread in threads:
        thread.join(timeout=2.0)
    return engine_process is None or engine_process.is_alive()


def _told_to_stop(stop: Connection) -> bool:
    try:
        return stop.poll(0)
    except OSError:
        return True
