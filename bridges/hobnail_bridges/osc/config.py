"""Settings of the OSC bridge: the table ``[bridge.osc]``."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from typing import Annotated, Final

import msgspec
from msgspec import Meta

from hobnail_bridges.osc.presets.settings import AbletonSettings, ArdourSettings, ReaperSettings
from hobnail_bridges.osc.timetags import Policy

OSC_PORT: Final = 9700
QUERY_PORT: Final = 9702

Port = Annotated[int, Meta(ge=0, le=65535)]
Count = Annotated[int, Meta(ge=1, le=1_000_000)]
Many = Annotated[int, Meta(ge=64, le=65_536)]


class Limits(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What peers may do before they are told to slow down. Nothing is dropped without an error or a counter."""

    peers: Many = 256  #: senders that are remembered; the one that was silent longest is forgotten for a new one
    connections: Count = 32  #: TCP and WebSocket connections at once
    emitters: Count = 128  #: emitters that OSC addresses may bring into being
    events_per_s: Count = 500  #: events of one peer; more are refused as ``rate_limited``
    messages_per_s: Count = 20_000  #: messages of one peer; more are refused as ``rate_limited``
    errors_per_s: Count = 50  #: ``/hobnail/error`` to one peer; more are put together, one per code and 100 ms
    subscriptions: Count = 64  #: patterns that one peer listens to
    packets_per_round: Count = 512  #: datagrams taken before the bridge does anything else


class OscConfig(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where the bridge listens, whom it lets in, and how it takes time tags."""

    host: str = "127.0.0.1"  #: address to listen on; anything but this machine itself needs ``allow``
    port: Port = OSC_PORT  #: UDP and TCP; 0 picks a free port
    query_port: Port = QUERY_PORT  #: OSCQuery (HTTP and WebSocket); 0 picks a free port
    query: bool = True  #: whether OSCQuery is served
    announce: bool = False  #: whether it is announced in the local network (zeroconf); needs hobnail[osc]
    allow: tuple[str, ...] = ()  #: addresses or networks that may send, such as "192.168.1.0/24"; others are ignored
    timetags: Policy = "schedule"  #: bundles: at their sample; at once, if near; or at once, whatever they say
    horizon_s: Annotated[float, Meta(ge=0.0, le=60.0)] = 5.0  #: time tags further ahead are refused
    emitters: tuple[str, ...] = ()  #: emitters that are there from the start
    shared: bool = True  #: whether clients of other doors may drive what OSC brings into being
    listen_hz: Annotated[float, Meta(ge=1.0, le=1000.0)] = 30.0  #: how often a value is sent to who listens to it
    lease_s: Annotated[float, Meta(ge=1.0, le=86_400.0)] = 60.0  #: how long a silent UDP peer is sent to
    start_ahead_ms: Annotated[float, Meta(ge=0.0, le=500.0)] = 20.0  #: transport: from "play" to the first frame
    cues_ahead_ms: Annotated[float, Meta(ge=20.0, le=500.0)] = 60.0  #: how early cues are handed to the session
    limits: Limits = Limits()  #: per peer
    reaper: ReaperSettings | None = None  #: understand Reaper's own messages
    ableton: AbletonSettings | None = None  #: talk to AbletonOSC
    ardour: ArdourSettings | None = None  #: talk to Ardour's OSC surface

    def __post_init__(self) -> None:
        for network in self.allow:
            ipaddress.ip_network(network)  # its ValueError says what is wrong

    def reopened(self, addresses: Mapping[str, str]) -> OscConfig:
        """The same with the ports of these addresses, for a bridge that was lost."""
        known = {"udp": "port", "query": "query_port"}
        ports = {known[name]: port_of(address) for name, address in addresses.items() if name in known}
        return msgspec.structs.replace(self, **ports)


def port_of(address: str) -> int:
    """The port in ``osc.udp://127.0.0.1:9700`` or ``http://127.0.0.1:9702/``."""
    return int(address.rstrip("/").rsplit(":", 1)[1])
