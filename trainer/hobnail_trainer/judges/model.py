"""What a judge is: a network, trained by others on many sounds, that turns a sound into a point of a space.

Judges never train with ours and are never shipped. Each takes mono float32 at 48 kHz and resamples itself, so that
whoever asks needs not know its rate. A :class:`Tagger` also names what it hears.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from hobnail.audio import RATE_HZ
from hobnail_trainer.errors import JudgeError

Samples = NDArray[np.float32]  #: [frames], mono, 48 kHz
Embedding = NDArray[np.float32]  #: [dimensions], or [sounds, dimensions]


class Judge(Protocol):
    """Embeds sounds. [any thread, one at a time]"""

    @property
    def name(self) -> str:
        """Names the judge in tables and caches: "yamnet"."""

    @property
    def rate_hz(self) -> int:
        """What it hears at; half of it is the highest frequency that counts."""

    @property
    def dimensions(self) -> int:
        """Length of an embedding."""

    def embed(self, samples: Samples) -> Embedding:
        """One sound, of any length, as float32 [dimensions]: the mean over its windows. Raises JudgeError."""

    def embed_many(self, sounds: Iterable[Samples]) -> Embedding:
        """Sounds as float32 [sounds, dimensions], the same as :meth:`embed` of each. Raises JudgeError."""


class Tag(NamedTuple):
    """A class that a tagger hears, and how surely."""

    name: str
    probability: float  #: 0..1; classes are independent, so a sound's probabilities need not sum to 1


class Tagger(Protocol):
    """Names what it hears. [any thread, one at a time]"""

    @property
    def name(self) -> str:
        """Names the tagger: "yamnet"."""

    @property
    def classes(self) -> tuple[str, ...]:
        """Every class it knows, in the order of its scores."""

    def scores(self, samples: Samples) -> NDArray[np.float32]:
        """Probability of each class, float32 [classes]: the mean over the sound's windows. Raises JudgeError."""


def strongest(tagger: Tagger, samples: Samples, count: int = 5) -> tuple[Tag, ...]:
    """The ``count`` likeliest classes, the likeliest first."""
    scores = tagger.scores(samples)
    order = np.argsort(-scores, kind="stable")[:count]
    return tuple(Tag(tagger.classes[index], float(scores[index])) for index in order)


def heard_at(rate_hz: int, samples: Samples) -> Samples:
    """Mono 48 kHz -> mono ``rate_hz``. Raises JudgeError when there is nothing that can be judged."""
    samples = np.asarray(samples, dtype=np.float32)
    if samples.ndim != 1 or samples.size == 0:
        raise JudgeError(
            f"A judge was given samples of shape {list(samples.shape)}.", cure="Give mono [frames], not empty."
        )
    if not np.isfinite(samples).all():
        raise JudgeError("A judge was given samples that are not finite.", cure="Look at what made them.")
    if rate_hz == RATE_HZ:
        return samples
    try:
        import soxr
    except ImportError as error:
        from hobnail.errors import MissingExtraError

        raise MissingExtraError("A judge", extra="train") from error
    return np.asarray(soxr.resample(samples, RATE_HZ, rate_hz, quality="HQ"), dtype=np.float32)
