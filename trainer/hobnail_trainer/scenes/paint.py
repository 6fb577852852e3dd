"""A small anti-aliased painter: a play as pictures, how visible each emitter is, and how bright the light on it.

Shapes are rounded boxes drawn by signed distance, so that an edge covers exactly the share of a pixel that it
crosses; positions between pixels are not lost, and motion of a tenth of a pixel can be seen. Work is in linear light.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hobnail_trainer.scenes.model import Pictures
from hobnail_trainer.scenes.play import NO_EMITTER, Play, Shape, Track
from hobnail_trainer.scenes.texture import Field, looks

GAMMA = 2.2
OVERSAMPLED = 3
"""The still background is painted this much finer and averaged."""
SHADOW = 0.55


@dataclass(frozen=True, slots=True)
class Light:
    """One sun or lamp; ``level`` scales everything, as exposure does not follow it."""

    level: float = 1.0
    ambient: float = 0.35
    towards: tuple[float, float, float] = (-0.45, 0.7, 0.55)  #: unit vector to the light
    tint: tuple[float, float, float] = (1.0, 1.0, 1.0)


@dataclass(frozen=True, slots=True, eq=False)
class Painted:
    """What a camera saw."""

    pictures: Pictures  #: uint8 [pictures, px, px, 3], sRGB by a plain gamma of 2.2
    visibility: Track  #: [emitters, pictures], share of the emitter in view and not hidden; NaN: it has no shape
    luminance: Track  #: [emitters, pictures], mean linear light where it is seen, else of the picture, 0..1


def paint(play: Play, light: Light, px: int) -> Painted:
    """Paint a play. The camera is where ``play.view`` says; pictures are ``px`` by ``px``."""
    easel = _Easel(play, light, px)
    count, emitters = len(play.figures), len(play.emitters)
    out = np.empty((count, px, px, 3), np.uint8)
    visibility, luminance = np.empty((emitters, count)), np.empty((emitters, count))
    for number in range(count):
        canvas, seen, whole = easel.frame(number)
        linear = np.clip(canvas, 0.0, 1.0)
        out[number] = np.round(255.0 * linear ** (1.0 / GAMMA))
        grey = linear @ np.array((0.2126, 0.7152, 0.0722), np.float32)
        for emitter in range(emitters):
            area = seen[emitter].sum()
            visibility[emitter, number] = min(1.0, area / whole[emitter]) if whole[emitter] else np.nan
            luminance[emitter, number] = (grey * seen[emitter]).sum() / area if area > 0.5 else grey.mean()
    return Painted(out, visibility, luminance)


class _Easel:
    """Paints one play frame by frame; the background once."""

    def __init__(self, play: Play, light: Light, px: int) -> None:
        self._play, self._light, self._px = play, light, px
        self._pixel_m = play.view.height_m / px
        self._left_m = float(play.view.left_m.min())
        width = px + 2 + int(np.ceil((float(play.view.left_m.max()) - self._left_m) / self._pixel_m))
        self._background = self._paint_background(width)

    def frame(self, number: int) -> tuple[Field, Field, NDArray[np.float64]]:
        """Canvas [px, px, 3] in linear light; what is seen of each emitter [emitters, px, px]; its whole size in px."""
        left_m = float(self._play.view.left_m[number])
        shift = (left_m - self._left_m) / self._pixel_m
        whole, part = int(shift), np.float32(shift - int(shift))
        window = self._background[:, whole : whole + self._px + 1]
        canvas = window[:, :-1] * (1 - part) + window[:, 1:] * part
        seen = np.zeros((2, len(self._play.emitters), self._px, self._px), np.float32)
        sizes = np.zeros((len(self._play.emitters), 2))
        for shape in self._play.figures[number]:
            if shape.shadow:
                self._shadow(canvas, shape, left_m)
        for shape in self._play.figures[number]:
            self._draw(canvas, shape, left_m, seen, sizes)
        if self._play.specks:
            self._splat(canvas, self._play.specks[number], left_m)
        alone = seen[1].sum(axis=(1, 2))  # limbs overlap, so this is less than the sum of their areas
        outside = sizes[:, 1] / np.maximum(sizes[:, 0], 1e-9)
        return canvas, seen[0], np.where(alone > 0.0, alone * outside, sizes[:, 1])

    def _paint_background(self, width: int) -> Field:
        fine = self._pixel_m / OVERSAMPLED
        x = self._left_m + fine * (np.arange(width * OVERSAMPLED) + 0.5)
        y = self._play.view.bottom_m + fine * (np.arange(self._px * OVERSAMPLED)[::-1] + 0.5)
        u, v = np.meshgrid(x, y)
        rise = ((v - y.min()) / (y.max() - y.min()))[..., None]
        canvas = (np.array((0.30, 0.32, 0.34)) * (0.9 - 0.35 * rise)).astype(np.float32)
        canvas *= self._glow()
        for patch in self._play.grounds:
            inside = (u >= patch.from_m) & (u < patch.to_m) & (v < patch.top_m)
            away = 1.0 - 0.5 * np.clip((patch.top_m - v[inside]) / self._play.view.height_m, 0.0, 1.0)
            surface = looks(patch.material, u[inside], 3.0 * v[inside])  # seen at a grazing angle
            canvas[inside] = surface * away[:, None].astype(np.float32) * self._glow()
        coarse = canvas.reshape(self._px, OVERSAMPLED, width, OVERSAMPLED, 3).mean(axis=(1, 3), dtype=np.float32)
        for shape in self._play.scenery:
            self._draw(coarse, shape, self._left_m, None, None)
        return np.asarray(coarse)

    def _glow(self) -> Field:
        return np.array(self._light.tint, np.float32) * np.float32(self._light.level)

    def _draw(
        self, canvas: Field, shape: Shape, left_m: float, seen: Field | None, sizes: NDArray[np.float64] | None
    ) -> None:
        """Blend one shape in.

        ``seen`` [(as it is, each alone), emitters, px, px]; ``sizes`` [emitters, (in view, whole)].
        """
        pixel = self._pixel_m
        cos, sin = float(np.cos(shape.angle)), float(np.sin(shape.angle))
        reach_x = abs(cos) * shape.half_w_m + abs(sin) * shape.half_h_m + shape.radius_m + pixel
        reach_y = abs(sin) * shape.half_w_m + abs(cos) * shape.half_h_m + shape.radius_m + pixel
        column, row = (shape.x_m - left_m) / pixel, canvas.shape[0] - (shape.y_m - self._play.view.bottom_m) / pixel
        first, last = max(0, int(column - reach_x / pixel)), min(canvas.shape[1], int(column + reach_x / pixel) + 2)
        top, bottom = max(0, int(row - reach_y / pixel)), min(canvas.shape[0], int(row + reach_y / pixel) + 2)
        whole = _area_m2(shape) / pixel**2
        if sizes is not None and shape.emitter != NO_EMITTER:
            sizes[shape.emitter, 1] += whole
        if first >= last or top >= bottom:
            return
        x = ((np.arange(first, last) + 0.5 - column) * pixel).astype(np.float32)
        y = ((row - np.arange(top, bottom) - 0.5) * pixel).astype(np.float32)[:, None]
        u, v = cos * x + sin * y, cos * y - sin * x
        du = u - np.clip(u, -shape.half_w_m, shape.half_w_m)
        dv = v - np.clip(v, -shape.half_h_m, shape.half_h_m)
        inside = np.minimum(np.maximum(np.abs(u) - shape.half_w_m, np.abs(v) - shape.half_h_m), 0.0)
        distance = np.sqrt(du * du + dv * dv) + inside - shape.radius_m
        cover = np.clip(0.5 - distance / pixel, 0.0, 1.0).astype(np.float32)
        colour = self._lit(shape, u, v, (cos * du - sin * dv, sin * du + cos * dv))
        area = canvas[top:bottom, first:last]
        area += cover[..., None] * (colour - area)
        if seen is not None:
            part = seen[:, :, top:bottom, first:last]
            part[0] *= 1.0 - cover
            if shape.emitter != NO_EMITTER and sizes is not None:
                part[0, shape.emitter] += cover
                part[1, shape.emitter] += (1.0 - part[1, shape.emitter]) * cover
                sizes[shape.emitter, 0] += cover.sum()

    def _lit(self, shape: Shape, u: Field, v: Field, tilt: tuple[Field, Field]) -> Field:
        colour = looks(shape.look, u, v) * np.float32(shape.shade)
        radius = max(shape.radius_m, 1e-6)
        nx, ny = np.clip(tilt[0] / radius, -1.0, 1.0), np.clip(tilt[1] / radius, -1.0, 1.0)
        nz = np.sqrt(np.clip(1.0 - nx * nx - ny * ny, 0.0, 1.0))
        lx, ly, lz = self._light.towards
        level = self._light.ambient + (1.0 - self._light.ambient) * np.clip(nx * lx + ny * ly + nz * lz, 0.0, 1.0)
        if shape.half_w_m == 0.0 and shape.half_h_m == 0.0:
            level = level * np.where(u * v > 0.0, 1.25, 0.75)  # quarters, so that turning can be seen
        return np.asarray(colour * (1.6 * level[..., None]) * self._glow(), dtype=np.float32)

    def _shadow(self, canvas: Field, shape: Shape, left_m: float) -> None:
        """Darkens the ground below; the nearer the thing, the darker and sharper."""
        tops = [patch.top_m for patch in self._play.grounds if patch.from_m <= shape.x_m < patch.to_m]
        if not tops:
            return
        top_m = max(tops)
        cos, sin = abs(float(np.cos(shape.angle))), abs(float(np.sin(shape.angle)))
        high_m = max(0.0, shape.y_m - sin * shape.half_w_m - cos * shape.half_h_m - shape.radius_m - top_m)
        wide_m = cos * shape.half_w_m + sin * shape.half_h_m + shape.radius_m + 0.15 * high_m
        deep_m = 0.03 * self._play.view.height_m
        dark = SHADOW * np.exp(-high_m / 0.35)
        if dark < 0.02:
            return
        row = canvas.shape[0] - (top_m - deep_m - self._play.view.bottom_m) / self._pixel_m
        top, bottom = max(0, int(row - 3)), min(canvas.shape[0], int(row + 4))
        x = left_m + (np.arange(canvas.shape[1]) + 0.5) * self._pixel_m - shape.x_m
        y = (row - np.arange(top, bottom) - 0.5)[:, None] * self._pixel_m
        weight = dark * np.exp(-((x / max(wide_m, self._pixel_m)) ** 4) - (y / deep_m) ** 2)
        canvas[top:bottom] *= (1.0 - weight).astype(np.float32)[..., None]

    def _splat(self, canvas: Field, specks: Track, left_m: float) -> None:
        """Drops: each brightens the four pixels around it by what it covers of them."""
        column = (specks[:, 0] - left_m) / self._pixel_m - 0.5
        row = canvas.shape[0] - (specks[:, 1] - self._play.view.bottom_m) / self._pixel_m - 0.5
        glow = np.zeros(canvas.shape[:2], np.float32)
        for down in (0, 1):
            for right in (0, 1):
                r, c = np.floor(row).astype(int) + down, np.floor(column).astype(int) + right
                share = np.clip(1 - abs(row - r), 0, 1) * np.clip(1 - abs(column - c), 0, 1) * specks[:, 2]
                ok = (r >= 0) & (r < canvas.shape[0]) & (c >= 0) & (c < canvas.shape[1])
                np.add.at(glow, (r[ok], c[ok]), share[ok].astype(np.float32))
        canvas += np.minimum(glow, 0.8)[..., None] * (0.75 * self._glow() - canvas)


def _area_m2(shape: Shape) -> float:
    wide, high, r = 2 * shape.half_w_m, 2 * shape.half_h_m, shape.radius_m
    return wide * high + 2 * r * (wide + high) + np.pi * r * r
