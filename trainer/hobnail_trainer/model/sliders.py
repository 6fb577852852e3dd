"""What controls do, measured by generating: the same words and noise at several settings, heard by the codec's ear."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Final

import msgspec
import torch

from hobnail_plugins.aht.nn.network import Network
from hobnail_plugins.aht.spec import CONTROLS
from hobnail_trainer.adapters.attributes import MEASURES, Ear
from hobnail_trainer.model.blocks import Units
from hobnail_trainer.model.generate import Told, generate_blocks, noise_for

if TYPE_CHECKING:
    from torch import Tensor

    from hobnail_plugins.moe_lora.nn.arms import Lora

SETTINGS: Final = (-1.0, -0.5, 0.0, 0.5, 1.0)


class Slider(msgspec.Struct, frozen=True, kw_only=True):
    """What one control does, over voices."""

    axis: str
    slopes: tuple[float, float, float]  #: of centroid in octaves, level in dB, partials over noise in dB; at 1
    up: float  #: share of voices in which its own measure is higher at 1 than at -1; 0.5 by chance
    voices: int


def measure_sliders(  # noqa: PLR0913 - whose voices, and how they are made
    network: Network,
    adapter: Lora,
    told: Told,
    names: Sequence[str],
    units: Units,
    ear: Ear,
    *,
    hops: int = 64,
    passes: int = 8,
    guidance: float = 1.0,
    instant: bool = True,
    seed: int = 1,
) -> list[Slider]:
    """One line a control, a voice a name; slopes by least squares over the five settings, means over voices."""
    noise = noise_for(names, hops, network.spec.latents, seed)
    _, prompt = network.tell(told.text, told.text_seen)

    def heard(controls: Tensor) -> Tensor:
        live = adapter.adapters(adapter(prompt, controls.unsqueeze(1)))
        made = generate_blocks(
            network,
            told,
            noise,
            hops_per_block=hops,
            passes=passes,
            guidance=guidance,
            instant=instant,
            adapters=live,
        )
        found: Tensor = ear(units.back(made.float()))
        return found

    with torch.no_grad():
        return [_slider(axis, number, len(names), adapter.settings.axes, heard) for number, axis in enumerate(CONTROLS)]


def _slider(axis: str, number: int, voices: int, axes: Sequence[str], heard: Callable[[Tensor], Tensor]) -> Slider:
    rows = []
    for setting in SETTINGS:
        controls = torch.zeros(voices, len(axes))
        if axis in axes:
            controls[:, axes.index(axis)] = setting
        rows.append(heard(controls))
    measured, places = torch.stack(rows), torch.tensor(SETTINGS)  # [settings, voices, measures]
    slopes = torch.einsum("s,svm->vm", places, measured - measured[len(SETTINGS) // 2]) / places.square().sum()
    mean = slopes.mean(dim=0)
    up = float((measured[-1, :, number] > measured[0, :, number]).float().mean())
    return Slider(axis=axis, slopes=(float(mean[0]), float(mean[1]), float(mean[2])), up=up, voices=voices)


def lines_of(sliders: Sequence[Slider]) -> list[str]:
    """For people."""
    lines = [f"{'moved':10s} {' '.join(f'{name:>26s}' for name in MEASURES)}   own goes up in"]
    for each in sliders:
        slopes = " ".join(f"{slope:+26.2f}" for slope in each.slopes)
        lines.append(f"{each.axis:10s} {slopes}   {each.up:.0%} of {each.voices}")
    return lines
