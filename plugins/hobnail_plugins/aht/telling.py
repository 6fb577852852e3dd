"""Words into the network, what it reports out of it."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from hobnail.contracts import Float32
from hobnail_plugins.aht.graphs import Graphs
from hobnail_plugins.aht.slab import Slab
from hobnail_plugins.aht.voice import Told, Voice
from hobnail_plugins.moe_lora.component import router_load
from hobnail_plugins.moe_lora.slots import Snapshot
from hobnail_plugins.streams import STREAMS
from hobnail_plugins.text.encoder import WordsEncoder


def tell(graphs: Graphs, words: WordsEncoder, text: str) -> Told:
    """[engine] A prompt as rows: 1 to 2 ms, so it is kept."""
    spec = graphs.spec
    tokens = words.encode(text)
    given = np.zeros((1, spec.text_tokens, spec.text_width), np.float32)
    seen = np.zeros((1, spec.text_tokens), np.bool_)
    given[0, : len(tokens)], seen[0, : len(tokens)] = tokens, True
    new, prompt = graphs.tell(given, seen)
    rows = graphs.rows("text", 1, spec.text_tokens)
    rows.write(0, slice(1, None), new)
    rows.seen[0, 1:] = seen[0]
    return Told(rows, prompt[0], words.pooled(tokens))


def note(told: Told, slab: Slab, slot: int) -> None:
    """[engine] A prompt into a voice's place in the slab."""
    slab.rows["text"].take(slot, told.rows)
    slab.prompt[slot] = told.prompt


def told_of(voice: Voice, now: Snapshot) -> dict[str, float]:
    """[engine] Of a voice's newest block: weights, entropies, gates, what rests in the sinks, the router's load."""
    load = router_load(now, [voice.adapters])
    return named(voice.reports) | {f"router_{name}": share for name, share in load.items()}


def named(reports: Mapping[str, Float32]) -> dict[str, float]:
    """Means over the voices of a step by name: weights, entropies, gates, what rests in the sinks."""
    found: dict[str, float] = {}
    for name, values in reports.items():
        if name == "gca_gates":
            found["gate"] = float(values.mean())
        elif name != "daf_logits":
            found |= {f"{name}_{stream}": float(value) for stream, value in zip(STREAMS, values, strict=True)}
    return found
