"""From a spec to a network: its components are looked up by id, their torch halves imported and built."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from typing import Literal

from torch import nn

from hobnail.contracts import Codec, Component
from hobnail.errors import ConfigError, PluginError
from hobnail.host import Host
from hobnail.packages import pip_line
from hobnail.settings import closest, settings_from
from hobnail_plugins.aht.nn.network import MakePart, Network
from hobnail_plugins.aht.spec import NetworkSpec, PartChoice
from hobnail_plugins.daf.spec import GRAPH_INPUTS
from hobnail_plugins.daf.spec import GRAPH_OUTPUTS as WEIGHTING_OUTPUTS
from hobnail_plugins.gca.spec import GRAPH_OUTPUTS as FUSION_OUTPUTS
from hobnail_plugins.nn.contracts import PartSize

Place = Literal["fusion", "weighting"]

GRAPH_OUTPUTS: Mapping[str, tuple[int, ...]] = {**WEIGHTING_OUTPUTS, **FUSION_OUTPUTS}
"""What the network reports of a step, for any component to read."""

_METHODS: Mapping[Place, tuple[str, ...]] = {"fusion": ("inside", "mix"), "weighting": ("forward",)}


def assemble(spec: NetworkSpec, components: Mapping[str, Component] | Host) -> Network:
    """The network of ``spec``, its parts from the ``components`` that a host offers, or from those given by id.

    Raises PluginError for a component that is missing, or whose torch half is missing or broken, and ConfigError for
    one that stands in the wrong place or whose settings are wrong; both name what to install or to correct.
    """
    return Network(
        spec,
        _maker("fusion", spec.fusion, components),
        _maker("weighting", spec.weighting, components),
    )


def _maker(place: Place, choice: PartChoice, components: Mapping[str, Component] | Host) -> MakePart:
    """What builds the part of a layer."""
    component, distribution = _found(place, choice, components)
    if component.kind != place:
        raise ConfigError(
            f"network.{place}: {choice.id!r} is a component of kind {component.kind!r}, expected {place!r}.",
            cure=f"Name a {place} component.",
        )
    _refuse_unknown_names(choice.id, "inputs", component.inputs, GRAPH_INPUTS if place == "weighting" else {})
    _refuse_unknown_names(choice.id, "outputs", component.outputs, GRAPH_OUTPUTS)
    settings = settings_from(type(component.settings), choice.settings, where=f"network.{place}.settings")
    if component.settings != settings:
        raise ConfigError(
            f"network.{place}: {choice.id!r} was built with {component.settings}, the network has {settings}.",
            cure=f"Build it from the network's own settings: network.{place}.settings.",
        )
    half = _half(choice.id, component.torch_half, distribution)

    def make(size: PartSize) -> nn.Module:
        return _built(half, size, settings, place=place, id=choice.id)

    return make


def _found(
    place: Place, choice: PartChoice, components: Mapping[str, Component] | Host
) -> tuple[Component | Codec, str]:
    """The component, and the distribution that it comes from where that is known."""
    if isinstance(components, Host):
        ids = [offer.id for offer in components.offers("components")]
        if choice.id in ids:
            offer = components.offer("components", choice.id)
            if offer.config is not None:  # so that what is wrong is found where the reader of the network looks
                settings_from(offer.config, choice.settings, where=f"network.{place}.settings")
            return components.build("components", choice.id, choice.settings), offer.distribution
    else:
        ids = sorted(components)
        if choice.id in ids:
            return components[choice.id], ""
    raise PluginError(
        f"network.{place} names it, but no installed plug-in offers a component of this id.",
        plugin=choice.id,
        cure=f"Install the plug-in that offers it, or correct the id. {closest(choice.id, ids)}",
    )


def _refuse_unknown_names(
    id: str, what: str, wanted: Mapping[str, tuple[int, ...]], known: Mapping[str, tuple[int, ...]]
) -> None:
    """A component can only be given, and give, what the graph has."""
    for name, shape in wanted.items():
        if name not in known or tuple(shape) != known[name]:
            there = ", ".join(f"{key} {list(size)}" for key, size in known.items()) or "none"
            raise PluginError(
                f"it declares {name!r} {list(shape)} among its {what}, which the network does not have.",
                plugin=id,
                cure=f"The network's {what} for it: {there}.",
            )


def _half(id: str, path: str, distribution: str) -> Callable[..., object]:
    """The class that ``torch_half`` names."""
    module, _, name = path.partition(":")
    try:
        half = getattr(importlib.import_module(module), name, None)
    except ModuleNotFoundError as error:
        raise PluginError(
            f"its torch half {path!r} needs {error.name!r}, which is not installed.",
            plugin=id,
            cure=pip_line(distribution, error.name or module),
        ) from error
    except Exception as error:  # a stranger's module may raise anything
        raise PluginError(
            f"its torch half {path!r} cannot be imported: {type(error).__name__}: {error}.",
            plugin=id,
            cure="Report it to the component's authors.",
        ) from error
    if not (isinstance(half, type) and issubclass(half, nn.Module)):
        raise PluginError(
            f"{module} has no torch module {name!r}; it has {half!r}.", plugin=id, cure="Correct torch_half."
        )
    return half


def _built(half: Callable[..., object], size: PartSize, settings: object, *, place: Place, id: str) -> nn.Module:
    try:
        part = half(size, settings)
    except Exception as error:  # a stranger's class may raise anything
        raise PluginError(
            f"its torch half cannot be built as {getattr(half, '__name__', half)}({size}, settings): "
            f"{type(error).__name__}: {error}.",
            plugin=id,
            cure="Correct its settings, or report it to the component's authors.",
        ) from error
    lacks = [method for method in _METHODS[place] if not callable(getattr(part, method, None))]
    if lacks or not isinstance(part, nn.Module):
        raise PluginError(
            f"its torch half lacks {', '.join(lacks)}, which a {place} has.",
            plugin=id,
            cure="See Fusion and Weighting in hobnail_plugins.nn.contracts.",
        )
    return part
