"""A failure mode provoked and fixed: weights that swing when neither words nor sight say anything clear.

Voices run two hops a step, by trained networks whose words are "sound" and whose sight shows another hop's in every
hop, half of it noise. Weighed anew each step, and by what the engine does with weights
(:mod:`hobnail_plugins.daf.smoothing`). In a second run true sight turns into noise half-way: a cure that does not
answer to that has cured nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from typing import Final, cast

import numpy as np
import torch
from numpy.typing import NDArray

from hobnail.host import Host
from hobnail_plugins.aht.flow_times import flow_times
from hobnail_plugins.aht.nn.network import Network, Velocity
from hobnail_plugins.daf.components import WeightingComponent
from hobnail_plugins.daf.spec import GRAPH_INPUTS, HOP_SECONDS
from hobnail_plugins.daf.stability import response_seconds, stability
from hobnail_plugins.nn.contracts import Steering
from hobnail_trainer.feed.blur import Sight, blurred
from hobnail_trainer.feed.store import FeedStore
from hobnail_trainer.model.generate import Known, begun, remembered, streams_at
from hobnail_trainer.reproduce.contacts import Held
from hobnail_trainer.reproduce.model import SUPPORTED, UNSEEN, Cells, Outcome, Rule
from hobnail_trainer.reproduce.sight import Bench, ensured

ARMS: Final = ("daf", "daf_literal")
VOICES: Final = 12
STEP_HOPS: Final = 2
STEPS: Final = 120
STEP_S: Final = STEP_HOPS * HOP_SECONDS
PROVOKED: Final = 1.0  #: flips a second
CURED: Final = 0.25  #: of them that may be left
ANSWERED_S: Final = 0.3
MOVED: Final = 0.02  #: of weight: less is no answer to anything

Weights = NDArray[np.float64]


def measure_oscillation(bench: Bench, store: FeedStore, *, tell: Callable[[str], None]) -> Outcome:
    """Flips and variation on ambiguous input, and the answer to a real change. Raises TrainerError, FeedError."""
    records = ensured(bench, ARMS, tell)
    rows, rules = [], []
    for arm in ARMS:
        found = []
        for record in (each for each in records if each.arm.weighting == arm):
            tell(f"letting {record.arm.name} run")
            network, _ = bench.arms.network(record.arm)
            found.append(_run(network, arm, store, bench.held))
        for name, at in (("weighed anew", 0), ("kept still", 1)):
            mean = np.mean([each[at] for each in found], axis=0)
            rows.append([arm, name, f"{mean[0]:.2f}", f"{mean[1]:.2f}", _answer([each[at] for each in found])])
        rules += _rules(arm, found)
    return Outcome(
        id="oscillation",
        title="Failure mode: weights that swing on ambiguous input",
        scale=(
            f"the runs of table 3, {len(bench.seeds)} seeds, {VOICES} held-out voices of {STEPS * STEP_S:.1f} s, "
            f"{STEP_HOPS} hops a step"
        ),
        rules=rules,
        tables=[
            Cells(
                title='Ambiguous: words "sound", sight that shows other hops\' and is half noise',
                heads=["arm", "weights", "flips a second", "variation a second", "90 % of the answer to noise after"],
                rows=rows,
            )
        ],
        notes=[
            "A flip: another stream counts most. Variation: how much weight moved from stream to stream; 1 is all of "
            "it, once.",
            "The answer: true sight turns into noise half-way, weights are means over voices; how far vision's went is "
            "in brackets. A way of a few hundredths is no more than weights wander: then its time says little.",
        ],
    )


Figures = tuple[float, float, float, float]  # flips, variation, seconds to answer, how far vision's weight went


def _run(network: Network, arm: str, store: FeedStore, held: Held) -> tuple[Figures, Figures]:
    """Weighed anew, and kept still."""
    doubtful, changing = (_told(network, store, held, half=half) for half in (False, True))
    component = cast("WeightingComponent", Host.discovered().build("components", arm, {}))
    out = []
    for each in (None, component):
        still = running(network, doubtful, each)
        steady = [stability(still[:, voice], STEP_S) for voice in range(VOICES)]
        mean = running(network, changing, each).mean(axis=1)
        before, after = mean[STEPS // 4 : STEPS // 2].mean(axis=0), mean[-STEPS // 4 :].mean(axis=0)
        out.append(
            (
                float(np.mean([each.flips for each in steady])),
                float(np.mean([each.variation for each in steady])),
                response_seconds(_between_means(mean, before, after), STEP_S, STEPS // 2),
                float((after - before)[1]),
            )
        )
    return out[0], out[1]


def _between_means(weights: Weights, before: Weights, after: Weights) -> Weights:
    """The first and the last row are what holds before and after: steps alone are too restless to be an end."""
    out = weights.copy()
    out[STEPS // 2 - 1], out[-1] = before, after
    return out


@torch.no_grad()
def running(network: Network, told: Known, component: WeightingComponent | None) -> Weights:
    """Weights that were used, float64 [steps, voices, streams], means over layers and hops; None: weighed anew."""
    voices = len(told.text_seen)
    past, used = begun(network, voices), []
    state = component.gather([component.init_state()] * voices) if component else None
    noise = torch.randn(STEPS, voices, STEP_HOPS, network.spec.latents, generator=torch.Generator().manual_seed(5))
    times = flow_times(2, instant=True)
    for step in range(STEPS):
        steering = None
        if component is not None:
            inputs, state = component.before_step(state)
            steering = Steering(*(torch.as_tensor(inputs[name]) for name in GRAPH_INPUTS))
        now = torch.full((voices,), past.hop)
        streams = streams_at(network, told, past, STEP_HOPS, None)
        x = noise[step]
        for begin, end in pairwise(times):
            at = torch.full((voices,), begin)
            given: Velocity = network(x, at, at, now, now, streams, steering=steering)
            x = x - (begin - end) * given.velocity
        past = remembered(network, past, x)
        means = _means(given)
        used.append(means["daf_weights"].astype(np.float64))
        if component is not None:
            state = component.after_step(means, state)
    return np.stack(used)


def _means(given: Velocity) -> Mapping[str, NDArray[np.float32]]:
    """What the exported graph reports, float32 [voices, streams]."""
    logits = torch.stack([each.weighed.logits for each in given.reports]).mean(dim=(0, 2))
    weights = torch.stack([each.weighed.weights for each in given.reports]).mean(dim=(0, 2))
    entropy = torch.stack([torch.stack([seen.entropy for seen in each.looked], dim=-1) for each in given.reports])
    return {
        "daf_logits": logits.numpy(),
        "daf_weights": weights.numpy(),
        "daf_entropy": entropy.mean(dim=(0, 2)).numpy(),
    }


@torch.no_grad()
def _told(network: Network, store: FeedStore, held: Held, *, half: bool) -> Known:
    """Voices that begin with their scenes; ``half``: true sight that turns into noise half-way, else ambiguous."""
    part, hops = store.parts["scenes"], STEPS * STEP_HOPS
    entries = [each for each in part.index.entries if each.hops >= hops and each.category == "footstep"]
    entries += [each for each in part.index.entries if each.hops >= hops and each.category == "impact"]
    back = network.spec.vision_hops
    scene = np.zeros((VOICES, back + hops, network.spec.scene_width), np.float32)
    seen = np.zeros((VOICES, back + hops), np.bool_)
    seen[:, back:] = True
    chance = np.random.default_rng(3)
    for voice, entry in enumerate(entries[:VOICES]):
        rows = part.scene[entry.first : entry.first + hops].astype(np.float32)
        sight = Sight(rows, np.zeros((hops, network.spec.cells, network.spec.cell_width), np.float32))
        if half:
            noisy = blurred(sight, "noise", 1.0, held.scale, chance).scene
            rows = np.where(np.arange(hops)[:, None] < hops // 2, rows, noisy)
        else:
            mixed = blurred(sight, "frames", 1.0, held.scale, chance)
            rows = blurred(mixed, "noise", 0.5, held.scale, chance).scene
        scene[voice, back:] = rows
    tokens, count = held.vague
    text = torch.as_tensor(np.broadcast_to(tokens.astype(np.float32), (VOICES, *tokens.shape)).copy())
    text_seen = (torch.arange(text.shape[1]) < count).expand(VOICES, -1)
    memory, prompt = network.tell(text, text_seen)
    first = torch.full((VOICES,), -network.spec.seen_hops)
    shown = torch.as_tensor(seen)
    vision = network.see(torch.as_tensor(scene), shown, None, None, first)
    known = shown.unfold(1, network.spec.resampler.window_hops, 1).any(dim=-1)
    return Known(memory, text_seen, prompt, vision, known.repeat_interleave(network.spec.resampler.tokens, dim=1))


def _rules(arm: str, found: Sequence[tuple[Figures, Figures]]) -> list[Rule]:
    anew, still = (np.array([each[at] for each in found]) for at in (0, 1))
    provoked = bool((anew[:, 0] > PROVOKED).all())
    cured = bool((still[:, :2] <= CURED * anew[:, :2]).all())
    moved = bool((np.abs(still[:, 3]) > MOVED).all())
    answered = bool((still[:, 2] <= ANSWERED_S).all())
    enough = len(found) >= 3
    seeds = ", ".join(f"{a:.2f} to {b:.2f}" for a, b in zip(anew[:, 0], still[:, 0], strict=True))
    return [
        Rule(
            claim=f"{arm} swings on ambiguous input, and can be kept still",
            rule=(
                f"weighed anew more than {PROVOKED:g} flip a second with every seed; kept still at most {CURED:g} of "
                "the flips and of the variation, every seed, three seeds"
            ),
            measured=f"flips a second {seeds}",
            verdict=UNSEEN if not provoked else SUPPORTED if cured and enough else "not supported",
        ),
        Rule(
            claim=f"{arm}, kept still, answers to a real change (no claim of the paper)",
            rule=f"90 % of the way within {ANSWERED_S:g} s, every seed; a way of at least {MOVED:g} of the weight",
            measured=_answer([each[1] for each in found]),
            verdict=UNSEEN if not moved else SUPPORTED if answered and enough else "not supported",
        ),
    ]


def _answer(found: Sequence[Figures]) -> str:
    return ", ".join(f"{each[2]:.2f} s ({each[3]:+.2f})" for each in found)
