"""pedalboard's own effects behind the contract ``Effect``, and what all that it hosts have in common."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final

import numpy as np

from hobnail.contracts import Float32
from hobnail.errors import ConfigError, MissingExtraError
from hobnail.settings import closest
from hobnail_plugins.studio.spec import PedalboardConfig, Points

RATE_HZ: Final = 48_000
PROBE_FRAMES: Final = 512
_LONGEST_DELAY: Final = 10 * RATE_HZ
_NO_EFFECTS: Final = ("Plugin", "PluginContainer", "Pedalboard", "Chain", "Mix", "ExternalPlugin", "VST3Plugin")


@dataclass(slots=True)
class BoardState:
    """A plug-in at work and what it has given but was not yet asked for. Used by one chain, changed in place."""

    plugin: Any
    move: Callable[[str, float], None]  #: sets a parameter
    at: int = 0  #: frames that went in
    ready: Float32 = field(default_factory=lambda: np.zeros((0, 2), np.float32))


class PedalboardEffect:
    """One of pedalboard's own effects, in this process. Implements :class:`hobnail.contracts.Effect`."""

    def __init__(self, config: PedalboardConfig) -> None:
        self._config = config
        built = built_in(config)
        self._latency = delay_of(built)
        if self._latency and config.curves:
            raise ConfigError(
                f"[effect.pedalboard] curves: {config.plugin} holds sound back, so its parameters cannot move.",
                cure="Set them once, in settings.",
            )

    def whole(self, sound: Float32, tail_frames: int) -> Float32 | None:
        """[control] float32 [frames, channels] at once, ``tail_frames`` longer; None when it must go block by block.

        In blocks pedalboard's PitchShift gives silence, and what holds sound back is lined up by pedalboard itself.
        """
        if self._config.curves:
            return None
        padded = np.concatenate([sound, np.zeros((tail_frames, sound.shape[1]), np.float32)])
        given = built_in(self._config).process(np.ascontiguousarray(padded.T), RATE_HZ, reset=True)
        return np.ascontiguousarray(np.asarray(given, np.float32).T)

    @property
    def latency_frames(self) -> int:
        """[any] What the plug-in holds back, measured with silence."""
        return self._latency

    def init_state(self, rate_hz: int, channels: int) -> BoardState:
        """[control] A fresh plug-in, with the silence before its first sample."""
        plugin = built_in(self._config)
        return BoardState(plugin, partial(setattr, plugin), ready=np.zeros((self._latency, channels), np.float32))

    def process(self, block: Float32, state: object) -> tuple[Float32, object]:
        """[engine] float32 [frames, channels], ``latency_frames`` later."""
        if not isinstance(state, BoardState):
            raise ConfigError(f"pedalboard: found state {type(state).__name__}.", cure="Pass what init_state returned.")
        return through(block, state, self._config.curves), state


def through(block: Float32, state: BoardState, curves: Mapping[str, Points]) -> Float32:
    """One block: as many frames out as in, whatever the plug-in gives at a time."""
    for name, points in curves.items():
        times, values = zip(*points, strict=True)
        state.move(name, float(np.interp(state.at / RATE_HZ, times, values)))
    given = state.plugin.process(np.ascontiguousarray(block.T), RATE_HZ, buffer_size=len(block), reset=False)
    state.at += len(block)
    state.ready = np.concatenate([state.ready, np.asarray(given, np.float32).T])
    out = state.ready[: len(block)]
    state.ready = state.ready[len(block) :]
    if len(out) < len(block):  # it holds back more than it did when it was measured
        out = np.concatenate([np.zeros((len(block) - len(out), block.shape[1]), np.float32), out])
    return np.ascontiguousarray(out)


def delay_of(plugin: Any) -> int:  # noqa: ANN401 - pedalboard ships no types that we could name here
    """How many frames a plug-in holds back before it gives any, told by feeding it silence."""
    silence = np.zeros((2, PROBE_FRAMES), np.float32)
    fed = given = 0
    steady = 0
    while fed < _LONGEST_DELAY and steady < 4:
        out = plugin.process(silence, RATE_HZ, buffer_size=PROBE_FRAMES, reset=False).shape[1]
        fed += PROBE_FRAMES
        given += out
        steady = steady + 1 if out == PROBE_FRAMES else 0
    plugin.reset()
    return fed - given


def built_in(config: PedalboardConfig) -> Any:  # noqa: ANN401 - as above
    """A fresh built-in effect. Raises ConfigError with what there is, MissingExtraError."""
    try:
        import pedalboard
    except ModuleNotFoundError as error:
        raise MissingExtraError("Studio effects", extra="studio") from error
    names = [
        name
        for name in dir(pedalboard)
        if isinstance(kind := getattr(pedalboard, name), type)
        and issubclass(kind, pedalboard.Plugin)
        and not name.startswith("_")
        and name not in _NO_EFFECTS
    ]
    if config.plugin not in names:
        raise ConfigError(f"[effect.pedalboard] plugin: found {config.plugin!r}.", cure=closest(config.plugin, names))
    kind = getattr(pedalboard, config.plugin)
    try:
        plugin = kind(**config.settings)
    except (TypeError, ValueError, OSError, RuntimeError) as error:
        wrong = f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}"
        raise ConfigError(
            f"[effect.pedalboard] settings of {config.plugin}: {wrong}.",
            cure=f"It has: {', '.join(parameters(plugin_type=kind)) or 'none'}.",
        ) from error
    known = parameters(plugin_type=kind)
    for name in config.curves:
        if name not in known:
            raise ConfigError(
                f"[effect.pedalboard] curves: {config.plugin} has no {name!r}.", cure=closest(name, known)
            )
    return plugin


def parameters(plugin_type: type) -> list[str]:
    """Names of what can be set and moved on a built-in effect."""
    return [
        name
        for name in dir(plugin_type)
        if not name.startswith("_")
        and isinstance(value := getattr(plugin_type, name, None), property)
        and value.fset is not None
    ]
