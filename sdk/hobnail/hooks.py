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
