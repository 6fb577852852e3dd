"""Table ``[engine.aht]``."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from typing import Annotated, Final, Literal

import msgspec

EMBEDDED: Final = "embedded"


class AhtConfig(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which model, and how it is run."""

    bundle: str = ""  #: folder of a bundle; empty: the one that comes with Hobnail
    gain_db: Annotated[float, msgspec.Meta(ge=-60.0, le=24.0)] = 0.0  #: level of everything the engine makes
    passes: Annotated[int, msgspec.Meta(ge=0, le=64)] = 0  #: of the network for a block; 0: as the bundle says
    device: Literal["auto", "cpu", "cuda", "tensorrt"] = "auto"  #: to run on; what really does is said by `figures`
    cuda_graphs: bool = False  #: on a GPU: passes are captured once for each size, and played again
    native: bool = True  #: INT8 bundles are played without onnxruntime where processor and bundle allow
    workers: Annotated[int, msgspec.Meta(ge=0, le=2)] = 0  #: threads of a step; 0: as cores and the native pass allow
    first_ms: Annotated[float, msgspec.Meta(ge=1.0, le=1000.0)] = 7.0  #: that a one-shot's first block may take
    voices: Annotated[int, msgspec.Meta(ge=1, le=512)] = 64  #: of each kind, sustained and one-shot, that have memory
    steady: bool = True  #: weights of the streams keep still from step to step
    weights: tuple[float, ...] = ()  #: of text, vision, history, laid over the model's own; empty: none
    weights_share: Annotated[float, msgspec.Meta(ge=0.0, le=1.0)] = 0.0  #: how far they replace the model's own
    takes: Annotated[int, msgspec.Meta(ge=0, le=64)] = 3  #: of each kind of event that idle time makes ahead; 0: none
    takes_mb: Annotated[int, msgspec.Meta(ge=1, le=4096)] = 32  #: that all takes together may fill
    vision_lead_ms: Annotated[float, msgspec.Meta(ge=0.0, le=80.0)] = 80.0  #: that voices see of a film before its time
    palettes: str = ""  #: folder whose palettes and bundles clients may load by name; empty: none
    longest_hops: Annotated[int, msgspec.Meta(ge=64, le=4096)] = 400  #: of a one-shot (4.3 s)


def bundle_folder(settings: AhtConfig) -> Path:
    """Where the model lies."""
    if settings.bundle:
        return Path(settings.bundle)
    return Path(str(files("hobnail_plugins.aht").joinpath("data", EMBEDDED)))
