"""The front desk: what happens to a packet. No sockets, no threads; clocks are functions. [io]"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence

from hobnail.contracts import SessionPort
from hobnail.errors import MessageError
from hobnail.notices import Accepted, AnyNotice, Refused
from hobnail_bridges.osc.complaints import Complaints
from hobnail_bridges.osc.conductor import PLAYER, Conductor
from hobnail_bridges.osc.config import OscConfig
from hobnail_bridges.osc.counters import Counters
from hobnail_bridges.osc.decode import decode
from hobnail_bridges.osc.encode import encode_message
from hobnail_bridges.osc.links import ALL_CONTROLS, Link
from hobnail_bridges.osc.matching import is_pattern
from hobnail_bridges.osc.packets import IMMEDIATELY, ROOT, Argument, OscBundle, OscMessage, messages_of
from hobnail_bridges.osc.peers import Peer, Peers, Send
from hobnail_bridges.osc.presets.base import Preset
from hobnail_bridges.osc.showing import Showing
from hobnail_bridges.osc.space import READ, Method
from hobnail_bridges.osc.stagehands import Call, Stagehands
from hobnail_bridges.osc.subscriptions import Subscription, Subscriptions, Values
from hobnail_bridges.osc.timetags import Timing, between, timetag_at
from hobnail_bridges.osc.transport import OscTransport
from hobnail_bridges.osc.trie import Found, find
from hobnail_bridges.osc.verbs import display, number, text

_MOST_TARGETS = 1024  # methods that one pattern may mean
_CACHED = 4096
_PREFIX = f"/{ROOT}/"
_EVENTS = ("event", "start", "stop")


class Desk:
    """Takes packets, answers them, and hands commands to the session."""

    def __init__(
        self, port: SessionPort, config: OscConfig, now_ns: Callable[[], int], wall_ns: Callable[[], int]
    ) -> None:
        info = port.info
        per_ms = info.rate_hz / 1000
        self.counters = Counters()
        self.transport = OscTransport(
            info.rate_hz, round(config.start_ahead_ms * per_ms), round(config.cues_ahead_ms * per_ms)
        )
        self._port = port
        self._config = config
        self._now_ns = now_ns
        self._wall_ns = wall_ns
        self._rate_hz = info.rate_hz
        self._version = info.version
        self._links: list[Link] = []
        self._exact: dict[str, list[Found[Method]]] = {}
        self._timing = Timing(config.timetags, config.horizon_s, info.rate_hz)
        self._subscriptions = Subscriptions(config.limits.subscriptions)
        self._peers = Peers(config.limits, lambda peer: self._subscriptions.forget(peer.key))
        self._unheard: set[Hashable] = {PLAYER}
        self.complaints = Complaints(self._peers, self.counters, now_ns, self._unheard)
        self._showing = Showing(port.watch, now_ns)
        self.stage = Stagehands(port, config, self.counters, self._report, self._publish)
        self._conductor = Conductor(self.transport, self.stage, self._found, self.frame, self._publish)
        self._player = self._peers.heard(PLAYER, lambda packet: None, now_ns(), lasting=True)
        for emitter in config.emitters:
            self.stage.welcome(emitter, PLAYER, f"/{ROOT}/{emitter}")

    def connect(self, preset: Preset, send: Send) -> None:
        """A DAW that is to be talked to; ``send`` brings packets to it."""
        peer = self._peers.heard(preset.name, send, self._now_ns(), lasting=True)
        self._unheard.add(peer.key)
        self._links.append(Link(preset, peer))
        if preset.address is not None:
            period_ns = round(1e9 / self._config.listen_hz)
            self._subscriptions.add(Subscription(peer, ALL_CONTROLS, period_ns, preset.outgoing, echo=False))

    # --- packets -----------------------------------------------------------------------------------------------------

    def take(self, data: bytes, key: Hashable, send: Send, received_ns: int, *, lasting: bool = False) -> None:
        """One packet from ``key``; ``send`` brings answers back to where it came from."""
        self.counters.packets += 1
        try:
            packet = decode(data)
        except MessageError as error:
            self.complaints.reproach(key, send, error)
            self._showing.malformed(data, key, error)
            return
        peer = self._peers.heard(key, send, received_ns, lasting=lasting)
        if isinstance(packet, OscMessage):
            self._take_message(packet, peer, None, received_ns)
        else:
            self._take_bundle(packet, peer, received_ns)

    def take_from(self, message: OscMessage, key: Hashable, send: Send, received_ns: int) -> None:
        """One message that came in other words than OSC's, over a connection."""
        self._take_message(message, self._peers.heard(key, send, received_ns, lasting=True), None, received_ns)

    def forget(self, key: Hashable) -> None:
        """A connection ended."""
        self._peers.forget(key)

    def _take_bundle(self, bundle: OscBundle, peer: Peer, received_ns: int) -> None:
        """In order, one after the other; what has one time tag takes effect at one frame, or, refused, not at all."""
        now_tag, now_frame = timetag_at(self._wall_ns()), self.frame()
        frames: dict[int, int | None] = {}
        refused: set[int] = set()
        for timetag, message in messages_of(bundle):
            if timetag not in frames and timetag not in refused:
                try:
                    frames[timetag] = self._timing.frame_of(timetag, now_tag, now_frame)
                    self.counters.late += timetag != IMMEDIATELY and between(now_tag, timetag) < 0
                except MessageError as error:
                    refused.add(timetag)
                    self.complaints.refuse(peer, message.address, error)
                    self._showing.message(message, peer.key, error)
            if timetag in frames:
                self._take_message(message, peer, frames[timetag], received_ns)

    def _take_message(self, message: OscMessage, peer: Peer, at_frame: int | None, received_ns: int) -> None:
        self.counters.messages += 1
        address = message.address
        try:
            if not peer.messages.take(received_ns):
                raise _slow_down("messages", self._config.limits.messages_per_s)
            if address.startswith(_PREFIX) or is_pattern(address):
                self._carry_out(message, peer, at_frame, received_ns)
            else:
                self._translate(message, at_frame, received_ns)
        except MessageError as error:
            self.complaints.refuse(peer, address, error)
            self._showing.message(message, peer.key, error)
        else:
            self._showing.message(message, peer.key)

    def _translate(self, message: OscMessage, at_frame: int | None, received_ns: int) -> None:
        for link in self._links:
            meant = link.preset.incoming(message)
            if meant is not None:
                link.heard(received_ns)
                self.counters.ignored += not meant
                for ours in meant:
                    try:
                        self._carry_out(ours, link.peer, at_frame, received_ns)
                    except MessageError as error:
                        self.complaints.refuse(link.peer, ours.address, error)
                return
        raise _unknown(message.address)

    def _carry_out(self, message: OscMessage, peer: Peer, at_frame: int | None, received_ns: int) -> None:
        problem: MessageError | None = None
        done = 0
        for method, emitter, address in self._found(message.address):
            try:
                self._do(Call(method, emitter, address, message.args, peer.key, at_frame, received_ns), peer)
                done += 1
            except MessageError as error:
                problem = error
        if problem is not None and not done:  # a pattern that means something somewhere is no error elsewhere
            raise problem

    def _found(self, address: str) -> list[Found[Method]]:
        found = self._exact.get(address)
        if found is not None:
            return found
        found = find(self.stage.tree, address)
        if not found:
            raise _unknown(address)
        if is_pattern(address):
            if len(found) > _MOST_TARGETS:
                problem = f"The pattern means {len(found)} addresses."
                raise MessageError("too_large", problem, path=address, cure="Mean fewer at once.")
            return _palettes_once(found)
        if len(self._exact) < _CACHED:
            self._exact[address] = found
        return found

    def _do(self, call: Call, peer: Peer) -> None:
        method, args = call.method, call.args
        match method.verb:
            case "ping":
                echo = [arg for arg in args if isinstance(arg, int | float | str)][:8]
                self._send(peer, encode_message(f"{_PREFIX}pong", self._version, *echo))
            case "listen":
                self._listen(peer, args, call.address)
            case "unlisten":
                self._subscriptions.remove(peer.key, text(args, 0, call.address, 255) if args else None)
            case "transport":
                self._conductor.perform(call)
            case "control" | "raw" | "str" | "state" if not args or method.access == READ:
                values = self.value(method, call.emitter)
                if values is not None:
                    self._send(peer, encode_message(call.address, *values))
            case _:
                if method.verb in _EVENTS and not peer.events.take(call.received_ns or 0):
                    raise _slow_down("events", self._config.limits.events_per_s)
                self.stage.perform(call)

    def _listen(self, peer: Peer, args: Sequence[Argument], address: str) -> None:
        """``pattern [times a second]``; 0: every change at once. What stands there now is told at once."""
        pattern = text(args, 0, address, 255)
        rate_hz = number(args, 1, address) if len(args) > 1 else self._config.listen_hz
        period_ns = round(1e9 / min(rate_hz, 1000.0)) if rate_hz > 0 else 0
        self._subscriptions.add(Subscription(peer, pattern, period_ns))
        for method, emitter, place in find(self.stage.tree, pattern)[:_MOST_TARGETS]:
            values = self.value(method, emitter)
            if values is not None and (emitter is None or emitter in self.stage.mirror):
                self._send(peer, encode_message(place, *values))

    # --- values and time ---------------------------------------------------------------------------------------------

    def value(self, method: Method, emitter: str | None) -> Values | None:
        """What stands at an address that can be read; None: nothing does."""
        if method.verb == "state":
            return self._conductor.state(method.word)
        spec = method.control
        if spec is None or emitter is None:
            return None
        value = self.stage.mirror.value(emitter, spec.id)
        if method.verb == "str":
            return (display(spec, value),)
        return (spec.plain(value) if method.verb == "raw" else value,)

    def frame(self) -> int:
        """The session's clock, carried on to this moment."""
        frame, due_ns = self._port.now()
        return max(0, frame + round((self._now_ns() - due_ns) * self._rate_hz / 1e9))

    def notice(self, notice: AnyNotice) -> None:
        """Something that the session says."""
        if isinstance(notice, Accepted | Refused):
            self.stage.answered(notice)

    def tick(self) -> None:
        """Play cues, send what waited, part with the silent."""
        now_ns = self._now_ns()
        self._conductor.tick(lambda address, error: self.complaints.refuse(self._player, address, error))
        self.counters.sent += self._subscriptions.flush(now_ns)
        for link in self._links:
            link.tick(now_ns)
        lease_ns = round(self._config.lease_s * 1e9)
        for peer in self._peers:
            self.complaints.tick(peer)
            if not peer.lasting and now_ns - peer.heard_ns > lease_ns:
                self._peers.forget(peer.key)

    def patience_s(self) -> float:
        """How long nothing has to be done, if nothing comes."""
        if self.transport.line.playing:
            return 0.01
        if any(peer.errors.due_ns is not None for peer in self._peers):
            return 0.02
        next_ns = self._subscriptions.next_ns()
        return 0.1 if next_ns is None else max(0.0, min(0.1, (next_ns - self._now_ns()) / 1e9))

    def _publish(self, address: str, values: Values, origin: Hashable = None) -> None:
        if len(self._subscriptions):
            self.counters.sent += self._subscriptions.changed(address, values, self._now_ns(), origin)

    def _report(self, key: Hashable, address: str, error: MessageError) -> None:
        """What the session refused."""
        self.complaints.report(key, address, error)
        self._showing.refused(address, key, error)

    def _send(self, peer: Peer, packet: bytes) -> None:
        self.counters.sent += 1
        peer.send(packet)


def _palettes_once(found: list[Found[Method]]) -> list[Found[Method]]:
    """A palette is the engine's: however many emitters a pattern means, it is loaded once."""
    first = {method.word: address for method, _, address in reversed(found) if method.verb == "palette"}
    return [each for each in found if each[0].verb != "palette" or each[2] == first[each[0].word]]


def _unknown(address: str) -> MessageError:
    cure = "docs/osc.md and OSCQuery list what there is, such as /hobnail/<emitter>/pitch and .../event/footstep."
    return MessageError("unknown_type", f"Nothing is at {address}.", path=address, cure=cure)


def _slow_down(what: str, per_s: int) -> MessageError:
    cure = "Send less, or raise [bridge.osc.limits]."
    return MessageError("rate_limited", f"More than {per_s} {what} a second.", cure=cure)
