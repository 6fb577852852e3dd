"""VST3 plug-ins as effects: scanned and run in a child, and not tried again after a crash or a hang."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import msgspec
import numpy as np

from hobnail.contracts import Float32
from hobnail.errors import BrokenPluginError, ConfigError, PluginError
from hobnail_plugins.studio.board import BoardState, delay_of, through
from hobnail_plugins.studio.isolated import ChildProcess, CrashedError, HungError, IsolatedEffect
from hobnail_plugins.studio.spec import Vst3Config

Answer = TypeVar("Answer")
_BUILD = "hobnail_plugins.studio.child:vst3"
_SCAN = "hobnail_plugins.studio.child:scan"
_DESCRIBE = "hobnail_plugins.studio.child:describe"


class Blocklist:
    """Plug-ins that crashed or hung, by path and time of change: a new version is tried again."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._entries: dict[str, str] = {}
        if path is not None and path.exists():
            try:
                self._entries = msgspec.json.decode(path.read_bytes(), type=dict[str, str])
            except (OSError, msgspec.DecodeError) as error:
                raise ConfigError(f"{path}: cannot be read: {error}.", cure="Remove it; it is made anew.") from error

    def why(self, plugin: Path) -> str:
        """Why a plug-in is not to be loaded; empty when it may be."""
        return self._entries.get(_print_of(plugin), "")

    def add(self, plugin: Path, why: str) -> None:
        """Remember one."""
        self._entries[_print_of(plugin)] = why
        if self._path is not None:
            part = self._path.with_name(self._path.name + ".part")
            part.write_bytes(msgspec.json.format(msgspec.json.encode(self._entries)) + b"\n")
            part.replace(self._path)


class Vst3Maker:
    """Builds VST3 effects; what one of them did to us is remembered for the next. [control]"""

    def __init__(self) -> None:
        self._lists: dict[str, Blocklist] = {}

    def __call__(self, config: Vst3Config) -> GuardedEffect:
        """The effect. Raises PluginError; BrokenPluginError for one that crashes, hangs, or is on the list."""
        path = Path(config.path)
        if not path.exists():
            raise PluginError("there is no such file.", plugin=config.path, cure="Check the path of the .vst3.")
        if config.blocklist not in self._lists:
            self._lists[config.blocklist] = Blocklist(Path(config.blocklist) if config.blocklist else None)
        blocklist = self._lists[config.blocklist]
        if why := blocklist.why(path):
            where = f"Take it out of {config.blocklist}" if config.blocklist else "Start anew"
            raise BrokenPluginError(
                f"is on the list of those to be left out: {why}", plugin=config.path, cure=f"{where} to try again."
            )
        return GuardedEffect(config, path, blocklist)


class GuardedEffect:
    """A VST3 effect in a child. Implements :class:`hobnail.contracts.Effect`."""

    def __init__(self, config: Vst3Config, path: Path, blocklist: Blocklist) -> None:
        self._path, self._blocklist = path, blocklist
        settings = msgspec.to_builtins(config)
        self._inner = self._guarded(
            lambda: IsolatedEffect(
                _BUILD,
                settings,
                name=config.path,
                load_timeout_s=config.load_timeout_s,
                timeout_s=config.timeout_s,
            )
        )

    @property
    def latency_frames(self) -> int:
        """[any] Measured in the child."""
        return self._inner.latency_frames

    def init_state(self, rate_hz: int, channels: int) -> object:
        """[control] Begin anew."""
        return self._guarded(lambda: self._inner.init_state(rate_hz, channels))

    def process(self, block: Float32, state: object) -> tuple[Float32, object]:
        """[engine] Through the child. Raises PluginError."""
        return self._guarded(lambda: self._inner.process(block, state))

    def _guarded(self, call: Callable[[], Answer]) -> Answer:
        try:
            return call()
        except (CrashedError, HungError) as error:
            self._blocklist.add(self._path, error.problem)
            raise


class LoadedEffect:
    """The other half, in the child: the plug-in itself. Implements :class:`hobnail.contracts.Effect`."""

    def __init__(self, settings: dict[str, Any]) -> None:
        from hobnail_plugins.studio.foreign import Foreign  # what loads strangers is not even read anywhere else

        self._config = msgspec.convert(settings, Vst3Config)
        self._plugin = Foreign.loaded(self._config)
        self._latency = delay_of(self._plugin) + self._plugin.latency_frames

    @property
    def latency_frames(self) -> int:
        """[any] What it gave too little of when it was fed silence, and what it says that it holds back."""
        return self._latency

    def init_state(self, rate_hz: int, channels: int) -> BoardState:
        """[control] The same plug-in, reset: a foreign one is not loaded anew."""
        self._plugin.reset()
        return BoardState(
            self._plugin,
            self._plugin.move,
            ready=np.zeros((self._latency - self._plugin.latency_frames, channels), np.float32),
        )

    def process(self, block: Float32, state: object) -> tuple[Float32, object]:
        """[engine] One block."""
        if not isinstance(state, BoardState):
            raise TypeError(f"found state {type(state).__name__}, expected what init_state returned")
        return through(block, state, self._config.curves), state


def plugins_in(path: Path, *, timeout_s: float = 30.0) -> list[str]:
    """Names of the plug-ins in a .vst3, looked up in a child. Raises PluginError (CrashedError, HungError)."""
    names: list[str] = _asked(path, _SCAN, {"path": str(path)}, timeout_s)
    return names


def description_of(path: Path, name: str = "", *, timeout_s: float = 30.0) -> dict[str, Any]:
    """``latency_frames`` and ``parameters`` of an effect, loaded in a child. Raises PluginError as above."""
    settings = msgspec.to_builtins(Vst3Config(path=str(path), name=name, load_timeout_s=timeout_s))
    told: dict[str, Any] = _asked(path, _DESCRIBE, settings, timeout_s)
    return told


def _asked(path: Path, function: str, settings: dict[str, Any], timeout_s: float) -> Any:  # noqa: ANN401 - its answer
    process = ChildProcess(str(path))
    try:
        return process.ask(timeout_s, do="call", function=function, settings=settings)["value"]
    finally:
        process.close()


def _print_of(plugin: Path) -> str:
    newest = max((each.stat().st_mtime_ns for each in (plugin, *plugin.rglob("*"))), default=0)
    return f"{plugin.resolve()}@{newest}"
