"""Who may send: this machine; elsewhere only who is in the list, since OSC itself asks nobody for a password."""

from __future__ import annotations

import ipaddress

from hobnail.errors import BridgeError
from hobnail_bridges.loopback import is_loopback

_REMEMBERED = 1024


class Admission:
    """Raises BridgeError when strangers could come in."""

    def __init__(self, host: str, allow: tuple[str, ...]) -> None:
        if not is_loopback(host) and not allow:
            raise BridgeError(
                f"Listening on {host} without a list would let anyone in.",
                cure='Set [bridge.osc] allow, such as ["192.168.1.20"], or host 127.0.0.1.',
            )
        self._networks = [ipaddress.ip_network(network) for network in allow]
        self._known: dict[str, bool] = {}

    def admits(self, ip: str) -> bool:
        """Whether packets from there are read."""
        known = self._known.get(ip)
        if known is None:
            address = ipaddress.ip_address(ip.partition("%")[0])
            known = address.is_loopback or any(address in network for network in self._networks)
            if len(self._known) < _REMEMBERED:
                self._known[ip] = known
        return known
