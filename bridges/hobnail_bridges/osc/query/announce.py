"""Announces OSCQuery and OSC in the local network (DNS-SD), when that is asked for and zeroconf is installed."""

from __future__ import annotations

import logging
import socket
import threading
from collections.abc import Mapping
from types import TracebackType
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from hobnail.errors import MissingExtraError

if TYPE_CHECKING:
    from zeroconf import ServiceInfo

SERVICES = {"query": "_oscjson._tcp.local.", "udp": "_osc._udp.local."}

_log = logging.getLogger(__name__)


class Announcement:
    """While it is open, programs such as TouchOSC and VRChat's tools find the bridge by themselves.

    Making sure that the name is free takes a second or two, so it has a thread of its own: OSC is served meanwhile.
    """

    def __init__(self, wanted: bool, addresses: Mapping[str, str]) -> None:
        self._addresses = addresses if wanted else {}
        self._thread: threading.Thread | None = None
        self._over = threading.Event()

    def __enter__(self) -> Announcement:
        if self._addresses:
            try:
                import zeroconf  # noqa: F401
            except ImportError as error:
                raise MissingExtraError("Announcing OSC in the network", extra="osc") from error
            self._thread = threading.Thread(target=self._announce, name="hobnail-osc-announcement", daemon=True)
            self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        if self._thread is not None:
            self._thread.join()

    def _announce(self) -> None:
        import zeroconf

        host = urlsplit(self._addresses["udp"]).hostname or "127.0.0.1"
        interfaces = [host] if host not in ("0.0.0.0", "::") else zeroconf.InterfaceChoice.All
        try:
            with zeroconf.Zeroconf(interfaces=interfaces) as network:
                for name, service in SERVICES.items():
                    if name in self._addresses and not self._over.is_set():
                        port = urlsplit(self._addresses[name]).port
                        network.register_service(_info(service, host, port), allow_name_change=True)
                self._over.wait()
        except (OSError, zeroconf.Error) as error:  # a network without multicast is no reason not to serve
            _log.warning("OSC could not be announced in the network: %s.", str(error) or type(error).__name__)


def _info(service: str, host: str, port: int | None) -> ServiceInfo:
    from zeroconf import ServiceInfo

    return ServiceInfo(
        service,
        f"Hobnail.{service}",
        port=port,
        addresses=[socket.inet_pton(socket.AF_INET6 if ":" in host else socket.AF_INET, host)],
        properties={"txtvers": "1"},
    )
