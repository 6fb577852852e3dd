"""The analysis written as plainly as it can be, one hop and one peak after the other: what the fast one must equal."""

import math

import numpy as np

from hobnail_plugins.codec.bands import band_meters, mel_filters
from hobnail_plugins.codec.spec import EPSILON, SILENT

HOP, WINDOW, SIZE, AHEAD = 512, 2048, 4096, 3
HZ = 48_000 / SIZE
AROUND = np.concatenate([np.arange(-32, -4), np.arange(5, 33)])
HANN = np.sin(np.pi * ((np.arange(WINDOW) + 0.5) / WINDOW)) ** 2


def plain_features(sound, partials):
    """float32 [frames] -> float32 [hops, 192 + 2 partials]."""
    hops = -(-len(sound) // HOP)
    before = WINDOW
    padded = np.concatenate([np.zeros(before), sound, np.zeros(hops * HOP - len(sound) + 4 * WINDOW)])
    padded = padded.astype(np.float32)
    split = len(mel_filters()[1]) - band_meters()[1].values(np.zeros(257)).size
    low, high = mel_filters(1024)[0][:, :split], mel_filters(512)[0][:, split:]
    banks = [(1024, np.ascontiguousarray(low)), (512, np.ascontiguousarray(high))]
    lines = [
        _peaks(padded[before + hop * HOP - 768 :][:WINDOW], max(0, 768 - hop * HOP)) for hop in range(hops + AHEAD)
    ]
    held, rows = [(0.0, SILENT)] * partials, []
    for hop in range(hops):
        power = float(np.square(padded[before + hop * HOP :][:HOP], dtype=np.float64).mean())
        cap = 0.5 * math.log(2.0 * power + math.exp(2.0 * SILENT)) + 0.1
        held = _advance(held, lines[hop : hop + AHEAD + 1], cap) if partials else held
        slots = np.array(held, np.float32).reshape(partials, 2)
        values = []
        for frame in (2 * hop, 2 * hop + 1):
            for size, bank in banks:
                piece = padded[before + frame * 256 - (size - 256) // 2 :][:size]
                window = np.sin(np.pi * (np.arange(size) / size)) ** 2
                spectrum = np.fft.rfft(piece * (window / math.sqrt(float(np.square(window).sum()))))
                powers = _without(spectrum.real**2 + spectrum.imag**2, 48_000 / size, slots)
                values.append(np.log(powers @ bank + EPSILON**2).astype(np.float32))
        rows.append(np.concatenate([*values, slots.ravel()]))
    return np.stack(rows)


def _peaks(sound, absent):
    """(log Hz, log amplitude, prominence), the strongest first."""
    spectrum = np.fft.rfft(sound * HANN, SIZE)
    power = spectrum.real**2 + spectrum.imag**2
    bins = range(int(80.0 / HZ), int(12_000.0 / HZ))
    tops = [b for b in bins if power[b] > power[b - 1] and power[b] >= power[b + 1] and power[b] > 1e-9]
    found = []
    for top in sorted(tops, key=lambda b: -power[b])[:24]:
        above = float(np.log(power[top] / max(float(np.median(power[np.abs(top + AROUND)])), 1e-12)))
        if above < 3.0:
            continue
        low, here, high = (float(np.log(power[top + shift] + 1e-30)) * 0.5 for shift in (-1, 0, 1))
        shift = 0.5 * (low - high) / min(low - 2.0 * here + high, -1e-9)
        level = here - 0.25 * (low - high) * shift - math.log(0.5 * float(HANN[absent:].sum()))
        found.append((float(np.log((top + shift) * HZ)), level, above))
    return sorted(found, key=lambda peak: -peak[1])[:12]


def _nearest(peaks, log_hz, taken=()):
    near = [(abs(peak[0] - log_hz), place) for place, peak in enumerate(peaks) if place not in taken]
    return min(near)[1] if near and min(near)[0] < 0.035 else None


def _advance(held, ahead, cap):
    now, taken, slots = ahead[0], set(), [(0.0, SILENT)] * len(held)
    busy = [level > SILENT for _, level in held]
    for slot in sorted((s for s in range(len(held)) if busy[s]), key=lambda s: -held[s][1]):
        if (place := _nearest(now, held[slot][0], taken)) is not None:
            taken.add(place)
            slots[slot] = now[place][:2]
        elif (place := _nearest(ahead[1], held[slot][0])) is not None:
            slots[slot] = tuple(0.5 * (old + new) for old, new in zip(held[slot], ahead[1][place], strict=False))
    for place, (log_hz, level, above) in enumerate(now):
        new = place not in taken and above >= 4.0 and level > -7.5 and all(abs(s[0] - log_hz) >= 0.07 for s in slots)
        if not new or not _lasts(ahead, log_hz):
            continue
        if False in busy:
            slots[busy.index(False)] = (log_hz, level)
            busy[busy.index(False)] = True
            continue
        weakest = min(range(len(slots)), key=lambda s: slots[s][1])
        if slots[weakest][1] > SILENT and level > slots[weakest][1] + 1.4:
            slots[weakest] = (slots[weakest][0], SILENT)
        break
    slots = [(log_hz, min(level, cap)) for log_hz, level in slots]
    return [slot if slot[1] > SILENT else (0.0, SILENT) for slot in slots]


def _lasts(ahead, log_hz):
    for later in ahead[1:]:
        if (place := _nearest(later, log_hz)) is None:
            return False
        log_hz = later[place][0]
    return True


def _without(powers, bin_hz, slots):
    for log_hz, level in slots:
        if level > SILENT:
            middle = round(math.exp(log_hz) / bin_hz)
            low, high = max(0, middle - 4), middle + 5
            beside = np.concatenate([powers[max(0, low - 3) : low], powers[high : high + 3]])
            powers[low:high] = np.minimum(powers[low:high], np.median(beside))
    return powers
