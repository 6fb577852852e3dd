"""Hobnail: scene events in, Foley sound out, in real time.

This is the public door. What stands in ``__all__`` here and in ``hobnail.commands``, ``hobnail.notices``,
``hobnail.contracts``, ``hobnail.client``, ``hobnail.sinks``, ``hobnail.effects``, ``hobnail.telemetry`` and
``hobnail.testing`` is for everyone; the rest may move.
"""

from importlib.metadata import version as _version

from hobnail.audio import HOP_FRAMES, RATE_HZ, Latency, db_to_gain, frames_to_ms, seconds_to_frames
from hobnail.config import Config, PluginsConfig, ServeConfig, SessionConfig, load_config, parse_config
from hobnail.errors import (
    BridgeError,
    BrokenPluginError,
    BuildError,
    BundleError,
    ClientError,
    CodecError,
    ConfigError,
    EngineError,
    HobnailError,
    MessageError,
    MissingExtraError,
    PaletteError,
    PluginError,
    RenderError,
    SessionError,
    SinkError,
    TraceError,
)
from hobnail.histogram import Percentiles
from hobnail.hooks import Register, hookimpl
from hobnail.host import Host
from hobnail.metrics import Metrics
from hobnail.offline import OfflineSession
from hobnail.scene import SCENE_FEATURES, Contact, Emitter, EmitterSettings, Pose
from hobnail.session import Session

__version__ = _version("hobnail")

__all__ = [
    "HOP_FRAMES",
    "RATE_HZ",
    "SCENE_FEATURES",
    "BridgeError",
    "BrokenPluginError",
    "BuildError",
    "BundleError",
    "ClientError",
    "CodecError",
    "Config",
    "ConfigError",
    "Contact",
    "Emitter",
    "EmitterSettings",
    "EngineError",
    "HobnailError",
    "Host",
    "Latency",
    "MessageError",
    "Metrics",
    "MissingExtraError",
    "OfflineSession",
    "PaletteError",
    "Percentiles",
    "PluginError",
    "PluginsConfig",
    "Pose",
    "Register",
    "RenderError",
    "ServeConfig",
    "Session",
    "SessionConfig",
    "SessionError",
    "SinkError",
    "TraceError",
    "__version__",
    "db_to_gain",
    "frames_to_ms",
    "hookimpl",
    "load_config",
    "parse_config",
    "seconds_to_frames",
]
