"""The layout of LoRA files as the library ``peft`` writes and reads them: keys, settings, numbers.

::

    adapter_config.json        peft_type LORA, r, lora_alpha, target_modules, ...
    adapter_model.safetensors  base_model.model.layers.<layer>.<place>.lora_A.weight  [rank, inputs]
                               base_model.model.layers.<layer>.<place>.lora_B.weight  [outputs, rank]

Only bytes here, no files. ``revision`` of the settings names the network by its digest.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final, Literal

import msgspec
import numpy as np

from hobnail.contracts import Float32
from hobnail.errors import MissingExtraError, PaletteError
from hobnail_plugins.moe_lora.palette import Expert, Pair
from hobnail_plugins.moe_lora.spec import place_problem

CONFIG: Final = "adapter_config.json"
WEIGHTS: Final = "adapter_model.safetensors"
MOST_BYTES: Final = 1 << 30
"""Of a file of factors; four experts of the paper's size have 192 MB."""

_KEY: Final = re.compile(r"base_model\.model\.layers\.(\d{1,4})\.([A-Za-z_][\w.]*)\.lora_([AB])\.weight")
_CURE: Final = "Make it again: hobnail-train adapt, or peft with a plain LoraConfig on q, o and MLP."


class PeftConfig(msgspec.Struct, kw_only=True):
    """What is read of ``adapter_config.json``; what else stands there is left alone. What we write is complete."""

    peft_type: Literal["LORA"]
    r: int
    lora_alpha: float
    target_modules: list[str] | str | None
    base_model_name_or_path: str | None = None
    revision: str | None = None
    task_type: str | None = None
    inference_mode: bool = True
    bias: str = "none"
    fan_in_fan_out: bool = False
    init_lora_weights: bool | str = True
    lora_bias: bool = False
    lora_dropout: float = 0.0
    rank_pattern: dict[str, Any] | None = {}
    alpha_pattern: dict[str, Any] | None = {}
    modules_to_save: list[str] | None = None
    target_parameters: list[str] | None = None
    use_dora: bool = False
    use_rslora: bool = False


def config_to(expert: Expert, base: str) -> bytes:
    """``adapter_config.json`` of an expert."""
    config = PeftConfig(
        peft_type="LORA",
        r=expert.rank,
        lora_alpha=expert.alpha,
        target_modules=sorted({place for place, _ in expert.pairs}),
        revision=base or None,
        use_rslora=expert.rooted,
    )
    return msgspec.json.format(msgspec.json.encode(config), indent=2) + b"\n"


def weights_to(expert: Expert) -> bytes:
    """``adapter_model.safetensors`` of an expert; the same factors give the same bytes."""
    halves = {}
    for (place, layer), pair in expert.pairs.items():
        key = f"base_model.model.layers.{layer}.{place}"
        halves[f"{key}.lora_A.weight"], halves[f"{key}.lora_B.weight"] = pair
    return tensors_to(halves)


def config_from(data: bytes, *, source: str) -> PeftConfig:
    """Settings from their bytes. Raises PaletteError for what is no plain LoRA, naming it."""
    try:
        config = msgspec.json.decode(data, type=PeftConfig)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise PaletteError(f"{source}: not the settings of a LoRA adapter: {error}.", cure=_CURE) from error
    unlike = {
        "bias": config.bias != "none",
        "fan_in_fan_out": config.fan_in_fan_out,
        "lora_bias": config.lora_bias,
        "rank_pattern": bool(config.rank_pattern),
        "alpha_pattern": bool(config.alpha_pattern),
        "modules_to_save": bool(config.modules_to_save),
        "target_parameters": bool(config.target_parameters),
        "use_dora": config.use_dora,
    }
    if wrong := [name for name, found in unlike.items() if found]:
        raise PaletteError(f"{source}: {wrong[0]} is set, expected a plain LoRA of one rank.", cure=_CURE)
    targets = config.target_modules if isinstance(config.target_modules, list) else []
    for target in targets:
        if problem := place_problem(target.rpartition(".")[2]):
            raise PaletteError(f"{source}: target_modules: {problem}.", cure=_CURE)
    return config


def expert_from(name: str, config: PeftConfig, data: bytes, *, source: str) -> Expert:
    """An expert from its settings and the bytes of its factors; half precision becomes float32. Raises PaletteError."""
    halves: dict[tuple[str, int], dict[str, Float32]] = {}
    for key, array in tensors_from(data, source=source).items():
        if (found := _KEY.fullmatch(key)) is None:
            raise PaletteError(
                f"{source}: {key!r:.120} is no factor, expected base_model.model.layers.<n>.<place>.lora_A.weight.",
                cure=_CURE,
            )
        layer, place, half = int(found[1]), found[2], found[3]
        if problem := place_problem(place):
            raise PaletteError(f"{source}: {problem}.", cure=_CURE)
        halves.setdefault((place, layer), {})[half] = array
    for (place, layer), both in halves.items():
        if len(both) == 1:
            raise PaletteError(f"{source}: {place} of layer {layer} has only lora_{next(iter(both))}.", cure=_CURE)
    pairs = {where: Pair(both["A"], both["B"]) for where, both in halves.items()}
    return Expert(name=name, rank=config.r, alpha=config.lora_alpha, pairs=pairs, rooted=config.use_rslora)


def tensors_to(arrays: Mapping[str, Float32]) -> bytes:
    """float32 arrays as the bytes of a safetensors file."""
    try:
        from safetensors.numpy import save
    except ModuleNotFoundError as error:
        raise MissingExtraError("A palette", extra="cpu") from error
    return save({name: np.ascontiguousarray(arrays[name], "<f4") for name in sorted(arrays)}, metadata={"format": "pt"})


def tensors_from(data: bytes, *, source: str) -> dict[str, Float32]:
    """Arrays of a safetensors file as float32; what is cut off or of another kind is refused. Raises PaletteError."""
    try:
        from safetensors import SafetensorError, deserialize
    except ModuleNotFoundError as error:
        raise MissingExtraError("A palette", extra="cpu") from error
    try:
        found = deserialize(data)  # type: ignore[no-untyped-call]  # safetensors gives it no types
    except SafetensorError as error:
        raise PaletteError(f"{source}: not a whole safetensors file: {error}.", cure=_CURE) from error
    return {name: _single(name, view, source) for name, view in sorted(found, key=lambda each: each[0])}


def _single(name: str, view: Mapping[str, Any], source: str) -> Float32:
    kind, raw = view["dtype"], view["data"]
    if kind == "BF16":  # the upper half of a float32
        single = (np.frombuffer(raw, "<u2").astype(np.uint32) << 16).view(np.float32)
    elif kind in ("F32", "F16"):
        single = np.frombuffer(raw, {"F32": "<f4", "F16": "<f2"}[kind]).astype(np.float32)
    else:
        raise PaletteError(f"{source}: {name!r:.120} is {kind}, expected F32, F16 or BF16.", cure=_CURE)
    array = single.reshape(view["shape"])
    if not np.isfinite(array).all():
        raise PaletteError(f"{source}: {name!r:.120} holds NaN or infinity.", cure=_CURE)
    return array
