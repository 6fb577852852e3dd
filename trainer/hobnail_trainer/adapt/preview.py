"""What a new palette sounds like: the same noise at strengths 0, 0.5 and 1, one caption after the other."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np
import soundfile
import torch

from hobnail.audio import HOP_FRAMES, RATE_HZ
from hobnail.contracts import Codec, Float32
from hobnail_plugins.aht.nn.network import Network
from hobnail_plugins.moe_lora.nn.arms import Lora
from hobnail_trainer.adapt.fit import at_strength
from hobnail_trainer.corpus.files import disk_error
from hobnail_trainer.feed.store import FeedStore
from hobnail_trainer.model.blocks import Units
from hobnail_trainer.model.checkpoint import RunState
from hobnail_trainer.model.generate import Told, generate_blocks, noise_for

STRENGTHS: Final = (0.0, 0.5, 1.0)
CAPTIONS: Final = 4  #: at most
HOPS: Final = 96
GAP: Final = RATE_HZ // 4  #: frames between two sounds


def preview(network: Network, adapter: Lora, state: RunState, store: FeedStore, codec: Codec, seed: int) -> Float32:
    """float32 [frames], mono 48 kHz: for each caption one second at each strength."""
    captions = sorted({entry.words.exact for entry in store.parts["recorded"].index.entries})[:CAPTIONS]
    told, units, flow = _told(store, captions), Units(state.scale), state.stage == "flow"
    noise = noise_for(captions, HOPS, network.spec.latents, seed)
    made = [
        generate_blocks(
            network,
            told,
            noise,
            hops_per_block=(64, 16),
            passes=8 if flow else 2,
            guidance=2.0 if flow else 1.0,
            instant=state.instant,
            adapters=at_strength(adapter, strength, len(captions)),
        )
        for strength in STRENGTHS
    ]
    sounds, gap = list[Float32](), np.zeros(GAP, np.float32)
    for row in range(len(captions)):
        for each in made:
            latents = units.back(each[row].float()).numpy()
            decoded, _ = codec.decode(np.ascontiguousarray(latents), codec.begin_decoding(seed), last=True)
            sounds += [decoded[: HOPS * HOP_FRAMES], gap]
    return np.concatenate(sounds)


def write_wav(path: Path, samples: Float32) -> None:
    """16 bits, mono, 48 kHz; what is louder than full scale is held at it. Raises TrainerError."""
    try:
        soundfile.write(path, np.clip(samples, -1.0, 1.0), RATE_HZ, subtype="PCM_16")
    except (OSError, soundfile.SoundFileError) as error:
        raise disk_error(path, OSError(str(error))) from error


def _told(store: FeedStore, captions: Sequence[str]) -> Told:
    assert store.texts is not None
    rows = [store.texts.places[caption] for caption in captions]
    text = torch.from_numpy(np.stack([store.texts.rows[row] for row in rows]).astype(np.float32))
    tokens = torch.from_numpy(store.texts.tokens[rows])
    return Told(text, torch.arange(text.shape[1]) < tokens.unsqueeze(1))
