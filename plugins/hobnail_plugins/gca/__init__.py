"""Fusion: gated cross-attention and its rivals, and the causal Perceiver resampler."""
