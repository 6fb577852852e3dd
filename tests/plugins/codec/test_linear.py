"""The codec that ships: it keeps its contract, starts on its first sample, and rings as the recording rang."""

import hashlib
from importlib.resources import files

import numpy as np
import pytest

from hobnail import CodecError, Host
from hobnail.testing import check_codec, check_plugin
from hobnail_plugins.codec import plugin
from hobnail_plugins.codec.codec import linear_codec
from hobnail_plugins.codec.rows import chance_of
from hobnail_plugins.codec.spec import LinearConfig
from hobnail_plugins.codec.tables import PACKAGED

RATE_HZ = 48_000
KEPT = 26  # latents before the partials


def encoded(sound, codec=None):
    codec = codec or linear_codec()
    latents, _ = codec.encode(sound.astype(np.float32), codec.begin_encoding(), last=True)
    return latents


def decoded(latents, seed=1, codec=None):
    codec = codec or linear_codec()
    samples, _ = codec.decode(latents, codec.begin_decoding(seed), last=True)
    return samples


def round_trip(sound, seed=1, codec=None):
    return decoded(encoded(sound, codec), seed, codec)[: len(sound)]


def noise(seconds, level=0.1):
    return level * np.random.default_rng(2).standard_normal(int(seconds * RATE_HZ))


def db(power):
    return 10.0 * np.log10(power + 1e-20)


def power(sound):
    return float(np.square(sound, dtype=np.float64).mean())


@pytest.mark.parametrize("residual", [True, False])
def test_it_keeps_the_contract_of_codecs(residual):
    check_codec(linear_codec(LinearConfig(residual=residual)))


def test_its_plugin_keeps_every_contract():
    assert "component.linear" in check_plugin(plugin, skip=[])


def test_it_is_within_the_budget_of_a_flow_model():
    spec = linear_codec().spec
    assert spec.dimensions <= 32
    assert spec.latents_hz == pytest.approx(93.75)
    assert spec.lag_frames <= 0.008 * RATE_HZ


def test_latents_of_noise_are_of_order_one_and_have_no_partials():
    latents = encoded(noise(1.0))
    assert np.abs(latents).max() < 8.0
    assert np.allclose(latents[:, KEPT::2], 0.0)
    assert np.allclose(latents[:, KEPT + 1 :: 2], -1.0)


@pytest.mark.parametrize("level", [0.3, 0.03, 0.003])
def test_noise_keeps_its_level_within_a_decibel(level):
    sound = noise(1.0, level)
    assert abs(db(power(round_trip(sound))) - db(power(sound))) < 1.0


@pytest.mark.parametrize("residual", [True, False])
def test_silence_stays_below_the_floor(residual):
    codec = linear_codec(LinearConfig(residual=residual))
    assert db(power(round_trip(np.zeros(RATE_HZ), codec=codec))) < -75.0


def test_a_voice_is_there_from_its_first_sample_on():
    time_s = np.arange(RATE_HZ // 5) / RATE_HZ
    knock = 5.0 * noise(0.2) * np.exp(-30.0 * time_s)
    heard = np.mean([np.square(round_trip(knock, seed)[:240]) for seed in range(16)], axis=0)
    # There is nothing before a voice's first sample, and the first third of a millisecond is as loud as what follows.
    assert abs(db(heard[:16].mean()) - db(heard[16:].mean())) < 3.0
    assert abs(db(heard.mean()) - db(power(knock[:240]))) < 3.0


@pytest.mark.parametrize("off", [0, 100, 256, 400])
def test_an_attack_inside_a_clip_begins_within_two_milliseconds_of_its_time(off):
    at = 20 * 512 + off
    time_s = np.arange(RATE_HZ) / RATE_HZ
    sound = np.concatenate([np.zeros(at), 5.0 * noise(1.0) * np.exp(-30.0 * time_s)])
    heard = np.mean([np.square(round_trip(sound, seed)) for seed in range(8)], axis=0)
    attack = heard[at : at + 240].mean()
    # Windows of 1024 and 512 samples would smear it over 10 ms: two short frames tell where it begins.
    assert db(heard[at - 240 : at - 96].mean()) - db(attack) < -40.0
    assert db(heard[at - 96 : at - 48].mean()) - db(attack) < -20.0
    assert abs(db(heard[at + 72 : at + 240].mean()) - db(attack)) < 3.0
    assert db(heard[: at - 1024].mean()) - db(attack) < -45.0


@pytest.mark.parametrize(
    ("frequencies_hz", "decays"),
    [((523, 1400, 2911), (6, 8, 12)), ((300, 2000, 5200), (20, 30, 40)), ((150, 450, 800), (10, 10, 10))],
)
def test_three_ringing_partials_keep_frequency_within_1_and_decay_within_10_percent(frequencies_hz, decays):
    time_s = np.arange(RATE_HZ) / RATE_HZ
    lines = [
        level * np.sin(2.0 * np.pi * hz * time_s + phase) * np.exp(-decay * time_s)
        for phase, (hz, decay, level) in enumerate(zip(frequencies_hz, decays, (0.4, 0.25, 0.15), strict=True))
    ]
    heard = round_trip(sum(lines) + noise(1.0, 0.002))
    for hz, decay in zip(frequencies_hz, decays, strict=True):
        assert line_hz(heard, hz) == pytest.approx(hz, rel=0.01)
        assert line_decay(heard, hz) == pytest.approx(decay, rel=0.1)


def line_hz(sound, near_hz):
    spectrum = np.abs(np.fft.rfft(sound[:24_000] * np.hanning(24_000), 1 << 17))
    hz = np.arange(len(spectrum)) * RATE_HZ / (1 << 17)
    around = (hz > 0.9 * near_hz) & (hz < 1.1 * near_hz)
    return hz[around][np.argmax(spectrum[around])]


def line_decay(sound, hz):
    """Nepers a second, from the level of one frequency in windows of 43 ms."""
    turn = np.exp(-2j * np.pi * hz * np.arange(2048) / RATE_HZ) * np.hanning(2048)
    starts = np.arange(2, 40) * 512
    levels = np.array([abs(np.sum(sound[start : start + 2048] * turn)) for start in starts])
    strong = levels > 0.03 * levels.max()
    return -np.polyfit(starts[strong] / RATE_HZ, np.log(levels[strong]), 1)[0]


def test_what_the_latents_leave_out_is_made_good_by_chance():
    latents = encoded(noise(1.0))
    rough, smooth = (
        decoded(latents, codec=linear_codec(LinearConfig(residual=residual))) for residual in (True, False)
    )
    assert db(power(rough)) > db(power(smooth)) + 0.3


def test_the_same_seed_gives_the_same_bytes_in_another_codec_and_another_seed_does_not():
    latents = encoded(noise(0.2))
    assert decoded(latents, 2**64 - 1).tobytes() == decoded(latents, 2**64 - 1, linear_codec()).tobytes()
    assert decoded(latents, 1).tobytes() != decoded(latents, 2).tobytes()


def test_latents_far_from_any_sound_give_finite_samples():
    for value in (-1e6, 1e6):
        assert np.isfinite(decoded(np.full((3, 32), value, np.float32))).all()


@pytest.mark.parametrize(
    ("latents", "problem"),
    [
        (np.zeros((2, 31), np.float32), r"float32 \[2, 31\], expected float32 \[hops, 32\]"),
        (np.zeros((2, 32)), r"float64 \[2, 32\]"),
        (np.full((2, 32), np.nan, np.float32), "NaN or infinity"),
    ],
)
def test_latents_that_cannot_be_are_refused(latents, problem):
    with pytest.raises(CodecError, match=problem):
        decoded(latents)


@pytest.mark.parametrize("sound", [np.zeros((5, 2), np.float32), np.zeros(5), np.full(5, np.inf, np.float32)])
def test_sound_that_cannot_be_is_refused(sound):
    codec = linear_codec()
    with pytest.raises(CodecError, match="samples"):
        codec.encode(sound, codec.begin_encoding())


def test_the_host_builds_it_from_its_table():
    host = Host()
    host.add(plugin, "codec")
    assert host.build("components", "linear", {"residual": False}).spec.id == "linear"
    with pytest.raises(CodecError, match=r"missing\.npz: cannot be read"):
        host.build("components", "linear", {"path": "missing.npz"})


def test_chance_is_weaker_and_lasts_longer_than_it_was_measured():
    shares = np.array([[0.5, 0.5, 0.0, 0.0], [0.0, 0.0, 1.0, 0.0], [0.0, 0.0, 0.0, 0.0]], np.float32)
    assert chance_of(shares) == pytest.approx(np.array([[0.72, 0.18, 0.0, 0.0], [0.0, 0.0, 0.9, 0.0], [0.0] * 4]))


def test_the_packaged_tables_are_those_that_generators_were_trained_on():
    data = files("hobnail_plugins.codec").joinpath("data", PACKAGED).read_bytes()
    assert hashlib.sha256(data).hexdigest() == "fd439ff40f404ff61e4eea3958e6125b50133650a2e26f1ac06734efcb3846e1"
