"""What should ring does: lines stand as still as things of such words do, and the network remembers them so."""

import msgspec
import numpy as np
import pytest

from hobnail_native import SpectralStandingLines, settle_together
from hobnail_plugins.aht.bundle import read_manifest
from hobnail_plugins.aht.lines import LIVELIEST, STILLEST, begin_lines, settled, wander
from hobnail_plugins.aht.loading import load_model
from hobnail_plugins.aht.manifest import Lines
from hobnail_plugins.aht.settings import AhtConfig
from hobnail_plugins.codec.codec import linear_codec

from .bundles import unpacked

WORDS = np.eye(1, 128, dtype=np.float32)[0]
LINES = Lines(weights=[2.0] + [0.0] * 127, bias=-9.0, jitter=0.07)


def rung(hops, hz, *, off, seed=1):
    """A codec, and latents of silence in which the first slot says a line, off by a normal deviate at every hop."""
    codec = linear_codec()
    latents, _ = codec.encode(np.zeros(512 * hops, np.float32), codec.begin_encoding(), last=True)
    mean = codec.partials_of(np.zeros_like(latents))
    spread = codec.partials_of(np.ones_like(latents)) - mean
    slots = codec.partials_of(latents)
    slots[:, 0, 0] = np.log(hz) + off * np.random.default_rng(seed).standard_normal(len(latents))
    slots[:, 0, 1] = np.log(0.1)
    latents[:, -6:] = ((slots - mean) / spread).reshape(len(latents), 6)
    return codec, latents


def at_its_top(samples):
    """Share of the power within 20 Hz of the strongest frequency, and that frequency in Hz."""
    power = np.abs(np.fft.rfft(samples * np.hanning(len(samples)))) ** 2
    hz = np.fft.rfftfreq(len(samples), 1 / 48_000)
    top = hz[int(power.argmax())]
    return float(power[np.abs(hz - top) < 20].sum() / power.sum()), float(top)


def test_words_say_how_far_a_line_moves_within_bounds():
    assert wander(LINES, 0 * WORDS) == pytest.approx(2.0**-9)
    assert wander(LINES, WORDS) == pytest.approx(2.0**-7)
    assert wander(LINES, -9 * WORDS) == STILLEST
    assert wander(LINES, 9 * WORDS) == LIVELIEST


def test_a_line_that_is_said_anew_at_every_hop_rings():
    codec, said = rung(64, 1000.0, off=0.07)
    lines = begin_lines(LINES, codec, -9 * WORDS)
    latents = said[None].copy()
    assert settled([lines], latents)
    before, after = (
        at_its_top(codec.decode(each, codec.begin_decoding(1), last=True)[0]) for each in (said, latents[0])
    )
    assert before[0] < 0.5
    assert after[0] > 0.9
    assert after[1] == pytest.approx(1000.0, rel=0.03)
    np.testing.assert_array_equal(latents[0, :, :-6], said[:, :-6], err_msg="bands are nobody's line")


def test_voices_are_settled_each_by_its_own_lines():
    codec, one = rung(8, 500.0, off=0.07)
    _, two = rung(8, 2000.0, off=0.07, seed=2)
    alone = one[None].copy()
    settled([begin_lines(LINES, codec, WORDS)], alone)
    both = np.stack([two, one])
    settled([begin_lines(LINES, codec, WORDS) for _ in both], both)
    np.testing.assert_array_equal(both[1], alone[0])


def test_without_lines_nothing_is_touched():
    codec, said = rung(8, 500.0, off=0.07)
    assert begin_lines(None, codec, WORDS) is None
    assert begin_lines(LINES, object(), WORDS) is None, "a codec without partials"
    latents = said[None].copy()
    assert not settled([None], latents)
    np.testing.assert_array_equal(latents[0], said)


def test_latents_of_another_shape_are_refused():
    codec, said = rung(8, 500.0, off=0.07)
    lines = begin_lines(LINES, codec, WORDS)
    assert isinstance(lines, SpectralStandingLines)
    with pytest.raises(ValueError, match="expected \\[voices, hops"):
        settle_together([lines], said)
    frozen = said[None].copy()
    frozen.flags.writeable = False
    with pytest.raises(ValueError, match="not writeable"):
        settle_together([lines], frozen)
    with pytest.raises(TypeError):
        settle_together([lines], said[None].astype(np.float64))  # a copy would be settled in its place


def test_the_network_remembers_the_settled_line(tmp_path):
    folder = unpacked(tmp_path)

    def second_block(lines):
        manifest = msgspec.structs.replace(read_manifest(folder), lines=lines)
        (folder / "manifest.json").write_bytes(msgspec.json.encode(manifest))
        model = load_model(AhtConfig(bundle=str(folder), voices=2))
        voice = model.begin(3, model.told("a bell"), sustained=False, gain=1.0, force=0.0)
        first, second = (model.make([voice], [{}], [{}], hops).latents[0] for hops in (64, 16))
        return first, second

    plain, still = second_block(None), second_block(LINES)
    np.testing.assert_array_equal(plain[0][:, :26], still[0][:, :26], err_msg="of the same noise")
    assert not np.array_equal(plain[0][:, 26:], still[0][:, 26:])
    assert not np.array_equal(plain[1][:, :26], still[1][:, :26]), "what follows hears another past"
