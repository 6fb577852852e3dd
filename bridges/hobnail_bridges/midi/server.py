"""The MIDI bridge: one input, one thread. What it hears becomes commands at once.

::

    instrument ══ driver's thread ── queue ── [bridge thread] ── player ── port.submit
                                                              ◄─ map file, when it changes
"""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Mapping
from pathlib import Path

from hobnail.commands import AnyCommand, ClientLeft, SetControl, TriggerEvent
from hobnail.contracts import SessionPort
from hobnail.errors import BridgeError, ConfigError, MessageError
from hobnail.findings import Finding
from hobnail.midimap import Binding, MidiMap, default_bindings, default_rules, merged
from hobnail.notices import Refused
from hobnail.watching import Seen
from hobnail_bridges.midi.codec import decode
from hobnail_bridges.midi.config import MidiConfig
from hobnail_bridges.midi.map_file import map_at
from hobnail_bridges.midi.mapping import engine_of
from hobnail_bridges.midi.player import Now, Player
from hobnail_bridges.midi.ports import Inputs, OpenInput, PortName, SystemInputs, choose, working_drivers
from hobnail_native import monotonic_ns

DOOR = "midi"
_IDLE_S = 0.05
_LOOK_NS = 2_000_000_000  # for an instrument that is not plugged in
_MAP_NS = 500_000_000
_COMPLAIN_NS = 5_000_000_000
_HEARD_AT_ONCE = 4096

_log = logging.getLogger(__name__)


class MidiBridge:
    """Plays a session from one MIDI input. Implements :class:`hobnail.contracts.Bridge`."""

    def __init__(self, config: MidiConfig | None = None, inputs: Inputs | None = None) -> None:
        self._config = config or MidiConfig()
        self._inputs = inputs or SystemInputs()
        self._input: OpenInput | None = None
        self._port: SessionPort | None = None
        self._heard: deque[tuple[bytes, int]] = deque(maxlen=_HEARD_AT_ONCE)
        self._arrived = threading.Event()
        self._stopping = threading.Event()
        self._running = False
        self._lock = threading.Lock()
        self._map_path = Path(self._config.map_file)
        self._map_stamp: tuple[int, int] | None = None
        self._complained: dict[str, int] = {}
        self._owed: deque[AnyCommand] = deque()  # what must arrive though the queue was full

    @staticmethod
    def examine() -> list[Finding]:
        """[control] Whether this machine has MIDI, for ``hobnail doctor``: none is no fault."""
        drivers = SystemInputs().drivers()
        names = [name for driver in working_drivers(drivers, "") for name in driver.inputs]
        found = "; ".join(names) or "a driver works, nothing is plugged in"
        return [Finding(check="MIDI", state="ok", found=found)]

    def open(self, port: SessionPort) -> Mapping[str, str]:
        """[control] Read the map, open the input. Raises BridgeError without a driver, ConfigError for a wrong map.

        An input that is not plugged in yet is waited for.
        """
        self._port = port
        map_at(self._map_path)
        config = self._config
        if config.virtual:
            backend = working_drivers(self._inputs.drivers(), config.backend)[0].backend
            self._input = self._inputs.open(PortName(backend, config.virtual), self._hear, virtual=True)
        else:
            self._look()
        return {"input": self._where()}

    def run(self) -> None:
        """[io] Serve until ``stop``."""
        with self._lock:
            if self._stopping.is_set():
                return
            port = self._port
            if port is None:
                raise BridgeError("The bridge is not open.", cure="Call open(port) before run().")
            self._running = True
        player = self._new_player(port)
        self._submit(port, player.emitters())
        looked_ns = mapped_ns = monotonic_ns()
        try:
            while not self._stopping.is_set():
                if self._arrived.wait(_IDLE_S):
                    self._arrived.clear()
                self._play(port, player)
                self._listen(port)
                now_ns = monotonic_ns()
                if now_ns - mapped_ns > _MAP_NS:
                    mapped_ns = now_ns
                    self._follow_map(port, player)
                if self._input is None and now_ns - looked_ns > _LOOK_NS:
                    looked_ns = now_ns
                    self._look_quietly()
            self._submit(port, player.leave())
        finally:
            self._close()

    def stop(self) -> None:
        """[any] Make ``run`` return soon."""
        self._stopping.set()
        self._arrived.set()
        with self._lock:
            if not self._running:
                self._close()

    # --- the input ---------------------------------------------------------------------------------------------------

    def _hear(self, data: bytes) -> None:
        """On the driver's thread."""
        self._heard.append((data, monotonic_ns()))
        self._arrived.set()

    def _look(self) -> None:
        wanted = choose(self._inputs.drivers(), self._config.input, self._config.backend)
        if wanted is not None:
            self._input = self._inputs.open(wanted, self._hear)

    def _look_quietly(self) -> None:
        try:
            self._look()
        except BridgeError as error:
            self._complain(str(error))
        if self._input is not None:
            _log.warning("MIDI: listening to %s.", self._where())

    def _where(self) -> str:
        if self._input is None:
            return f"waiting for {self._config.input or 'any input'}"
        name = self._input.name
        return f"{name.name} ({name.backend}{', virtual' if self._config.virtual else ''})"

    def _close(self) -> None:
        if self._input is not None:
            self._input.close()
            self._input = None

    # --- playing -----------------------------------------------------------------------------------------------------

    def _new_player(self, port: SessionPort) -> Player:
        self._map_stamp = _stamp(self._map_path)
        own = map_at(self._map_path)
        rules = own.note or default_rules(engine_of(port.info, ""))
        return Player(port.clients.first, port.info, rules, _bindings(own, port), self._config.zones())

    def _play(self, port: SessionPort, player: Player) -> None:
        """Everything that was heard. Of moves of one control in a row only the last is told."""
        while self._owed and port.submit(self._owed[0]):
            self._owed.popleft()
        moves: dict[tuple[str | None, str], SetControl] = {}
        while self._heard:
            data, heard_ns = self._heard.popleft()
            try:
                message = decode(data)
            except MessageError as error:
                self._complain(str(error))
                self._show(port, data.hex(" "), heard_ns, error)
                continue
            if message is None:
                continue
            if port.watch.on:
                self._show(port, repr(message), heard_ns)
            for command in player.take(message, _now(port, heard_ns)):
                if isinstance(command, SetControl):
                    moves.pop((command.emitter, command.control), None)
                    moves[command.emitter, command.control] = command
                    continue
                self._submit(port, [*moves.values(), command])
                moves.clear()
        self._submit(port, list(moves.values()))

    def _submit(self, port: SessionPort, commands: list[AnyCommand]) -> None:
        for command in commands:
            if self._owed or not port.submit(command):
                if isinstance(command, ClientLeft) or (isinstance(command, TriggerEvent) and command.action == "stop"):
                    self._owed.append(command)
                else:
                    self._complain("The session's queue is full; some notes were lost.")

    def _listen(self, port: SessionPort) -> None:
        for notice in port.wait_notices(0.0):
            if isinstance(notice, Refused):
                self._complain(f"{notice.problem} {notice.cure}".strip())
                error = MessageError(notice.code, notice.problem, path=notice.path, cure=notice.cure)
                self._show(port, "", monotonic_ns(), error)

    def _show(self, port: SessionPort, text: str, ns: int, error: MessageError | None = None) -> None:
        client = "" if self._input is None else self._input.name.name
        port.watch.saw(Seen(door=DOOR, client=client, ns=ns, text=text), error)

    def _follow_map(self, port: SessionPort, player: Player) -> None:
        stamp = _stamp(self._map_path)
        if stamp == self._map_stamp:
            return
        self._map_stamp = stamp
        try:
            player.rebind(_bindings(map_at(self._map_path), port))
        except ConfigError as error:
            _log.warning("MIDI: %s The old map stays in force.", error)

    def _complain(self, text: str) -> None:
        """The same complaint at most every 5 s."""
        now_ns = monotonic_ns()
        if now_ns - self._complained.get(text, -_COMPLAIN_NS) >= _COMPLAIN_NS:
            if len(self._complained) > 256:
                self._complained.clear()
            self._complained[text] = now_ns
            _log.warning("MIDI: %s", text)


def _bindings(own: MidiMap, port: SessionPort) -> tuple[Binding, ...]:
    if not own.defaults:
        return own.control
    return merged(own.control, default_bindings({control.id for control in port.info.controls}))


def _now(port: SessionPort, heard_ns: int) -> Now:
    frame, due_ns = port.now()
    return Now(max(0, frame + round((heard_ns - due_ns) * port.info.rate_hz / 1e9)), heard_ns)


def _stamp(path: Path) -> tuple[int, int] | None:
    try:
        stat = path.stat()
    except OSError:
        return None
    return stat.st_mtime_ns, stat.st_size
