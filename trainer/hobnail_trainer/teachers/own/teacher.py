"""Our own teacher behind the contract, and its file: safetensors, with its card as metadata."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Final

import msgspec
import numpy as np
import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save

from hobnail_trainer.corpus.files import write_whole
from hobnail_trainer.errors import TeacherError
from hobnail_trainer.teachers.contract import HOPS_HZ, Features, Samples
from hobnail_trainer.teachers.own.network import OwnNetwork
from hobnail_trainer.teachers.own.spec import VERSION, Card, LearningSettings, NetworkSettings, check_network
from hobnail_trainer.teachers.own.spectra import ROW, Ear
from hobnail_trainer.teachers.weights import digest_of, fill, no_weights

CARD: Final = "teacher"  #: key of the metadata
UNHEARD: Final = (-7.5, 1.6)
"""Mean and spread of the numbers of a row over the corpus, for a network that has heard nothing."""


class OwnTeacher:
    """Hears in fp32 whatever it was trained in. [any thread, one at a time]"""

    rate_hz: Final = HOPS_HZ
    centre_s: Final = 0.5 / HOPS_HZ

    def __init__(self, network: OwnNetwork, card: Card, *, digest: str, name: str = "own") -> None:
        self.card, self.digest, self.name = card, digest, name
        self.dims, self.licence = card.network.width, card.licence
        self._network, self._ear = network.eval(), Ear()

    @classmethod
    def load(cls, file: Path) -> OwnTeacher:
        """From a file of :func:`save_teacher`. Raises TeacherError."""
        try:
            with safe_open(file, framework="pt") as opened:
                metadata = opened.metadata() or {}
                tensors = {name: opened.get_tensor(name) for name in opened.keys()}  # noqa: SIM118 - it is no dict
            card = msgspec.json.decode(metadata[CARD], type=Card)
        except (OSError, SafetensorError) as error:
            raise no_weights(file, error) from error
        except (KeyError, msgspec.DecodeError) as error:
            raise TeacherError(
                f"{file}: is no teacher of ours: {error}.", cure="Fit one: hobnail-train teacher fit CORPUS --to FILE."
            ) from error
        if card.version != VERSION:
            raise TeacherError(f"{file}: is of version {card.version}, expected {VERSION}.", cure="Fit it again.")
        network = new_network(card.network, card.learning.seed)
        fill(network, tensors, file)
        return cls(network, card, digest=hashlib.sha256(file.read_bytes()).hexdigest())

    def frames(self, samples: Samples) -> Features:
        """One frame to a hop, float32 [hops, width]. Raises TeacherError."""
        return self.features(self._ear.rows(samples))

    def features(self, rows: Features) -> Features:
        """Of rows that an ear gave, float32 [hops, 128] -> float32 [hops, width]."""
        with torch.inference_mode():
            scaled = self._network.scaled(torch.from_numpy(np.ascontiguousarray(rows, np.float32)))
            found: Features = self._network(scaled[None])[0].numpy()
            return found

    @property
    def parameters(self) -> int:
        """Weights of the network."""
        return sum(each.numel() for each in self._network.parameters())


class Spectra:
    """Control: what our teacher hears, and nothing that it learnt; each number about 0 and 1 large.

    Latents of the linear codec hold much the same, so who gains from this has gained from the projector. [any thread]
    """

    name: Final = "spectra"
    dims: Final = ROW
    rate_hz: Final = HOPS_HZ
    centre_s: Final = 0.5 / HOPS_HZ
    licence: Final = "CC0-1.0"
    digest: Final = hashlib.sha256(f"spectra {UNHEARD}".encode()).hexdigest()

    def __init__(self) -> None:
        self._ear = Ear()

    def frames(self, samples: Samples) -> Features:
        """One frame to a hop, float32 [hops, 128]. Raises TeacherError."""
        return np.asarray((self._ear.rows(samples) - UNHEARD[0]) / UNHEARD[1], dtype=np.float32)


def new_network(settings: NetworkSettings, seed: int) -> OwnNetwork:
    """A network that has learnt nothing; the same for the same seed. Raises TeacherError."""
    check_network(settings)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return OwnNetwork(settings)


def random_teacher(like: OwnTeacher | None = None, *, seed: int = 1) -> OwnTeacher:
    """The control: the same network, its weights as they were drawn. Who aligns to it and gains as much as with a
    trained one has gained from the projector, or from a fixed view of the spectrum. With ``like`` it has that teacher's
    sizes, and knows mean and spread of the corpus, no more."""
    card = like.card if like else Card(network=NetworkSettings(), learning=LearningSettings())
    network = new_network(card.network, seed)
    with torch.no_grad():
        network.mean.fill_(UNHEARD[0])
        network.spread.fill_(UNHEARD[1])
        if like:
            network.mean.copy_(like._network.mean)
            network.spread.copy_(like._network.spread)
    card = Card(network=card.network, learning=msgspec.structs.replace(card.learning, seed=seed), licence="CC0-1.0")
    return OwnTeacher(network, card, digest=digest_of(network.state_dict()), name="random")


def save_teacher(network: OwnNetwork, card: Card, file: Path) -> OwnTeacher:
    """Write weights and card, whole or not at all; gives the teacher that the file holds. Raises CorpusError."""
    tensors = {name: value.detach().float().contiguous() for name, value in network.state_dict().items()}
    write_whole(file, save(tensors, {CARD: msgspec.json.encode(card).decode()}))
    return OwnTeacher.load(file)
