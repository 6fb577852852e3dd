"""What plug-ins offer: one entry per offer, in one table per kind."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from types import MappingProxyType
from typing import Any, Final, Literal, get_args

import msgspec

from hobnail.errors import PluginError
from hobnail.settings import closest

Kind = Literal["engines", "components", "encoders", "controls", "bridges", "sinks", "effects", "telemetry"]
KINDS: Final[tuple[Kind, ...]] = get_args(Kind)

TABLES: Final = MappingProxyType({kind: kind.removesuffix("s") for kind in KINDS})
"""Kind -> the word that names one of it, in configuration tables (``[engine.procedural]``) and in messages."""

_ID = re.compile(r"[a-z][a-z0-9_]{0,63}")


class Offer(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that a plug-in offers."""

    kind: Kind
    id: str
    build: Callable[..., Any]
    plugin: str
    distribution: str = ""
    version: str = ""
    help: str = ""
    config: type[msgspec.Struct] | None = None

    @property
    def table(self) -> str:
        """Its table in the configuration: ``[engine.procedural]``."""
        return f"[{TABLES[self.kind]}.{self.id}]"


class Registry:
    """Offers by kind and id. Takes a plug-in's offers all at once or not at all. [control]"""

    def __init__(self) -> None:
        self._offers: dict[Kind, dict[str, Offer]] = {kind: {} for kind in KINDS}

    def commit(self, offers: Iterable[Offer]) -> None:
        """Take offers that :meth:`refuse_if_taken` and :func:`refuse_if_malformed` have passed."""
        for offer in offers:
            self._offers[offer.kind][offer.id] = offer

    def refuse_if_taken(self, offer: Offer, staged: Iterable[Offer]) -> None:
        """An id belongs to the plug-in that came first."""
        others = [other for other in staged if (other.kind, other.id) == (offer.kind, offer.id)]
        taken = self._offers[offer.kind].get(offer.id) or (others[0] if others else None)
        if taken is not None:
            raise PluginError(
                f"{TABLES[offer.kind]} id {offer.id!r} is taken by plug-in {taken.plugin!r}.",
                plugin=offer.plugin,
                cure="Register it under another id, or disable one of the two plug-ins.",
            )

    def get(self, kind: Kind, id: str) -> Offer:
        """The offer, or a PluginError that lists what there is."""
        try:
            return self._offers[kind][id]
        except KeyError:
            raise PluginError(
                f"no installed plug-in offers a {TABLES[kind]} of this id.",
                plugin=id,
                cure=closest(id, sorted(self._offers[kind])),
            ) from None

    def all(self, kind: Kind) -> tuple[Offer, ...]:
        """Every offer of a kind, in the order in which they came."""
        return tuple(self._offers[kind].values())


def refuse_if_malformed(offer: Offer) -> None:
    """What a plug-in passes to ``register`` is a stranger's; check it before it is kept."""
    problem = ""
    if not (isinstance(offer.id, str) and _ID.fullmatch(offer.id)):
        problem = f"id {offer.id!r} is not a word of a-z, 0-9 and _ that starts with a letter"
    elif not callable(offer.build):
        problem = f"build of {offer.id!r} is {type(offer.build).__name__}, expected something that can be called"
    elif not isinstance(offer.help, str):
        problem = f"help of {offer.id!r} is {type(offer.help).__name__}, expected str"
    elif offer.config is not None and not (isinstance(offer.config, type) and issubclass(offer.config, msgspec.Struct)):
        problem = f"config of {offer.id!r} is {offer.config!r}, expected a msgspec.Struct type"
    if problem:
        raise PluginError(f"{problem}.", plugin=offer.plugin, cure="Correct the call of register().")
