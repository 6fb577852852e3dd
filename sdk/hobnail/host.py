"""The plug-in host: finds plug-ins, keeps what they offer, and builds it. A broken plug-in is reported and left out.

Hooks assemble: each runs once, when its plug-in is added; afterwards the session holds plain objects.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from importlib.metadata import EntryPoint, entry_points
from typing import Any, Literal, overload

import msgspec
import pluggy

from hobnail import hooks
from hobnail.building import build_offer
from hobnail.config import Config
from hobnail.contracts import Bridge, Codec, Component, ControlSpec, Effect, Encoder, Engine, Sink, TelemetryExporter
from hobnail.errors import ConfigError, HobnailError, PluginError
from hobnail.packages import pip_line
from hobnail.registry import KINDS, TABLES, Kind, Offer, Registry, refuse_if_malformed
from hobnail.settings import closest

GROUP = "hobnail"
BUILTINS = "builtins"
_HOOKS: dict[str, Kind] = {f"hobnail_register_{kind}": kind for kind in KINDS}


class Plugin(msgspec.Struct, frozen=True, kw_only=True):
    """A plug-in that was loaded."""

    name: str
    distribution: str = ""
    version: str = ""


class Failure(msgspec.Struct, frozen=True, kw_only=True):
    """A plug-in that was left out, why, and what cures it."""

    name: str
    distribution: str = ""
    version: str = ""
    problem: str
    cure: str


class Host:
    """Plug-ins and what they offer. Holds no global state: make as many as you like. [control]

    ``only``: load these plug-ins and the built-ins, nothing else. ``disable``: never load these.
    """

    def __init__(self, *, only: Collection[str] | None = None, disable: Collection[str] = ()) -> None:
        self._registry = Registry()
        self._only = None if only is None else {BUILTINS, *only}
        self._disable = set(disable)
        self._plugins: list[Plugin] = []
        self._failures: list[Failure] = []
        self._skipped = False

    @classmethod
    def discovered(cls, *, only: Collection[str] | None = None, disable: Collection[str] = ()) -> Host:
        """A host with every installed plug-in loaded."""
        host = cls(only=only, disable=disable)
        host.discover()
        return host

    @property
    def plugins(self) -> tuple[Plugin, ...]:
        """Plug-ins that were loaded, in order."""
        return tuple(self._plugins)

    @property
    def failures(self) -> tuple[Failure, ...]:
        """Plug-ins that were left out, in order."""
        return tuple(self._failures)

    def discover(self, found: Iterable[EntryPoint] | None = None) -> None:
        """Load every installed plug-in (or those ``found``); what fails is kept in :attr:`failures`."""
        points = entry_points(group=GROUP) if found is None else found
        for point in sorted(set(points), key=_built_ins_first):
            if point.name in self._disable or (self._only is not None and point.name not in self._only):
                self._skipped = True
                continue
            plugin = _plugin_of(point)
            try:
                self._add(point.load(), plugin)
            except (Exception, SystemExit) as error:  # a stranger's code may raise anything, or try to end us
                self._failures.append(_failure(plugin, error))

    def add(self, plugin: object, name: str) -> None:
        """Load ``plugin``, or raise and leave the host exactly as it was. For tests and for programs that embed us."""
        self._add(plugin, Plugin(name=name))

    def offers(self, kind: Kind) -> tuple[Offer, ...]:
        """Everything of a kind that the plug-ins offer."""
        return self._registry.all(kind)

    def offer(self, kind: Kind, id: str) -> Offer:
        """One offer, or a PluginError that lists what there is."""
        return self._registry.get(kind, id)

    def check(self, config: Config) -> None:
        """Refuse tables that configure something no plug-in offers: most often a slip of the pen.

        When plug-ins were left out, such a table may well be theirs, and is let be.
        """
        if self._skipped or self._failures:
            return
        for kind in KINDS:
            ids = [offer.id for offer in self.offers(kind)]
            tables: dict[str, object] = getattr(config, TABLES[kind])
            for id in tables:
                if id not in ids:
                    raise ConfigError(
                        f"[{TABLES[kind]}.{id}]: no installed plug-in offers this {TABLES[kind]}.",
                        cure=closest(id, ids),
                    )

    @overload
    def build(self, kind: Literal["engines"], id: str, settings: Mapping[str, Any] = ...) -> Engine: ...
    @overload
    def build(self, kind: Literal["components"], id: str, settings: Mapping[str, Any] = ...) -> Component | Codec: ...
    @overload
    def build(self, kind: Literal["encoders"], id: str, settings: Mapping[str, Any] = ...) -> Encoder: ...
    @overload
    def build(self, kind: Literal["controls"], id: str, settings: Mapping[str, Any] = ...) -> ControlSpec: ...
    @overload
    def build(self, kind: Literal["bridges"], id: str, settings: Mapping[str, Any] = ...) -> Bridge: ...
    @overload
    def build(self, kind: Literal["sinks"], id: str, settings: Mapping[str, Any] = ...) -> Sink: ...
    @overload
    def build(self, kind: Literal["effects"], id: str, settings: Mapping[str, Any] = ...) -> Effect: ...
    @overload
    def build(self, kind: Literal["telemetry"], id: str, settings: Mapping[str, Any] = ...) -> TelemetryExporter: ...
    @overload
    def build(self, kind: Kind, id: str, settings: Mapping[str, Any] = ...) -> object: ...
    def build(self, kind: Kind, id: str, settings: Mapping[str, Any] = {}) -> object:
        """Build what ``id`` names from its raw ``settings`` table, and check that it keeps its contract."""
        built = build_offer(self.offer(kind, id), settings)
        if isinstance(built, Engine):
            self._refuse_unknown_controls(built, id)
        return built

    def controls(self) -> tuple[ControlSpec, ...]:
        """Every control, built; one that breaks its contract is kept in :attr:`failures` and left out."""
        built: list[ControlSpec] = []
        for offer in self.offers("controls"):
            try:
                built.append(self.build("controls", offer.id))
            except HobnailError as error:
                plugin = Plugin(name=offer.plugin, distribution=offer.distribution, version=offer.version)
                failure = _failure(plugin, error)
                if failure not in self._failures:
                    self._failures.append(failure)
        return tuple(built)

    def _add(self, plugin: object, about: Plugin) -> None:
        """Collect the plug-in's offers, then keep them all at once: until the last line nothing has changed."""
        if about.name in (other.name for other in self._plugins):
            raise PluginError(
                "another plug-in of this name is loaded.", plugin=about.name, cure="Rename one of the two entry points."
            )
        offers = self._assemble(plugin, about)
        self._registry.commit(offers)
        self._plugins.append(about)

    def _assemble(self, plugin: object, about: Plugin) -> list[Offer]:
        """Run the plug-in's hooks on a manager of its own, so that no plug-in can stand in another's way."""
        manager = pluggy.PluginManager(hooks.PROJECT)
        manager.add_hookspecs(hooks)
        _refuse_wrong_names(manager, plugin, about.name)
        try:
            manager.register(plugin, name=about.name)
        except pluggy.PluginValidationError as error:
            raise PluginError(str(error), plugin=about.name, cure="Compare it with docs/hooks.md.") from error
        desk = _Desk(self._registry, about)
        for hook, kind in _HOOKS.items():
            desk.kind = kind
            getattr(manager.hook, hook)(register=desk.register)
        desk.close()
        return desk.staged

    def _refuse_unknown_controls(self, engine: Engine, id: str) -> None:
        known = [offer.id for offer in self.offers("controls")]
        for control in engine.spec.controls:
            if control not in known:
                raise PluginError(
                    f"engine {id!r} follows control {control!r}, which nobody offers.",
                    plugin=self.offer("engines", id).plugin,
                    cure=f"Register it with hobnail_register_controls. {closest(control, known)}",
                )


class _Desk:
    """Takes what one plug-in registers; a refusal sticks even when the plug-in swallows it."""

    def __init__(self, registry: Registry, about: Plugin) -> None:
        self.kind: Kind = KINDS[0]
        self.staged: list[Offer] = []
        self._registry = registry
        self._about = about
        self._refused: PluginError | None = None
        self._open = True

    def register(
        self, id: str, build: Callable[..., Any], *, help: str = "", config: type[msgspec.Struct] | None = None
    ) -> None:
        """The callback that hooks are given."""
        offer = Offer(
            kind=self.kind,
            id=id,
            build=build,
            plugin=self._about.name,
            distribution=self._about.distribution,
            version=self._about.version,
            help=help,
            config=config,
        )
        try:
            if not self._open:
                raise PluginError("register() was called after its hook had returned.", plugin=self._about.name)
            refuse_if_malformed(offer)
            self._registry.refuse_if_taken(offer, self.staged)
        except PluginError as error:
            self._refused = self._refused or error
            raise
        self.staged.append(offer)

    def close(self) -> None:
        """The last hook has returned."""
        self._open = False
        if self._refused is not None:
            raise self._refused
        if not self.staged:
            raise PluginError("it offers nothing.", plugin=self._about.name, cure="Call register() in its hooks.")


def _refuse_wrong_names(manager: pluggy.PluginManager, plugin: object, name: str) -> None:
    """A hook that is misspelt, or that lacks its mark, would silently never run."""
    members = set(dir(plugin))
    marked = {member for member in members if manager.parse_hookimpl_opts(plugin, member) is not None}
    for member in sorted(marked - set(_HOOKS)):
        raise PluginError(f"{member} is not a hook.", plugin=name, cure=closest(member, sorted(_HOOKS)))
    for member in sorted(members & set(_HOOKS) - marked):
        raise PluginError(f"{member} is not marked.", plugin=name, cure="Write @hookimpl on the line above it.")
    if not marked:
        raise PluginError("it has no hook.", plugin=name, cure=f"Write one of: {', '.join(sorted(_HOOKS))}.")


def _built_ins_first(point: EntryPoint) -> tuple[bool, str, str]:
    """So that a stranger can never take a built-in's id."""
    distribution = point.dist.name if point.dist is not None else ""
    return distribution != hooks.PROJECT, distribution, point.name


def _plugin_of(point: EntryPoint) -> Plugin:
    if point.dist is None:
        return Plugin(name=point.name)
    return Plugin(name=point.name, distribution=point.dist.name, version=point.dist.version)


def _failure(plugin: Plugin, error: BaseException) -> Failure:
    """What went wrong in one line, and the ways out."""
    if isinstance(error, HobnailError):
        problem, cure = str(error.args[0]).removesuffix(error.cure).strip(), error.cure
    else:
        problem, cure = f"{type(error).__name__}: {error}".rstrip(": "), ""
    if isinstance(error, ModuleNotFoundError) and error.name:
        cure = pip_line(plugin.distribution, error.name)
    way_out = f"leave it out with --disable {plugin.name}"
    if plugin.distribution not in ("", hooks.PROJECT):
        way_out = f"pip uninstall {plugin.distribution}, or {way_out}"
    ways = f"{cure.rstrip('.')}; or {way_out}" if cure else way_out
    return Failure(
        name=plugin.name,
        distribution=plugin.distribution,
        version=plugin.version,
        problem=problem,
        cure=f"{ways}.",
    )
