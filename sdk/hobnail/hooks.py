"""The eight hooks. Each hands the plug-in a ``register`` callback; hooks assemble, they never run per hop.

A plug-in is a module or object with functions of these names, marked with :data:`hookimpl`, and an entry point in
the group ``hobnail``::

    from hobnail import hookimpl

    @hookimpl
    def hobnail_register_engines(register):
        register("thump", ThumpEngine, help="A 40-line engine.")

``register(id, build, *, help="", config=None)``: ``build`` is called as ``build()``, or as ``build(settings)`` when
``config`` names a ``msgspec.Struct`` type; ``settings`` is then the validated table ``[<kind>.<id>]`` of the user's
configuration.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any, Protocol

import msgspec
import pluggy

PROJECT = "hobnail"
hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)


class Register(Protocol):
    """What a plug-in calls to offer one thing."""

    def __call__(
        self, id: str, build: Callable[..., Any], *, help: str = "", config: type[msgspec.Struct] | None = None
    ) -> None:
        """Offer ``build`` under ``id``; an id already taken or not a word is an error."""


class Later:
    """A ``build`` that is imported when it is called, or asked for anything: ``Later("package.module:Name")``.

    A server's two processes load every plug-in, and each builds a few of what they offer. ``on_request`` of a heavy
    engine is said here, so that asking for it imports nothing.
    """

    def __init__(self, where: str, *, on_request: bool = False) -> None:
        self._where = where
        self.on_request = on_request

    def __call__(self, *settings: Any) -> Any:  # noqa: ANN401 - whatever it builds, from whatever it takes
        """Import it and build. Raises what either raises."""
        return self._found()(*settings)

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - of what is built: ``examine``, for the doctor
        if name.startswith("_"):
            raise AttributeError(name)
        return getattr(self._found(), name)

    def _found(self) -> Any:  # noqa: ANN401 - a class or a function
        module, _, name = self._where.partition(":")
        return getattr(import_module(module), name)


@hookspec
def hobnail_register_engines(register: Register) -> None:
    """Offer engines: ``build`` returns an :class:`hobnail.contracts.Engine`."""


@hookspec
def hobnail_register_components(register: Register) -> None:
    """Offer model components: ``build`` returns a :class:`hobnail.contracts.Component`, or a ``Codec``."""


@hookspec
def hobnail_register_encoders(register: Register) -> None:
    """Offer encoders: ``build`` returns an :class:`hobnail.contracts.Encoder`."""


@hookspec
def hobnail_register_controls(register: Register) -> None:
    """Offer control axes: ``build`` returns a :class:`hobnail.contracts.ControlSpec` of the same id."""


@hookspec
def hobnail_register_bridges(register: Register) -> None:
    """Offer bridges: ``build`` returns a :class:`hobnail.contracts.Bridge`."""


@hookspec
def hobnail_register_sinks(register: Register) -> None:
    """Offer sinks: ``build`` returns a :class:`hobnail.contracts.Sink`."""


@hookspec
def hobnail_register_effects(register: Register) -> None:
    """Offer effects: ``build`` returns an :class:`hobnail.contracts.Effect`."""


@hookspec
def hobnail_register_telemetry(register: Register) -> None:
    """Offer telemetry exporters: ``build`` returns a :class:`hobnail.contracts.TelemetryExporter`."""
