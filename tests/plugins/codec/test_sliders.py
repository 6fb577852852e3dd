"""Pitch and texture in the renderer: native and numpy agree, cutting changes nothing, and each moves what it names."""

import numpy as np
import pytest

from hobnail_native import SpectralRenderer
from hobnail_plugins.codec.codec import linear_codec, workshop

HOPS = 94


def lively_rows(hops, seed=4, partials=3):
    """Bands with hills that last, noise on them, and partials that come and go."""
    rng = np.random.default_rng(seed)
    hills = np.convolve(rng.uniform(-12.0, 2.0, 100), np.hanning(7)[1:-1] / 3.0, mode="valid")
    bands = np.tile(hills, 2) - 3.0 + rng.uniform(-1.0, 1.0, (hops, 192))
    log_hz = 6.0 + 0.7 * np.arange(partials) + 0.01 * rng.standard_normal((hops, partials)).cumsum(axis=0)
    level = rng.uniform(-11.0, -2.0, (hops, partials))
    return np.concatenate([bands, np.stack([log_hz, level], -1).reshape(hops, -1)], axis=1).astype(np.float32)


def rendered(rows, *settings, seed=2**63 + 5):
    """Rows in as many equal parts as there are settings of (semitones, texture)."""
    voice = SpectralRenderer(workshop(partials=3), seed)
    parts = np.array_split(rows, len(settings))
    for number, (part, (semitones, texture)) in enumerate(zip(parts, settings, strict=True)):
        voice.feed(part, last=number + 1 == len(parts), semitones=semitones, texture=texture)
    return voice.render(len(rows) * 512)


MOVES = [
    [(12.0, 0.0)],
    [(-7.3, 0.0)],
    [(0.0, -1.0)],
    [(0.0, 0.7)],
    [(5.0, -0.4)],
    [(0.0, 0.0), (-12.0, 1.0), (0.0, 0.0), (3.0, -1.0), (0.0, -0.2), (30.0, 0.1)],
]


@pytest.mark.parametrize("settings", MOVES)
def test_numpy_and_native_agree_within_a_ten_thousandth(settings):
    torch = pytest.importorskip("torch", reason="the torch half needs the extra [train]")
    from hobnail_plugins.codec.nn.render import TorchRenderer
    from hobnail_plugins.codec.nn.sliders import SlidRows

    rows, slid = lively_rows(HOPS), SlidRows(3, 2**63 + 5)
    moved = [
        slid(part, semitones=semitones, texture=texture)
        for part, (semitones, texture) in zip(np.array_split(rows, len(settings)), settings, strict=True)
    ]
    sound = rendered(rows, *settings)
    twin = TorchRenderer()(torch.from_numpy(np.concatenate(moved)), 2**63 + 5).numpy()
    assert np.abs(sound).max() > 0.1
    assert np.abs(sound - twin).max() <= 1e-4 * max(1.0, np.abs(sound).max())


@pytest.mark.parametrize("settings", [(12.0, 0.0), (0.0, -1.0), (-4.0, 0.8)])
def test_whole_and_streamed_agree_to_the_bit(settings):
    rows = lively_rows(24)
    whole = rendered(rows, settings)
    for parts in (24, 12, 5):
        assert np.array_equal(rendered(rows, *[settings] * parts), whole)


def test_at_rest_the_sound_is_the_one_without_sliders_to_the_bit():
    rows = lively_rows(24)
    plain = SpectralRenderer(workshop(partials=3), 9)
    plain.feed(rows, last=True)
    expected = plain.render(24 * 512)
    assert np.array_equal(rendered(rows, (0.0, 0.0), seed=9), expected)
    back = rendered(rows, (0.0, -1.0), (0.0, 0.0), (0.0, 0.0), seed=9)  # pitch would have turned phases
    assert not np.array_equal(back[:2048], expected[:2048])
    assert np.array_equal(back[10 * 512 :], expected[10 * 512 :])


@pytest.mark.parametrize("semitones", [-12.0, -5.0, 7.0, 12.0])
def test_noise_and_partials_move_by_the_semitones(semitones):
    """A hill of noise at 1 kHz, and a partial at 3 kHz."""
    rows = np.full((60, 198), -23.0, np.float32)
    rows[:, 192:] = [np.log(3000.0), -2.0, 0.0, -9.0, 0.0, -9.0]
    rows[:, [27, 28, 29, 96 + 27, 96 + 28, 96 + 29]] = 0.0
    before, after = (power_of(rendered(rows, (each, 0.0))) for each in (0.0, semitones))
    ratio = 2.0 ** (semitones / 12.0)
    noise, tone = (slice(int(hz * ratio / HZ), int(top * ratio / HZ)) for hz, top in ((500, 2000), (2500, 3500)))
    noise_0, tone_0 = (slice(int(hz / HZ), int(top / HZ)) for hz, top in ((500, 2000), (2500, 3500)))
    assert centre(after, noise) / centre(before, noise_0) == pytest.approx(ratio, rel=0.03)
    assert (tone.start + after[tone].argmax()) / (tone_0.start + before[tone_0].argmax()) == pytest.approx(
        ratio, rel=0.01
    )
    assert after[int(20_000 / HZ) :].sum() < 1e-4 * after.sum()


def test_a_partial_that_would_pass_the_top_is_gone_and_folds_nowhere():
    rows = np.full((30, 198), -23.0, np.float32)
    rows[:, 192:] = [np.log(11_500.0), -2.0, 0.0, -9.0, 0.0, -9.0]
    assert np.abs(rendered(rows, (0.0, 0.0))).max() > 0.1
    assert np.abs(rendered(rows, (12.0, 0.0))).max() < 1e-3


@pytest.mark.parametrize("moved", [(-12.0, 0.0), (12.0, 0.0), (0.0, -1.0), (0.0, 1.0)])
def test_loudness_is_kept(moved):
    rows = lively_rows(60)
    before, after = (weighted_db(rendered(rows, each)) for each in ((0.0, 0.0), moved))
    assert after == pytest.approx(before, abs=1.5)


def test_texture_moves_what_is_periodic_and_not_where_it_lies():
    rows = lively_rows(60)
    rough, plain, smooth = (power_of(rendered(rows, (0.0, each))) for each in (1.0, 0.0, -1.0))
    narrow = [np.sort(each)[-12:].sum() / each.sum() for each in (rough, plain, smooth)]
    assert narrow[0] < 0.7 * narrow[1]
    assert narrow[1] < 0.8 * narrow[2]
    for each in (rough, smooth):
        assert centre(each, slice(4, 900)) == pytest.approx(centre(plain, slice(4, 900)), rel=0.25)


def test_a_slider_that_jumps_makes_no_click():
    rows = np.repeat(lively_rows(1, partials=3), 60, axis=0)
    rows[:, 193::2] = [-3.0, -4.0, -5.0]
    still, jumping = rendered(rows, (0.0, 0.0)), rendered(rows, *[(7.0, -1.0), (-7.0, 1.0)] * 6)
    steps = [np.abs(np.diff(each[2048:], n=2)).max() / np.abs(each).max() for each in (still, jumping)]
    assert steps[1] < 2.0 * steps[0]


def test_the_codec_hands_sliders_on_and_refuses_what_is_no_number():
    codec = linear_codec()
    latents = np.random.default_rng(1).standard_normal((8, codec.spec.dimensions)).astype(np.float32)
    plain, _ = codec.decode(latents, codec.begin_decoding(1), last=True)
    moved, _ = codec.decode(latents, codec.begin_decoding(1), last=True, semitones=6.0, texture=0.5)
    assert plain.shape == moved.shape
    assert not np.array_equal(plain, moved)
    with pytest.raises(ValueError, match="semitones or texture"):
        codec.decode(latents, codec.begin_decoding(1), last=True, semitones=float("nan"))


HZ = 48_000 / 2048


def power_of(sound):
    """Mean power spectrum, [1025]."""
    frames = np.lib.stride_tricks.sliding_window_view(sound[1024:-1024], 2048)[::512] * np.hanning(2048)
    return np.square(np.abs(np.fft.rfft(frames))).mean(axis=0)


def centre(power, where):
    place = np.arange(len(power))[where]
    return np.exp((power[where] * np.log(place)).sum() / power[where].sum())


def weighted_db(sound):
    """By half of A-weighting's decibels, as the renderer keeps it."""
    power = power_of(sound)
    f = np.square(np.arange(1025) * HZ)
    low = (f + 20.6**2) * np.sqrt((f + 107.7**2) * (f + 737.9**2))
    return 10.0 * np.log10((power * 1.2589 * 12194.0**2 * f * f / (low * (f + 12194.0**2))).sum())
