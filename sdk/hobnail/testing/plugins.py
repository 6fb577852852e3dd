"""The rules of a whole plug-in: it loads, and everything that it offers keeps its contract."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from functools import partial
from typing import Any

from hobnail import builtins
from hobnail.contracts import Codec, Component, ControlSpec, Effect, Engine, TelemetryExporter
from hobnail.host import Host
from hobnail.registry import KINDS, TABLES, Offer
from hobnail.settings import describe
from hobnail.testing.bridges import check_bridge
from hobnail.testing.codecs import check_codec
from hobnail.testing.controls import check_control
from hobnail.testing.effects import check_effect
from hobnail.testing.engines import check_engine
from hobnail.testing.exporters import check_exporter
from hobnail.testing.models import check_component
from hobnail.testing.rules import ConformanceError
from hobnail.testing.sinks import check_sink


def check_plugin(
    plugin: object, *, settings: Mapping[str, Mapping[str, Any]] | None = None, skip: Collection[str] = ()
) -> tuple[str, ...]:
    """Load ``plugin`` and check all that it offers; returns what was checked, as ``engine.thump``.

    ``settings``: ``{"sink.mine": {"path": ...}}`` for offers that need some. ``skip``: offers that cannot run here.
    An encoder is built, but what it encodes is its author's to say: call ``check_encoder`` with values.
    """
    host = Host()
    if plugin is not builtins:
        host.add(builtins, "builtins")
    host.add(plugin, "yours")
    checked: list[str] = []
    for offer in (offer for kind in KINDS for offer in host.offers(kind) if offer.plugin == "yours"):
        name = f"{TABLES[offer.kind]}.{offer.id}"
        if name in skip:
            continue
        _check_help(offer, name)
        given = (settings or {}).get(name, {})
        _check_offer(offer, partial(host.build, offer.kind, offer.id, given))
        checked.append(name)
    return tuple(checked)


def _check_offer(offer: Offer, make: Callable[[], Any]) -> None:
    if offer.kind == "bridges":
        check_bridge(make)
    elif offer.kind == "sinks":
        check_sink(make)
    else:
        _check_part(make())


def _check_part(part: object) -> None:
    if isinstance(part, Engine):
        check_engine(part)
    elif isinstance(part, Effect):
        check_effect(part)
    elif isinstance(part, ControlSpec):
        check_control(part)
    elif isinstance(part, TelemetryExporter):
        check_exporter(part)
    elif isinstance(part, Codec):
        check_codec(part)
    elif isinstance(part, Component):
        check_component(part)


def _check_help(offer: Offer, name: str) -> None:
    if not offer.help:
        raise ConformanceError(
            name, "help", "it has no help.", cure='Pass help="one line" to register(); `hobnail plugins` prints it.'
        )
    for setting in describe(offer.config) if offer.config is not None else ():
        if not setting.help:
            raise ConformanceError(
                name,
                "help",
                f"its setting {setting.name!r} has no help.",
                cure="Write `#: one line` after the field, or Meta(description=...).",
            )
