"""Contracts of a model's parts: encoders, and components that can be swapped by name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal, Protocol, runtime_checkable

import msgspec

from hobnail.contracts.sound import Float32


@runtime_checkable
class Encoder(Protocol):
    """Turns words, scenes or pixels into conditioning tokens."""

    @property
    def kind(self) -> Literal["text", "scene", "pixels"]:
        """[any] What it reads."""

    def prepare(self) -> None:
        """[control] Load weights; may be slow."""

    def encode(self, value: object) -> Float32:
        """[control] Tokens float32 [tokens, width]; slow encoders are never called from the engine thread."""


@runtime_checkable
class Component(Protocol):
    """A swappable part of a model: fusion, weighting, adapter or teacher. Its torch half is named, not imported.

    A component of kind ``codec`` keeps the contract :class:`hobnail.contracts.Codec` instead. Its state is its own
    affair, but explicit: each voice has one, handed in and handed back, never changed in place.
    """

    @property
    def kind(self) -> Literal["fusion", "weighting", "adapter", "teacher"]:
        """[any] Which place it takes."""

    @property
    def torch_half(self) -> str:
        """[any] Its module for training and export, as ``package.module:Class``.

        Whoever trains imports it and builds ``Class(size, settings)``; the SDK and the engine never do. Adapters and
        teachers may have none: "".
        """

    @property
    def settings(self) -> msgspec.Struct:
        """[any] The validated settings that it was built with; its torch half is built with them too."""

    @property
    def inputs(self) -> Mapping[str, tuple[int, ...]]:
        """[any] Named graph inputs that it owns at run time, with their shapes per voice."""

    @property
    def outputs(self) -> Mapping[str, tuple[int, ...]]:
        """[any] Named graph outputs that it reads back, with their shapes per voice; -1: as many as the network has
        layers."""

    def init_state(self) -> object:
        """[engine] The state of a new voice or emitter."""

    def before_step(self, state: object) -> tuple[Mapping[str, Float32], object]:
        """[engine] Values of its graph inputs for this step, and the next state."""

    def after_step(self, outputs: Mapping[str, Float32], state: object) -> object:
        """[engine] Read its graph outputs; the next state."""


@runtime_checkable
class BatchedComponent(Component, Protocol):
    """A component that steps many voices by one call, which is much cheaper than a call for each.

    It takes a state that :meth:`gather` made; every input and output array then has a leading axis of voices, and what
    it does to each voice is what it would do to it alone.
    """

    def gather(self, states: Sequence[object]) -> object:
        """[engine] States of single voices as one."""

    def spread(self, state: object) -> Sequence[object]:
        """[engine] The opposite: one state for each voice, in order."""


@runtime_checkable
class SteeredComponent(Component, Protocol):
    """A weighting component that follows time, and a caller who wants other weights than it would take."""

    def told(
        self,
        state: object,
        *,
        hops: int | None = None,
        wanted: Sequence[float] | None = None,
        share: float | None = None,
    ) -> object:
        """[engine] The state for a next step of so many hops, with weights that the caller wants.

        ``wanted``: of text, vision, history; ``share`` 0..1: how far they replace the component's own. None: as before.
        """
