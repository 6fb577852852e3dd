"""MIDI ports by mido and python-rtmidi; the only file that knows them. Their errors become ours here."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final, Protocol

import msgspec

from hobnail.errors import BridgeError, MissingExtraError

CLIENT: Final = "Hobnail"
_NO_DRIVER: Final = (
    "Linux: plug an instrument in (sudo modprobe snd-seq), or start JACK. Containers and servers often have no MIDI; "
    'take "midi" out of [serve] bridges there.'
)


class PortName(msgspec.Struct, frozen=True):
    """An input or output that the system offers."""

    backend: str
    name: str


class Driver(msgspec.Struct, frozen=True):
    """A way to MIDI that was compiled in: whether it works here, and the inputs that it offers."""

    backend: str
    inputs: tuple[str, ...] = ()
    problem: str = ""  #: "" when it works


class OpenInput(Protocol):
    """An input that is being listened to."""

    @property
    def name(self) -> PortName:
        """What it is."""

    def close(self) -> None:
        """Stop listening."""


class Inputs(Protocol):
    """Where inputs come from; tests have their own."""

    def drivers(self) -> list[Driver]:
        """Every way to MIDI and what it offers now."""

    def open(self, wanted: PortName, heard: Callable[[bytes], None], *, virtual: bool = False) -> OpenInput:
        """Listen; ``heard`` is called on a thread of the driver with one whole message. Raises BridgeError."""


class SystemInputs:
    """The inputs of this machine. Implements :class:`Inputs`. Raises MissingExtraError without the packages."""

    def drivers(self) -> list[Driver]:
        """Every way to MIDI and what it offers now; a way that does not work says why."""
        return [self._look(backend) for backend in backends()]

    def open(self, wanted: PortName, heard: Callable[[bytes], None], *, virtual: bool = False) -> OpenInput:
        """Listen to an input, or to a virtual port of our own."""
        options: dict[str, Any] = {"virtual": True, "client_name": CLIENT} if virtual else {}
        with _mapped(wanted.backend, "cannot be opened"):
            port = _backend(wanted.backend).open_input(
                wanted.name, callback=lambda message: heard(bytes(message.bytes())), **options
            )
        return _Opened(wanted, port)

    def _look(self, backend: str) -> Driver:
        try:
            with _mapped(backend, "does not work here"):
                names = _backend(backend).get_input_names()
        except BridgeError as error:
            return Driver(backend, problem=error.problem)
        return Driver(backend, inputs=tuple(name for name in names if not name.startswith(f"{CLIENT}:")))


class _Opened:
    """An input of mido. [any]"""

    def __init__(self, name: PortName, port: Any) -> None:  # noqa: ANN401 - mido ships no types
        self._name = name
        self._port = port
        self._lock = threading.Lock()

    @property
    def name(self) -> PortName:
        """What it is."""
        return self._name

    def close(self) -> None:
        """Stop listening; safe to call twice."""
        with self._lock:
            port, self._port = self._port, None
        if port is not None:
            with _mapped(self._name.backend, "cannot be closed"):
                port.close()


def backends() -> list[str]:
    """Names of the ways to MIDI that python-rtmidi was built with."""
    with _mapped("python-rtmidi", "cannot be used"):
        import rtmidi

        names = {getattr(rtmidi, name): name.removeprefix("API_") for name in dir(rtmidi) if name.startswith("API_")}
        return [names[api] for api in rtmidi.get_compiled_api() if names.get(api) not in (None, "RTMIDI_DUMMY")]


def choose(drivers: list[Driver], wanted: str, backend: str) -> PortName | None:
    """The input to open: the first whose name holds ``wanted``. None: it is not there yet.

    Raises BridgeError when no driver works, or the one that was asked for does not.
    """
    working = working_drivers(drivers, backend)
    for driver in working:
        for name in driver.inputs:
            if wanted.lower() in name.lower():
                return PortName(driver.backend, name)
    return None


def working_drivers(drivers: list[Driver], backend: str) -> list[Driver]:
    """The drivers that work, of those asked for. Raises BridgeError when there are none."""
    asked = [driver for driver in drivers if backend in ("", driver.backend)]
    if not asked:
        names = ", ".join(driver.backend for driver in drivers)
        raise BridgeError(f"There is no MIDI backend {backend!r} here.", cure=f"Set [bridge.midi] backend: {names}.")
    working = [driver for driver in asked if not driver.problem]
    if not working:
        problems = " ".join(driver.problem for driver in asked)
        raise BridgeError(f"This machine has no MIDI driver that works. {problems}", cure=_NO_DRIVER)
    return working


def _backend(name: str) -> Any:  # noqa: ANN401 - mido ships no types
    import mido

    return mido.Backend(f"mido.backends.rtmidi/{name}")


@contextmanager
def _mapped(what: str, problem: str) -> Iterator[None]:
    """mido's and rtmidi's many errors as one of ours: SystemError here is rtmidi's, an OSError since its 1.5."""
    try:
        yield
    except ModuleNotFoundError as error:
        raise MissingExtraError("MIDI", extra="midi") from error
    except (ImportError, OSError, RuntimeError, ValueError, SystemError, MemoryError) as error:
        text = str(error).rstrip(".")
        raise BridgeError(f"{what} {problem}: {text}.", cure="`hobnail midi list` shows what there is.") from error
