"""The numbers of adapters: which experts, how large, where, and how they are learned."""

from __future__ import annotations

import re
from typing import Final, Literal

import msgspec

from hobnail.errors import ConfigError
from hobnail_plugins.aht.spec import ADAPTED, CONTROLS

AdapterArm = Literal["lora", "moe_lora"]

SHARED: Final = "shared"
"""The expert that belongs to no axis: what changes whichever control is moved."""

EXPERTS: Final = (*CONTROLS, SHARED)
LARGEST_RANK: Final = 512
WORD: Final = re.compile(r"[a-z][a-z0-9_]{0,31}")
"""What an axis, and so an expert and its folder, may be called."""

_REMEMBERED: Final = re.compile(r"(?:^|[._])(?:k|v|kv|keys?|values?|both)(?:$|[._]|proj)")


class LossWeights(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What counts besides the flow loss, and how much. docs/adapters.md has the formulas."""

    balance: float = 0.01  #: N sum f_i P_i over the data set
    route: float = 0.02  #: gates follow what was moved
    consistency: float = 0.005  #: gates spread where the streams agree, settle where they do not
    orthogonal: float = 1e-3  #: sum of ||A_i A_j^T||^2 over pairs of experts
    attribute: float = 0.05  #: level, centroid and partials of what is predicted
    cross_talk: float = 0.05  #: what moves although another control was moved
    cross_talk_every: int = 4  #: steps; it takes a second pass
    shared: float = 0.25  #: share of the shared expert in the routing target, 0..1
    memory: float = 0.99  #: of the running means that stand for the data set, 0..1


class AdapterSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Table ``[component.moe_lora]``: an expert an axis, a shared one, and a router."""

    rank: int = 4  #: of each expert
    alpha: float = 4.0  #: an expert adds strength * alpha / rank * B A x
    experts: tuple[str, ...] = EXPERTS
    places: tuple[str, ...] = ADAPTED
    slots: int = 6  #: K at run time; an expert takes one
    slot_rank: int = 4  #: of a slot; experts may have less, not more
    router_width: int = 32
    odd: bool = True  #: a control at -c is as strong as at c; false: the router learns each side for itself
    losses: LossWeights = msgspec.field(default_factory=LossWeights)

    def __post_init__(self) -> None:
        """Raises ConfigError for numbers and names that cannot be."""
        if problem := self._problem():
            raise ConfigError(f"adapters: {problem}.", cure="Correct the adapter's table.")

    def _problem(self) -> str:
        for name, most in (("rank", LARGEST_RANK), ("slot_rank", LARGEST_RANK), ("slots", 64), ("router_width", 4096)):
            if not 1 <= (value := getattr(self, name)) <= most:
                return f"{name} is {value}, expected 1..{most}"
        if not 0.0 < self.alpha < 1e6:
            return f"alpha is {self.alpha}, expected above 0"
        return self._weight_problem() or names_problem(self.experts) or self._places_problem()

    def _weight_problem(self) -> str:
        weights = msgspec.structs.asdict(self.losses)
        for name, value in weights.items():
            most = 1.0 if name in ("shared", "memory") else 1e6
            if not 0.0 <= value <= most:
                return f"losses.{name} is {value}, expected 0..{most:g}"
        return "losses.cross_talk_every is 0, expected 1 or more" if self.losses.cross_talk_every < 1 else ""

    def _places_problem(self) -> str:
        if not self.places or len(set(self.places)) != len(self.places):
            return f"places are {list(self.places)}, expected some of {', '.join(ADAPTED)}, each once"
        return next((problem for place in self.places if (problem := place_problem(place))), "")

    @property
    def axes(self) -> tuple[str, ...]:
        """Experts that follow a control of the same name, in order."""
        return tuple(name for name in self.experts if name != SHARED)


class LoraSettings(AdapterSettings, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Table ``[component.lora]``: an adapter an axis, each as strong as its control says; no router, nothing shared."""

    experts: tuple[str, ...] = CONTROLS


def names_problem(experts: tuple[str, ...]) -> str:
    """Why experts cannot be called so; empty when they can."""
    if not experts or len(set(experts)) != len(experts):
        return f"experts are {list(experts)}, expected one or more, each once"
    if wrong := [name for name in experts if not WORD.fullmatch(name)]:
        return f"expert {wrong[0]!r}: expected a word of a-z, 0-9 and _, at most 32 long"
    return "experts are only the shared one, which follows no control" if experts == (SHARED,) else ""


def place_problem(place: str) -> str:
    """Why there can be no adapter at a place; empty when there can."""
    if place in ADAPTED:
        return ""
    known = f"expected one of {', '.join(ADAPTED)}"
    if _REMEMBERED.search(place):
        return f"{place!r} makes keys or values, which are remembered and would go stale; {known}"
    return f"{place!r} is no place for adapters, {known}"
