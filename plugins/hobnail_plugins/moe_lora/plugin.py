"""Registers adapters: plain LoRA, and MoE-LoRA."""

from __future__ import annotations

from hobnail.hooks import Register, hookimpl
from hobnail_plugins.moe_lora.component import AdapterComponent
from hobnail_plugins.moe_lora.spec import AdapterSettings, LoraSettings


def lora(settings: LoraSettings) -> AdapterComponent:
    """An adapter an axis."""
    return AdapterComponent(settings, "hobnail_plugins.moe_lora.nn.arms:Lora")


def moe_lora(settings: AdapterSettings) -> AdapterComponent:
    """Experts and a router."""
    return AdapterComponent(settings, "hobnail_plugins.moe_lora.nn.arms:MoeLora")


@hookimpl
def hobnail_register_components(register: Register) -> None:
    """Both arms."""
    register("lora", lora, help="Adapter: a LoRA an axis, as strong as its control.", config=LoraSettings)
    register("moe_lora", moe_lora, help="Adapter: LoRA experts and a router between them.", config=AdapterSettings)
