"""Patterns of materials as numbers of a place, without files: the same place always looks the same."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from hobnail_trainer.corpus.model import Material
from hobnail_trainer.scenes.materials import MATTER

Field = NDArray[np.float32]


def looks(material: Material, u_m: NDArray[Any], v_m: NDArray[Any]) -> Field:
    """Colour in linear light at places of a surface: two float arrays of one shape -> float32 [..., 3]."""
    matter = MATTER[material]
    u, v = u_m / matter.grain_m, v_m / matter.grain_m
    match matter.pattern:
        case "plain":
            wave = np.zeros_like(u)
        case "speckle":
            wave = _noise(u, v)
        case "blades":
            wave = _noise(u, v * 0.25)
        case "planks":
            wave = np.where(_edge(u, 0.12), -1.6, 0.5 * _noise(np.floor(u), np.floor(v * 0.01)) + 0.3 * np.sin(v * 5.0))
        case "tiles":
            shifted = u + 0.5 * (np.floor(v) % 2)
            wave = np.where(_edge(shifted, 0.08) | _edge(v, 0.08), -1.4, _noise(np.floor(shifted), np.floor(v)))
        case "waves":
            wave = np.sin(2 * np.pi * (v + 0.3 * np.sin(u * 2.1)))
    factor = np.clip(1.0 + matter.contrast * wave, 0.05, 2.0)
    return np.asarray(factor[..., None] * np.array(matter.colour), dtype=np.float32)


def _edge(u: NDArray[Any], width: float) -> NDArray[np.bool_]:
    return np.asarray((u - np.floor(u)) < width)


def _noise(u: NDArray[Any], v: NDArray[Any]) -> NDArray[Any]:
    """-1..1, one value per cell, by an integer hash: alike on every machine."""
    a = np.floor(u).astype(np.int64).astype(np.uint32)
    b = np.floor(v).astype(np.int64).astype(np.uint32)
    mixed = a * np.uint32(0x9E3779B1) ^ b * np.uint32(0x85EBCA77)
    mixed ^= mixed >> np.uint32(15)
    mixed *= np.uint32(0x2C1B3C6D)
    mixed ^= mixed >> np.uint32(12)
    return np.asarray(mixed.astype(np.float32) / np.float32(2**31) - np.float32(1.0))
