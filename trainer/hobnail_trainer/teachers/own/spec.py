"""The numbers of our own teacher and of its training; they stand in its file."""

from __future__ import annotations

from typing import Final

import msgspec

from hobnail_trainer.corpus.licences import Family
from hobnail_trainer.errors import TeacherError
from hobnail_trainer.precision import Precision

SHIPPABLE: Final[tuple[Family, ...]] = ("public-domain", "permissive", "cc-by", "cc-by-sa")
LICENCE: Final = "CC-BY-SA-4.0"
"""Of weights that were fitted to recordings under CC BY and CC BY-SA, as the codec's tables are."""

VERSION: Final = 1


class NetworkSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Sizes of the network."""

    width: int = 128  #: also the dimensions of its features
    blocks: int = 6
    kernel: int = 15  #: hops that a block looks at; odd
    widen: int = 4  #: hidden width over the width
    averaged: int = 3  #: last blocks whose mean is the feature


class LearningSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How it is trained. The same settings, corpus, machine and number of threads give the same bytes."""

    steps: int = 4000
    batch: int = 16
    window_hops: int = 128
    masked: float = 0.5  #: of the hops are hidden
    span_hops: tuple[int, int] = (4, 16)  #: lengths of what is hidden at once
    rate: float = 1e-3  #: of learning, falling as a cosine
    warm_steps: int = 60
    momentum: tuple[float, float] = (0.99, 0.9995)  #: of the average that sets the latent task, first and last
    latent: float = 1.0  #: weight of guessing what the average says of the hidden hops
    spectrum: float = 0.1  #: weight of guessing their spectra
    gain_db: tuple[float, float] = (-12.0, 6.0)  #: each window is made so much louder
    mixed: float = 0.5  #: of the windows have another one beneath, which the task knows nothing of
    mixed_db: tuple[float, float] = (-30.0, -6.0)  #: how loud that is, of the window itself
    notes: float = 0.35  #: how often notes are heard, against 1 for recorded effects
    precision: Precision = "measured"  #: of products
    seed: int = 1
    licences: tuple[Family, ...] = SHIPPABLE


class Card(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a file of weights says of itself."""

    version: int = VERSION
    network: NetworkSettings
    learning: LearningSettings
    licence: str = LICENCE
    corpus: str = ""  #: its title
    corpus_digest: str = ""  #: SHA-256 of its manifest
    clips: int = 0
    families: int = 0
    seconds: float = 0.0
    steps: int = 0  #: that were made; 0: untrained
    loss: tuple[float, float] = (0.0, 0.0)  #: mean of the first and the last twentieth
    licences: dict[str, int] = {}  #: clips of each
    threads: int = 1


def check_network(settings: NetworkSettings) -> None:
    """Raises TeacherError naming what is out of range."""
    if min(settings.width, settings.blocks, settings.widen) < 1:
        raise _fault(f"width {settings.width}, blocks {settings.blocks}, widen {settings.widen}", "at least 1 each")
    if settings.kernel < 1 or settings.kernel % 2 == 0:
        raise _fault(f"kernel {settings.kernel}", "odd")
    if not 1 <= settings.averaged <= settings.blocks:
        raise _fault(f"averaged {settings.averaged}", f"1 to {settings.blocks}, the number of blocks")


def check_learning(settings: LearningSettings) -> None:
    """Raises TeacherError naming what is out of range."""
    if min(settings.steps, settings.batch) < 1 or settings.batch < 2:
        raise _fault(f"steps {settings.steps}, batch {settings.batch}", "at least 1 and 2")
    shortest, longest = settings.span_hops
    if not 1 <= shortest <= longest <= settings.window_hops // 2:
        raise _fault(f"span_hops {settings.span_hops}", f"rising, 1 to half the window ({settings.window_hops // 2})")
    if not 0.0 < settings.masked < 1.0 or not 0.0 <= settings.mixed <= 1.0:
        raise _fault(f"masked {settings.masked}, mixed {settings.mixed}", "shares between 0 and 1")
    if min(settings.latent, settings.spectrum, settings.notes) < 0.0 or settings.latent + settings.spectrum <= 0.0:
        raise _fault(f"weights {settings.latent} and {settings.spectrum}", "not negative, one of them above 0")


def _fault(found: str, expected: str) -> TeacherError:
    return TeacherError(f"settings of the teacher: {found}, expected {expected}.", cure="Correct them.")
