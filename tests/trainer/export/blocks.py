"""Blocks for graphs, and the same for torch."""

import numpy as np
import torch

from hobnail_plugins.aht.graphs import Block, Live
from hobnail_plugins.aht.nn.memory import Memory
from hobnail_plugins.aht.nn.network import Streams
from hobnail_plugins.aht.rows import Rows
from hobnail_plugins.aht.sights import near
from hobnail_plugins.aht.spec import CUE_WIDTH, adapted_places
from hobnail_plugins.nn.adapted import Adapters, Factors
from hobnail_plugins.nn.contracts import Steering
from hobnail_plugins.streams import STREAMS

RANKS = 24


def draw(*shape, seed=0):
    return np.random.default_rng([seed, *shape]).standard_normal(shape).astype(np.float32)


def a_block(graphs, voices, hops, *, live=None, seed=0, rows=9):
    """Random everything; each voice misses other rows; the first voice has too little history to count."""
    spec, chance = graphs.spec, np.random.default_rng(seed)
    streams = {}
    for number, stream in enumerate(STREAMS):
        made = graphs.rows(stream, voices, rows)
        made.keys[:, :, :, 1:] = draw(*made.keys[:, :, :, 1:].shape, seed=seed + number)
        made.values[:, :, :, 1:] = draw(*made.values[:, :, :, 1:].shape, seed=seed + 10 + number)
        made.seen[:, 1:] = chance.random((voices, rows)) < 0.7
        streams[stream] = made
    streams["history"].seen[0, 3:] = False
    return Block(
        x=draw(voices, hops, spec.latents, seed=seed),
        t=chance.random(voices).astype(np.float32),
        r=np.zeros(voices, np.float32),
        first=chance.integers(0, 9000, voices),
        age=chance.integers(0, 2000, voices),
        prompt=draw(voices, spec.width, seed=seed),
        live=live,
        cue=near(draw(voices, spec.cue_past + hops, CUE_WIDTH, seed=seed + 20), spec.cue_hops),
        lasts=chance.integers(0, 2, voices) * chance.integers(1, 2000, voices),  # of some nobody knows
        **streams,
    )


def a_live(spec, voices, hops=1, seed=3):
    factors = {}
    for place, size in adapted_places(spec).items():
        factors[f"down_{place}"] = draw(spec.layers, size.inputs, RANKS, seed=seed) / size.inputs**0.5
        factors[f"up_{place}"] = draw(spec.layers, RANKS, size.outputs, seed=seed) / RANKS**0.5
        factors[f"up_{place}"][:, 16:] = 0.0  # slots that nothing is loaded into
    chance = np.random.default_rng(seed)
    steering = {
        "daf_prior": draw(voices, 3, seed=seed),
        "daf_hold": chance.random((voices, 1)).astype(np.float32),
        "daf_override": np.tile(np.float32([[0.2, 0.3, 0.5]]), (voices, 1)),
        "daf_overriding": chance.random((voices, 1)).astype(np.float32),
    }
    return Live(steering, factors, draw(voices, hops, RANKS, seed=seed))


def only(block, voices):
    """Some voices of a block, in any order."""
    picked = {name: getattr(block, name)[voices] for name in ("x", "t", "r", "first", "age", "prompt", "cue", "lasts")}
    rows = {name: getattr(block, name).taken(np.array(voices)) for name in STREAMS}
    live = block.live and Live(
        {name: value[voices] for name, value in block.live.steering.items()},
        block.live.factors,
        block.live.strength[voices],
    )
    return Block(**picked, **rows, live=live)


def rows_before(cue, spec):
    """The rows that a block's cues were cut from: those of the first hop, then each newest."""
    wide = cue.reshape(*cue.shape[:2], spec.cue_hops, CUE_WIDTH)
    return torch.from_numpy(np.concatenate([wide[:, 0], wide[:, 1:, -1]], axis=1))


def by_torch(network, block):
    """What the network itself gives: velocity, and reports as graphs name them."""

    def tensor(array):
        return torch.from_numpy(np.ascontiguousarray(array))

    def memory(rows: Rows):
        keys, values = (tensor(half[:, :, :, 1:]).permute(1, 0, 3, 2, 4) for half in (rows.keys, rows.values))
        return Memory(keys, values), tensor(rows.seen[:, 1:])

    (text, text_seen), (vision, vision_seen), (history, history_seen) = (
        memory(getattr(block, stream)) for stream in STREAMS
    )
    streams = Streams(
        text=text, text_seen=text_seen, prompt=tensor(block.prompt), vision=vision, vision_seen=vision_seen,
        history=history, history_seen=history_seen,
        cue=None if block.cue is None else rows_before(block.cue, network.spec),
        lasts=None if block.lasts is None else tensor(block.lasts),
    )  # fmt: skip
    steering = adapters = None
    if (live := block.live) is not None:
        steering = Steering(*map(tensor, live.steering.values())) if live.steering else None
        if live.factors:
            places = {
                place: Factors(tensor(live.factors[f"down_{place}"]), tensor(live.factors[f"up_{place}"]))
                for place in adapted_places(network.spec)
            }
            adapters = Adapters(places, tensor(live.strength))
    with torch.no_grad():
        given = network(
            tensor(block.x), tensor(block.t), tensor(block.r), tensor(block.first), tensor(block.age), streams,
            steering=steering, adapters=adapters,
        )  # fmt: skip
    reports = given.reports

    def mean(each):
        return torch.stack([each(report) for report in reports]).mean(dim=(0, 2)).numpy()

    return given.velocity.numpy(), {
        "daf_weights": mean(lambda report: report.weighed.weights),
        "daf_logits": mean(lambda report: report.weighed.logits),
        "daf_entropy": mean(lambda report: torch.stack([each.entropy for each in report.looked], dim=-1)),
        "gca_gates": torch.stack([report.gate.mean(dim=(1, 2)) for report in reports], dim=-1).numpy(),
        "gca_sink": mean(lambda report: torch.stack([each.sink for each in report.looked], dim=-1)),
    }
