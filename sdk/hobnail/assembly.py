"""Puts a session's parts together from a configuration and a host: engines, mixer, and what clients are told."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

from hobnail.audio import HOP_FRAMES, RATE_HZ, Latency
from hobnail.config import Config, SessionConfig
from hobnail.contracts import ControlSpec, Engine, SessionInfo
from hobnail.errors import ConfigError, HobnailError
from hobnail.host import Host
from hobnail.version import version
from hobnail.voices import FIFO_FRAMES
from hobnail_native import ClockPage, Mixer

SPARE_VOICES = 32  # mixer slots beyond the limit, for voices that are fading out

_log = logging.getLogger(__name__)


def prepared_engines(host: Host, config: Config) -> Mapping[str, Engine]:
    """Every registered engine, prepared. One that fails is logged and left out, unless it is the default one.

    One that costs seconds and much memory to load says so by ``on_request`` on what builds it: it is prepared when it
    is the default, or when the configuration has a table for it.
    """
    default = config.session.engine
    offers = host.offers("engines")
    ids = [offer.id for offer in offers]
    if default not in ids:
        raise ConfigError(
            f"[session] engine is {default!r}, but the installed engines are: {', '.join(ids) or 'none'}.",
            cure="Name one of them, or install the plug-in that brings it; 'hobnail plugins' lists failures.",
        )
    engines: dict[str, Engine] = {}
    for offer in offers:
        id, settings = offer.id, config.settings("engines", offer.id)
        if getattr(offer.build, "on_request", False) and id != default and not settings:
            continue
        try:
            engine = host.build("engines", id, settings)
            engine.prepare()
        except HobnailError as error:
            if id == default:
                raise
            _log.warning("Engine %r is left out: %s", id, error)
        except Exception as error:  # prepare() is a stranger's code and may raise anything
            if id == default:
                raise ConfigError(f"Engine {id!r} cannot be prepared: {type(error).__name__}: {error}.") from error
            _log.warning("Engine %r is left out: %s: %s", id, type(error).__name__, error)
        else:
            engines[id] = engine
    return engines


MixerKind = TypeVar("MixerKind", bound=Mixer)


def new_mixer(config: SessionConfig, page: ClockPage, kind: Callable[..., MixerKind]) -> MixerKind:
    """A mixer as the configuration wants it; ``kind`` may be one that also takes notes."""
    return kind(
        rate_hz=RATE_HZ,
        block_frames=config.block_frames,
        voices=config.voices + SPARE_VOICES,
        fifo_frames=FIFO_FRAMES,
        emitters=config.emitters,
        buses=len(config.buses),
        clock=page,
    )


def session_info(
    config: SessionConfig,
    engines: Mapping[str, Engine],
    controls: Sequence[ControlSpec],
    *,
    taps: int,
    latency: Latency,
) -> SessionInfo:
    """What clients are told of such a session."""
    return SessionInfo(
        rate_hz=RATE_HZ,
        hop_frames=HOP_FRAMES,
        block_frames=config.block_frames,
        latency_mode=config.latency_mode,
        latency=latency,
        engine=config.engine,
        engines=tuple(engine.spec for engine in engines.values()),
        controls=tuple(controls),
        buses=tuple(config.buses),
        taps=taps,
        version=version(),
    )
