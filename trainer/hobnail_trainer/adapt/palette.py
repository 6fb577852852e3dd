"""From a folder of recordings to a palette on disk: read, encode, fit, listen, write."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final

import msgspec

from hobnail.contracts import Codec
from hobnail.host import Host
from hobnail_plugins.moe_lora.files import CARD, write_palette
from hobnail_plugins.moe_lora.nn.pack import digest_of, palette_of
from hobnail_trainer.adapt.fit import Adapted, AdaptSettings, check_axis, fit_axis, kept_apart
from hobnail_trainer.adapt.preview import preview, write_wav
from hobnail_trainer.adapt.recordings import LeftOut, Recording, read_folder
from hobnail_trainer.adapt.store import store_of
from hobnail_trainer.corpus.files import write_whole
from hobnail_trainer.corpus.model import Split
from hobnail_trainer.errors import TrainerError
from hobnail_trainer.export.source import checkpoint_of, network_of
from hobnail_trainer.feed.store import FeedStore
from hobnail_trainer.feed.texts import TextEncoder

NOTICE: Final = "NOTICE.txt"
PREVIEW: Final = "preview.wav"


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be made."""

    model: Path  #: a run's folder, a checkpoint, or weights from ``hobnail-train slim``
    data: Path
    axis: str
    to: Path
    licence: str
    author: str = ""
    settings: AdaptSettings = msgspec.field(default_factory=AdaptSettings)


def make_palette(request: Request, codec: Codec, words: TextEncoder, *, tell: Callable[[str], None]) -> Adapted:
    """Write the palette, its NOTICE and a preview. Raises TrainerError, FeedError, PaletteError."""
    check_axis(request.axis)
    if not request.licence.strip():
        raise TrainerError("no licence was given.", cure="Say under which your recordings may be used: --licence.")
    if (request.to / CARD).exists():
        raise TrainerError(f"{request.to}: holds a palette already.", cure="Choose another folder, or remove it.")
    recordings, left_out = read_folder(request.data, request.axis)
    for each in left_out:
        tell(f"left out: {each.file}: {each.why}")
    base = checkpoint_of(request.model)
    network = network_of(base, Host.discovered())
    apart = kept_apart(len(recordings))

    def stored(split: Split, *, judged: bool) -> FeedStore:
        those = [each for each, aside in zip(recordings, apart, strict=True) if aside == judged]
        scale, licence = base.state.scale, request.licence
        return store_of(those, codec, words, scale, folder=request.data, split=split, licence=licence)

    train, held_out = stored("train", judged=False), stored("validation", judged=True)
    tell(f"{len(recordings)} recordings, {sum(apart)} of them kept apart to judge by")
    made = fit_axis(network, base.state, request.axis, train, held_out, request.settings, tell=tell)
    digest = base.base or digest_of(network)
    write_palette(request.to, palette_of(made.adapter, name=request.axis, base=digest, licence=request.licence))
    write_whole(request.to / NOTICE, _notice(request, digest, recordings, left_out, made).encode())
    write_wav(request.to / PREVIEW, preview(network, made.adapter, base.state, train, codec, request.settings.seed))
    return made


def _notice(request: Request, digest: str, used: list[Recording], left_out: list[LeftOut], made: Adapted) -> str:
    lines = [
        f"Palette {request.axis}, made for the model {digest[:16]} with Hobnail.",
        f"Licence of the recordings and of what was learned from them: {request.licence}",
        *([f"Author: {request.author}"] if request.author else []),
        "The model has a licence and a notice of its own.",
        "",
        f"Held-out flow loss {made.before:.4f} at strength 0, {made.after:.4f} at strength 1 (step {made.best_step}).",
        "",
        f"Recordings ({len(used)}):",
        *(f"  {each.file}: {each.caption}" for each in used),
    ]
    if left_out:
        lines += ["", f"Left out ({len(left_out)}):", *(f"  {each.file}: {each.why}" for each in left_out)]
    return "\n".join(lines) + "\n"
