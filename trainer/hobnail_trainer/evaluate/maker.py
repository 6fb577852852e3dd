"""A trained network and the codec: captions and sights to sound."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from hobnail.audio import HOP_FRAMES
from hobnail.contracts import Codec, Float32
from hobnail.host import Host
from hobnail_plugins.aht.nn.assemble import assemble
from hobnail_plugins.aht.nn.network import Network
from hobnail_trainer.corpus.sound import Samples
from hobnail_trainer.errors import TrainerError
from hobnail_trainer.flow_head.generate import generate_hops
from hobnail_trainer.flow_head.network import HopNetwork
from hobnail_trainer.model.blocks import Units
from hobnail_trainer.model.checkpoint import RunState, load, newest
from hobnail_trainer.model.generate import Told, generate_blocks, noise_for
from hobnail_trainer.model.optimiser import restore_weights
from hobnail_trainer.precision import arithmetic

if TYPE_CHECKING:
    from torch import Tensor

AT_ONCE: Final = 32  #: voices in a batch


@dataclass(frozen=True, slots=True)
class Way:
    """How voices are made."""

    hops_per_block: int | Sequence[int] = 64
    passes: int = 8
    guidance: float = 2.0
    horizon: int | None = None


@dataclass(frozen=True, slots=True)
class Maker:
    """Averaged weights of a run, its state, and the codec. [one thread]"""

    network: Network | HopNetwork
    state: RunState
    units: Units
    codec: Codec
    path: Path

    def latents(self, told: Told, names: Sequence[str], hops: int, way: Way, seed: int) -> Float32:
        """The codec's latents, float32 [voices, hops, dimensions]; noise follows from seed and name alone."""
        made = []
        for begin in range(0, len(names), AT_ONCE):
            rows = slice(begin, begin + AT_ONCE)
            noise = noise_for(names[rows], hops, self.network.spec.latents, seed)
            with arithmetic(self.state.preset.precision):
                given = self._voices(told.of(rows), noise, way)
            made.append(self.units.back(given.float()).numpy())
        out = np.concatenate(made)
        if not np.isfinite(out).all():
            raise TrainerError(f"{self.path}: the network gives numbers that are none.", cure="Use another checkpoint.")
        return out

    def _voices(self, told: Told, noise: Tensor, way: Way) -> Tensor:
        if isinstance(self.network, HopNetwork):
            return generate_hops(self.network, told, noise, passes=way.passes, guidance=way.guidance)
        return generate_blocks(
            self.network,
            told,
            noise,
            hops_per_block=way.hops_per_block,
            passes=way.passes,
            guidance=way.guidance,
            instant=self.state.instant,
            horizon=way.horizon,
        )

    @property
    def hop_by_hop(self) -> bool:
        """Whether it makes hops and no blocks: then the ways' blocks and horizons say nothing."""
        return isinstance(self.network, HopNetwork)

    def sound(self, latents: Float32, seed: int) -> Samples:
        """Decoded, mono 48 kHz, one hop of the clock for each of [hops, dimensions]."""
        decoded, _ = self.codec.decode(np.ascontiguousarray(latents), self.codec.begin_decoding(seed), last=True)
        frames = len(latents) * HOP_FRAMES
        return np.pad(decoded[:frames], (0, max(0, frames - decoded.size)))

    @property
    def silence(self) -> Float32:
        """The latent of silence, float32 [dimensions]."""
        return np.array(self.state.scale.silence, np.float32)


def open_maker(where: Path, codec: Codec) -> Maker:
    """The newest checkpoint of a run's folder, or the checkpoint that is named. Raises TrainerError."""
    path = where if where.is_file() else newest(where)
    found = load(path)
    spec = found.state.preset.network
    if codec.spec.dimensions != spec.latents:
        raise TrainerError(
            f"{path}: makes latents of {spec.latents} numbers, codec {codec.spec.id!r} has {codec.spec.dimensions}.",
            cure="Name the codec that the feed was made with: --codec ID.",
        )
    head = found.state.preset.head
    network = HopNetwork(spec, head) if head is not None else assemble(spec, Host.discovered())
    restore_weights(network, found.part("average"))
    return Maker(network.eval(), found.state, Units(found.state.scale), codec, path)
