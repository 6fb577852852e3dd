"""Sounds whose attributes are known: a sung tone, a struck thing, something that rings in noise."""

import numpy as np

RATE = 48_000


def sung(f0_hz=220.0, seconds=1.0, noise=0.0):
    """A harmonic tone with soft ends, float32."""
    time = np.arange(int(seconds * RATE)) / RATE
    tone = sum(np.sin(2 * np.pi * f0_hz * order * time + order) / order for order in range(1, 16))
    ends = np.minimum(1.0, np.minimum(time, time[::-1]) / 0.02)
    hiss = np.random.default_rng(1).standard_normal(time.size)
    return (0.1 * ends * (tone + noise * hiss)).astype(np.float32)


def blow(attack_s=0.005, decay_s=0.05, seconds=0.5, seed=2, lead_s=0.002):
    """Falling noise with a linear attack, low-passed as things are, float32."""
    time = np.arange(int(seconds * RATE)) / RATE - lead_s
    hiss = np.random.default_rng(seed).standard_normal(time.size)
    low_pass = np.exp(-np.arange(64) / 8.0) / 8.0
    dull = 3.0 * np.convolve(np.convolve(hiss, low_pass), low_pass)[: time.size]
    shape = np.where(time < 0, 0.0, np.where(time < attack_s, time / attack_s, np.exp(-(time - attack_s) / decay_s)))
    return (0.2 * dull * shape).astype(np.float32)
