"""Announces OSCQuery and OSC in the local network (DNS-SD), when that is asked for and zeroconf is installed."""

from __future__ import annotations

import logging
import socket
from collections.abc import Mapping
from types import TracebackType
from typing import Any
from urllib.parse import urlsplit

from hobnail.errors import MissingExtraError

SERVICES = {"query": "_oscjson._tcp.local.", "udp": "_osc._udp.local."}

_log = logging.getLogger(__name__)


class Announcement:
    """While it is open, programs such as TouchOSC and VRChat's tools find the bridge by themselves."""

    def __init__(self, wanted: bool, addresses: Mapping[str, str]) -> None:
        self._addresses = addresses if wanted else {}
        self._zeroconf: Any = None

    def __enter__(self) -> Announcement:
        if not self._addresses:
            return self
        try:
            from zeroconf import ServiceInfo, Zeroconf
        except ImportError as error:
            raise MissingExtraError("Announcing OSC in the network", extra="osc") from error
        host = urlsplit(self._addresses["udp"]).hostname or "127.0.0.1"
        try:
            self._zeroconf = Zeroconf(interfaces=[host]) if host not in ("0.0.0.0", "::") else Zeroconf()
            for name, service in SERVICES.items():
                if name in self._addresses:
                    place = urlsplit(self._addresses[name])
                    info = ServiceInfo(
                        service,
                        f"Hobnail.{service}",
                        port=place.port,
                        addresses=[socket.inet_pton(socket.AF_INET6 if ":" in host else socket.AF_INET, host)],
                        properties={"txtvers": "1"},
                    )
                    self._zeroconf.register_service(info, allow_name_change=True)
        except OSError as error:  # a network without multicast is no reason not to serve
            _log.warning("OSC could not be announced in the network: %s.", error)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._zeroconf is not None:
            self._zeroconf.close()
            self._zeroconf = None
