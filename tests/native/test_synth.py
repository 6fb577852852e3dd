"""The native synthesiser, through its binding: layers keep their numbers, chunks and patches join without a seam."""

import numpy as np
import pytest

from hobnail_native import SynthPatch, SynthRenderer

RATE_HZ = 48_000
PULSE = [[0.0, 0.00002, 1.0, 0.0, 0.0]]


def table(*rows):
    return np.array(rows, dtype=np.float32)


def sound(patch, seconds=1.0, *, seed=1):
    frames = int(seconds * RATE_HZ)
    renderer = SynthRenderer(seed)
    renderer.play(patch, frames, last=False)
    return renderer.render(frames).astype(np.float64)


def band(centre_hz, width_hz, gain, *, attack_s=0.0, decay_s=0.0, delay_s=0.0, modulator=0, depth=0.0, stages=1):
    return [centre_hz, width_hz, gain, attack_s, decay_s, delay_s, 0.0, stages, modulator, depth]


def train(kind, rate_hz, gain, low_hz, high_hz, decay_s, *, shape=0.3, spread_db=0.0):
    return [kind, rate_hz, gain, spread_db, low_hz, high_hz, decay_s, 0, 0, 0, shape, 0, 0, 0, 0, 0]


def everything():
    return SynthPatch(
        modes=table([220, 0.3, 0.1], [531, 0.2, 0.1], [1207, 0.1, 0.1]),
        bands=table(band(900, 900, 0.1), band(4000, 2000, 0.05, modulator=1, depth=0.8)),
        grains=table(train(0, 300, 0.1, 800, 5000, 0.02), train(1, 60, 0.1, 800, 3000, 0.02)),
        pulses=table([0.0, 0.002, 1.0, 0.1, 0.5], [0.05, 0.003, 0.5, 0.1, 0.5]),
        modulators=table([13, 1, 0.5, 0.1]),
    )


def peak_hz(samples):
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples))))
    return np.argmax(spectrum) * RATE_HZ / len(samples)


@pytest.mark.parametrize("chunk", [1, 511, 512, 513])
def test_any_chunk_size_gives_the_same_samples(chunk):
    def voice():
        renderer = SynthRenderer(7)
        renderer.play(everything(), 3000, last=False)
        renderer.play(SynthPatch(bands=table(band(1500, 700, 0.2))), 3000, last=True)
        return renderer

    whole = voice().render(6000)
    renderer = voice()
    parts = []
    while not renderer.finished:
        parts.append(renderer.render(chunk))
    assert np.array_equal(np.concatenate(parts), whole)


def test_the_same_seed_repeats_a_take_and_another_does_not():
    assert np.array_equal(sound(everything(), seed=3), sound(everything(), seed=3))
    assert not np.array_equal(sound(everything(), seed=3), sound(everything(), seed=2**64 - 1))


def test_a_mode_has_its_frequency_its_gain_and_its_decay():
    samples = sound(SynthPatch(modes=table([440, 0.5, 0.3]), pulses=table(*PULSE)))
    envelope = np.abs(samples).reshape(-1, 480).max(axis=1)
    assert peak_hz(samples) == pytest.approx(440, abs=2)
    assert np.abs(samples).max() == pytest.approx(0.3, rel=0.05)
    fell_db = 20 * np.log10(envelope[5] / envelope[30])
    assert fell_db == pytest.approx(60 * 0.25 / 0.5, abs=1.5)


def test_a_wider_contact_wakes_fewer_high_modes():
    def high_over_low(width_s):
        patch = SynthPatch(modes=table([200, 0.2, 0.1], [3000, 0.2, 0.1]), pulses=table([0, width_s, 1, 0, 0]))
        spectrum = np.abs(np.fft.rfft(sound(patch)))
        return spectrum[2900:3100].max() / spectrum[150:250].max()

    assert high_over_low(0.0001) > 3 * high_over_low(0.001) > 9 * high_over_low(0.01)


@pytest.mark.parametrize(("centre_hz", "width_hz"), [(200, 60), (1000, 1000), (6000, 500)])
@pytest.mark.parametrize("stages", [1, 2])
def test_a_held_band_has_its_level_and_its_place(centre_hz, width_hz, stages):
    samples = sound(SynthPatch(bands=table(band(centre_hz, width_hz, 0.1, stages=stages))), 6.0)
    spectrum = np.abs(np.fft.rfft(samples)) ** 2
    frequencies = np.fft.rfftfreq(len(samples), 1 / RATE_HZ)
    near = np.abs(frequencies - centre_hz) < 1.5 * width_hz
    assert 20 * np.log10(np.std(samples) / 0.1) == pytest.approx(0, abs=1.5)
    assert spectrum[near].sum() > 0.6 * spectrum.sum()


def test_a_band_waits_for_its_delay_and_dies_away():
    samples = sound(SynthPatch(bands=table(band(1000, 1000, 0.2, delay_s=0.1, decay_s=0.2))))
    assert not samples[:4800].any()
    assert np.std(samples[4800:5800]) > 0.05
    assert np.std(samples[-4800:]) < 1e-4


def test_a_train_has_its_rate_of_grains():
    samples = sound(SynthPatch(grains=table(train(1, 20, 0.5, 4000, 4000, 0.004, shape=0.0))), 20.0)
    envelope = np.abs(samples).reshape(-1, 48).max(axis=1) > 0.05
    starts = np.count_nonzero(np.diff(envelope.astype(int)) > 0)
    assert starts == pytest.approx(20 * 20, rel=0.2)


def test_a_bubble_rises():
    patch = SynthPatch(grains=table(train(1, 2000, 0.5, 1000, 1000, 0.1, shape=1.0)))
    samples = sound(patch, 0.5)
    low = peak_hz(samples)
    assert 1000 < low < 2200


def test_a_modulator_moves_a_band():
    held = sound(SynthPatch(bands=table(band(2000, 2000, 0.1))), 2.0)
    moving = sound(
        SynthPatch(bands=table(band(2000, 2000, 0.1, modulator=1, depth=1)), modulators=table([5, 0, 0, 0])), 2
    )

    def unevenness(samples):
        blocks = np.std(samples.reshape(-1, 960), axis=1)
        return np.std(blocks) / np.mean(blocks)

    assert unevenness(moving) > 3 * unevenness(held)


def test_a_swap_of_patches_makes_no_step_beyond_the_sounds_own():
    quiet = SynthPatch(bands=table(band(200, 20, 0.02, stages=2)))
    loud = SynthPatch(bands=table(band(400, 40, 0.3, stages=2)), gain=0.8)
    renderer = SynthRenderer(5)
    for patch in (quiet, loud) * 4:
        renderer.play(patch, 3000, last=False)
    steps = np.abs(np.diff(renderer.render(24_000)))
    near_swap = np.arange(len(steps)) % 3000 < 300
    assert steps[near_swap].max() <= 1.05 * steps[~near_swap].max()


def test_a_row_that_goes_away_fades_instead_of_stopping():
    renderer = SynthRenderer(5)
    renderer.play(SynthPatch(bands=table(band(300, 30, 0.2, stages=2))), 2400, last=False)
    renderer.play(SynthPatch(), 2400, last=False)
    samples = renderer.render(4800)
    own_step = np.abs(np.diff(samples[:2400])).max()
    assert np.abs(np.diff(samples[2390:])).max() <= 1.1 * own_step
    assert not samples[-1000:].any()


def test_a_one_shot_ends_when_it_has_died_away():
    renderer = SynthRenderer(1)
    renderer.play(SynthPatch(modes=table([500, 0.1, 0.3]), pulses=table(*PULSE)), 10 * RATE_HZ, last=True)
    samples = renderer.render(10 * RATE_HZ)
    assert renderer.finished
    assert 0.1 * RATE_HZ < len(samples) < 0.3 * RATE_HZ


def test_a_last_patch_that_still_sounds_is_faded_within_its_frames():
    renderer = SynthRenderer(1)
    renderer.play(SynthPatch(bands=table(band(500, 200, 0.3))), 4800, last=True)
    samples = renderer.render(9600)
    assert len(samples) == 4800
    assert renderer.finished
    assert np.abs(samples[-10:]).max() < 0.05 * np.abs(samples).max()


def test_the_loudest_patch_stays_within_full_scale():
    patch = SynthPatch(bands=table(band(500, 900, 50.0)), gain=100.0)
    samples = sound(patch)
    assert np.isfinite(samples).all()
    assert np.abs(samples).max() <= 1.0


@pytest.mark.parametrize(
    ("layer", "value", "words"),
    [
        ("modes", np.zeros((1, 4)), r"modes .* expected float32 \[n, 3\]"),
        ("modes", np.ones((49, 3)), "modes has 49 rows; a voice takes at most 48"),
        ("modes", [[100.0, 0.0, 1.0]], "decay_s must be above 0"),
        ("modes", [[np.nan, 0.1, 1.0]], r"modes\[0, 0\] is not a finite number"),
        ("bands", [band(0, 100, 0.1)], "above 0 Hz"),
        ("bands", [band(100, 100, 0.1, modulator=5)], "modulator must be 0..4"),
        ("grains", [train(3, 10, 0.1, 100, 200, 0.1)], "kind must be 0"),
        ("grains", [train(0, 10, 0.1, 300, 200, 0.1)], "low_hz <= high_hz"),
        ("pulses", np.zeros((17, 5)), "pulses has 17 rows"),
        ("modulators", [[1, 9, 0, 0]], "shape is 0"),
    ],
)
def test_a_wrong_table_is_refused_by_name(layer, value, words):
    with pytest.raises(ValueError, match=words):
        SynthPatch(**{layer: np.array(value, dtype=np.float32)})


def test_a_voice_refuses_more_after_its_last_patch():
    renderer = SynthRenderer(1)
    renderer.play(SynthPatch(), 100, last=True)
    with pytest.raises(ValueError, match="the last one has been told"):
        renderer.play(SynthPatch(), 100, last=False)


def test_a_voice_refuses_no_frames_and_an_absurd_rate():
    with pytest.raises(ValueError, match="expected 1 or more"):
        SynthRenderer(1).play(SynthPatch(), 0, last=False)
    with pytest.raises(ValueError, match=r"expected 8000\.\.384000"):
        SynthRenderer(1, 100)


def test_a_longer_hold_is_a_stronger_slip():
    """Stick and slip by a spring pulled evenly: the force that is let go grows with the wait for it."""
    patch = SynthPatch(modes=table([4000, 0.004, 1.0]), modulators=table([20, 2, 1.0, 0.3]))
    samples = np.abs(sound(patch, 30.0))
    loud = np.flatnonzero(samples > 0.004)
    slips = loud[np.diff(loud, prepend=-10_000) > 240]
    waits = np.diff(slips)
    strengths = np.array([samples[at : at + 96].max() for at in slips[1:]])
    assert len(slips) > 300
    assert np.std(waits) > 0.3 * np.mean(waits)  # no clock
    assert np.corrcoef(waits, strengths)[0, 1] > 0.5


def test_what_died_away_costs_nothing_and_comes_back_when_struck():
    modes = table(*([400 + 300 * k, 0.05, 0.1] for k in range(20)))
    renderer = SynthRenderer(1)
    renderer.play(SynthPatch(modes=modes, pulses=table(*PULSE)), 24_000, last=False)
    renderer.play(SynthPatch(modes=modes, pulses=table(*PULSE)), 24_000, last=False)
    samples = renderer.render(48_000)
    assert not samples[12_000:24_000].any()
    assert np.allclose(samples[24_000:36_000], samples[:12_000], atol=1e-6)
