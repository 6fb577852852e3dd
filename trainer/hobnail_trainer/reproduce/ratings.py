"""Table 7 and figure 3, as a proxy: does how far a control moves a sound go with how good the sound is said to be?

No people and no AuditEval: the ratings are those of the audit proxy (:mod:`hobnail_trainer.suite.audit`), frozen
embeddings and a small head taught by sounds that were degraded on purpose. A clip is a pair of prompt and seed at the
controls' middle; its CSS is the normalised one of :mod:`hobnail_trainer.suite.control`, taken clip by clip.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from hobnail.contracts import Float32
from hobnail_plugins.aht.spec import CONTROLS
from hobnail_plugins.codec.codec import linear_codec
from hobnail_trainer.codec.model import Interval
from hobnail_trainer.reproduce.model import REFUTED, SUPPORTED, UNSEEN, Cells, Outcome, Rule, Verdict
from hobnail_trainer.reproduce.pictures import draw_points
from hobnail_trainer.suite.audit import asked_of, rows_of, taught
from hobnail_trainer.suite.control import LEAST_SPREAD, STEP, heard_latents, moved_ask, normalised, slid_model
from hobnail_trainer.suite.degradations import UNSEEN as NOT_LEARNT
from hobnail_trainer.suite.hearing import Hearing
from hobnail_trainer.suite.intervals import resampled, spearman
from hobnail_trainer.suite.listening import choose_clips
from hobnail_trainer.suite.own import Ours
from hobnail_trainer.suite.player import open_player
from hobnail_trainer.suite.sizes import Sizes

PAIRS: Final = 256
LEAST_VALID: Final = 0.3  #: rank correlation of the proxy with known levels, kinds it did not learn, in the mean
TITLE: Final = "Table 7 and figure 3: do CSS and COI go with ratings? A proxy"
CLAIM: Final = "correlations of 0.71 to 0.79 and more with ratings of AuditEval"


@dataclass(frozen=True, slots=True)
class Rated:
    """Of every clip."""

    css: dict[str, np.ndarray]  #: by control, float64 [clips]
    score: np.ndarray  #: the proxy's, float64 [clips]
    prompts: tuple[str, ...]
    validity: dict[str, float]  #: rank correlation with the level, by kind of degradation that was not learnt


def measure_ratings(
    bundle: Path, corpus: Path, pictures: Path, *, pairs: int = PAIRS, tell: Callable[[str], None]
) -> Outcome:
    """Play a bundle, judge, correlate. Raises CorpusError, BundleError, TrainerError."""
    rated = rate(bundle, corpus, pairs=pairs, tell=tell)
    pictures.mkdir(parents=True, exist_ok=True)
    draw_points(pictures / "figure3.png", "the proxy's score by normalised CSS", rated.css, rated.score)
    return outcome_of(rated)


def rate(bundle: Path, corpus: Path, *, pairs: int, tell: Callable[[str], None]) -> Rated:
    """CSS and score of each clip, and what the proxy is worth."""
    listening = choose_clips(corpus, clips=96, train_clips=400, seed=1)
    tell("our own embedding")
    ours = Ours.learn([samples for _, samples in listening.learnt], [clip.family for clip, _ in listening.learnt])
    hearing = Hearing(listening, (), ours, Path(), {})
    chance = np.random.default_rng(1)
    head, _ = taught(hearing, learn=120, seed=1, chance=chance, tell=tell)
    asked = [each.window for each in listening.clips[:24]]
    validity = {}
    for name, how in NOT_LEARNT.items():
        tell(f"the proxy's worth: {name}")
        said = asked_of(head, hearing, how, asked, chance)
        levels = np.tile(np.linspace(0.0, 1.0, said.shape[1]), (len(said), 1))
        validity[name] = spearman(levels.ravel(), -said.ravel())
    player, codec = open_player(bundle), linear_codec()
    codec.prepare()
    asks = slid_model(player, listening, Sizes(pairs=pairs), palettes=0, seed=1).asks
    tell("sounds in the middle")
    sounds, middle = heard_latents(player, codec, asks)
    spread = np.maximum(np.concatenate(middle).std(axis=0), LEAST_SPREAD)
    css = {}
    for axis in CONTROLS:
        tell(f"sensitivity to {axis}")
        ends = [
            heard_latents(player, codec, [moved_ask(ask, {axis: 0.5 + way * STEP}) for ask in asks])[1]
            for way in (-1, 1)
        ]
        css[axis] = np.array([_far(low, high, spread) for low, high in zip(*ends, strict=True)])
    return Rated(css, head.ask(rows_of(hearing, sounds)), tuple(ask.prompt for ask in asks), validity)


def outcome_of(rated: Rated) -> Outcome:
    """Rules and tables; prompts are drawn as one when intervals are made."""
    worth = float(np.mean(list(rated.validity.values())))
    proven = worth >= LEAST_VALID
    rows, rules = [], []
    for axis, css in rated.css.items():
        found = resampled(rated.prompts, lambda at, css=css: spearman(css[at], rated.score[at]))  # type: ignore[misc]  # a default binds the loop's variable
        words = _words(found)
        rows.append([axis, f"{np.median(css):.3f}", words, str(len(css))])
        rules.append(
            Rule(
                claim=f"{axis}: {CLAIM}",
                rule=(
                    "Spearman of each clip's normalised CSS with the audit proxy's score: interval above 0, n "
                    f"{PAIRS} or more, the proxy's own validity {LEAST_VALID:g} or more in the mean"
                ),
                measured=f"{words}; the proxy's validity {worth:.2f}",
                verdict=_verdict(found, len(css), proven=proven),
            )
        )
    worths = [[name, f"{value:.2f}"] for name, value in rated.validity.items()]
    heads = ["control", "normalised CSS, median", "Spearman with the proxy's score", "clips"]
    return Outcome(
        id="table7",
        title=TITLE,
        scale=f"the bundle that ships, {len(rated.score)} pairs of prompt and seed, {len(set(rated.prompts))} prompts",
        rules=rules,
        tables=[
            Cells(title="By control", heads=heads, rows=rows),
            Cells(title="The proxy on degradations that it did not learn", heads=["kind", "Spearman"], rows=worths),
        ],
        notes=[
            "A proxy of ratings is no rating: no person and no AuditEval heard these sounds. It asks an embedding of "
            "our own, which learnt from the train split.",
            "COI is one number for a set of settings, not for a clip, so it cannot be correlated with scores of clips.",
        ],
        pictures=["figure3.png"],
    )


def _verdict(found: Interval, clips: int, *, proven: bool) -> Verdict:
    """A proxy that was not proven decides nothing."""
    if not proven or found.low is None or found.high is None or clips < PAIRS:
        return UNSEEN
    return SUPPORTED if found.low > 0.0 else REFUTED if found.high < 0.0 else UNSEEN


def _words(found: Interval) -> str:
    if found.value is None or found.low is None or found.high is None:
        return "nothing moves"
    return f"{found.value:+.2f} ({found.low:+.2f} to {found.high:+.2f})"


def _far(low: Float32, high: Float32, spread: Float32) -> float:
    far = normalised((high - low) / (2.0 * STEP), spread)
    return far if math.isfinite(far) else float("nan")
