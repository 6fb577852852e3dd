"""Plug-ins of other makers, as pedalboard hosts them. Call nothing here but in a process that may die."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import Any, Final

import numpy as np

from hobnail.contracts import Float32
from hobnail.errors import ConfigError, PluginError
from hobnail.settings import closest
from hobnail_plugins.studio.board import PROBE_FRAMES, RATE_HZ
from hobnail_plugins.studio.spec import Vst3Config

_CONTROLLERS: Final = re.compile(r"MIDI Ch\. \d+ CC \d+")


class Foreign:
    """A stereo plug-in, or a mono one twice: the left and the right channel each through one of its own."""

    def __init__(self, plugins: Sequence[Any]) -> None:
        self._plugins = plugins

    @classmethod
    def loaded(cls, config: Vst3Config) -> Foreign:
        """The plug-in that the settings name. Raises PluginError, ConfigError."""
        first = _loaded(config)
        if _takes(first, 2):
            return cls([first])
        if _takes(first, 1):
            return cls([first, _loaded(config)])
        problem = "takes neither one channel nor two."
        raise PluginError(problem, plugin=config.path, cure="Use a mono or a stereo effect.")

    @property
    def latency_frames(self) -> int:
        """What it says that it holds back; known once it has run."""
        return max(int(plugin.reported_latency_samples) for plugin in self._plugins)

    def process(self, sound: Float32, rate_hz: float, *, buffer_size: int, reset: bool) -> Float32:
        """float32 [2, frames] in, as much out."""
        if len(self._plugins) == 1:
            return np.asarray(
                self._plugins[0].process(sound, rate_hz, buffer_size=buffer_size, reset=reset), np.float32
            )
        sides = [
            plugin.process(np.ascontiguousarray(side), rate_hz, buffer_size=buffer_size, reset=reset)
            for plugin, side in zip(self._plugins, np.split(sound, 2), strict=True)
        ]
        frames = min(side.shape[1] for side in sides)
        return np.concatenate([np.asarray(side[:, :frames], np.float32) for side in sides])

    def reset(self) -> None:
        """Forget what was heard."""
        for plugin in self._plugins:
            plugin.reset()

    def parameters(self) -> list[dict[str, Any]]:
        """What can be set: ``name``, ``now``, and ``low`` and ``high`` of what moves, or ``words`` to choose from."""
        plugin = self._plugins[0]
        told: list[dict[str, Any]] = []
        for name, parameter in plugin.parameters.items():
            now = getattr(plugin, name)
            if parameter.min_value is None:
                told.append({"name": name, "now": str(now), "words": [str(each) for each in parameter.valid_values]})
            else:
                told.append({"name": name, "now": float(now), "low": parameter.min_value, "high": parameter.max_value})
        return told

    def move(self, name: str, value: float) -> None:
        """Set a parameter."""
        for plugin in self._plugins:
            setattr(plugin, name, value)


def describe(config: Vst3Config) -> dict[str, Any]:
    """What a chain can say of a plug-in: ``latency_frames``, and ``parameters`` with their ranges or words."""
    plugin = Foreign.loaded(config)
    return {"latency_frames": plugin.latency_frames, "parameters": plugin.parameters()}


def scan(path: str) -> list[str]:
    """Names of the plug-ins in a file."""
    import pedalboard

    return list(pedalboard.VST3Plugin.get_plugin_names_for_file(path))


def _loaded(config: Vst3Config) -> Any:  # noqa: ANN401 - pedalboard ships no types that we could name here
    pedalboard, inner = import_module("pedalboard"), import_module("pedalboard._pedalboard")
    inner.PARAMETER_NAME_REGEXES_TO_IGNORE.add(_CONTROLLERS)  # 2,080 parameters that nobody sets take 20 s to wrap
    try:
        plugin: Any = pedalboard.load_plugin(
            config.path, plugin_name=config.name or None, initialization_timeout=config.load_timeout_s
        )
    except (ImportError, ValueError, OSError, RuntimeError) as error:
        raise PluginError(
            f"cannot be loaded: {error}", plugin=config.path, cure="Check the path; set name if it holds several."
        ) from error
    if not plugin.is_effect:
        raise PluginError("is an instrument, expected an effect.", plugin=config.path, cure="Name an effect.")
    if config.preset:
        plugin.load_preset(config.preset)
    _set(plugin, config.settings, config.path)
    for name, points in config.curves.items():
        _check_curve(_parameter(plugin, name, config.path), name, [value for _, value in points], config.path)
    return plugin


def _takes(plugin: Any, channels: int) -> bool:  # noqa: ANN401 - as above
    try:
        plugin.process(np.zeros((channels, PROBE_FRAMES), np.float32), RATE_HZ, buffer_size=PROBE_FRAMES, reset=True)
    except ValueError:  # it says which numbers it takes; there is no other way to ask
        return False
    return True


def _set(plugin: Any, settings: Mapping[str, Any], path: str) -> None:  # noqa: ANN401 - as above
    for name, value in settings.items():
        _parameter(plugin, name, path)
        try:
            setattr(plugin, name, value)
        except (TypeError, ValueError) as error:
            raise ConfigError(f"{path}: settings of {name}: {error}", cure="Give a value that it has.") from error


def _parameter(plugin: Any, name: str, path: str) -> Any:  # noqa: ANN401 - as above
    if name not in plugin.parameters:  # pedalboard itself would take it, and nothing would move
        raise ConfigError(f"{path}: has no parameter {name!r}.", cure=closest(name, list(plugin.parameters)))
    return plugin.parameters[name]


def _check_curve(parameter: Any, name: str, values: Sequence[float], path: str) -> None:  # noqa: ANN401 - as above
    low, high = parameter.min_value, parameter.max_value
    if low is None or high is None:
        raise ConfigError(f"{path}: {name} is a choice of words and cannot move.", cure="Set it once, in settings.")
    if wrong := [value for value in values if not low <= value <= high]:
        raise ConfigError(f"{path}: curves of {name}: {wrong[0]:g}.", cure=f"Keep it within {low:g} to {high:g}.")
