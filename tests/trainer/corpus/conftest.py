"""A tiny corpus, made here: a Debian package of generated sounds, half a megabyte, and the recipe for it."""

import io
import tarfile
import zipfile
from functools import cache

import numpy as np
import pytest
import soundfile

from hobnail_trainer.corpus import build_recipe, parse_recipe

RATE = 44_100
COPYRIGHT = """\
Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/

Files: *
Copyright: 2020 Ann Author
License: CC-BY-SA-3.0

Files: sounds/doors/*
Copyright: 2021 Bob Builder
License: CC0

Files: sounds/gpl/*
Copyright: 2022 Carol Copyleft
License: GPL-2+
"""
RECIPE = b"""
[recipe]
title = "Tiny"
seed = 3
licences = ["public-domain", "cc-by", "cc-by-sa"]
[[package]]
name = "tiny-sounds"
why = "the tests"
source = { "usr/share/tiny/" = "", "usr/share/tiny/more.pk3//" = "sounds/" }
"""


def hit(seed, *, decay_s=0.05, seconds=0.3, lead_s=0.0, tone_hz=0.0):
    """A burst of decaying noise, with a ring if asked for; float64 [frames] at 44.1 kHz."""
    chance = np.random.default_rng(seed)
    time = np.arange(int(seconds * RATE)) / RATE
    body = chance.standard_normal(time.size) * 0.2
    if tone_hz:
        body = 0.05 * body + 0.4 * np.sin(2 * np.pi * tone_hz * time)
    return np.concatenate([np.zeros(int(lead_s * RATE)), body * np.exp(-time / decay_s)])


def encoded(samples, kind="WAV", rate=RATE):
    file = io.BytesIO()
    soundfile.write(file, samples, rate, format=kind)
    return file.getvalue()


def deb(files):
    """Bytes of a Debian package with these files: path -> bytes."""
    tar = io.BytesIO()
    with tarfile.open(fileobj=tar, mode="w:xz") as archive:
        for path, data in files.items():
            info = tarfile.TarInfo(f"./{path}")
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    whole = b"!<arch>\n"
    for name, data in (("debian-binary", b"2.0\n"), ("control.tar.xz", b"odd"), ("data.tar.xz", tar.getvalue())):
        header = f"{name:<16}{0:<12}{0:<6}{0:<6}{'100644':<8}{len(data):<10}`\n".encode()
        whole += header + data + b"\n" * (len(data) % 2)
    return whole


def zipped(files):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for path, data in files.items():
            archive.writestr(path, data)
    return file.getvalue()


@cache  # OGG files carry a random serial number
def tiny_files():
    """What the tiny package holds: good sounds, bad ones, a container, music and a menu."""
    root = "usr/share/tiny/sounds"
    steps = {f"{root}/gravel_footstep_{take}.wav": encoded(hit(take, lead_s=0.2)) for take in range(1, 5)}
    doors = {f"{root}/doors/wooden_door_{take}.ogg": encoded(hit(20 + take), "OGG") for take in range(1, 4)}
    inside = {f"metal_hit{take}.wav": encoded(hit(40 + take, tone_hz=900.0 + 55 * take)) for take in range(1, 4)}
    return {
        "usr/share/doc/tiny-sounds/copyright": COPYRIGHT.encode(),
        **steps,
        **doors,
        "usr/share/tiny/more.pk3": zipped({**inside, "readme.txt": b"hello"}),
        f"{root}/gpl/glass_break.wav": encoded(hit(60)),
        f"{root}/music/theme.ogg": encoded(hit(61), "OGG"),
        f"{root}/xyzzy.wav": encoded(hit(62)),
        f"{root}/snow_footstep_1.wav": b"RIFF, but not really",
        f"{root}/snow_footstep_2.wav": b"",
        f"{root}/snow_footstep_3.wav": encoded(np.zeros(RATE // 4)),
        f"{root}/snow_footstep_4.wav": encoded(np.full(RATE // 4, 0.5)),
        f"{root}/snow_footstep_5.wav": encoded(np.sign(hit(63, decay_s=9.0))),
        f"{root}/snow_footstep_6.wav": encoded(hit(64, seconds=0.02)),
        f"{root}/snow_footstep_7.wav": encoded(hit(65, seconds=0.3)[::4], rate=11_025),
        f"{root}/sand_footstep_1.wav": encoded(hit(66), "OGG"),
        f"{root}/second/gravel_step.wav": encoded(0.5 * hit(1, lead_s=0.1)),
    }


@pytest.fixture
def tiny(tmp_path):
    """(folder of a corpus whose package is already fetched, recipe)."""
    corpus = tmp_path / "corpus"
    (corpus / "packages").mkdir(parents=True)
    (corpus / "packages" / "tiny-sounds_1.0_all.deb").write_bytes(deb(tiny_files()))
    return corpus, parse_recipe(RECIPE, name="tiny")


@pytest.fixture(scope="session")
def built(tmp_path_factory):
    """The tiny corpus, built once; tests only read it."""
    corpus = tmp_path_factory.mktemp("built")
    (corpus / "packages").mkdir()
    (corpus / "packages" / "tiny-sounds_1.0_all.deb").write_bytes(deb(tiny_files()))
    build_recipe(parse_recipe(RECIPE, name="tiny"), corpus, jobs=1, tell=lambda _: None)
    return corpus


@pytest.fixture(scope="session")
def making():
    """The makers above, for tests that need a sound or a package of their own."""

    class Making:
        hit = staticmethod(hit)
        encoded = staticmethod(encoded)
        deb = staticmethod(deb)
        zipped = staticmethod(zipped)
        tiny_files = staticmethod(tiny_files)

    return Making
