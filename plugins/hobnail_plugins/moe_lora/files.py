"""Palettes as folders: written whole, read back bit for bit, refused by name where something is wrong.

::

    boots/                                  mine/                    (one expert: as peft itself lays it out)
      palette.json   who, for which model     palette.json
      pitch/         adapter_config.json      adapter_config.json
                     adapter_model...         adapter_model.safetensors
      intensity/ texture/ shared/
      router.safetensors

A folder without ``palette.json`` is one that ``peft`` wrote: one adapter, whose axis is called as the folder.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Final

import msgspec

from hobnail.contracts import Float32
from hobnail.errors import PaletteError
from hobnail_plugins.aht.spec import NetworkSpec
from hobnail_plugins.moe_lora.palette import Palette, check_base, check_palette
from hobnail_plugins.moe_lora.peft import (
    CONFIG,
    MOST_BYTES,
    WEIGHTS,
    config_from,
    config_to,
    expert_from,
    tensors_from,
    tensors_to,
    weights_to,
)
from hobnail_plugins.moe_lora.router import RouterTables
from hobnail_plugins.moe_lora.spec import WORD, AdapterArm, names_problem

FORMAT: Final = "hobnail-palette"
VERSION: Final = 1
CARD: Final = "palette.json"
ROUTER: Final = "router.safetensors"
_CURE: Final = "Copy the palette again, or make it again: hobnail-train adapt."


class PaletteCard(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``palette.json``."""

    format: str = FORMAT
    version: int = VERSION
    name: str
    arm: AdapterArm
    base: str  #: digest of the network that it was made for
    experts: tuple[str, ...]  #: in the router's order; each is a folder, a single one is the folder itself
    licence: str = ""


def write_palette(folder: Path, palette: Palette) -> None:
    """Write a palette; the same palette gives the same bytes. The card comes last: without it nothing is there yet.

    Raises PaletteError.
    """
    card = PaletteCard(
        name=palette.name, arm=palette.arm, base=palette.base, experts=palette.names, licence=palette.licence
    )
    files: dict[str, bytes] = {}
    for expert in palette.experts:
        inside = _inside(palette.names, expert.name)
        files[f"{inside}{CONFIG}"] = config_to(expert, palette.base)
        files[f"{inside}{WEIGHTS}"] = weights_to(expert)
    if palette.router is not None:
        files[ROUTER] = tensors_to({field.name: getattr(palette.router, field.name) for field in fields(RouterTables)})
    files[CARD] = msgspec.json.format(msgspec.json.encode(card), indent=2) + b"\n"
    try:
        (folder / CARD).unlink(missing_ok=True)
        for name, data in files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            partial = path.with_name(f"{path.name}.part")
            partial.write_bytes(data)
            partial.replace(path)
    except OSError as error:
        raise PaletteError(
            f"{folder}: cannot be written: {error}.", cure="Free the disk, or write elsewhere."
        ) from error


def read_palette(folder: Path, spec: NetworkSpec, *bases: str) -> Palette:
    """A palette that fits ``spec``. ``bases``: digests of networks that it may have been made for.

    Raises PaletteError naming the file and what is wrong in it. [control]
    """
    card = _card(folder)
    if problem := names_problem(card.experts):
        raise PaletteError(f"{folder / CARD}: {problem}.", cure=_CURE)
    experts, named = [], card.base
    for name in card.experts:
        inside = folder / _inside(card.experts, name)
        config = config_from(_bytes(inside / CONFIG), source=str(inside / CONFIG))
        base = config.revision or ""
        if base and named and base != named:
            raise PaletteError(
                f"{inside / CONFIG}: revision is {base:.16}, {CARD} says {named:.16}.", cure="Do not mix palettes."
            )
        named = named or base
        experts.append(expert_from(name, config, _bytes(inside / WEIGHTS), source=str(inside / WEIGHTS)))
    palette = Palette(
        name=card.name, base=named, experts=tuple(experts), router=_router(folder, card), licence=card.licence
    )
    try:
        check_base(palette, *bases)
        check_palette(palette, spec)
    except PaletteError as error:
        raise PaletteError(f"{folder}: {error.problem}", cure=error.cure) from error
    return palette


def _inside(experts: tuple[str, ...], name: str) -> str:
    return "" if len(experts) == 1 else f"{name}/"


def _card(folder: Path) -> PaletteCard:
    if not (folder / CARD).is_file() and (folder / CONFIG).is_file():
        name = folder.resolve().name.lower().replace("-", "_")
        if not WORD.fullmatch(name):
            raise PaletteError(
                f"{folder}: its name becomes that of a control, and is no word of a-z, 0-9 and _.", cure="Rename it."
            )
        return PaletteCard(name=name, arm="lora", base="", experts=(name,))
    data = _bytes(folder / CARD)
    try:
        card = msgspec.json.decode(data, type=PaletteCard)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise PaletteError(f"{folder / CARD}: not a palette's card: {error}.", cure=_CURE) from error
    if (card.format, card.version) != (FORMAT, VERSION):
        raise PaletteError(
            f"{folder / CARD}: is {card.format} {card.version}, expected {FORMAT} {VERSION}.", cure=_CURE
        )
    return card


def _router(folder: Path, card: PaletteCard) -> RouterTables | None:
    if card.arm == "lora":
        return None
    found: Mapping[str, Float32] = tensors_from(_bytes(folder / ROUTER), source=str(folder / ROUTER))
    names = {field.name for field in fields(RouterTables)}
    if set(found) != names:
        raise PaletteError(f"{folder / ROUTER}: holds {sorted(found)}, expected {sorted(names)}.", cure=_CURE)
    return RouterTables(**found)


def _bytes(path: Path) -> bytes:
    try:
        if (size := path.stat().st_size) > MOST_BYTES:
            raise PaletteError(f"{path}: has {size} bytes, expected at most {MOST_BYTES}.", cure=_CURE)
        return path.read_bytes()
    except OSError as error:
        raise PaletteError(f"{path}: cannot be read: {error.strerror}.", cure=_CURE) from error
