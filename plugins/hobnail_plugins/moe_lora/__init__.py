"""Adapters: LoRA and MoE-LoRA experts, their files, and strengths that move while sound runs."""
