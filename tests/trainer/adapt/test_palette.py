"""A palette from recordings: it learns them, strength 0 is the model, and it is a file that the host loads."""

import os
import signal
import threading

import numpy as np
import pytest
import soundfile
import torch
from click.testing import CliRunner

from hobnail.host import Host
from hobnail_plugins.moe_lora.files import read_palette
from hobnail_plugins.moe_lora.nn.arms import Lora
from hobnail_plugins.moe_lora.nn.pack import digest_of, fill
from hobnail_plugins.moe_lora.palette import palette_controls
from hobnail_plugins.moe_lora.slots import Slots
from hobnail_plugins.moe_lora.spec import AdapterSettings, LoraSettings
from hobnail_trainer.adapt.fit import AdaptSettings, at_strength, kept_apart
from hobnail_trainer.adapt.palette import Request, make_palette
from hobnail_trainer.adapt.preview import GAP, HOPS, STRENGTHS
from hobnail_trainer.cli.adapt import command as adapt
from hobnail_trainer.cli.slim import command as slim
from hobnail_trainer.errors import TrainerError
from hobnail_trainer.export.source import checkpoint_of, network_of
from hobnail_trainer.model.generate import Told, generate_blocks, noise_for

from .conftest import RATE_HZ, write_squeaks

FAST = AdaptSettings(steps=60, rate=1e-2, tokens=128, judge_every=10, threads=1)


@pytest.fixture(scope="module")
def made(tmp_path_factory, model, codec, words):
    """(folder, what came of it, what was said)."""
    root = tmp_path_factory.mktemp("palette")
    data = write_squeaks(root / "data")
    (data / "broken.wav").write_bytes(b"no sound")
    said = []
    request = Request(model=model, data=data, axis="squeak", to=root / "squeak", licence="CC0-1.0", settings=FAST)
    return root / "squeak", make_palette(request, codec, words, tell=said.append), said


def test_recordings_that_were_kept_apart_are_made_better_at_strength_1(made):
    _, adapted, said = made
    assert adapted.after < 0.95 * adapted.before
    assert any("broken.wav: is no sound" in line for line in said)
    assert any("2 of them kept apart" in line for line in said)


def test_the_host_loads_it_with_a_control_of_its_name_and_takes_it_for_this_model_alone(made, model):
    folder, _, _ = made
    base = checkpoint_of(model)
    network = network_of(base, Host.discovered())
    palette = read_palette(folder, network.spec, digest_of(network))
    assert [control.id for control in palette_controls(palette)] == ["squeak"]
    assert palette.licence == "CC0-1.0"
    slots = Slots(network.spec, AdapterSettings(), digest_of(network))
    slots.load(palette)
    with pytest.raises(Exception, match="was made for the model"):
        read_palette(folder, network.spec, "another")


def test_strength_0_is_the_model_bit_for_bit_and_strength_1_is_not(made, model):
    folder, _, _ = made
    network = network_of(checkpoint_of(model), Host.discovered())
    adapter = Lora(network.spec, LoraSettings(rank=4, alpha=4.0, experts=("squeak",)))
    fill(adapter, read_palette(folder, network.spec, digest_of(network)))
    told = Told(torch.zeros(2, 12, 128), torch.zeros(2, 12, dtype=torch.bool))
    noise = noise_for(["a", "b"], 16, network.spec.latents, 1)

    def generated(adapters):
        return generate_blocks(network, told, noise, hops_per_block=16, passes=2, adapters=adapters)

    assert torch.equal(generated(at_strength(adapter, 0.0, 2)), generated(None))
    half, full = (generated(at_strength(adapter, each, 2)) - generated(None) for each in (0.5, 1.0))
    assert 0.0 < half.norm() < full.norm()


def test_a_preview_and_a_notice_lie_beside_it(made):
    folder, _, _ = made
    samples, rate = soundfile.read(folder / "preview.wav")
    assert rate == RATE_HZ
    each = HOPS * 512 + GAP
    assert samples.size == pytest.approx(each * len(STRENGTHS), abs=2048)
    assert not np.allclose(samples[:each], samples[-each:], atol=1e-3)
    notice = (folder / "NOTICE.txt").read_text(encoding="utf-8")
    assert "CC0-1.0" in notice
    assert "rubber_squeak_00.wav: rubber squeak" in notice
    assert "broken.wav: is no sound" in notice


def test_slim_weights_make_a_palette_for_the_same_model_by_command_line(tmp_path, model):
    file = tmp_path / "slim.safetensors"
    done = CliRunner().invoke(slim, [str(model), str(file)])
    assert done.exit_code == 0, done.output
    assert file.stat().st_size < 0.2 * next(model.glob("step-*")).stat().st_size
    data = write_squeaks(tmp_path / "data", 5)
    arguments = [str(file), "--data", str(data), "--axis", "duck", "--to", str(tmp_path / "duck"), "--steps", "2"]
    done = CliRunner().invoke(adapt, [*arguments, "--threads", "1"], input="CC-BY-4.0\n")
    assert done.exit_code == 0, done.output
    assert "before" in done.output
    network = network_of(checkpoint_of(model), Host.discovered())
    assert read_palette(tmp_path / "duck", network.spec, digest_of(network)).licence == "CC-BY-4.0"
    again = CliRunner().invoke(adapt, [*arguments, "--licence", "CC0-1.0"])
    assert isinstance(again.exception, TrainerError)
    assert "holds a palette already" in str(again.exception)


def test_sigterm_keeps_what_was_learned_until_then(tmp_path, model, codec, words):
    settings = AdaptSettings(steps=100_000, tokens=64, judge_every=5, patience=100_000, threads=1)
    request = Request(
        model=model,
        data=write_squeaks(tmp_path / "data", 5),
        axis="duck",
        to=tmp_path / "duck",
        licence="CC0-1.0",
        settings=settings,
    )

    def tell(line):
        if line.startswith("step 5:"):
            os.kill(os.getpid(), signal.SIGTERM)

    assert threading.current_thread() is threading.main_thread()
    made = make_palette(request, codec, words, tell=tell)
    assert made.steps == 5
    assert (tmp_path / "duck" / "palette.json").exists()


@pytest.mark.parametrize("axis", ["pitch", "shared", "Muddy Boots", ""])
def test_names_that_no_control_can_have_are_refused(tmp_path, model, codec, words, axis):
    request = Request(model=model, data=tmp_path, axis=axis, to=tmp_path / "x", licence="CC0-1.0")
    with pytest.raises(TrainerError, match="expected a word"):
        make_palette(request, codec, words, tell=lambda _: None)


@pytest.mark.parametrize(("count", "apart"), [(4, 1), (5, 1), (7, 1), (8, 2), (13, 3)])
def test_every_fifth_recording_is_kept_apart(count, apart):
    assert sum(kept_apart(count)) == apart
