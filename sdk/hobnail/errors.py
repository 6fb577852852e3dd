"""Every error Hobnail raises on purpose, in one tree.

::

    HobnailError
    ├── ConfigError        a setting is wrong
    ├── PluginError        a plug-in cannot be loaded or breaks its contract
    │   └── BrokenPluginError  one of another maker crashed or hung; the rest goes on without it
    ├── MissingExtraError  a part needs a package that is not installed
    ├── MessageError       a client's message is refused (it carries a wire code and a path)
    ├── EngineError        an engine failed while making sound
    ├── CodecError         a codec cannot take this sound, these latents or these weights
    ├── PaletteError       a palette cannot be read, or is not for this model
    ├── BundleError        a bundle (a model that ships) is not whole, or does not fit what is installed
    ├── SinkError          sound could not be delivered (device, file)
    ├── BridgeError        a bridge cannot open its ports
    ├── SessionError       a session was used in the wrong state
    ├── ClientError        the client library could not reach or understand the server
    ├── TraceError         a scene trace cannot be read
    ├── RenderError        what is to be rendered cannot be read, or what was rendered cannot be written
    └── BuildError         the DAW plug-in cannot be built, installed or run here

A message says what is wrong, where, what was found, what was expected, and the cure.
"""

from __future__ import annotations

from typing import Literal

ErrorCode = Literal[
    "malformed",
    "too_large",
    "version",
    "unknown_type",
    "bad_type",
    "missing_field",
    "unknown_field",
    "out_of_range",
    "not_finite",
    "not_greeted",
    "unknown_emitter",
    "unknown_event",
    "unknown_control",
    "unknown_material",
    "unknown_engine",
    "unknown_bus",
    "not_running",
    "emitter_taken",
    "not_owner",
    "rate_limited",
    "busy",
    "unsupported",
    "engine_failed",
]
"""Codes of refused messages; clients may branch on them, so they never change meaning."""


class HobnailError(Exception):
    """What went wrong, and what cures it."""

    def __init__(self, problem: str, *, cure: str = "") -> None:
        super().__init__(f"{problem} {cure}".strip())
        self.problem = problem
        self.cure = cure


class ConfigError(HobnailError):
    """A setting is wrong; the message names its path in the file."""


class PluginError(HobnailError):
    """A plug-in cannot be loaded or breaks its contract."""

    def __init__(self, problem: str, *, plugin: str, cure: str = "") -> None:
        super().__init__(f"plug-in {plugin!r}: {problem}", cure=cure)
        self.plugin = plugin


class BrokenPluginError(PluginError):
    """A plug-in of another maker crashed, hung, or did so before: what it was to do is left out, the rest goes on."""


class MissingExtraError(HobnailError):
    """A part needs a package that is not installed; the cure is a ``pip install`` line."""

    def __init__(self, part: str, *, extra: str) -> None:
        super().__init__(f"{part} needs a package that is not installed.", cure=f'pip install "hobnail[{extra}]"')
        self.extra = extra


class MessageError(HobnailError):
    """A client's message is refused; nothing else is touched."""

    def __init__(self, code: ErrorCode, problem: str, *, path: str = "$", cure: str = "") -> None:
        super().__init__(problem, cure=cure)
        self.code: ErrorCode = code
        self.path = path


class EngineError(HobnailError):
    """An engine failed while making sound; its voice is muted and counted."""


class CodecError(HobnailError):
    """A codec cannot take this sound, these latents or these weights."""


class PaletteError(HobnailError):
    """A palette cannot be read, or is not for this model; what sounds goes on as it was."""


class BundleError(HobnailError):
    """A bundle is not whole, is of another version, or was made with parts that are not installed."""


class SinkError(HobnailError):
    """Sound could not be delivered to a device or a file."""


class BridgeError(HobnailError):
    """A bridge cannot open its ports."""


class SessionError(HobnailError):
    """A session was used in the wrong state."""


class ClientError(HobnailError):
    """The client library could not reach or understand the server."""


class TraceError(HobnailError):
    """A scene trace cannot be read."""


class RenderError(HobnailError):
    """What is to be rendered (timeline, take, MIDI file, film, list) cannot be read, or its result not be written."""


class BuildError(HobnailError):
    """The DAW plug-in cannot be built, installed or run on this machine."""
