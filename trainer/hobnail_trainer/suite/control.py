"""What sliders do: the same words and noise at nine settings, read from the sound.

CSS(c) = E ||dZ / dc|| by a central difference of 0.05 on each side, Z the latents of the sound that was played; beside
it the same by the latents' spread, for a control that nothing follows, and for another seed instead of another setting:
a large CSS may be chaos. COI as the paper has it, 1 - mean |rho(a_i, a_j)| over random settings, and by the diagonal of
S_ij = rho(c_i, a_j). The recordings' own correlations stand beside both: a harder blow *is* brighter.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Final, Protocol

import numpy as np

from hobnail.contracts import Codec, Float32
from hobnail.scene import Contact
from hobnail_plugins.aht.spec import CONTROLS
from hobnail_trainer.codec.clips import WINDOW
from hobnail_trainer.corpus.sound import Samples
from hobnail_trainer.suite.extract import MEASURES, OF_AXIS, UNITS, Float64, extract
from hobnail_trainer.suite.intervals import mean_of, median_of, resampled, spearman
from hobnail_trainer.suite.listening import Listening, seed_of
from hobnail_trainer.suite.model import Control, ControlEngine, Curve, Sensitivity
from hobnail_trainer.suite.paired import TEXTURE, paired
from hobnail_trainer.suite.player import NEUTRAL, Ask, Player
from hobnail_trainer.suite.sets import latents_of
from hobnail_trainer.suite.sizes import Sizes

VALUES: Final = tuple(step / 8.0 for step in range(9))
MIDDLE: Final = 4
STEP: Final = 0.05
RECORDINGS: Final = 4  #: of the data, for each pair of prompt and seed: they cost little
LEAST_SPREAD: Final = 0.1  #: of a latent: one may stand still at the middle, as a partial that nothing has
SENSED: Final = 24  #: pairs for CSS, at most
TRIED: Final = 4  #: pairs by which it is seen whether anything follows a control
OWN: Final = tuple(MEASURES.index(OF_AXIS[axis]) for axis in CONTROLS)

RULE_ASKS: Final = (
    ("footstep", "gravel"),
    ("footstep", "wood"),
    ("impact", "metal"),
    ("impact", "wood"),
    ("impact", "glass"),
    ("impact", "stone"),
    ("splash", "water"),
    ("cloth", "cloth"),
)


class Plays(Protocol):
    """Whatever makes sounds that controls move."""

    @property
    def name(self) -> str:
        """In the report."""

    def one_shots(self, asks: Sequence[Ask], frames: int) -> list[Samples]:
        """Each from its first sample to its end, or until it has ``frames``."""


@dataclass(frozen=True, slots=True)
class Slid:
    """An engine, and what it is asked for."""

    player: Plays
    asks: tuple[Ask, ...]
    palettes: int
    ringing: tuple[Ask, ...] | None = None  #: of ``asks``, those whose texture can be moved; None: all

    def asks_of(self, axis: str) -> tuple[Ask, ...]:
        """For which of them a control has a meaning."""
        return self.asks if axis != TEXTURE or self.ringing is None else self.ringing


def slid_model(player: Player, listening: Listening, sizes: Sizes, *, palettes: int, seed: int) -> Slid:
    """Different held-out captions, a seed each, in turn until there are enough."""
    captions = list(dict.fromkeys(each.clip.captions.exact for each in listening.clips))
    asks = [Ask(captions[number % len(captions)], seed_of(f"pair {number}", seed)) for number in range(sizes.pairs)]
    return Slid(player, tuple(asks), palettes)


def slid_rules(player: Player, sizes: Sizes, seed: int) -> Slid:
    """Events of the procedural engine, whose controls are known to work: a check of the measures."""
    asks = [
        Ask("", seed_of(f"pair {number}", seed), event, Contact(material=material))
        for number in range(sizes.pairs)
        for event, material in [RULE_ASKS[number % len(RULE_ASKS)]]
    ]
    return Slid(player, tuple(asks), 0)


def slid_pairs(listening: Listening, sizes: Sizes) -> Slid:
    """Recordings that are changed as the training pairs are: what the data itself does along each axis."""
    player, asks, ringing = paired(listening, most=RECORDINGS * sizes.pairs, frames=WINDOW)
    return Slid(player, asks, 0, ringing)


def measure_control(
    engines: Sequence[Slid], listening: Listening, codec: Codec, sizes: Sizes, *, seed: int, tell: Callable[[str], None]
) -> Control:
    """Everything of each engine, and the recordings' own correlations."""
    found = []
    for slid in engines:
        if slid.asks_of(TEXTURE):
            found.append(_engine(slid, codec, sizes, seed, tell))
    tell("control: the recordings' own correlations")
    own = np.stack([extract(each.whole[:WINDOW]) for each in listening.clips])
    table = [[_rho(own[:, i], own[:, j]) for j in range(len(MEASURES))] for i in range(len(MEASURES))]
    return Control(engines=found, own=table, measures=list(MEASURES))


def _engine(slid: Slid, codec: Codec, sizes: Sizes, seed: int, tell: Callable[[str], None]) -> ControlEngine:
    name = slid.player.name
    grid = []
    for axis in CONTROLS:
        tell(f"control: {name}, {axis}")
        grid.append(_swept(slid, axis))
    middles = np.concatenate([swept[:, MIDDLE] for swept in grid])
    spread = np.array([float(np.std(kept)) if (kept := each[np.isfinite(each)]).size else 0.0 for each in middles.T])
    spread[MEASURES.index("moved")] = 12.0 * spread[MEASURES.index("brightness")]  # nothing has moved at the middle
    talk = [[_mean_rho(swept[:, :, column]) for column in range(len(MEASURES))] for swept in grid]
    slopes = [[_mean_slope(swept[:, :, column], spread[column]) for column in range(len(MEASURES))] for swept in grid]
    tell(f"control: {name}, sensitivity")
    css = _sensitivities(slid, codec, seed)
    tell(f"control: {name}, independence")
    moves = any(len(swept) > TRIED or len(slid.asks) <= TRIED for swept in grid)
    achieved = _random(slid, sizes.settings if moves else len(slid.asks), seed)
    square = np.array([[talk[row][OWN[column]] for column in range(len(CONTROLS))] for row in range(len(CONTROLS))])
    return ControlEngine(
        engine=name,
        palettes=slid.palettes,
        curves=[_curve(axis, swept) for axis, swept in zip(CONTROLS, grid, strict=True)],
        cross_talk=talk,
        cross_slopes=slopes,
        measures=list(MEASURES),
        css=css,
        coi_paper=resampled(range(len(achieved)), lambda places: _coi(achieved[places]), draws=200),
        coi_diagonal=_diagonal(square),
        settings=len(achieved),
    )


def _swept(slid: Slid, axis: str) -> Float64:
    """float64 [pairs, values, measures]: one control moved, all else and the noise the same.

    Where no sample of the first few pairs changes between the ends of the control, nothing follows it: those few are
    all that is played.
    """
    few = slid.asks_of(axis)[:TRIED]
    ends = [slid.player.one_shots([moved_ask(ask, {axis: value}) for ask in few], WINDOW) for value in (0.0, 1.0)]
    still = all(np.array_equal(low, high) for low, high in zip(*ends, strict=True))
    asks = [moved_ask(ask, {axis: value}) for ask in (few if still else slid.asks_of(axis)) for value in VALUES]
    sounds = [sound for sound in ends[0] for _ in VALUES] if still else slid.player.one_shots(asks, WINDOW)
    return np.stack([_read(sounds[at : at + len(VALUES)]) for at in range(0, len(sounds), len(VALUES))])


def _read(part: Sequence[Samples]) -> Float64:
    """Settings that give the very same samples are read once: a control that moves nothing costs nothing."""
    middle = part[MIDDLE]
    known: dict[bytes, Float64] = {}
    out = []
    for samples in part:
        key = samples.tobytes()
        if key not in known:
            known[key] = extract(samples, middle)
        out.append(known[key])
    return np.stack(out)


def _curve(axis: str, swept: Float64) -> Curve:
    """``swept`` [pairs, values, measures] of its own control."""
    measure = OF_AXIS[axis]
    own = swept[:, :, MEASURES.index(measure)]
    own = own[np.isfinite(own).all(axis=1)]
    moved = own - own[:, MIDDLE : MIDDLE + 1]
    low, middle, high = np.quantile(moved, (0.25, 0.5, 0.75), axis=0) if len(moved) else np.zeros((3, len(VALUES)))
    ranks = [0.0 if np.ptp(row) == 0.0 else spearman(np.array(VALUES), row) for row in own]
    return Curve(
        axis=axis,
        measure=measure,
        unit=UNITS[MEASURES.index(measure)],
        values=list(VALUES),
        median=middle.tolist(),
        low=low.tolist(),
        high=high.tolist(),
        spearman=mean_of(ranks),
        slope=mean_of(_slopes(own)),
        reach=median_of(own[:, -1] - own[:, 0]) if len(own) else median_of([]),
        pairs=len(own),
    )


def _slopes(values: Float64) -> Float64:
    """By least squares, [pairs] of [pairs, values]."""
    away = np.array(VALUES) - np.mean(VALUES)
    return np.asarray((values - values.mean(axis=1, keepdims=True)) @ away / (away @ away))


def _mean_slope(values: Float64, spread: float) -> float:
    """Over pairs that can be read, in units of how sounds differ at the middle; 0 where there are none."""
    good = values[np.isfinite(values).all(axis=1)]
    return float(_slopes(good).mean()) / max(spread, 1e-6) if len(good) else 0.0


def _mean_rho(values: Float64) -> float:
    """Over pairs that can be read; one that stands still counts as 0."""
    good = values[np.isfinite(values).all(axis=1)]
    ranks = [0.0 if np.ptp(row) == 0.0 else spearman(np.array(VALUES), row) for row in good]
    return float(np.mean(ranks)) if ranks else 0.0


def _sensitivities(slid: Slid, codec: Codec, seed: int) -> list[Sensitivity]:
    asks = slid.asks[:SENSED]

    def latents(change: Callable[[Ask], Ask]) -> list[Float32]:
        return heard_latents(slid.player, codec, [change(ask) for ask in asks])[1]

    def moved(axis: str) -> tuple[list[Float32], list[Float32]]:
        low = latents(lambda ask: moved_ask(ask, {axis: 0.5 - STEP}))
        high = latents(lambda ask: moved_ask(ask, {axis: 0.5 + STEP}))
        return low, high

    middle = latents(lambda ask: moved_ask(ask, {}))
    other = latents(lambda ask: Ask(ask.prompt, seed_of(f"again {ask.seed}", seed), ask.event, ask.contact))
    spread = np.maximum(np.concatenate(middle).std(axis=0), LEAST_SPREAD)
    _, reseeded = _far(middle, other, spread)
    _, dummy = _far(*moved("nothing follows this"), spread)
    found = []
    for axis in CONTROLS:
        literal, normalised = _far(*moved(axis), spread)
        found.append(Sensitivity(axis=axis, literal=literal, normalised=normalised, dummy=dummy, reseeded=reseeded))
    return found


def heard_latents(player: Plays, codec: Codec, asks: Sequence[Ask]) -> tuple[list[Samples], list[Float32]]:
    """Sounds as they are played, and their latents, [64, dimensions] each."""
    sounds = player.one_shots(asks, WINDOW)
    return sounds, [_padded(latents_of(codec, each)) for each in sounds]


def _far(low: Sequence[Float32], high: Sequence[Float32], spread: Float32) -> tuple[float, float]:
    """(mean norm, mean root mean square by ``spread``) of the difference, for the whole range of a control."""
    pairs = [(b - a) / (2.0 * STEP) for a, b in zip(low, high, strict=True)]
    literal = float(np.mean([np.linalg.norm(each) for each in pairs]))
    return literal, float(np.mean([normalised(each, spread) for each in pairs]))


def normalised(moved: Float32, spread: Float32) -> float:
    """Root mean square of a change of latents [hops, dimensions], each by its spread."""
    return float(np.sqrt(np.square(moved / spread).mean()))


def _random(slid: Slid, settings: int, seed: int) -> Float64:
    """Achieved own measures, float64 [settings, axes], at independent settings of all controls."""
    chance = np.random.default_rng(seed)
    asks = [
        moved_ask(
            slid.asks[number % len(slid.asks)], dict(zip(CONTROLS, chance.uniform(0.0, 1.0, 3).tolist(), strict=True))
        )
        for number in range(settings)
    ]
    middle = slid.player.one_shots(slid.asks, WINDOW)
    sounds = slid.player.one_shots(asks, WINDOW)
    rows = [extract(samples, middle[number % len(slid.asks)]) for number, samples in enumerate(sounds)]
    return np.stack(rows)[:, list(OWN)]


def _coi(achieved: Float64) -> float:
    found = [spearman(achieved[:, i], achieved[:, j]) for i, j in combinations(range(achieved.shape[1]), 2)]
    good = [abs(each) for each in found if np.isfinite(each)]
    return 1.0 - float(np.mean(good)) if good else float("nan")


def _diagonal(square: Float64) -> float | None:
    own = float(np.abs(np.diag(square)).mean())
    off = float(np.abs(square[~np.eye(len(square), dtype=bool)]).mean())
    return 1.0 - off / own if own > 0.05 else None


def _rho(x: Float64, y: Float64) -> float:
    found = spearman(x, y)
    return found if np.isfinite(found) else 0.0


def moved_ask(ask: Ask, moved: Mapping[str, float]) -> Ask:
    """The same with some controls elsewhere than in the middle."""
    return Ask(ask.prompt, ask.seed, ask.event, ask.contact, {**NEUTRAL, **moved})


def _padded(latents: Float32, hops: int = 64) -> Float32:
    cut = latents[:hops]
    return np.pad(cut, ((0, hops - len(cut)), (0, 0)), mode="edge")
