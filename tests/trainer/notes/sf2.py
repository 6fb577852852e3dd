"""Writes a SoundFont 2 file of generated waves, for fluidsynth to play: every chunk that the specification asks for."""

import struct

import numpy as np

RATE = 48_000
PERIOD_HZ = 440.0
START_LOOP, LOOP = 960, 1200  # 1,200 frames are 11 periods of 440 Hz: the loop does not click


def chunk(name, data):
    return name + struct.pack("<I", len(data)) + data + b"\0" * (len(data) % 2)


def listed(name, *chunks):
    return chunk(b"LIST", name + b"".join(chunks))


def wave(harmonics):
    """int16 [2400]: A4 with so many harmonics, full scale at half."""
    time = np.arange(2400) / RATE
    tone = sum(np.sin(2 * np.pi * PERIOD_HZ * order * time) / order for order in range(1, harmonics + 1))
    return (tone / np.abs(tone).max() * 16_000).astype("<i2")


def text(name, size):
    return name.encode().ljust(size, b"\0")


def soundfont(presets, harmonics):
    """Bytes of a font. ``presets``: program -> number of its sample; ``harmonics``: of each sample."""
    waves = [wave(count) for count in harmonics]
    pause = np.zeros(46, "<i2")
    starts = np.cumsum([0] + [each.size + pause.size for each in waves])
    data = b"".join(each.tobytes() + pause.tobytes() for each in waves)
    headers = b"".join(
        text(f"wave{number}", 20)
        + struct.pack("<IIIIIBbHH", at, at + 2400, at + START_LOOP, at + START_LOOP + LOOP, RATE, 69, 0, 0, 1)
        for number, at in enumerate(map(int, starts[:-1]))
    )
    count = len(waves)
    instruments = b"".join(text(f"inst{number}", 20) + struct.pack("<H", number) for number in range(count))
    inst_bags = b"".join(struct.pack("<HH", 2 * number, 0) for number in range(count + 1))
    inst_gens = b"".join(struct.pack("<HHHH", 54, 1, 53, number) for number in range(count))  # looped, then its sample
    programs = b"".join(
        text(f"preset{program}", 20) + struct.pack("<HHHIII", program, 0, bag, 0, 0, 0)
        for bag, program in enumerate(sorted(presets))
    )
    preset_bags = b"".join(struct.pack("<HH", bag, 0) for bag in range(len(presets) + 1))
    preset_gens = b"".join(struct.pack("<HH", 41, presets[program]) for program in sorted(presets))
    last = struct.pack("<HHHIII", 0, 0, len(presets), 0, 0, 0)
    tables = listed(
        b"pdta",
        chunk(b"phdr", programs + text("EOP", 20) + last),
        chunk(b"pbag", preset_bags),
        chunk(b"pmod", bytes(10)),
        chunk(b"pgen", preset_gens + bytes(4)),
        chunk(b"inst", instruments + text("EOI", 20) + struct.pack("<H", count)),
        chunk(b"ibag", inst_bags),
        chunk(b"imod", bytes(10)),
        chunk(b"igen", inst_gens + bytes(4)),
        chunk(b"shdr", headers + text("EOS", 20) + bytes(26)),
    )
    info = listed(
        b"INFO",
        chunk(b"ifil", struct.pack("<HH", 2, 1)),
        chunk(b"isng", b"EMU8000\0"),
        chunk(b"INAM", b"Tiny\0\0"),
    )
    return chunk(b"RIFF", b"sfbk" + info + listed(b"sdta", chunk(b"smpl", data)) + tables)
