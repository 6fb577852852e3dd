"""A small corpus of knocks and hums, a small teacher fitted to it, and foreign weights in their files."""

import numpy as np
import pytest
import soundfile
import torch
from safetensors.torch import save_file

from hobnail_trainer.corpus import write_manifest
from hobnail_trainer.teachers.own.fit import fit_teacher
from hobnail_trainer.teachers.own.spec import LearningSettings, NetworkSettings

from ..tiny_corpus import RATE_HZ, make_clip, manifest_of
from . import layouts

SMALL = NetworkSettings(width=32, blocks=3, kernel=7, averaged=2)
QUICK = LearningSettings(steps=70, batch=8, window_hops=48, span_hops=(2, 8), warm_steps=10, rate=3e-3)


def knocks(number, frames=RATE_HZ):
    """Knocks of one pitch, somewhere, over a little noise."""
    chance = np.random.default_rng(number)
    samples = chance.normal(0.0, 1e-3, frames)
    hz = chance.uniform(300.0, 4000.0)
    for at in chance.integers(0, frames - 4800, 4):
        t = np.arange(4800) / RATE_HZ
        samples[at : at + 4800] += 0.4 * np.sin(2 * np.pi * hz * t) * np.exp(-t / 0.02)
    return samples.astype(np.float32)


def hums(number, frames=RATE_HZ):
    """A tone that swells and falls."""
    chance = np.random.default_rng(1000 + number)
    t = np.arange(frames) / RATE_HZ
    swell = 0.5 + 0.5 * np.sin(2 * np.pi * chance.uniform(2.0, 6.0) * t)
    return (0.2 * swell * np.sin(2 * np.pi * chance.uniform(80.0, 300.0) * t)).astype(np.float32)


def write_corpus(folder):
    """Impacts and machines, families of two, in train and validation; one train clip under GPL."""
    clips = []
    for split, families in (("train", 8), ("validation", 6)):
        for category, make in (("impact", knocks), ("machine", hums)):
            for number in range(2 * families):
                id = f"{split}-{category}-{number:02d}"
                gpl = (split, category, number) == ("train", "machine", 0)
                clip = make_clip(
                    id,
                    category,
                    f"a {category}",
                    (),
                    split,
                    frames=RATE_HZ,
                    family=f"{split}/{category}/{number // 2}",
                    licence="GPL-3.0+" if gpl else ("CC-BY-SA-3.0" if number % 2 else "CC0-1.0"),
                    author="the GPL's author" if gpl else "somebody",
                )
                path = folder / clip.audio
                path.parent.mkdir(parents=True, exist_ok=True)
                samples = make(number + (0 if split == "train" else 500))
                soundfile.write(path, samples, RATE_HZ, format="FLAC", subtype="PCM_16")
                clips.append(clip)
    write_manifest(manifest_of(sorted(clips, key=lambda clip: clip.id)), folder)
    return folder


@pytest.fixture(scope="session")
def corpus(tmp_path_factory):
    return write_corpus(tmp_path_factory.mktemp("teacher-corpus"))


@pytest.fixture(scope="session")
def fitted(corpus, tmp_path_factory):
    """(teacher, its file)."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    file = tmp_path_factory.mktemp("teacher") / "small.safetensors"
    try:
        return fit_teacher(corpus, file, SMALL, QUICK, tell=lambda _: None), file
    finally:
        torch.set_num_threads(threads)


@pytest.fixture(scope="session")
def foreign(tmp_path_factory):
    """Kind -> file or folder."""
    folder = tmp_path_factory.mktemp("foreign")
    torch.save(layouts.atst_checkpoint(), folder / "atst.ckpt")
    torch.save(layouts.dasheng_checkpoint(), folder / "dasheng.pt")
    torch.save(layouts.beats_checkpoint(), folder / "beats.pt")
    saved = folder / "dasheng"
    saved.mkdir()
    model = {f"encoder.{name}": value for name, value in layouts.dasheng_model().items()}
    save_file(model, saved / "model.safetensors")
    (saved / "config.json").write_text('{"model_type": "dasheng", "encoder_kwargs": {"num_heads": 2}}')
    return {
        "atst": folder / "atst.ckpt",
        "dasheng": folder / "dasheng.pt",
        "dasheng folder": saved,
        "beats": folder / "beats.pt",
    }
