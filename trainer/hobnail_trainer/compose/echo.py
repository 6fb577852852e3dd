"""What a room does to a click, and to any sound: early reflections by image sources, then a tail of decaying noise.

- Early: the images of a source in a box (Allen and Berkley, "Image method for efficiently simulating small-room
  acoustics", JASA 1979), up to the mixing time, about sqrt(V) ms for V in m^3 (Polack).
- Late: Gaussian noise per octave band, decaying by 60 dB in Eyring's time, with the energy of a diffuse field.
- The direct sound is the first sample, and 1: what went in comes out at the same frame, so onsets stay exact.
"""

from __future__ import annotations

import functools
import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

from hobnail.audio import RATE_HZ
from hobnail_trainer.compose.rooms import BANDS_HZ, Room, late_energy, reverberation_s
from hobnail_trainer.corpus.sound import Samples

SOUND_M_PER_S: Final = 343.0
LONGEST_S: Final = 4.0
EARLY_S: Final = (0.02, 0.08)  # the mixing time is kept within these
REFLECTIONS: Final = 6  # at most that many walls for one early reflection


@functools.lru_cache(maxsize=64)
def response(room: Room) -> Samples:
    """A room's impulse response, float32 [frames]. Not to be written to."""
    times_s = reverberation_s(room)
    frames = int(min(LONGEST_S, float(times_s.max())) * RATE_HZ) + 1
    size = _round_size(2 * frames)
    parts = _early(room, frames) + _late(room, frames, times_s)
    spectrum = (np.fft.rfft(parts, size) * _bands(size)).sum(axis=0)
    echoes = np.fft.irfft(spectrum, size)[:frames]
    echoes[0] = 1.0
    echoes[-RATE_HZ // 50 :] *= np.linspace(1.0, 0.0, RATE_HZ // 50)
    done = echoes.astype(np.float32)
    done.setflags(write=False)
    return done


def in_room(samples: Samples, room: Room) -> Samples:
    """A sound as it is heard in a room; as long as it was, float32 [frames]."""
    echoes = response(room)
    size = _round_size(samples.size + echoes.size)
    wet = np.fft.irfft(np.fft.rfft(samples, size) * np.fft.rfft(echoes, size), size)[: samples.size]
    return np.asarray(wet, dtype=np.float32)


def _early(room: Room, frames: int) -> NDArray[np.float64]:
    """Reflections without the direct sound, per band: float64 [bands, frames]."""
    size, source, ears = (np.array(each) for each in (room.size_m, room.source_m, room.listener_m))
    until_s = mixing_s(room)
    direct = float(np.linalg.norm(source - ears))
    reach = [min(4, math.ceil(until_s * SOUND_M_PER_S / length) // 2 + 1) for length in size]
    cells = np.stack(np.meshgrid(*(np.arange(-n, n + 1) for n in reach), indexing="ij"), -1).reshape(-1, 1, 3)
    mirrors = np.stack(np.meshgrid(*([[0, 1]] * 3), indexing="ij"), -1).reshape(1, 8, 3)
    images = (1 - 2 * mirrors) * source + 2 * cells * size
    near, far = np.abs(cells - mirrors), np.abs(cells) + 0 * mirrors  # how often each of the two walls was met
    distance = np.linalg.norm(images - ears, axis=-1)
    delay = (distance - direct) / SOUND_M_PER_S * RATE_HZ
    bounces = (near + far).sum(axis=-1)
    kept = (bounces > 0) & (bounces <= REFLECTIONS) & (delay < until_s * RATE_HZ) & (delay < frames - 2) & (delay >= 0)
    walls, floor, ceiling = (0.5 * np.log(1.0 - np.array(each)) for each in (room.walls, room.floor, room.ceiling))
    sides = (near + far)[kept][:, :2].sum(axis=1)
    loss = np.exp(np.outer(walls, sides) + np.outer(floor, near[kept][:, 2]) + np.outer(ceiling, far[kept][:, 2]))
    level = loss * direct / distance[kept]
    at = np.floor(delay[kept]).astype(int)
    part = delay[kept] - at
    out = np.zeros((len(BANDS_HZ), frames))
    for band in range(len(BANDS_HZ)):
        np.add.at(out[band], at, level[band] * (1.0 - part))
        np.add.at(out[band], at + 1, level[band] * part)
    return out


def _late(room: Room, frames: int, times_s: NDArray[np.float64]) -> NDArray[np.float64]:
    """The tail per band before its filter, float64 [bands, frames]; it swells up to the mixing time."""
    at_s = np.arange(frames) / RATE_HZ
    noise = np.random.default_rng(room.seed).standard_normal((len(BANDS_HZ), frames))
    power = late_energy(room) * 13.8 / (times_s * RATE_HZ)  # 13.8 = ln(10^6): energy falls by 60 dB in times_s
    decay = np.exp(-6.9 * at_s / times_s[:, None])
    swell = np.clip(at_s / mixing_s(room), 0.0, 1.0)
    return np.asarray(noise * np.sqrt(power)[:, None] * decay * swell)


def mixing_s(room: Room) -> float:
    """From when on reflections are too many to be told apart."""
    volume = room.size_m[0] * room.size_m[1] * room.size_m[2]
    return float(np.clip(math.sqrt(volume) / 1000.0, *EARLY_S))


def _bands(size: int) -> NDArray[np.float64]:
    """Octave bands that add up to 1 at every bin, float64 [bands, bins]; the outer ones reach to the ends."""
    hertz = np.maximum(np.fft.rfftfreq(size, 1.0 / RATE_HZ), 1.0)
    place = np.clip(np.log2(hertz / BANDS_HZ[0]), 0.0, len(BANDS_HZ) - 1.0)
    away = np.clip(np.abs(place - np.arange(len(BANDS_HZ))[:, None]), 0.0, 1.0)
    return np.asarray(np.cos(0.5 * np.pi * away) ** 2)


def _round_size(least: int) -> int:
    """The next size that has only small factors: 2^n, 3 * 2^n or 5 * 2^n."""
    return min(factor << max(0, math.ceil(math.log2(least / factor))) for factor in (1, 3, 5))
